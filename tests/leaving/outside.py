"""Sites outside: the page before a visit, and the destination of leaving."""

from __future__ import annotations

import contextlib
import http.server
import socket
import threading
import time

from tests.support.running import Reachable, free_port


class Outside(Reachable):
    """Somebody else's site. It records its requests, and can be slow, gone or broken."""

    def __init__(self, title: str, pages: dict[str, tuple[str, bytes]] | None = None) -> None:
        self.title = title
        self.requests: list[tuple[str, dict[str, str], float]] = []
        self.pages = pages or {}
        """Content type and body by path. Every other path shows the title."""
        self.mode = "up"
        """`up`, `hang` (no request is answered) or `hang-second` (only the first request is answered)."""
        self.requests_since = 0
        self.waiting = 0
        """How many requests are waiting for an answer that never comes."""
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
                outside.requests_since += self.path == "/"
                if self.path == "/" and (
                    outside.mode == "hang" or (outside.mode == "hang-second" and outside.requests_since > 1)
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
        """Answers nothing until the client disconnects."""
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
        """Changes the mode. `refuse` closes the port as well."""
        self._over.set()
        self.requests_since = 0
        if mode == "refuse":
            self.close()
            return
        self.mode = mode
        self.open()
        self._over.clear()

    def requests_for(self, path: str) -> list[dict[str, str]]:
        """The headers of every request for a path."""
        return [headers for each, headers, _ in self.requests if each == path]

    def close(self) -> None:
        self._over.set()
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
