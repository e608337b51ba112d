"""The real server within the test: it can go on serving an old release, with newer or older corrections than that."""

from __future__ import annotations

import dataclasses
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
from tests.support.running import Reachable, answers, free_port, wait_until


class Edge(Reachable):
    """Serves the library as it was before any correction; `key` in `folder` signs what phones are told since."""

    def __init__(self, library: Library, folder: Path) -> None:
        self.key = folder / "corrections.pem"
        self.other_key = folder / "other.pem"
        make_key(self.other_key)
        site = library.site.model_copy(update={"correction_keys": (make_key(self.key),)})
        self.library = library.model_copy(update={"site": site})
        self.port = free_port()
        self._settings = read_settings({"TELLSOMEONE_ORIGIN": self.url, "TELLSOMEONE_EXIT_URL": "none"})
        self._site = build_site(self.library, self._settings)
        self._app = create_app(self._settings, self._site)
        self.start()

    def start(self) -> None:
        config = uvicorn.Config(
            self._app, port=self.port, log_level="critical", ws="none", lifespan="off", timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        wait_until(lambda: answers(self.port), "the edge")

    def stop(self) -> None:
        """No connection is answered from here on."""
        self._server.should_exit = True
        self._thread.join()

    def signed(self, corrections: Corrections, key: Path | None = None) -> str:
        """What phones are to be told, signed as `tellsomeone correct` signs it."""
        return sign(as_text(told(self.library.model_copy(update={"corrections": corrections}))), key or self.key)

    def tell(self, text: str) -> None:
        """Answers `/corrections.json` with that text, and everything else as before."""
        told_ = dataclasses.replace(self._site.resources["/corrections.json"], body=text.encode())
        resources = MappingProxyType({**self._site.resources, "/corrections.json": told_})
        self._app.state.handout.swap(dataclasses.replace(self._site, resources=resources))
