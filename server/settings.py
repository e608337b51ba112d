"""The settings: environment variables, checked and read into one frozen record."""

import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

from server import clock
from server.origin import Origin, bracketed, parse_exit_url, parse_host, parse_origin

KillSwitch = Literal["off", "worker", "all"]
YesNo = Literal["no", "yes"]
HSTS_SECONDS = 2 * 365 * 24 * 3600
DATABASE = "tellsomeone.sqlite"
_SQLITE = re.compile(r"sqlite:///(?!:memory:|file:)[^?#][^?]*")
"""A file only: a database in memory would be lost, and options in the URL could override those the store sets."""
_POSTGRESQL = re.compile(
    r"postgresql://(?![?#]|$)(?:[^:/]*(?::[^@]*)?@)?(?:\[[0-9A-Fa-f:.]+\]|[^/:?#@\s\[\]]*)"
    r"(?::(?P<port>[0-9]{1,5}))?(?:[/?].*)?"
)
"""What SQLAlchemy accepts, but with a valid port. A password may contain anything except @."""
_PROXIES_ADVICE = (
    "give addresses or networks of your own proxies, such as 127.0.0.1, 10.0.0.0/24 or ::1, with commas between them, "
    "or none"
)
ROOT = Path(__file__).resolve().parent.parent
T = TypeVar("T")


@dataclass(frozen=True)
class Variable:
    """An environment variable. `default` is a description where it depends on other settings."""

    name: str
    default: str
    help: str


VARIABLES = (
    Variable("TELLSOMEONE_CONTENT", "content/", "the folder with the content"),
    Variable("TELLSOMEONE_DATA", "data/", "the folder for the database and keys"),
    Variable("TELLSOMEONE_CACHE", "cache/ in the data folder", "the cache for quick starts and edits; may be deleted"),
    Variable(
        "TELLSOMEONE_DATABASE_URL",
        "SQLite in the data folder",
        "the database of push subscriptions: postgresql://… for PostgreSQL, sqlite:///… for a file",
    ),
    Variable("TELLSOMEONE_ORIGIN", "http://HOST:PORT", "the address at which people reach the site"),
    Variable("TELLSOMEONE_EXIT_URL", "exit_url of site.toml", 'the address to which leaving leads; "none" for nowhere'),
    Variable(
        "TELLSOMEONE_KILL_SWITCH",
        "off",
        'against a broken service worker: "worker" serves one that removes itself, "all" also sends Clear-Site-Data',
    ),
    Variable(
        "TELLSOMEONE_HSTS_SUBDOMAINS",
        "no",
        '"yes": browsers use https alone for every subdomain of the https origin, too, for two years',
    ),
    Variable(
        "TELLSOMEONE_PROXIES",
        "none",
        "addresses or networks, separated by commas, of the proxies whose X-Forwarded-For header is trusted",
    ),
    Variable("HOST", "127.0.0.1", "the address the server listens on"),
    Variable("PORT", "8000", "the port the server listens on"),
)
"""Every variable there is: the help of the command and docs/reference.md repeat them."""

KEYS = "keys"
"""The subfolder of the data folder with the VAPID keys."""


class SettingsError(ValueError):
    """A variable has an invalid value. The message names the variable and says what to do."""


