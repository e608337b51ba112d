"""A server for one test alone, in the test process: it can be stopped and its exit address changed."""

from __future__ import annotations

from typing import Any

from server.content.model import Library
from server.serve.app import create_app
from server.settings import Settings, read_settings
from server.site.build import build_site
from server.site.compress import compress_quickly
from server.site.resource import Site
from tests.support.running import CACHE, InThread


class OwnServer(InThread):
    """The real app. It starts quickly, because its site is built once for all tests of a process."""

    def __init__(self, library: Library, exit_url: str) -> None:
        super().__init__(self._answer)
        self._library = library
        self._exit_url = exit_url
        self._sites: dict[str, Site] = {}
        self._app = create_app(self._settings(exit_url), self._site(exit_url))

    def leads_to(self, exit_url: str) -> None:
        """Changes the destination of leaving."""
        self._app.pages.replace_site(self._site(exit_url))

    def reset(self) -> None:
        """Restores the first state and starts the server."""
        self.leads_to(self._exit_url)
        self.start()

    def _settings(self, exit_url: str) -> Settings:
        return read_settings(
            {"TELLSOMEONE_ORIGIN": self.url, "TELLSOMEONE_EXIT_URL": exit_url, "TELLSOMEONE_CACHE": str(CACHE)}
        )

    def _site(self, exit_url: str) -> Site:
        if exit_url not in self._sites:
            built = build_site(self._library, self._settings(exit_url))
            self._sites[exit_url] = compress_quickly(built, CACHE)
        return self._sites[exit_url]

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        await self._app(scope, receive, send)
