"""The base of two browsers as old as people's phones, each driven over its debugging socket.

Both keep a profile, as phones do. WebKit under WebDriver keeps none, and doesn't report errors.
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

from tests.support.day import machines_clock
from tests.support.running import LAST_RESORT, PATIENCE, Reachable, wait_until


class NotNowError(Exception):
    """The page went away during a call, or its script threw."""


STUCK = "an old browser never ended loading"
"""`crashes.py` counts it as a crash: the test is repeated, and the summary says so."""
_STATE = """`${location.href} is ${document.readyState}, before: ${window.before}, has ` +
  performance.getEntriesByType('resource').map((each) => `${each.name} ${each.duration}`)"""


class OldBrowser(Reachable):
    """A browser with one page. `program` is None if it isn't installed."""

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
        """Opens an address and waits until the page is loaded."""
        self.script("window.before = true")
        failed = self._call("Page.navigate", url=url).get("errorText")
        assert not failed, f"{url}: {failed}"
        try:
            self.wait("!window.before && document.readyState === 'complete'")
        except TimeoutError as problem:
            # Only WPE 2.38 does this, in about one of five whole runs: it shows a blank page that loads for ever.
            raise TimeoutError(f"{STUCK} {url}: {problem}") from None

    def script(self, js: str) -> Any:
        """The value of an expression, or what a promise resolves to."""
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
        """Waits until an expression is true, in this page or the next one."""
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
        """The page's address, its state, and what it has loaded."""
        try:
            return str(self.script(_STATE))
        except NotNowError as problem:
            return str(problem)

    def click(self, selector: str) -> None:
        """Clicks the middle of an element, which nothing may cover."""
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
        """Every error that pages have thrown or logged since the start."""
        self.script("0")
        return self._errors

    def screenshot(self) -> bytes:
        """The visible page, as PNG."""
        return base64.b64decode(self._picture())

    def close(self) -> None:
        """Kills the browser with its child processes."""
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
