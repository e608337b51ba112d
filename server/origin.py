"""Origins, exit addresses and hosts: parsed from settings, checked, and normalised."""

import ipaddress
import re
from dataclasses import dataclass

_ORIGIN = re.compile(r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::(?P<port>\d{1,5}))?", re.I | re.A)
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)", re.A)
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*", re.A)
_ADDRESS = re.compile(r"(\w+://[^/]*)((?:/[\w./~?&=%+-]*)?)", re.ASCII)
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Origin:
    """An origin (RFC 6454) in lower case, without user or path, and without the scheme's default port."""

    scheme: str
    host: str
    """A name, an IPv4 address, or an IPv6 address without brackets."""
    port: int | None

    def __str__(self) -> str:
        port = f":{self.port}" if self.port else ""
        return f"{self.scheme}://{bracketed(self.host)}{port}"

    @property
    def secure(self) -> bool:
        return self.scheme == "https"

    @property
    def public(self) -> bool:
        """Whether other people can reach it over https: it is neither this machine nor a private address."""
        if not self.secure or self.host == "localhost" or self.host.endswith(".localhost"):
            return False
        try:
            return ipaddress.ip_address(self.host).is_global
        except ValueError:
            return True


def parse_origin(text: str) -> Origin:
    """The origin that `text` spells. Raises `ValueError`."""
    match = _ORIGIN.fullmatch(text)
    if not match:
        raise ValueError("not a scheme, a host and perhaps a port")
    scheme, port = match["scheme"].lower(), int(match["port"]) if match["port"] else None
    if port is not None and not 0 < port < 65536:
        raise ValueError("no such port")
    return Origin(scheme, parse_host(match["host"]), None if port == _DEFAULT_PORTS[scheme] else port)


def parse_exit_url(text: str) -> str:
    """The web address that opens when somebody leaves, normalised, or "none". Raises `ValueError`."""
    if text == "none":
        return text
    match = _ADDRESS.fullmatch(text)
    if not match:
        raise ValueError("no plain web address")
    return f"{parse_origin(match[1])}{match[2]}"


def parse_host(text: str) -> str:
    """A host's name or IP address, normalised and without brackets. Raises `ValueError`."""
    text = text.lower()
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    if ":" in bare:
        if "%" in bare:
            raise ValueError("an address with a zone")
        return str(ipaddress.IPv6Address(bare))
    labels = text.split(".")
    if not all(_LABEL.fullmatch(label) for label in labels) or len(text) > 253:
        raise ValueError("no name of a host")
    # Browsers take a name whose last label is a number for an IPv4 address.
    return str(ipaddress.IPv4Address(text)) if _NUMBER.fullmatch(labels[-1]) else text


def bracketed(host: str) -> str:
    """The host as written in a URL: an IPv6 address gets brackets."""
    return f"[{host}]" if ":" in host else host
