"""Which addresses a message may be sent to: those of the known push services, in one narrow spelling."""

from __future__ import annotations

import re

HOSTS = {
    "fcm.googleapis.com": ("/fcm/send/", "/wp/"),  # Chrome, Edge on Android, Samsung Internet, Opera, Brave
    "jmt17.google.com": ("/fcm/send/", "/wp/"),  # Chromium as Linux distributions build it
    "updates.push.services.mozilla.com": ("/wpush/",),  # Firefox
}
"""Each host with the paths of its subscriptions: below others it offers its senders an API, which is no endpoint."""
DOMAINS = (".push.apple.com", ".notify.windows.com")
"""Safari, Edge on Windows: any host below these."""
LONGEST = 2048

# What browsers write is a small part of what a URL may be. Nothing outside that part is read at all, so nobody can
# read it in two ways: no credentials, port, fragment, backslash, capital or escaped letter in the host. What is longer
# than a name may be (RFC 1035) would be found out only by who looks it up.
_ENDPOINT = re.compile(
    r"(https://(?=[^/]{1,253}/)([a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+))(/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)", re.ASCII
)

_TRAVERSES = re.compile(r"(?:/|%2f)(?:\.|%2e){1,2}(?:/|%2f|\?|$)", re.IGNORECASE)
"""`/wp/../v1/…` starts as a subscription and is none."""


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
        if match is None:
            return None
        host, path = match[2], match[3]
        known = host.endswith(DOMAINS) or any(
            path.startswith(start) and len(path) > len(start) for start in HOSTS.get(host, ())
        )
        return match[1] if known and not _TRAVERSES.search(path) else None
