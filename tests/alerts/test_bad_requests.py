"""No request makes the subscriptions API fail, and no bad one is stored."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from server.addresses import SUBSCRIPTIONS
from server.alerts.vapid import Key
from tests.alerts.conftest import FCM, phone, rows
from tests.support.sampling import WHOLE

# Recognises valid values by other means than the server, so that a value made bad is surely bad.
_GOOD = {
    "endpoint": lambda text: text.startswith(FCM),
    "p256dh": lambda text: len(text.rstrip("=")) == 87,
    "auth": lambda text: len(text.rstrip("=")) == 22,
    "key": lambda text: len(text.rstrip("=")) == 87,
    "areas": lambda text: False,
    "language": lambda text: re.fullmatch(r"[a-z]{2,3}(-[A-Za-z]{2,4})?", text) is not None,
}
_text = st.text(max_size=200) | st.text(st.characters(max_codepoint=127), max_size=100)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
_near = st.sampled_from(
    ["\0", "\ud800", "https://fcm.googleapis.com.evil.example/x", "B" * 86, "B" * 88, "A" * 21, "A" * 23, "en\n", "EN"]
)


@st.composite
def bad_bodies(draw: st.DrawFn, *fields: str) -> bytes:
    """A body that no phone sends: any bytes, any JSON, or a good body of these fields with one thing wrong."""
    kind = draw(st.sampled_from(["bytes", "json", "field", "missing", "more", "deep", "cut"]))
    good = {name: value for name, value in phone().asks(phone().p256dh).items() if name in fields}
    if kind == "bytes":
        return draw(st.binary(max_size=600))
    if kind == "json":
        return json.dumps(draw(_json)).encode()
    if kind == "deep":
        return b'{"endpoint":' + draw(st.sampled_from([b"[", b'{"a":'])) * draw(st.integers(1, 600))
    if kind == "cut":
        whole = json.dumps(good).encode()
        return whole[: draw(st.integers(0, len(whole) - 1))]
    name = draw(st.sampled_from(sorted(good)))
    if kind == "missing":
        del good[name]
    elif kind == "more":
        good[draw(st.text(max_size=10).filter(lambda text: text not in good))] = draw(_json)
    else:
        value = draw(_json | _near)
        if name == "areas":
            value = draw(st.lists(_text, max_size=20).map(lambda names: [*names, "nowhere"]) | _json)
        if isinstance(value, str) and _GOOD[name](value):
            value += "\n"
        good[name] = value
    return json.dumps(good).encode()


@pytest.mark.parametrize(
    ("method", "fields", "kind", "share"),
    [
        ("POST", tuple(_GOOD), "application/json", 1),
        ("DELETE", ("endpoint", "auth"), "application/json", 5),
        ("POST", tuple(_GOOD), "text/html", 20),
        ("POST", tuple(_GOOD), "", 20),
    ],
)
def test_bad_requests_are_rejected_and_nothing_is_stored(
    client: TestClient, sqlite_url: str, key: Key, method: str, fields: tuple[str, ...], kind: str, share: int
) -> None:
    @settings(
        max_examples=(10_000 if WHOLE else 300) // share, deadline=None, database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )  # fmt: skip
    @given(bad_bodies(*fields))
    def check(body: bytes) -> None:
        # The key is the site's own, so that the one thing wrong is the only one.
        body = body.replace(json.dumps(phone().p256dh).encode(), json.dumps(key.public).encode())
        headers = {"Content-Type": kind} if kind else {}
        answer = client.request(method, SUBSCRIPTIONS, content=body, headers=headers)
        assert 400 <= answer.status_code < 500, (answer.status_code, body)

    check()
    assert rows(sqlite_url) == []
