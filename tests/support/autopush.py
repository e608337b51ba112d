"""A small version of Firefox's push service: autopush towards the browser, Web Push towards a sender."""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
import uuid
from pathlib import Path

from aiohttp import WSMsgType, web

from tests.support.pushing import DAY, LARGEST, checked, make_certificate, packed
from tests.support.running import answers, free_port, wait_until

PREFERENCES: dict[str, str | float | bool] = {
    "dom.push.connection.enabled": True,
    "dom.push.testing.allowInsecureServerURL": True,
    "dom.push.testing.ignorePermission": True,
    "permissions.default.desktop-notification": 1,
    "alerts.useSystemBackend": False,
}
"""Lets a headless Firefox subscribe and show notifications without a desktop."""


class Autopush:
    """Browsers connect to `url`; endpoints are below `origin`. Unregistered ones answer 410, as in the real service."""

    def __init__(self, folder: Path) -> None:
        port, self._socket_port = free_port(), free_port()
        self.origin = f"https://127.0.0.1:{port}"
        self.url = f"ws://127.0.0.1:{self._socket_port}/"
        self.keys: dict[str, str] = {}
        """The VAPID key that each registered endpoint belongs to."""
        self.acknowledged: list[int] = []
        """Firefox's code for each message: 100 if it was decrypted and passed to the worker."""
        self.faults: list[str] = []
        self._browsers: dict[str, web.WebSocketResponse] = {}
        self._certificate = make_certificate(folder)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, args=(port,), daemon=True)
        self._thread.start()
        wait_until(lambda: answers(port) and answers(self._socket_port), "the push service")

    @property
    def preferences(self) -> dict[str, str | float | bool]:
        return {**PREFERENCES, "dom.push.serverURL": self.url}

    def tls(self) -> ssl.SSLContext:
        """A context that trusts this service alone."""
        return ssl.create_default_context(cafile=str(self._certificate))

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self, port: int) -> None:
        asyncio.set_event_loop(self._loop)
        app = web.Application()
        app.add_routes([web.get("/", self._browser), web.post("/push/{channel}", self._push)])
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        self._loop.run_until_complete(runner.setup())
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(self._certificate)
        for site in (
            web.TCPSite(runner, "127.0.0.1", port, ssl_context=tls),
            web.TCPSite(runner, "127.0.0.1", self._socket_port),
        ):
            self._loop.run_until_complete(site.start())
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())
        self._loop.close()

    async def _browser(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=("push-notification",))
        await socket.prepare(request)
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                break
            answer = self._answer(json.loads(message.data), socket)
            if answer is not None:
                await socket.send_str(json.dumps(answer))
        return socket

    def _answer(self, message: dict, socket: web.WebSocketResponse) -> dict[str, object] | None:
        kind, channel = message.get("messageType"), message.get("channelID", "")
        if kind is None:
            return {}
        if kind == "hello":
            uaid = message.get("uaid") or uuid.uuid4().hex
            return {"messageType": kind, "uaid": uaid, "status": 200, "use_webpush": True, "broadcasts": {}}
        if kind == "register":
            self.keys[channel], self._browsers[channel] = message["key"], socket
            endpoint = f"{self.origin}/push/{channel}"
            return {"messageType": kind, "channelID": channel, "status": 200, "pushEndpoint": endpoint}
        if kind == "unregister":
            self.keys.pop(channel, None)
            return {"messageType": kind, "channelID": channel, "status": 200}
        if kind == "ack":
            self.acknowledged += [update["code"] for update in message["updates"]]
        return None

    async def _push(self, request: web.Request) -> web.Response:
        channel, body = request.match_info["channel"], await request.read()
        if channel not in self.keys:
            return web.Response(status=410)
        try:
            assert len(body) <= LARGEST
            assert request.headers["content-encoding"] == "aes128gcm"
            assert 0 < int(request.headers["ttl"]) <= DAY
            assert checked(request.headers["authorization"], self.origin) == self.keys[channel].rstrip("=")
        except Exception as error:
            self.faults.append(repr(error))
            return web.Response(status=400)
        notification = {
            "messageType": "notification", "channelID": channel, "version": uuid.uuid4().hex,
            "data": packed(body), "headers": {"encoding": "aes128gcm"},
        }  # fmt: skip
        await self._browsers[channel].send_str(json.dumps(notification))
        return web.Response(status=201)
