"""Chromium 78 (2019), driven over the DevTools protocol."""

from __future__ import annotations

import json
import os
from typing import Any

from tests.support.browsers import CHROME78
from tests.support.old_browser import OldBrowser


class Chromium78(OldBrowser):
    name = "Chromium 78"
    program = str(CHROME78) if os.access(CHROME78, os.X_OK) else None
    missing = "no .tools/chrome78: tests/tools/browsers.sh puts it there"

    def _command(self) -> list[str]:
        return [
            str(self.program),
            "--headless",
            "--disable-gpu",
            "--disable-background-networking",
            "--no-sandbox",
            "--remote-debugging-port=0",
            f"--user-data-dir={self._folder}",
            "--window-size=360,740",
            "about:blank",
        ]

    def _listens(self) -> bool:
        file = self._folder / "DevToolsActivePort"
        if not file.exists() or "\n" not in file.read_text():
            return False
        self.port = int(file.read_text().split()[0])
        return b'"page"' in self.ask("/json/list").body

    def _address(self) -> str:
        pages = json.loads(self.ask("/json/list").body)
        return str(next(page["webSocketDebuggerUrl"] for page in pages if page["type"] == "page"))

    def _enable(self) -> None:
        for domain in ("Page", "Runtime", "Log"):
            self._call(f"{domain}.enable")

    def _note(self, event: str, params: dict[str, Any]) -> None:
        if event == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self._errors.append(f"javascript: {details.get('exception', {}).get('description', details['text'])}")
        elif event == "Runtime.consoleAPICalled" and params["type"] in ("error", "assert"):
            self._errors.append(f"console: {[each.get('value', each.get('description')) for each in params['args']]}")
        elif event == "Log.entryAdded" and params["entry"]["level"] == "error":
            entry = params["entry"]
            self._errors.append(f"{entry['source']}: {entry['text']} {entry.get('url', '')}")

    def _click(self, x: float, y: float) -> None:
        for kind in ("mousePressed", "mouseReleased"):
            self._call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def _picture(self) -> str:
        return str(self._call("Page.captureScreenshot")["data"])
