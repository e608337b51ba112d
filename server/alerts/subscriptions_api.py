"""What a phone may ask over HTTP: the key to subscribe with, to be kept, and to be forgotten. Nothing else."""

from __future__ import annotations

import datetime
import logging
import time
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from server import clock
from server.addresses import ALERTS_KEY, SUBSCRIPTIONS
from server.alerts import subscriptions
from server.alerts.rates import Rates
from server.alerts.services import LONGEST, PushServices
from server.alerts.store import Store, StoreError
from server.alerts.subscriptions import (
    ForgettingRefusedError,
    NotYours,
    Subscription,
    TooMany,
    packed,
    unpacked,
)
from server.alerts.threads import BoundedThreads, TooBusyError
from server.alerts.vapid import Keyring, KeyTrouble

log = logging.getLogger("tellsomeone")

LARGEST = 4096
"""Bytes of a body. The longest endpoint seen is a third of it."""
AT_ONCE = 8
"""Requests at the database at the same time, and as many at the keys."""
ANSWER_WITHIN = 6.0
"""Seconds until a request that waits for the database is answered with 503."""
_OWN_PAGES = ("same-origin", "none")
"""Another site's page may ask for nothing. Old browsers don't say: they are believed, and the JSON type stops forms."""


def _canonical(value: str) -> str:
    return packed(unpacked(value))


Point = Annotated[str, StringConstraints(pattern=r"^B[A-Za-z0-9_-]{86}=?$"), AfterValidator(_canonical)]
Secret = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{22}(==)?$"), AfterValidator(_canonical)]
Endpoint = Annotated[str, StringConstraints(max_length=LONGEST)]
Area = Annotated[str, StringConstraints(pattern=r"^[a-z]+(-[a-z]+)*$", max_length=64)]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Subscribe(_Asked):
    """The body of `POST`: all that is ever kept, but for the days."""

    endpoint: Endpoint
    p256dh: Point
    auth: Secret
    key: Point
    areas: list[Area] = Field(min_length=1, max_length=16)
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z]{2,4})?$")]


class Unsubscribe(_Asked):
    """The body of `DELETE`: the endpoint, and the secret that only its phone holds."""

    endpoint: Endpoint
    auth: Secret


A = TypeVar("A", bound=_Asked)


class _Refused(Exception):
    def __init__(self, status: int, error: str, **headers: str) -> None:
        self.status, self.error, self.headers = status, error, headers


