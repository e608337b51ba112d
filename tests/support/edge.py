"""The real server in the test process: it can serve an older release, answer wrongly, and publish corrections."""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path
from types import MappingProxyType
from typing import Any

from server.content.model import Library
from server.corrections.model import Corrections
from server.corrections.signing import make_key, sign
from server.corrections.state import correction_state, to_json
from server.serve.app import create_app
from server.settings import read_settings
from server.site.build import build_site
from server.site.compress import compress_quickly
from server.site.resource import Site
from tests.support.faults import Faulty
from tests.support.running import CACHE, InThread

ADDED = "A line that the newer release has."


class Edge(InThread):
    """Serves the library without corrections at first. Corrections are signed with `key`, in `folder`.

    Building takes long, so a session shares one of these; `reset()` restores its first state.
    """

    def __init__(self, library: Library, folder: Path) -> None:
        self.key = folder / "corrections.pem"
        self.other_key = folder / "other.pem"
        make_key(self.other_key)
        site = library.site.model_copy(update={"correction_keys": (make_key(self.key),)})
        self.library = library.model_copy(update={"site": site})
        super().__init__(self._answer)
        self._settings = read_settings(
            {"TELLSOMEONE_ORIGIN": self.url, "TELLSOMEONE_EXIT_URL": "none", "TELLSOMEONE_CACHE": str(CACHE)}
        )
        self.older = self.build(self.library)
        self._compressed: Site | None = None
        self._app = create_app(self._settings, self.older)
        self.publish(self.older)
        self.faulty = Faulty(self._app)
        self.start()

    @property
    def faults(self) -> dict:
        """The current faults, by path."""
        return self.faulty.faults

    def reset(self) -> None:
        """Restores the first state."""
        self.faults.clear()
        self.publish(self.older)
        self.start()

    def signed(self, corrections: Corrections, key: Path | None = None) -> str:
        """The text of /corrections.json, signed as `tellsomeone correct` signs it."""
        return sign(
            to_json(correction_state(self.library.model_copy(update={"corrections": corrections}))), key or self.key
        )

    def publish_corrections(self, text: str) -> None:
        """Answers `/corrections.json` with that text, and everything else as before."""
        corrections = dataclasses.replace(self.site.resources["/corrections.json"], body=text.encode())
        resources = MappingProxyType({**self.site.resources, "/corrections.json": corrections})
        self.publish(dataclasses.replace(self.site, resources=resources))

    def publish(self, site: Site) -> None:
        """Serves another site."""
        self._compressed = compress_quickly(site, self._settings.cache, self._compressed)
        self._app.pages.replace_site(self._compressed)
        self.site = site

    def build(self, library: Library) -> Site:
        return build_site(library, self._settings)

    @functools.cached_property
    def newer(self) -> Site:
        """The next release, with another line on `/what-is-it`."""
        pages = tuple(
            page.model_copy(
                update={"blocks": (*page.blocks[:-1], page.blocks[-1].model_copy(
                    update={"text": f"{page.blocks[-1].text}\n\n{ADDED}\n"}))}
            )
            if page.path == "/what-is-it"
            else page
            for page in self.library.pages
        )  # fmt: skip
        return self.build(self.library.model_copy(update={"pages": pages}))

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        await self.faulty(scope, receive, send)
