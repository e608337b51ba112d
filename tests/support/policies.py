"""Rates headers by Mozilla's published table of scores, and by the rules of Google's CSP Evaluator."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

Policy = dict[str, list[str]]
_FETCHED = ("script", "style", "img", "font", "connect", "media", "object", "child", "frame", "worker", "manifest")
_KNOWN = frozenset(
    {
        *(f"{kind}-src" for kind in ("default", *_FETCHED)),
        *(f"{kind}-src-{part}" for kind in ("script", "style") for part in ("elem", "attr")),
        *("base-uri", "form-action", "frame-ancestors", "sandbox", "report-to", "report-uri"),
        *("upgrade-insecure-requests", "require-trusted-types-for", "trusted-types"),
    }
)
_KEYWORDS = ("self", "none", "unsafe-inline", "unsafe-eval", "strict-dynamic", "report-sample")
_SHORTEST_NONCE = 8


def parsed(policy: str) -> Policy:
    directives: Policy = {}
    for part in policy.split(";"):
        words = part.split()
        if words:
            directives.setdefault(words[0].lower(), words[1:])
    return directives


def sources(policy: Policy, directive: str) -> list[str] | None:
    """The sources for a kind of resource; None if there is no directive for it."""
    falls_back = directive.endswith("-src")
    return policy.get(directive, policy.get("default-src") if falls_back else None)


def findings(text: str) -> list[tuple[str, str]]:
    """The evaluator's findings of high or medium severity and of wrong syntax, as directive and finding.

    After `checks/security_checks.ts`, `strictcsp_checks.ts` and `parser_checks.ts` of https://github.com/google/csp-evaluator.
    Findings that it calls possible, such as 'self' for scripts, are left out.
    """
    return sorted({*_syntax(parsed(text)), *_weak(parsed(text))})


def _syntax(policy: Policy) -> Iterator[tuple[str, str]]:
    for name, values in policy.items():
        if name not in _KNOWN:
            yield name, "no such directive"
        if name in ("trusted-types", "require-trusted-types-for", "sandbox", "report-to"):
            continue
        for value in values:
            if value.lower() in _KNOWN:
                yield name, "a semicolon is missing"
            if value.lower() in _KEYWORDS or re.match(r"(nonce|sha(256|384|512))-", value):
                yield name, "quotes are missing"


def _weak(policy: Policy) -> Iterator[tuple[str, str]]:
    for name in ("script-src", "object-src", "base-uri"):
        if sources(policy, name) is None:
            yield name, "missing"
    for name in ("script-src", "object-src"):
        for value in sources(policy, name) or ():
            if value in ("*", "http:", "https:", "data:", "http://*", "https://*"):
                yield name, "any host"
    if "*" in (policy.get("base-uri") or ()):
        yield "base-uri", "any host"
    scripts = sources(policy, "script-src") or []
    strict = any(re.match(r"'(nonce|sha(256|384|512))-", value) for value in scripts)
    if "'unsafe-inline'" in scripts and not strict:
        yield "script-src", "inline scripts"
    if "'unsafe-eval'" in scripts:
        yield "script-src", "eval"
    for name, values in policy.items():
        for value in values:
            if value.startswith("http://"):
                yield name, "without TLS"
            nonce = re.fullmatch(r"'nonce-(.*)'", value)
            if nonce and len(nonce[1]) < _SHORTEST_NONCE:
                yield name, "a short nonce"


def score(headers: Mapping[str, str], cookies: Sequence[str], html: str, host: str) -> int:
    """What Mozilla's HTTP Observatory gives for the first page of a site over TLS, on a host that answers no HTTP.

    After the table "Tests & Scoring" of https://developer.mozilla.org/en-US/observatory/docs/tests_and_scoring: 100,
    less the penalties, and where 90 are left the bonuses. Read in November 2026. Preloading is never counted.
    """
    modifiers = (
        _csp(headers.get("content-security-policy")),
        sum(_cookie(cookie) for cookie in cookies)
        if any(_cookie(cookie) < 0 for cookie in cookies)
        else 5 * bool(cookies),
        -50 if headers.get("access-control-allow-origin") == "*" else 0,
        _hsts(headers.get("strict-transport-security", "")),
        _referrer(headers.get("referrer-policy")),
        _scripts(html, host),
        0 if headers.get("x-content-type-options") == "nosniff" else -5,
        _frames(headers),
        {None: 0, "same-origin": 10, "same-site": 10, "cross-origin": 0}.get(
            headers.get("cross-origin-resource-policy"), -5
        ),
    )
    left = 100 + sum(modifier for modifier in modifiers if modifier < 0)
    return max(0, left + (sum(modifier for modifier in modifiers if modifier > 0) if left >= 90 else 0))


def _csp(text: str | None) -> int:
    if text is None:
        return -25
    policy = parsed(text)
    scripts, styles = sources(policy, "script-src"), sources(policy, "style-src")
    objects = sources(policy, "object-src")
    unsafe = {"'unsafe-inline'", "data:", "https:", "http:", "*"}
    if scripts is None or objects is None or unsafe.intersection(scripts) or unsafe.intersection(objects):
        return -20
    if any(value.startswith("http:") for values in policy.values() for value in values):
        return -20
    if "'unsafe-eval'" in scripts:
        return -10
    if styles is None or unsafe.intersection(styles):
        return 0
    return 10 if policy.get("default-src") == ["'none'"] else 5


def _cookie(cookie: str) -> int:
    parts = {part.strip().lower() for part in cookie.split(";")[1:]}
    if "secure" not in parts:
        return -40
    if "httponly" not in parts:
        return -30
    return 5 if parts & {"samesite=lax", "samesite=strict"} else -20


def _hsts(value: str) -> int:
    age = re.search(r"max-age=(\d+)", value)
    return -20 if not age else 0 if int(age[1]) >= 15_768_000 else -10


def _referrer(value: str | None) -> int:
    if value is None:
        return 0
    private = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
    return 5 if value in private else -5


def _scripts(html: str, host: str) -> int:
    """0 for scripts of the same host: there is no bonus, as they need no integrity attribute."""
    addresses = re.findall(r"<script\b[^>]*\bsrc=[\"']?([^\"'\s>]+)", html)
    if any(address.startswith(("//", "http:")) for address in addresses):
        return -50
    return -5 if any(re.match(r"https:", a) and not a.startswith(f"https://{host}/") for a in addresses) else 0


def _frames(headers: Mapping[str, str]) -> int:
    if "frame-ancestors" in parsed(headers.get("content-security-policy", "")):
        return 5
    return 0 if headers.get("x-frame-options", "").upper() in ("DENY", "SAMEORIGIN") else -20
