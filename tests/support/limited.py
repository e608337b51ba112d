"""The app in this process, served by the real server's protocol."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import uvicorn

from server.serve.app import create_app
from server.serve.http import configuration
from server.settings import read_settings
from server.site.resource import Site
from tests.support.running import PATIENCE, Reachable, answers, free_port, wait_until


class Limited(Reachable):
    def __init__(self, port: int) -> None:
        self.port = port


@contextlib.contextmanager
def limited(site: Site, data: Path, **limits: Any) -> Iterator[Limited]:
    """A server with other limits for `LimitedProtocol`."""
    port = free_port()
    app = create_app(read_settings({"TELLSOMEONE_DATA": str(data), "PORT": str(port)}), site)
    config = configuration(app, "127.0.0.1", port, **limits)
    config.timeout_keep_alive = 1
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        wait_until(lambda: answers(port), "the server")
        yield Limited(port)
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
