"""Faults between a phone and the site: each sends an answer in place of the real one."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

App = Callable[..., Awaitable[None]]
Message = MutableMapping[str, Any]
Fault = Callable[[App, Message, Any, Any], Awaitable[None]]
"""Answers a request in place of the app, or changes the app's answer."""

PORTAL = b"<!doctype html><title>Log in to the Wi-Fi</title><h1>Log in to the Wi-Fi</h1>"


def says(status: int, body: bytes = b"", content_type: str = "text/html", **headers: str) -> Fault:
    """An answer from elsewhere: an error, or the page of a captive portal."""

    async def answer(app: App, scope: Message, receive: Any, send: Any) -> None:
        raw = [(b"content-type", content_type.encode()), (b"content-length", str(len(body)).encode())]
        raw += [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": body})

    return answer


portal = says(200, PORTAL)


def moved(path: str) -> Fault:
    return says(302, location=path)


async def hangs(app: App, scope: Message, receive: Any, send: Any) -> None:
    """Never answers."""
    while (await receive())["type"] != "http.disconnect":
        pass


class Held:
    """The real answer, delayed until it is released."""

    def __init__(self) -> None:
        self.requested = threading.Event()
        self.released = threading.Event()
        self.answered = threading.Event()

    async def __call__(self, app: App, scope: Message, receive: Any, send: Any) -> None:
        self.requested.set()
        while not self.released.is_set():
            await asyncio.sleep(0.01)
        await app(scope, receive, send)
        self.answered.set()


def changed(change: Callable[[Message], Message]) -> Fault:
    """The real answer, with each of its messages changed."""

    async def answer(app: App, scope: Message, receive: Any, send: Any) -> None:
        await app(scope, receive, lambda message: send(change(message)))

    return answer


def typed(content_type: str) -> Fault:
    """The right bytes with the wrong content type."""

    def change(message: Message) -> Message:
        if message["type"] != "http.response.start":
            return message
        headers = [(name, value) for name, value in message["headers"] if name != b"content-type"]
        return {**message, "headers": [*headers, (b"content-type", content_type.encode())]}

    return changed(change)


def _damaged(message: Message) -> Message:
    body = message.get("body", b"")
    return {**message, "body": body[:-9] + bytes([body[-9] ^ 1]) + body[-8:]} if len(body) > 9 else message


damaged = changed(_damaged)
"""One bit is flipped."""


async def cut(app: App, scope: Message, receive: Any, send: Any) -> None:
    """The connection breaks in the middle of the answer."""

    class Cut(Exception):
        pass

    async def half(message: Message) -> None:
        if message["type"] == "http.response.body":
            body = message["body"]
            await send({**message, "body": body[: len(body) // 2], "more_body": True})
            raise Cut
        await send(message)

    try:
        await app(scope, receive, half)
    except Cut:
        return  # the answer is unfinished, so the server closes the connection


async def drips(app: App, scope: Message, receive: Any, send: Any) -> None:
    """The head, and then a byte now and then: a connection that brings almost nothing."""

    async def slowly(message: Message) -> None:
        if message["type"] != "http.response.body":
            await send(message)
            return
        gone = asyncio.ensure_future(hangs(app, scope, receive, send))
        for byte in message["body"][:-1]:
            await send({**message, "body": bytes([byte]), "more_body": True})
            done, _ = await asyncio.wait({gone}, timeout=0.2)
            if done:
                return

    await app(scope, receive, slowly)


class Faulty:
    """An app with faults at some paths. It records every requested path."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.faults: dict[str, Fault] = {}
        """By regular expression. The first that matches the whole path applies."""
        self.requested: list[str] = []

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            self.requested.append(scope["path"])
            for pattern, fault in self.faults.items():
                if re.fullmatch(pattern, scope["path"]):
                    return await fault(self.app, scope, receive, send)
        return await self.app(scope, receive, send)
