"""The subscriptions API, with which a phone gets the VAPID key, subscribes and unsubscribes."""

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
from server.alerts import base64url, subscriptions
from server.alerts.rates import Rates
from server.alerts.services import LONGEST, PushServices
from server.alerts.store import Store, StoreError
from server.alerts.subscriptions import Subscription
from server.alerts.threads import BoundedThreads, TooBusyError
from server.alerts.vapid import Keyring, VapidKeyError

log = logging.getLogger("tellsomeone")

LARGEST = 4096
"""The most bytes of a body. The longest endpoint seen is a third of it."""
AT_ONCE = 8
"""The most requests that use the database at the same time, and as many that read keys."""
ANSWER_WITHIN = 6.0
"""Seconds until a request that waits for the database is answered with 503."""
_OWN_PAGES = ("same-origin", "none")
"""Reject cross-site requests. Older browsers send no `Sec-Fetch-Site`; the JSON content type blocks forms."""


def _canonical(value: str) -> str:
    return base64url.encode(base64url.decode(value))


Point = Annotated[str, StringConstraints(pattern=r"^B[A-Za-z0-9_-]{86}=?$"), AfterValidator(_canonical)]
Secret = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{22}(==)?$"), AfterValidator(_canonical)]
Endpoint = Annotated[str, StringConstraints(max_length=LONGEST)]
Area = Annotated[str, StringConstraints(pattern=r"^[a-z]+(-[a-z]+)*$", max_length=64)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Subscribe(_Body):
    """The body of `POST`. Nothing else about a phone is stored, except days."""

    endpoint: Endpoint
    p256dh: Point
    auth: Secret
    key: Point
    areas: list[Area] = Field(min_length=1, max_length=16)
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z]{2,4})?$")]


class Unsubscribe(_Body):
    """The body of `DELETE`: the endpoint, and the secret that only its phone knows."""

    endpoint: Endpoint
    auth: Secret


B = TypeVar("B", bound=_Body)


class _Refusal(Exception):
    """Answers a request with a status and a word that says why."""

    def __init__(self, status: int, error: str, **headers: str) -> None:
        self.status, self.error, self.headers = status, error, headers


