"""Real servers for the tests: `tellsomeone serve` as a process, nginx for an export, and a destination of leaving."""

from __future__ import annotations

import contextlib
import http.client
import http.server
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".tools" / "cache"
"""Shared by all test servers, so that only the first computes it."""
DATA = ROOT / ".tools" / "data"
"""For servers without a data folder of their own: a test must not replace the developer's last good content."""
COMMAND = Path(sys.executable).with_name("tellsomeone")
PATIENCE = 180
"""Seconds until a wait is given up. No test passes or fails by how long something takes."""
LAST_RESORT = 600
"""Seconds until a running server that doesn't answer is given up."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(true, what: str, seconds: float = PATIENCE) -> None:
    """Waits until `true()` returns true, long enough for a slow machine."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError(f"never came in {seconds:.0f} s: {what}")
        time.sleep(0.02)


def wait_for_server(process: subprocess.Popen[bytes], port: int, what: str) -> None:
    """Waits until a server answers or has ended."""
    wait_until(lambda: process.poll() is not None or answers(port), f"{what} on port {port}", LAST_RESORT)


def answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        found = [value for key, value in self.headers if key.lower() == name.lower()]
        assert len(found) < 2, f"{name} stands more than once: {found}"
        return found[0] if found else None


class Reachable:
    """Something that listens on 127.0.0.1."""

    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        answer = Answer(response.status, response.getheaders(), response.read())
        connection.close()
        return answer

    def raw(self, request: bytes) -> bytes:
        """The answer to bytes that no HTTP library would send."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as connection:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            received = b""
            with contextlib.suppress(ConnectionResetError):
                while part := connection.recv(65536):
                    received += part
        return received


class InThread(Reachable):
    """An app under the real uvicorn in the test process, which can be stopped and restarted on the same port."""

    def __init__(self, app: Any, port: int | None = None) -> None:
        self.port = port or free_port()
        self._served = app
        self._server: uvicorn.Server | None = None

    def start(self) -> None:
        if self._server:
            return
        config = uvicorn.Config(
            self._served, port=self.port, log_level="critical", interface="asgi3", ws="none", lifespan="off",
            timeout_graceful_shutdown=1,
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        wait_until(lambda: answers(self.port), "the server")

    def stop(self) -> None:
        """Answers no connection any more: to a browser the site is offline."""
        if self._server:
            self._server.should_exit = True
            self._thread.join()
            self._server = None


@dataclass
class Served(Reachable):
    """`tellsomeone serve` as a process, which can be stopped and restarted on the same port."""

    content: Path
    environment: dict[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ("--no-reload",)
    port: int = field(default_factory=free_port)
    log: Path | None = None
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> Served:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("TELLSOMEONE_")},
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "TELLSOMEONE_CONTENT": str(self.content),
            "TELLSOMEONE_CACHE": str(CACHE),
            "TELLSOMEONE_DATA": str(DATA),
            **self.environment,
        }
        with (self.log or Path(os.devnull)).open("ab") as log:
            self.process = subprocess.Popen(
                [COMMAND, "serve", *self.arguments], env=environment, stdout=log, stderr=log, cwd=ROOT
            )
        wait_for_server(self.process, self.port, "the server")
        assert self.process.poll() is None, "the server ended at once"
        return self

    def stop(self) -> None:
        """Ends the process and its connections: to a browser the site is offline."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


@contextlib.contextmanager
def served(content: Path, *arguments: str, log: Path | None = None, **environment: str) -> Iterator[Served]:
    server = Served(content, environment, arguments or ("--no-reload",), log=log)
    try:
        yield server.start()
    finally:
        server.stop()


class Destination(Reachable):
    """The destination of leaving. It records every request with its headers."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str]]] = []
        requests = self.requests

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                body = b"<!doctype html><title>Weather</title><h1>Weather</h1>"
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@dataclass
class Nginx(Reachable):
    port: int


@contextlib.contextmanager
def nginx(folder: Path, port: int) -> Iterator[Nginx]:
    """A real nginx with the configuration in `folder`, listening on `port`."""
    arguments = [shutil.which("nginx") or "/usr/sbin/nginx", "-p", f"{folder}/", "-c", "nginx.conf"]
    arguments += ["-g", "daemon off; user root;" if os.geteuid() == 0 else "daemon off;"]
    process = subprocess.Popen(arguments, stderr=subprocess.PIPE)
    try:
        wait_for_server(process, port, "nginx")
        assert process.poll() is None, process.stderr.read().decode()
        yield Nginx(port)
    finally:
        process.terminate()
        process.wait()
        process.stderr.close()
