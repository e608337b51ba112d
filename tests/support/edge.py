"""The real server within the test: it can go on serving an old release, answer wrongly, and correct numbers since."""

from __future__ import annotations

import dataclasses
import functools
import threading
from pathlib import Path
from types import MappingProxyType

import uvicorn

from server.content.corrected import as_text, told
from server.content.corrections import Corrections
from server.content.model import Library
from server.content.signing import make_key, sign
from server.serve.app import create_app
from server.settings import read_settings
from server.site.build import build_site
from server.site.compress import compress_quickly
from server.site.resource import Site
from tests.support.faults import Faulty
from tests.support.running import CACHE, Reachable, answers, free_port, wait_until

ADDED = "A line that the newer release has."


class Edge(Reachable):
    """Serves the library as it was before any correction; `key` in `folder` signs what phones are told since.

    Pressing takes long, so a session has one of these, and `reset()` makes it as it was.
    """

    def __init__(self, library: Library, folder: Path) -> None:
        self.key = folder / "corrections.pem"
        self.other_key = folder / "other.pem"
        make_key(self.other_key)
        site = library.site.model_copy(update={"correction_keys": (make_key(self.key),)})
        self.library = library.model_copy(update={"site": site})
        self.port = free_port()
        self._settings = read_settings(
            {"TELLSOMEONE_ORIGIN": self.url, "TELLSOMEONE_EXIT_URL": "none", "TELLSOMEONE_CACHE": str(CACHE)}
        )
        self.older = self.pressed(self.library)
        self._app = create_app(self._settings, self.older)
        self.publish(self.older)
        self.faulty = Faulty(self._app)
        self._server: uvicorn.Server | None = None
        self.start()

    @property
    def faults(self) -> dict:
        """What it does wrong just now, by address."""
        return self.faulty.faults

    def start(self) -> None:
        if self._server:
            return
        config = uvicorn.Config(
            self.faulty, port=self.port, log_level="critical", ws="none", lifespan="off", timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        wait_until(lambda: answers(self.port), "the edge")

    def stop(self) -> None:
        """No connection is answered from here on."""
        if self._server:
            self._server.should_exit = True
            self._thread.join()
            self._server = None

    def reset(self) -> None:
        """As it was at first."""
        self.faults.clear()
        self.publish(self.older)
        self.start()

    def signed(self, corrections: Corrections, key: Path | None = None) -> str:
        """What phones are to be told, signed as `tellsomeone correct` signs it."""
        return sign(as_text(told(self.library.model_copy(update={"corrections": corrections}))), key or self.key)

    def tell(self, text: str) -> None:
        """Answers `/corrections.json` with that text, and everything else as before."""
        told_ = dataclasses.replace(self.site.resources["/corrections.json"], body=text.encode())
        resources = MappingProxyType({**self.site.resources, "/corrections.json": told_})
        self.publish(dataclasses.replace(self.site, resources=resources))

    def publish(self, site: Site) -> None:
        """Another release, or one pressed with something changed."""
        self._app.state.site_app.replace_site(compress_quickly(site, self._settings.cache))
        self.site = site

    def pressed(self, library: Library) -> Site:
        return build_site(library, self._settings)

    @functools.cached_property
    def newer(self) -> Site:
        """The release after: a line more on `/what-is-it`."""
        pages = tuple(
            page.model_copy(
                update={"blocks": (*page.blocks[:-1], page.blocks[-1].model_copy(
                    update={"text": f"{page.blocks[-1].text}\n\n{ADDED}\n"}))}
            )
            if page.path == "/what-is-it"
            else page
            for page in self.library.pages
        )  # fmt: skip
        return self.pressed(self.library.model_copy(update={"pages": pages}))
