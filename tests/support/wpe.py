"""WPE WebKit 2.38 (2022), the engine of Safari 16.0, driven over its inspector's protocol."""

from __future__ import annotations

import json
import shutil
from typing import Any

from tests.support.old_browser import NotNowError, OldBrowser
from tests.support.running import answers, free_port


class Wpe(OldBrowser):
    """It wraps each message in another, addressed to the process that has the page."""

    name = "WPE WebKit 2.38"
    program = shutil.which("cog")
    missing = "no cog: tests/tools/browsers.sh installs it"

    def _command(self) -> list[str]:
        # Its window is always 800 by 600; at twice the size, pages are as narrow as on a phone.
        return [str(self.program), "--platform=headless", "--scale=2", "--enable-developer-extras=true", "about:blank"]

    def _environment(self) -> dict[str, str]:
        self.port = free_port()
        return {
            "WEBKIT_INSPECTOR_HTTP_SERVER": f"127.0.0.1:{self.port}",
            # On a shared bus, a second cog would pass its address to the first.
            "DBUS_SESSION_BUS_ADDRESS": "disabled:",
            **{f"XDG_{kind}_HOME": str(self._folder / kind) for kind in ("CACHE", "CONFIG", "DATA")},
        }

    def _listens(self) -> bool:
        return answers(self.port) and b"/socket/1/1/WebPage" in self.ask("/").body

    def _address(self) -> str:
        return f"ws://127.0.0.1:{self.port}/socket/1/1/WebPage"

    def _enable(self) -> None:
        self._target = json.loads(self._socket.recv())["params"]["targetInfo"]["targetId"]
        for domain in ("Console", "Page", "Runtime"):
            self._call(f"{domain}.enable")

    def _send(self, message: dict[str, Any]) -> None:
        wrapped = {"targetId": self._target, "message": json.dumps(message)}
        super()._send({"id": -message["id"], "method": "Target.sendMessageToTarget", "params": wrapped})

    def _receive(self) -> dict[str, Any]:
        message = super()._receive()
        if message.get("method") == "Target.dispatchMessageFromTarget":
            return json.loads(message["params"]["message"])
        if "error" in message:
            raise NotNowError(message["error"]["message"])
        return message

    def _note(self, event: str, params: dict[str, Any]) -> None:
        if event == "Target.didCommitProvisionalTarget":
            self._target = params["newTargetId"]
            self._call("Console.enable")
            raise NotNowError("the page moved to another process")
        if event == "Console.messageAdded" and params["message"]["level"] == "error":
            message = params["message"]
            self._errors.append(f"{message['source']}: {message['text']} {message.get('url', '')}")

    def _click(self, x: float, y: float) -> None:
        self.script(
            f"""document.elementFromPoint({x}, {y}).dispatchEvent(
                  new MouseEvent('click', {{ bubbles: true, cancelable: true, composed: true, view: window }}))"""
        )

    def _picture(self) -> str:
        size = self.script("[innerWidth, innerHeight]")
        picture = self._call("Page.snapshotRect", x=0, y=0, width=size[0], height=size[1], coordinateSystem="Viewport")
        return str(picture["dataURL"].partition(",")[2])
