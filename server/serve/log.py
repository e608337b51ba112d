"""The server's log: one format for every library, with the time and without client addresses."""

import datetime
import ipaddress
import logging
import re

from server.clock import LONDON

_MAYBE_ADDRESS = re.compile(r"[0-9A-Fa-f]*[.:][0-9A-Fa-f.:]*[0-9A-Fa-f:]")
HIDDEN = "[address]"


class Formatter(logging.Formatter):
    """`2026-11-28T09:30:00+00:00 WARNING tellsomeone: …`, in London's time."""

    def __init__(self, own: str) -> None:
        """`own` is the address the server listens on, the only one that isn't hidden."""
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._own = own

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        return datetime.datetime.fromtimestamp(record.created, LONDON).isoformat(timespec="seconds")

    def formatMessage(self, record: logging.LogRecord) -> str:
        record.message = self._hide(record.message)
        return super().formatMessage(record)

    def formatException(self, ei: object) -> str:
        return self._hide(super().formatException(ei))  # type: ignore[arg-type]

    def _hide(self, text: str) -> str:
        return _MAYBE_ADDRESS.sub(lambda found: HIDDEN if self._is_foreign_address(found[0]) else found[0], text)

    def _is_foreign_address(self, text: str) -> bool:
        """Whether this is an IP address, perhaps with a port, other than the server's own."""
        for part in (text, text.rpartition(":")[0]):
            try:
                return str(ipaddress.ip_address(part)) != self._own
            except ValueError:
                continue
        return False


def configure_logging(own: str) -> None:
    """Sends our own messages, and warnings and errors of libraries, to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(Formatter(own))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("tellsomeone").setLevel(logging.INFO)
    logging.captureWarnings(True)
