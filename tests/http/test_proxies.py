"""Which client address counts behind a proxy. The requests come from several addresses in 127.0.0.0/8."""

from __future__ import annotations

import http.client
from pathlib import Path

import pytest

from server.addresses import SUBSCRIPTIONS
from server.alerts.rates import EACH
from server.serve.proxies import warn_without_proxies
from tests.conftest import CONTENT
from tests.support.running import CACHE, PATIENCE, Served, served

PROXY, FURTHER, OTHER = "127.0.0.2", "127.0.1.9", "127.0.0.3"
SENT = EACH.burst * 2


def statuses(server: Served, peer: str, forwarded: list[str]) -> list[int]:
    """The API's status for each value of X-Forwarded-For ("" for none), all sent on one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE, source_address=(peer, 0))
    found = []
    for value in forwarded:
        headers = {"Content-Type": "application/json"} | ({"X-Forwarded-For": value} if value else {})
        connection.request("POST", SUBSCRIPTIONS, b"{}", headers)
        answer = connection.getresponse()
        answer.read()
        found.append(answer.status)
    connection.close()
    return found


def test_each_visitor_behind_a_named_proxy_has_a_rate_of_their_own(tmp_path: Path) -> None:
    log = tmp_path / "log"
    variables = {"TELLSOMEONE_DATA": str(tmp_path), "TELLSOMEONE_CACHE": str(CACHE)}
    with served(CONTENT, log=log, TELLSOMEONE_PROXIES=f"{PROXY}, 127.0.1.0/24", **variables) as server:
        invented = [f"192.0.2.{number}, 198.51.100.7" for number in range(SENT)]
        assert 429 in statuses(server, PROXY, invented), "only the last address counts"
        through_two = [f"192.0.2.{number}, 198.51.100.8, {FURTHER}" for number in range(SENT)]
        assert 429 in statuses(server, PROXY, through_two)
        assert set(statuses(server, PROXY, [f"198.51.100.{number}" for number in range(9, 99)])) == {400}
        assert "X-Forwarded-For" not in log.read_text()
        direct = [f"192.0.2.{number}" for number in range(SENT)]
        assert 429 in statuses(server, OTHER, direct), "only the proxy is trusted"
        statuses(server, PROXY, [""])
        server.ask("/help", X_Forwarded_For="192.0.2.1")
    text = log.read_text()
    assert text.count("X-Forwarded-For comes from an address that TELLSOMEONE_PROXIES doesn't name") == 1
    assert text.count("sends no X-Forwarded-For") == 1
    assert "192.0.2." not in text and PROXY not in text and OTHER not in text


def test_without_a_named_proxy_forwarded_addresses_are_ignored_and_logged(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with served(CONTENT, log=log, TELLSOMEONE_DATA=str(tmp_path), TELLSOMEONE_CACHE=str(CACHE)) as server:
        assert 429 in statuses(server, "127.0.0.1", [f"192.0.2.{number}" for number in range(SENT)])
        assert log.read_text().count("X-Forwarded-For comes from an address") == 1
        assert set(statuses(server, OTHER, ["", ""])) == {400}


@pytest.mark.parametrize(("secure", "proxies", "says"), [(True, (), True), (True, (PROXY,), False), (False, (), False)])
def test_a_start_with_an_https_origin_and_no_proxy_is_logged(
    secure: bool, proxies: tuple[str, ...], says: bool, caplog: pytest.LogCaptureFixture
) -> None:
    warn_without_proxies(secure, proxies)
    assert ("names no proxy: all visitors share one rate" in caplog.text) == says
