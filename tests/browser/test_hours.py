"""Who is open now, on the card: with scripts off, then on in any zone, then offline, then with a wrong clock."""

from __future__ import annotations

import datetime
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright

from server.content.reader import read_library
from tests.conftest import CONTENT
from tests.support.browsers import MOVED, PHONE, open_slowly, profile, save_offline
from tests.support.own import OwnServer
from tests.support.running import Destination

WORDS = "As this test says"
BANK_HOLIDAY_EVENING = datetime.datetime(2026, 12, 28, 18, 10, tzinfo=datetime.UTC)
FRONT_DOOR = "#worcestershire-front-door dd [data-hours]"
DUTY_TEAM = "#worcestershire-out-of-hours dd [data-hours]"
SUGGESTED = [
    "Published hours suggest it is closed now. Opens tomorrow at 9am",
    "Published hours suggest it is open now, until midnight",
]


def served_hours(folder: Path, destination: Destination, confidence: str, duty_team: str) -> OwnServer:
    """The site with hours of this test's own, which no editor changes."""
    content = Path(shutil.copytree(CONTENT, folder / "content"))
    give(
        content, "worcestershire", "worcestershire-front-door", confidence, "Mo-Th 09:00-17:00; Fr 09:00-16:30; PH off"
    )
    give(content, "worcestershire", "worcestershire-out-of-hours", confidence, duty_team)
    give(content, "national", "childline", "high", "24/7")
    return OwnServer(read_library(content), destination.url + "/")


def give(content: Path, file: str, contact: str, confidence: str, opening_hours: str) -> None:
    """Gives a contact these hours, in place of its own."""
    path = content / "contacts" / f"{file}.toml"
    before, own = path.read_text(encoding="utf-8").split(f'id = "{contact}"\n')
    facts, channels, rest = own.partition("[[contact.channels]]")
    facts = re.sub(r"(?m)^hours = .*\n", "", facts)
    hours = f'words = "{WORDS}", confidence = "{confidence}", opening_hours = "{opening_hours}"'
    path.write_text(f'{before}id = "{contact}"\nhours = {{ {hours} }}\n{facts}{channels}{rest}', encoding="utf-8")


@pytest.fixture(scope="module")
def one_server(tmp_path_factory: pytest.TempPathFactory, destination: Destination) -> Iterator[OwnServer]:
    folder = tmp_path_factory.mktemp("hours")
    running = served_hours(folder, destination, "medium", "Mo-Fr unknown; Sa-Su 00:00-24:00; PH 00:00-24:00")
    yield running
    running.stop()


@pytest.fixture
def hours(one_server: OwnServer) -> OwnServer:
    one_server.reset()
    return one_server


def lines(page: Page) -> list[str]:
    page.wait_for_function(f"() => document.querySelector('{DUTY_TEAM}').textContent")
    return [page.inner_text(FRONT_DOOR), page.inner_text(DUTY_TEAM)]


def test_with_scripts_off_the_hours_stand_in_words_in_the_fixed_order(browser: Browser, hours: OwnServer) -> None:
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)
    page = context.new_page()
    page.goto(hours.url + "/areas/worcestershire")
    first = page.locator(".contacts").first
    assert first.inner_text().count(WORDS) == 2
    assert first.locator("article").first.get_attribute("id") == "worcestershire-front-door"
    assert page.locator(DUTY_TEAM).bounding_box()["height"] == 0, "no empty place where no script fills it"  # type: ignore[index]
    context.close()


@pytest.mark.parametrize("zone", ["Europe/London", "America/Los_Angeles", "Pacific/Auckland"])
def test_a_bank_holiday_evening_reads_the_same_in_any_zone_and_moves_nothing(
    browser: Browser, hours: OwnServer, zone: str
) -> None:
    context = browser.new_context(viewport=PHONE, timezone_id=zone, service_workers="block")
    page = context.new_page()
    page.clock.set_fixed_time(BANK_HOLIDAY_EVENING)
    open_slowly(page, hours.url + "/areas/worcestershire")
    assert lines(page) == SUGGESTED
    assert page.evaluate(MOVED) == []
    assert page.locator("article").first.get_attribute("id") == "worcestershire-front-door", "medium never decides"
    open_slowly(page, hours.url + "/help")
    page.wait_for_function("() => document.querySelector('#childline [data-hours]').textContent")
    assert page.inner_text("#childline [data-hours]") == "Open now, day and night"
    assert page.evaluate(MOVED) == []
    context.close()


def test_the_line_follows_the_clock_when_the_page_comes_back(browser: Browser, hours: OwnServer) -> None:
    context = browser.new_context(viewport=PHONE, service_workers="block")
    page = context.new_page()
    page.clock.set_fixed_time(datetime.datetime(2026, 12, 29, 16, 59, tzinfo=datetime.UTC))
    page.goto(hours.url + "/areas/worcestershire")
    assert lines(page)[0] == "Published hours suggest it is open now, until 5pm"
    page.clock.set_fixed_time(datetime.datetime(2026, 12, 29, 17, 0, tzinfo=datetime.UTC))
    page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    assert lines(page)[0] == SUGGESTED[0]
    context.close()


def test_offline_and_with_a_wrong_clock_every_number_stays(playwright: Playwright, hours: OwnServer) -> None:
    with profile(playwright, viewport=PHONE, timezone_id="America/Los_Angeles") as context:
        page = context.new_page()
        save_offline(page, hours.url + "/")
        hours.stop()
        page.clock.set_fixed_time(BANK_HOLIDAY_EVENING)
        page.goto(hours.url + "/areas/worcestershire")
        assert lines(page) == SUGGESTED
        page.clock.set_fixed_time(datetime.datetime(2019, 1, 1, tzinfo=datetime.UTC))
        page.goto(hours.url + "/areas/worcestershire")
        assert set(lines(page)) == {"Check your phone's date: we can't tell who is open"}
        for number in ("worcestershire-front-door-phone", "worcestershire-out-of-hours-phone"):
            assert page.locator(f'.ways [data-number="{number}"]').is_visible()


def test_with_sure_hours_the_number_answered_now_is_first_or_at_least_marked(
    browser: Browser, tmp_path: Path, destination: Destination
) -> None:
    own = served_hours(
        tmp_path, destination, "high", "Mo-Fr 00:00-09:00,17:00-24:00; Sa-Su 00:00-24:00; PH 00:00-24:00"
    )
    own.start()
    context = browser.new_context(viewport=PHONE, service_workers="block")
    page = context.new_page()
    page.clock.set_fixed_time(BANK_HOLIDAY_EVENING)
    open_slowly(page, own.url + "/areas/worcestershire")
    assert lines(page) == ["Closed now. Opens tomorrow at 9am", "Open now, until 9am tomorrow"]
    assert page.evaluate(MOVED) == []
    assert page.locator(DUTY_TEAM + ".open").count() == 1
    assert page.locator(FRONT_DOOR + ".open").count() == 0
    # With no frame drawn yet, as where the phone has the script already, the cards change places.
    page.add_init_script("window.requestAnimationFrame = () => 0")
    page.reload()
    lines(page)
    assert page.locator("article").first.get_attribute("id") == "worcestershire-out-of-hours"
    assert page.locator("article").nth(1).get_attribute("id") == "worcestershire-front-door"
    context.close()
    own.stop()
