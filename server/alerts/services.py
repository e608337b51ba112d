"""Which addresses a message may be sent to: those of the known push services, in one narrow spelling."""

from __future__ import annotations

import re

HOSTS = frozenset(
    {
        "fcm.googleapis.com",  # Chrome, Edge on Android, Samsung Internet, Opera, Brave
        "jmt17.google.com",  # Chromium as Linux distributions build it
        "updates.push.services.mozilla.com",  # Firefox
    }
)
DOMAINS = (".push.apple.com", ".notify.windows.com")
"""Safari, Edge on Windows: any host below these."""
LONGEST = 2048

# What browsers write is a small part of what a URL may be. Nothing outside that part is read at all, so nobody can
# read it in two ways: no credentials, port, fragment, backslash, capital or escaped letter in the host. What is longer
# than a name may be (RFC 1035) would be found out only by who looks it up.
_ENDPOINT = re.compile(
    r"(https://(?=[^/]{1,253}/)([a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+))/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*", re.ASCII
)


class PushServices:
    """The push services that are let in. `extra` adds origins, as `https://127.0.0.1:8443`: for tests alone."""

    def __init__(self, extra: frozenset[str] = frozenset()) -> None:
        self._extra = extra

    def origin(self, endpoint: str) -> str | None:
        """The origin of an endpoint that may be sent to, or None: then nothing may be kept of it or sent to it."""
        if len(endpoint) > LONGEST:
            return None
        for origin in self._extra:
            if endpoint.startswith(f"{origin}/"):
                return origin
        match = _ENDPOINT.fullmatch(endpoint)
        if match and (match[2] in HOSTS or match[2].endswith(DOMAINS)):
            return match[1]
        return None
