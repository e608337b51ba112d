"""The endpoints that messages may be sent to: those of the known push services, in one strict spelling."""

import re

HOSTS = {
    "fcm.googleapis.com": ("/fcm/send/", "/wp/"),  # Chrome, Edge on Android, Samsung Internet, Opera, Brave
    "jmt17.google.com": ("/fcm/send/", "/wp/"),  # Chromium as Linux distributions build it
    "updates.push.services.mozilla.com": ("/wpush/",),  # Firefox
}
"""Each host with the beginnings of its endpoints' paths. Other paths lead to APIs."""
DOMAINS = (".push.apple.com", ".notify.windows.com")
"""Safari, Edge on Windows: any host below these."""
LONGEST = 2048
"""The most characters of an endpoint."""

# Browsers use a small part of URL syntax. Everything else is rejected, so that no two parsers can read an endpoint
# differently: credentials, ports, fragments, backslashes, and capital or escaped letters in the host. So are host names
# that are too long (RFC 1035), which would fail only when looked up.
_ENDPOINT = re.compile(
    r"(https://(?=[^/]{1,253}/)([a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+))(/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)", re.ASCII
)

_TRAVERSES = re.compile(r"(?:/|%2f)(?:\.|%2e){1,2}(?:/|%2f|\?|$)", re.IGNORECASE)
"""`/wp/../v1/…` starts like an endpoint but isn't one."""


class PushServices:
    """The push services that are allowed. `extra` adds origins such as `https://127.0.0.1:8443`, for tests only."""

    def __init__(self, extra: frozenset[str] = frozenset()) -> None:
        self._extra = extra

    def origin(self, endpoint: str) -> str | None:
        """The origin of an endpoint, or None if it must not be stored or sent to."""
        if len(endpoint) > LONGEST:
            return None
        for origin in self._extra:
            if endpoint.startswith(f"{origin}/"):
                return origin
        match = _ENDPOINT.fullmatch(endpoint)
        if match is None:
            return None
        host, path = match[2], match[3]
        is_service = host.endswith(DOMAINS) or any(
            path.startswith(start) and len(path) > len(start) for start in HOSTS.get(host, ())
        )
        return match[1] if is_service and not _TRAVERSES.search(path) else None
