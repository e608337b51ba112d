"""Two browsers as old as the phones people have, each driven over the debugging socket it comes with.

Chromium 78 (2019) speaks the DevTools protocol, WPE WebKit 2.38 (2022, the engine of Safari 16.0) a cousin of it.
Both keep a profile, as phones do; a WebKit under WebDriver would not, nor would it tell of errors.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import websocket

from tests.support.browsers import CHROME78
from tests.support.day import machines_clock
from tests.support.running import LAST_RESORT, PATIENCE, Reachable, answers, free_port, wait_until


class NotNowError(Exception):
    """The page went away under the question, or a script in it threw."""


STUCK = "an old browser never ended loading"
"""`crashes.py` takes it for a crash: the test runs once more, and the summary says so."""
_STATE = """`${location.href} is ${document.readyState}, before: ${window.before}, has ` +
  performance.getEntriesByType('resource').map((each) => `${each.name} ${each.duration}`)"""


class Old(Reachable):
    """A browser with one page. `program` is None where it isn't installed."""

    name: str
    program: str | None
    missing: str

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp())
        self._errors: list[str] = []
        self._number = 0
        self._socket: websocket.WebSocket | None = None
        with (self._folder / "log").open("wb") as log, machines_clock():
            self._process = subprocess.Popen(
                self._command(),
                env={**os.environ, **self._environment()},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            wait_until(lambda: self._process.poll() is not None or self._listens(), self.name, LAST_RESORT)
            assert self._process.poll() is None, (self._folder / "log").read_text(errors="replace")
            self._socket = websocket.create_connection(self._address(), timeout=PATIENCE, suppress_origin=True)
            self._enable()
        except BaseException:
            self.close()
            raise

    def goto(self, url: str) -> None:
        """Opens an address, and comes back once the page is loaded."""
        self.script("window.before = true")
        failed = self._call("Page.navigate", url=url).get("errorText")
        assert not failed, f"{url}: {failed}"
        try:
            self.wait("!window.before && document.readyState === 'complete'")
        except TimeoutError as problem:
            # Seen in WPE 2.38 alone, twice in about ten whole runs, never by itself: a blank page that loads for ever.
            raise TimeoutError(f"{STUCK} {url}: {problem}") from None

    def script(self, js: str) -> Any:
        """The value of an expression; of a promise, what it comes to."""
        found = self._call("Runtime.evaluate", expression=f"({js})")
        result = found["result"]
        if found.get("wasThrown") or "exceptionDetails" in found:
            raise NotNowError(f"{result.get('description')}: {js}")
        if result.get("className") == "Promise":
            found = self._call("Runtime.awaitPromise", promiseObjectId=result["objectId"], returnByValue=True)
            result = found["result"]
            if found.get("wasThrown") or "exceptionDetails" in found:
                raise NotNowError(f"{found}: {js}")
        elif "objectId" in result:
            found = self._call(
                "Runtime.callFunctionOn",
                objectId=result["objectId"],
                functionDeclaration="function () { return this; }",
                returnByValue=True,
            )
            result = found["result"]
        return result.get("value")

    def wait(self, js: str) -> None:
        """Waits until an expression holds, in this page or the next one."""
        last: Any = None

        def holds() -> bool:
            nonlocal last
            try:
                last = self.script(js)
            except NotNowError as problem:
                last = problem
                return False
            return bool(last)

        try:
            wait_until(holds, js)
        except TimeoutError as problem:
            raise TimeoutError(f"{problem} (last: {last}; {self._state()}; errors: {self._errors})") from None

    def _state(self) -> str:
        """Where the page is, how far it has come, and what it has loaded."""
        try:
            return str(self.script(_STATE))
        except NotNowError as problem:
            return str(problem)

    def click(self, selector: str) -> None:
        """Clicks on what lies at the middle of the element, which has to be the element."""
        x, y = self.script(
            f"""(() => {{
              const element = document.querySelector('{selector}');
              element.scrollIntoView({{ block: 'center' }});
              const box = element.getBoundingClientRect();
              const point = [box.left + box.width / 2, box.top + box.height / 2];
              if (!element.contains(document.elementFromPoint(...point))) throw Error('something lies above it');
              return point;
            }})()"""
        )
        self._click(x, y)

    def errors(self) -> list[str]:
        """What the pages threw, refused or complained of since the start."""
        self.script("0")
        return self._errors

    def screenshot(self) -> bytes:
        """What is to be seen just now, as PNG."""
        return base64.b64decode(self._picture())

    def close(self) -> None:
        """Ends the browser with the processes that it started."""
        if self._socket:
            self._socket.shutdown()
            self._socket = None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _call(self, method: str, **params: Any) -> dict[str, Any]:
        self._number += 1
        number = self._number
        self._send({"id": number, "method": method, "params": params})
        while True:
            message = self._receive()
            if message.get("id") == number:
                if "error" in message:
                    raise NotNowError(f"{method}: {message['error']['message']}")
                return message["result"]
            if "method" in message:
                self._note(message["method"], message.get("params", {}))

    def _send(self, message: dict[str, Any]) -> None:
        self._socket.send(json.dumps(message))

    def _receive(self) -> dict[str, Any]:
        return json.loads(self._socket.recv())

    def _command(self) -> list[str]:
        raise NotImplementedError

    def _environment(self) -> dict[str, str]:
        return {}

    def _listens(self) -> bool:
        """Whether there is a page to connect to."""
        raise NotImplementedError

    def _address(self) -> str:
        raise NotImplementedError

    def _enable(self) -> None:
        raise NotImplementedError

    def _note(self, event: str, params: dict[str, Any]) -> None:
        raise NotImplementedError

    def _click(self, x: float, y: float) -> None:
        raise NotImplementedError

    def _picture(self) -> str:
        raise NotImplementedError


class Chromium78(Old):
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


class Wpe(Old):
    """It wraps each message once more, for the process that the page is in at the time."""

    name = "WPE WebKit 2.38"
    program = shutil.which("cog")
    missing = "no cog: tests/tools/browsers.sh installs it"

    def _command(self) -> list[str]:
        # Its window is 800 by 600 and stays so; at twice the size, pages are as narrow as on a phone.
        return [str(self.program), "--platform=headless", "--scale=2", "--enable-developer-extras=true", "about:blank"]

    def _environment(self) -> dict[str, str]:
        self.port = free_port()
        return {
            "WEBKIT_INSPECTOR_HTTP_SERVER": f"127.0.0.1:{self.port}",
            # One cog would hand its address to another that is on the same bus.
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
