"""The real server in the test's process, with VAPID keys and the test's push service."""

from __future__ import annotations

import asyncio
import dataclasses
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from sqlalchemy import select

from server.alerts.services import PushServices
from server.alerts.store import Store
from server.alerts.tables import subscriptions
from server.alerts.vapid import Keyring
from server.content.reader import read_library
from server.serve.app import create_app
from server.settings import KEYS, read_settings
from server.site.build import build_site
from server.site.resource import Site
from tests.support.running import CACHE, InThread


@dataclass(frozen=True)
class BuiltSite:
    content: Path
    site: Site


def build(content: Path) -> BuiltSite:
    settings = read_settings({"TELLSOMEONE_EXIT_URL": "none", "TELLSOMEONE_CACHE": str(CACHE)})
    return BuiltSite(content, build_site(read_library(content), settings))


class AlertsServer(InThread):
    """Serves a built site, with keys and subscriptions in `data`, and records every request."""

    def __init__(self, built: BuiltSite, data: Path, push: str = "https://127.0.0.1:1") -> None:
        super().__init__(self._record)
        self.environment = {
            "TELLSOMEONE_CONTENT": str(built.content),
            "TELLSOMEONE_DATA": str(data),
            "TELLSOMEONE_ORIGIN": self.url,
        }
        settings = read_settings(self.environment)
        self.keyring = Keyring(data / KEYS)
        self.store = Store(settings.database_url)
        self.requests: list[str] = []
        self.slow: set[str] = set()
        """Addresses that are not answered while they are in here."""
        self.busy: set[str] = set()
        """Addresses that are answered with 503."""
        self._built = built
        self._app = create_app(settings, built.site, services=PushServices(frozenset({push})))
        self.start()

    @property
    def subscribed(self) -> list[tuple[str, str]]:
        """The endpoint and the areas of each subscriber."""
        with self.store.transaction() as connection:
            rows = connection.execute(select(subscriptions.c.endpoint, subscriptions.c.areas))
            return [(row.endpoint, row.areas.strip()) for row in rows]

    @property
    def alert_requests(self) -> list[str]:
        """The requests to the subscriptions API so far."""
        return [request for request in self.requests if " /alerts" in request]

    def change(self, path: str, html: str) -> None:
        """Replaces the page at `path`, as a newer release would."""
        changed = dataclasses.replace(self._built.site.resources[path], body=html.encode(), compressed={})
        resources = MappingProxyType({**self._built.site.resources, path: changed})
        self._app.pages.replace_site(dataclasses.replace(self._built.site, resources=resources))

    def close(self) -> None:
        self.stop()
        self.store.close()

    async def _record(self, scope, receive, send) -> None:
        self.requests.append(f"{scope['method']} {scope['path']}")
        while scope["path"] in self.slow:
            await asyncio.sleep(0.05)
        if scope["path"] in self.busy:
            await send({"type": "http.response.start", "status": 503, "headers": []})
            await send({"type": "http.response.body"})
            return
        await self._app(scope, receive, send)
