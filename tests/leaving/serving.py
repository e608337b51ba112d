"""The site's own server as a process that can be killed a hundred times, and the world outside it.

Pressing the site takes seconds, so one process presses it once and forks a server whenever one is asked for: the
real app under the real uvicorn, on the same port each time. Only compression is light here; nothing of leaving
depends on how small an answer is.
"""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from tests.support.running import CACHE, PATIENCE, ROOT, Reachable, free_port, wait_for_server

CONTENT = ROOT / "content"


@dataclass
class Faults:
    """What a server does wrong, for a test that asks for it."""

    broken: str = ""
    """Addresses that answer 500, as a regular expression."""
    half: str = ""
    """A page that stops coming after `until`."""
    until: str = "</nav>"
    slow: str = ""
    """Addresses that never answer, as a regular expression."""

    def as_json(self) -> dict[str, str]:
        return dict(self.__dict__)


class Pressed(Reachable):
    """A site pressed once, whose server may be killed and started at will."""

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
        self._said()

    @property
    def url(self) -> str:
        return f"{'https' if self.secure else 'http'}://127.0.0.1:{self.port}"

    def start(self, **faults: str) -> None:
        """A server, in place of the one that may be there."""
        self._tell({"start": True, **Faults(**faults).as_json()})
        wait_for_server(self._process, self.port, "the server")
        self.up = True

    def stop(self) -> None:
        """Kills the server with every connection it had: offline, as a browser meets it."""
        self._tell({"start": False})
        self.up = False

    def requests(self) -> list[str]:
        """`GET /path` of every request so far."""
        return self.log.read_text().splitlines()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def _tell(self, order: dict[str, Any]) -> None:
        self._process.stdin.write(json.dumps(order) + "\n")
        self._said()

    def _said(self) -> None:
        assert self._process.stdout.readline() == "done\n", "the process that presses the site has ended"


class Outside(Reachable):
    """A site of somebody else: it remembers who asked it, and may be slow, gone or broken."""

    def __init__(self, title: str, pages: dict[str, tuple[str, bytes]] | None = None) -> None:
        self.title = title
        self.requests: list[tuple[str, dict[str, str], float]] = []
        self.pages = pages or {}
        """Pages of its own, by path: the type and the bytes. Every other path shows the title."""
        self.mode = "up"
        """`up`; `hang`: nobody gets an answer; `hang-second`: only the first who asks does."""
        self.asked_since = 0
        self.waiting = 0
        """How many are waiting for an answer that never comes."""
        self.port = free_port()
        self._server: http.server.ThreadingHTTPServer | None = None
        self._over = threading.Event()
        self.open()

    def open(self) -> None:
        if self._server:
            return
        outside = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outside.requests.append((self.path, {k.lower(): v for k, v in self.headers.items()}, time.time()))
                outside.asked_since += self.path == "/"
                if self.path == "/" and (
                    outside.mode == "hang" or (outside.mode == "hang-second" and outside.asked_since > 1)
                ):
                    outside.hang(self.connection)
                    return
                kind, body = outside.pages.get(self.path, ("text/html; charset=utf-8", outside.page()))
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        http.server.ThreadingHTTPServer.allow_reuse_address = True
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        self._over.clear()
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def hang(self, connection: socket.socket) -> None:
        """No answer, until who asked has gone."""
        self.waiting += 1
        connection.settimeout(0.05)
        while not self._over.is_set():
            try:
                if not connection.recv(1024):
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        self.waiting -= 1

    def page(self) -> bytes:
        head = f'<meta charset="utf-8"><link rel="icon" href="data:,"><title>{self.title}</title>'
        return f"<!doctype html>{head}<h1>{self.title}</h1>".encode()

    def set(self, mode: str) -> None:
        """Another mode; `refuse`: nobody listens any more."""
        self._over.set()
        self.asked_since = 0
        if mode == "refuse":
            self.close()
            return
        self.mode = mode
        self.open()
        self._over.clear()

    def asked(self, path: str = "/") -> list[dict[str, str]]:
        """The headers of every request for a path."""
        return [headers for each, headers, _ in self.requests if each == path]

    def close(self) -> None:
        self._over.set()
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


def certificate(folder: Path) -> Path:
    """A certificate for 127.0.0.1 that nobody trusts, with its key in one file."""
    file = folder / "test.pem"
    if not file.exists():
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
        command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(file), "-out", f"{file}.crt"]
        subprocess.run(command, check=True, capture_output=True)
        file.write_text(file.read_text() + Path(f"{file}.crt").read_text())
    return file


def _press() -> Any:
    from server.content.reader import read_library
    from server.serve.app import create_app
    from server.settings import read_settings
    from server.site.build import build_site

    settings = read_settings()
    return create_app(settings, build_site(read_library(settings.content), settings))


@dataclass
class _Noting:
    """The app with a line in the log for each request, and the faults of the day."""

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
            import asyncio

            await asyncio.sleep(PATIENCE)
        if self.faults["broken"] and re.fullmatch(self.faults["broken"], path):
            await send({"type": "http.response.start", "status": 500, "headers": []})
            return await send({"type": "http.response.body", "body": b""})
        if self.faults["half"] == path:
            scope["headers"] = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
            return await self.app(scope, receive, partial(self._half, send))
        return await self.app(scope, receive, send)

    async def _half(self, send: Any, message: Any) -> None:
        import asyncio

        if message["type"] == "http.response.body":
            end = message["body"].index(self.faults["until"].encode()) + len(self.faults["until"])
            await send({"type": "http.response.body", "body": message["body"][:end], "more_body": True})
            await asyncio.sleep(PATIENCE)
            await send({"type": "http.response.body", "body": message["body"][end:]})
            return
        await send(message)


def _serve(app: Any, port: int, log: Path, pem: str, faults: dict[str, str]) -> None:
    import uvicorn

    uvicorn.run(
        _Noting(app, log, faults),
        host="127.0.0.1",
        port=port,
        access_log=False,
        server_header=False,
        log_level="error",
        **({"ssl_certfile": pem, "ssl_keyfile": pem} if pem else {}),
    )


def main(port: str, log: str, pem: str) -> None:
    app = _press()
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
