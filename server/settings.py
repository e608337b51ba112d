"""What the environment may set, read once into a frozen record."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import urlsplit

KillSwitch = Literal["off", "worker", "all"]
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Variable:
    name: str
    default: str
    help: str


VARIABLES = (
    Variable("TELLSOMEONE_CONTENT", "content/", "the folder with the content"),
    Variable("TELLSOMEONE_DATA", "data/", "the folder for the database and keys"),
    Variable("TELLSOMEONE_CACHE", "cache/ in the data folder", "what makes starts and edits quick; may be deleted"),
    Variable(
        "TELLSOMEONE_DATABASE_URL",
        "SQLite in the data folder",
        "where push subscriptions are kept: postgresql://… for PostgreSQL",
    ),
    Variable("TELLSOMEONE_ORIGIN", "http://HOST:PORT", "the address people reach the site at"),
    Variable("TELLSOMEONE_EXIT_URL", "exit_url of site.toml", 'where leaving ends up; "none" for nowhere'),
    Variable(
        "TELLSOMEONE_KILL_SWITCH",
        "off",
        'for a bad worker: "worker" sends one that removes itself, "all" a header too that clears',
    ),
    Variable("HOST", "127.0.0.1", "the address the server listens on"),
    Variable("PORT", "8000", "the port the server listens on"),
)
"""Every variable there is: the command's help and the README are held against this list."""

KEYS = "keys"
"""Where in the data folder the keys stand that phones subscribe with."""


class SettingsError(ValueError):
    """A variable holds something that can't be used. The message names it and says what to do."""


@dataclass(frozen=True)
class Settings:
    content: Path
    data: Path
    cache: Path
    """A folder that may be deleted at any time (`server/cache.py`)."""
    database_url: str
    origin: str
    """Scheme, host and port; no slash at the end."""
    exit_url: str | None
    """None: as `site.toml` says. "none": stay on the local information page."""
    kill_switch: KillSwitch
    """Not off: no phone saves anything, and those that have something lose it (docs/security.md)."""
    host: str
    port: int

    @property
    def secure(self) -> bool:
        return self.origin.startswith("https://")

    @property
    def public(self) -> bool:
        """An https origin that others can reach: not this machine, not a private address."""
        host = urlsplit(self.origin).hostname or ""
        if not self.secure or host == "localhost" or host.endswith(".localhost"):
            return False
        try:
            return ipaddress.ip_address(host).is_global
        except ValueError:
            return True


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings from the environment. Raises `SettingsError` on a value that makes no sense."""
    host = environment.get("HOST") or "127.0.0.1"
    port_text = environment.get("PORT") or "8000"
    if not port_text.isdecimal() or not 0 < int(port_text) < 65536:
        raise SettingsError(f"PORT is '{port_text}': give a number from 1 to 65535")
    origin = (environment.get("TELLSOMEONE_ORIGIN") or f"http://{host}:{port_text}").rstrip("/")
    parts = urlsplit(origin)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
        raise SettingsError(f"TELLSOMEONE_ORIGIN is '{origin}': give https:// and a host, without a path")
    exit_url = environment.get("TELLSOMEONE_EXIT_URL") or None
    if exit_url not in (None, "none"):
        _require_address("TELLSOMEONE_EXIT_URL", str(exit_url))
    database_url = environment.get("TELLSOMEONE_DATABASE_URL") or ""
    if database_url and not re.match(r"(sqlite:///|postgresql://)[^?#]", database_url):
        # The value itself is not repeated: it may hold a password.
        raise SettingsError("TELLSOMEONE_DATABASE_URL makes no sense: give postgresql://user@host/name, or none")
    asked = environment.get("TELLSOMEONE_KILL_SWITCH") or "off"
    kill_switch = next((each for each in get_args(KillSwitch) if each == asked), None)
    if kill_switch is None:
        raise SettingsError(f"TELLSOMEONE_KILL_SWITCH is '{asked}': give worker, all or off")
    data = Path(environment.get("TELLSOMEONE_DATA") or ROOT / "data")
    return Settings(
        content=Path(environment.get("TELLSOMEONE_CONTENT") or ROOT / "content"),
        data=data,
        cache=Path(environment.get("TELLSOMEONE_CACHE") or data / "cache"),
        database_url=database_url or f"sqlite:///{data}/tellsomeone.sqlite",
        origin=origin,
        exit_url=exit_url,
        kill_switch=kill_switch,
        host=host,
        port=int(port_text),
    )


def _require_address(name: str, value: str) -> None:
    if not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:\d+)?(/[\w./~?&=%+-]*)?", value, re.ASCII):
        raise SettingsError(f"{name} is '{value}': give a plain web address in full, or none")
