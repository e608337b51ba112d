"""The site in a process of its own, with a server that can be killed and restarted a hundred times.

Building the site takes seconds, so the process builds it once and then forks a server whenever a test starts one: the
real app under the real uvicorn, always on the same port. It compresses nothing, as leaving doesn't depend on the size
of an answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn

from server.content.reader import read_library
from server.serve.app import create_app
from server.settings import read_settings
from server.site.build import build_site
from tests.support.running import CACHE, PATIENCE, ROOT, Reachable, free_port, wait_for_server

CONTENT = ROOT / "content"


@dataclass
class Faults:
    """Faults that a test asks the server for."""

    broken: str = ""
    """Paths that answer 500, as a regular expression."""
    half: str = ""
    """The path of a page that stops after `until`."""
    until: str = "</nav>"
    slow: str = ""
    """Paths that never answer, as a regular expression."""

    def as_json(self) -> dict[str, str]:
        return dict(self.__dict__)


class SiteProcess(Reachable):
    """A site that is built once, with a server that can be killed and started at will."""

    def __init__(
        self,
        exit_url: str,
        folder: Path,
        *,
        certificate: Path | None = None,
        content: Path = CONTENT,
        port: int | None = None,
    ) -> None:
        self.port = port or free_port()
        self.secure = certificate is not None
        self.log = folder / f"requests-{self.port}"
        self.log.touch()
        self.exit_url = exit_url
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("TELLSOMEONE_")},
            "TELLSOMEONE_ORIGIN": self.url,
            "TELLSOMEONE_EXIT_URL": exit_url,
            "TELLSOMEONE_CONTENT": str(content),
            "TELLSOMEONE_CACHE": str(CACHE),
        }
        command = [sys.executable, "-m", "tests.leaving.serving", str(self.port), str(self.log), str(certificate or "")]
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self.up = False
        self._wait_for_reply()

    @property
    def url(self) -> str:
        return f"{'https' if self.secure else 'http'}://127.0.0.1:{self.port}"

    def start(self, **faults: str) -> None:
        """Starts a server, in place of the current one."""
        self._send({"start": True, **Faults(**faults).as_json()})
        wait_for_server(self._process, self.port, "the server")
        self.up = True

    def stop(self) -> None:
        """Kills the server with all its connections: to a browser it is offline."""
        self._send({"start": False})
        self.up = False

    def requests(self) -> list[str]:
        """Every request so far, as `GET /path`."""
        return self.log.read_text().splitlines()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def _send(self, order: dict[str, Any]) -> None:
        self._process.stdin.write(json.dumps(order) + "\n")
        self._wait_for_reply()

    def _wait_for_reply(self) -> None:
        assert self._process.stdout.readline() == "done\n", "the process that builds the site has ended"


def certificate(folder: Path) -> Path:
    """A self-signed certificate for 127.0.0.1, with its key in one file."""
    file = folder / "test.pem"
    if not file.exists():
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
        command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(file), "-out", f"{file}.crt"]
        subprocess.run(command, check=True, capture_output=True)
        file.write_text(file.read_text() + Path(f"{file}.crt").read_text())
    return file


def _build() -> Any:
    settings = read_settings()
    return create_app(settings, build_site(read_library(settings.content), settings))


@dataclass
class _Logging:
    """The app with a log line for each request, and with the faults that a test asks for."""

    app: Any
    log: Path
    faults: dict[str, str] = field(default_factory=dict)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        path = scope["path"]
        with self.log.open("a") as log:
            log.write(f"{scope['method']} {path}\n")
        if self.faults["slow"] and re.fullmatch(self.faults["slow"], path):
            await asyncio.sleep(PATIENCE)
        if self.faults["broken"] and re.fullmatch(self.faults["broken"], path):
            await send({"type": "http.response.start", "status": 500, "headers": []})
            return await send({"type": "http.response.body", "body": b""})
        if self.faults["half"] == path:
            scope["headers"] = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
            return await self.app(scope, receive, partial(self._half, send))
        return await self.app(scope, receive, send)

    async def _half(self, send: Any, message: Any) -> None:
        if message["type"] == "http.response.body":
            end = message["body"].index(self.faults["until"].encode()) + len(self.faults["until"])
            await send({"type": "http.response.body", "body": message["body"][:end], "more_body": True})
            await asyncio.sleep(PATIENCE)
            await send({"type": "http.response.body", "body": message["body"][end:]})
            return
        await send(message)


def _serve(app: Any, port: int, log: Path, pem: str, faults: dict[str, str]) -> None:
    uvicorn.run(
        _Logging(app, log, faults),
        host="127.0.0.1",
        port=port,
        access_log=False,
        server_header=False,
        log_level="error",
        **({"ssl_certfile": pem, "ssl_keyfile": pem} if pem else {}),
    )


def main(port: str, log: str, pem: str) -> None:
    app = _build()
    child = 0
    sys.stdout.write("done\n")
    sys.stdout.flush()
    for line in sys.stdin:
        if child:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            child = 0
        order = json.loads(line)
        if order.pop("start"):
            child = os.fork()
            if not child:
                os.close(0)
                os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
                try:
                    _serve(app, int(port), Path(log), pem, order)
                finally:
                    os._exit(0)
        sys.stdout.write("done\n")
        sys.stdout.flush()
    if child:
        os.kill(child, signal.SIGKILL)


if __name__ == "__main__":
    main(*sys.argv[1:])