@dataclass(frozen=True)
class Settings:
    content: Path
    data: Path
    cache: Path
    """A folder that may be deleted at any time (`server/cache.py`)."""
    database_url: str
    origin: Origin
    exit_url: str | None
    """None: as set in `site.toml`. "none": stay on `/neutral`, the local information page."""
    kill_switch: KillSwitch
    """Unless "off", no phone saves the site, and phones that saved it remove it (docs/security.md)."""
    hsts_subdomains: bool
    """Whether `Strict-Transport-Security` includes the subdomains of the origin's host."""
    proxies: tuple[str, ...]
    """Addresses and networks of proxies whose `X-Forwarded-For` header is trusted; none by default."""
    host: str
    port: int

    @property
    def secure(self) -> bool:
        return self.origin.secure

    @property
    def hsts(self) -> str | None:
        """The value of `Strict-Transport-Security`; None without https."""
        if not self.secure:
            return None
        return f"max-age={HSTS_SECONDS}" + ("; includeSubDomains" if self.hsts_subdomains else "")


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Reads the settings from the environment. Raises `SettingsError` if a value is invalid."""

    def parsed(name: str, default: str, parse: Callable[[str], T], advice: str) -> T:
        text = environment.get(name) or default
        try:
            return parse(text)
        except ValueError:
            raise SettingsError(f"{name} is {text!a}: {advice}") from None

    parsed(clock.EPOCH, "", clock.stopped_at, "give the seconds since 1970 at which the clock stops, or set nothing")
    port = parsed("PORT", "8000", _port, "give a number from 1 to 65535")
    host = parsed("HOST", "127.0.0.1", parse_host, "give an address such as 127.0.0.1 or ::1, or a name")
    own_origin = f"http://{bracketed(host)}:{port}"
    data = Path(environment.get("TELLSOMEONE_DATA") or ROOT / "data")
    url = environment.get("TELLSOMEONE_DATABASE_URL")
    return Settings(
        content=Path(environment.get("TELLSOMEONE_CONTENT") or ROOT / "content"),
        data=data,
        cache=Path(environment.get("TELLSOMEONE_CACHE") or data / "cache"),
        database_url=_database_url(url) if url else sqlite_url(data / DATABASE),
        origin=parsed("TELLSOMEONE_ORIGIN", own_origin, _origin, "give https:// and a host, without a path"),
        exit_url=parsed("TELLSOMEONE_EXIT_URL", "", _exit_url, "give a plain web address in full, or none"),
        kill_switch=_choice(environment, "TELLSOMEONE_KILL_SWITCH", KillSwitch),
        hsts_subdomains=_choice(environment, "TELLSOMEONE_HSTS_SUBDOMAINS", YesNo) == "yes",
        proxies=parsed("TELLSOMEONE_PROXIES", "none", _proxies, _PROXIES_ADVICE),
        host=host,
        port=port,
    )


def _choice(environment: Mapping[str, str], name: str, choices: Any) -> Any:
    """The value of a variable that takes one of the words of a `Literal`; the first word is the default."""
    words: tuple[str, ...] = get_args(choices)
    value = environment.get(name) or words[0]
    if value not in words:
        raise SettingsError(f"{name} is {value!a}: give {', '.join(words[1:])} or {words[0]}")
    return value


def _port(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 0 < int(text) < 65536:
        raise ValueError("no such port")
    return int(text)


def _origin(text: str) -> Origin:
    return parse_origin(text.removesuffix("/"))


def _exit_url(text: str) -> str | None:
    return parse_exit_url(text) if text else None


def _proxies(text: str) -> tuple[str, ...]:
    networks = [] if text == "none" else [ipaddress.ip_network(part.strip()) for part in text.split(",")]
    if any(network.prefixlen == 0 for network in networks) or "%" in text:
        raise ValueError("every address, or an address with a zone")
    return tuple(map(str, networks))


def sqlite_url(file: Path) -> str:
    """The URL of the SQLite database in `file`, with special characters of its path escaped."""
    return "sqlite:///" + str(file).replace("%", "%25").replace("?", "%3F")


def _database_url(text: str) -> str:
    postgresql = _POSTGRESQL.fullmatch(text)
    if not _SQLITE.fullmatch(text) and not (postgresql and int(postgresql["port"] or 1) in range(1, 65536)):
        # The message leaves out the value, since it may contain a password.
        raise SettingsError(
            "TELLSOMEONE_DATABASE_URL is not valid: give postgresql://user@host:port/name or sqlite:///FILE, "
            "or set nothing"
        )
    return text