class SubscriptionsApi:
    """The routes of the alerts. Whatever is sent here, the answer is a plain status with one word of why."""

    def __init__(
        self,
        store: Store,
        keyring: Keyring,
        *,
        areas: Callable[[], frozenset[str]],
        headers: Callable[[], tuple[tuple[str, str], ...]],
        services: PushServices | None = None,
        rates: Rates | None = None,
        today: Callable[[], datetime.date] = clock.today,
    ) -> None:
        """`areas` are those there are today, `headers` stand on every answer, `services` are the hosts let in."""
        self._store, self._keyring, self._areas, self._headers = store, keyring, areas, headers
        self._services = services or PushServices()
        self._rates = rates or Rates()
        self._today = today
        self._at_database = BoundedThreads(AT_ONCE, ANSWER_WITHIN)
        self._at_keys = BoundedThreads(AT_ONCE, ANSWER_WITHIN)
        self._busy_logged = 0.0

    def log_busy(self) -> None:
        """Says that requests are turned away: once a minute, however many they are."""
        if time.monotonic() - self._busy_logged > 60 or not self._busy_logged:
            self._busy_logged = time.monotonic()
            log.error("alerts: the database did not answer in time; requests get 503 until it does")

    def routes(self) -> list[Route]:
        return [
            Route(SUBSCRIPTIONS, _Address(self, {"POST": self._subscribe, "DELETE": self._unsubscribe})),
            Route(ALERTS_KEY, _Address(self, {"GET": self._key, "HEAD": self._key})),
        ]

    def answer(self, status: int, body: dict[str, str] | None = None, **headers: str) -> Response:
        response = Response(status_code=status) if body is None else JSONResponse(body, status_code=status)
        for name, value in (*self._headers(), *headers.items()):
            response.headers[name.replace("_", "-")] = value
        return response

    async def _key(self, request: Request) -> Response:
        key = await self._at_keys.run(self._keyring.current)
        if key is None:
            raise _Refused(404, "off")
        return self.answer(200, {"key": key.public})

    async def _subscribe(self, request: Request) -> Response:
        asked = await self._read(request, Subscribe)
        if self._services.origin(asked.endpoint) is None:
            raise _Refused(400, "endpoint")
        if not subscriptions.is_public_key(asked.p256dh):
            raise _Refused(400, "p256dh")
        if not self._areas().issuperset(asked.areas):
            raise _Refused(400, "areas")
        await self._at_database.run(self._keep, asked)
        return self.answer(204)

    def _keep(self, asked: Subscribe) -> None:
        key = next((key for key in self._keyring.all() if key.public == asked.key), None)
        if key is None:
            raise _Refused(409, "key")
        kept = Subscription(
            asked.endpoint, asked.p256dh, asked.auth, key.id, tuple(asked.areas), asked.language
        )  # fmt: skip
        try:
            subscriptions.keep(self._store, kept, self._today())
        except NotYours:
            raise _Refused(409, "held") from None
        except TooMany:
            log.error("there are %d subscriptions: new ones are refused", subscriptions.MOST)
            raise _Refused(429, "full", Retry_After="86400") from None

    async def forget_unseen(self, day: datetime.date) -> None:
        """Removes whoever was not seen for long. What stands in the way of it is logged, and tried the next day."""
        if self._store.file and not self._store.file.exists():
            return  # nobody has asked yet
        try:
            forgotten = await self._at_database.run(subscriptions.forget_unseen, self._store, day)
        except (StoreError, ForgettingRefusedError) as error:
            log.error("alerts: %s", error)
        except TimeoutError:
            log.error(
                "alerts: the database did not answer, so no old subscriptions were removed; the next try is tomorrow"
            )
        else:
            if forgotten:
                log.warning("alerts: %d subscriptions not seen for 60 days were removed", forgotten)

    async def _unsubscribe(self, request: Request) -> Response:
        asked = await self._read(request, Unsubscribe)
        forgotten = await self._at_database.run(subscriptions.forget, self._store, asked.endpoint, asked.auth)
        if not forgotten:
            raise _Refused(404, "none")
        return self.answer(204)

    async def _read(self, request: Request, kind: type[A]) -> A:
        if request.headers.get("sec-fetch-site", "none") not in _OWN_PAGES:
            raise _Refused(403, "site")
        if wait := self._rates.wait(request.client.host if request.client else ""):
            raise _Refused(429, "rate", Retry_After=str(wait))
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise _Refused(415, "type")
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > LARGEST:
                raise _Refused(413, "size", Connection="close")
        try:
            return kind.model_validate_json(body)
        except ValidationError as error:
            where = error.errors(include_input=False, include_url=False, include_context=False)[0]["loc"]
            known = where and where[0] in kind.model_fields
            raise _Refused(400, str(where[0]) if known else "body") from None


class _Address:
    """An ASGI app for one address: Starlette would answer what it refuses in its own words and without our headers."""

    def __init__(self, api: SubscriptionsApi, methods: dict[str, Any]) -> None:
        self._api, self._methods = api, methods

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        handler = self._methods.get(scope["method"])
        try:
            if handler is None:
                raise _Refused(405, "method", Allow=", ".join(self._methods))
            response = await handler(Request(scope, receive))
        except _Refused as refused:
            response = self._api.answer(refused.status, {"error": refused.error}, **refused.headers)
        except (StoreError, KeyTrouble) as error:
            log.error("alerts: %s", error)
            response = self._api.answer(503, {"error": "later"}, Retry_After="600")
        except (TooBusyError, TimeoutError):
            self._api.log_busy()
            response = self._api.answer(503, {"error": "later"}, Retry_After="60")
        except ClientDisconnect:
            return
        await response(scope, receive, send)