class SubscriptionsApi:
    """The routes of the API. Errors are answered with a status and one word that says why."""

    def __init__(
        self,
        store: Store,
        keyring: Keyring,
        *,
        areas: Callable[[], frozenset[str]],
        headers: Callable[[], tuple[tuple[str, str], ...]],
        services: PushServices | None = None,
        rates: Rates | None = None,
    ) -> None:
        """`areas` returns the slugs of the valid areas, `headers` the headers of every answer."""
        self._store, self._keyring, self._areas, self._headers = store, keyring, areas, headers
        self._services = services or PushServices()
        self._rates = rates or Rates()
        self._database_threads = BoundedThreads(AT_ONCE, ANSWER_WITHIN)
        self._key_threads = BoundedThreads(AT_ONCE, ANSWER_WITHIN)
        self._busy_logged = 0.0

    def log_busy(self) -> None:
        """Logs that requests are answered with 503, at most once a minute."""
        if time.monotonic() - self._busy_logged > 60 or not self._busy_logged:
            self._busy_logged = time.monotonic()
            log.error("alerts: the database did not answer in time; requests get 503 until it does")

    def routes(self) -> list[Route]:
        return [
            Route(SUBSCRIPTIONS, _Resource(self, {"POST": self._subscribe, "DELETE": self._unsubscribe})),
            Route(ALERTS_KEY, _Resource(self, {"GET": self._key, "HEAD": self._key})),
        ]

    def answer(self, status: int, body: dict[str, str] | None = None, **headers: str) -> Response:
        response = Response(status_code=status) if body is None else JSONResponse(body, status_code=status)
        for name, value in (*self._headers(), *headers.items()):
            response.headers[name.replace("_", "-")] = value
        return response

    async def _key(self, request: Request) -> Response:
        key = await self._key_threads.run(self._keyring.current)
        if key is None:
            raise _Refusal(404, "off")
        return self.answer(200, {"key": key.public})

    async def _subscribe(self, request: Request) -> Response:
        body = await self._read(request, Subscribe)
        if self._services.origin(body.endpoint) is None:
            raise _Refusal(400, "endpoint")
        if not subscriptions.is_public_key(body.p256dh):
            raise _Refusal(400, "p256dh")
        if not self._areas().issuperset(body.areas):
            raise _Refusal(400, "areas")
        await self._database_threads.run(self._store_subscription, body)
        return self.answer(204)

    def _store_subscription(self, body: Subscribe) -> None:
        key = next((key for key in self._keyring.all() if key.public == body.key), None)
        if key is None:
            raise _Refusal(409, "key")
        subscription = Subscription(body.endpoint, body.p256dh, body.auth, key.id, tuple(body.areas), body.language)
        try:
            subscriptions.subscribe(self._store, subscription, clock.today())
        except subscriptions.SecretMismatchError:
            raise _Refusal(409, "held") from None
        except subscriptions.TooManySubscriptionsError:
            log.error("there are %d subscriptions: new ones are refused", subscriptions.MAX_SUBSCRIPTIONS)
            raise _Refusal(429, "full", Retry_After="86400") from None

    async def remove_unseen(self, day: datetime.date) -> None:
        """Removes subscriptions not seen for `RETENTION`. An error is logged; the next try is tomorrow."""
        if self._store.file and not self._store.file.exists():
            return  # nobody has subscribed yet
        try:
            removed = await self._database_threads.run(subscriptions.remove_unseen, self._store, day)
        except (StoreError, subscriptions.RemovalRefusedError) as error:
            log.error("alerts: %s", error)
        except TimeoutError:
            log.error(
                "alerts: the database did not answer, so no old subscriptions were removed; the next try is tomorrow"
            )
        else:
            if removed:
                log.warning("alerts: %d subscriptions not seen for 60 days were removed", removed)

    async def _unsubscribe(self, request: Request) -> Response:
        body = await self._read(request, Unsubscribe)
        removed = await self._database_threads.run(subscriptions.unsubscribe, self._store, body.endpoint, body.auth)
        if not removed:
            raise _Refusal(404, "none")
        return self.answer(204)

    async def _read(self, request: Request, model: type[B]) -> B:
        if request.headers.get("sec-fetch-site", "none") not in _OWN_PAGES:
            raise _Refusal(403, "site")
        if wait := self._rates.wait(request.client.host if request.client else ""):
            raise _Refusal(429, "rate", Retry_After=str(wait))
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise _Refusal(415, "type")
        content = b""
        async for part in request.stream():
            content += part
            if len(content) > LARGEST:
                raise _Refusal(413, "size", Connection="close")
        try:
            return model.model_validate_json(content)
        except ValidationError as error:
            location = error.errors(include_input=False, include_url=False, include_context=False)[0]["loc"]
            is_field = location and location[0] in model.model_fields
            raise _Refusal(400, str(location[0]) if is_field else "body") from None


class _Resource:
    """An ASGI app for one address. Starlette's own error responses lack our headers."""

    def __init__(self, api: SubscriptionsApi, methods: dict[str, Any]) -> None:
        self._api, self._methods = api, methods

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        handler = self._methods.get(scope["method"])
        try:
            if handler is None:
                raise _Refusal(405, "method", Allow=", ".join(self._methods))
            response = await handler(Request(scope, receive))
        except _Refusal as refusal:
            response = self._api.answer(refusal.status, {"error": refusal.error}, **refusal.headers)
        except (StoreError, VapidKeyError) as error:
            log.error("alerts: %s", error)
            response = self._api.answer(503, {"error": "later"}, Retry_After="600")
        except (TooBusyError, TimeoutError):
            self._api.log_busy()
            response = self._api.answer(503, {"error": "later"}, Retry_After="60")
        except ClientDisconnect:
            return
        await response(scope, receive, send)
