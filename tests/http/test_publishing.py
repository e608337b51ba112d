"""Background work of a server that runs for days."""

from __future__ import annotations

import asyncio
import datetime
from pathlib import Path

from starlette.testclient import TestClient

from server import clock
from server.alerts.store import Store
from server.alerts.subscriptions import RETENTION, subscribe
from server.content.dated_facts import next_change
from server.content.model import Library
from server.content.reader import read_library
from server.serve.app import create_app
from server.serve.pages import SiteApp
from server.serve.publisher import Publisher
from server.settings import read_settings
from server.site.build import build_site
from server.site.resource import Site
from tests.alerts.numbered import stored_numbers, subscription
from tests.support.editing import notice
from tests.support.running import CACHE, wait_until

DAY = datetime.timedelta(days=1)


def test_a_subscription_unseen_for_sixty_days_is_deleted_without_any_request(site: Site, tmp_path: Path) -> None:
    settings = read_settings({"TELLSOMEONE_DATA": str(tmp_path)})
    today = clock.today()
    store = Store(settings.database_url)
    subscribe(store, subscription(1), today - RETENTION - DAY)
    subscribe(store, subscription(2), today - DAY)
    with TestClient(create_app(settings, site)):
        wait_until(lambda: stored_numbers(store) == {2}, "the unseen subscription to be deleted")
    store.close()


def test_each_dated_fact_changes_on_its_day_while_the_folder_is_being_edited(content: Path, tmp_path: Path) -> None:
    first, last = datetime.date(2026, 12, 5), datetime.date(2026, 12, 7)
    notice(content, until=str(last), **{"from": str(first)})
    (content / "corrections.toml").write_text(
        f"""seq = 1
[[correction]]
number = "childline-phone"
withdrawn = true
from = {first + DAY}
[banner]
text = "Lines are down."
from = {first}
until = {first + DAY}
"""
    )
    settings = read_settings({"TELLSOMEONE_CONTENT": str(content), "TELLSOMEONE_DATA": str(tmp_path)})
    library = read_library(content)
    day = first - DAY
    app = SiteApp(build_site(library, settings, day))
    publisher = Publisher(app, library, settings, today=lambda: day)
    (content / "site.toml").write_text("half an edit = [")

    def shown() -> tuple[bool, bool, bool]:
        page = app.site.resources["/help/talk"].body
        news = app.site.resources["/news"].body
        return b"A preview" in news, b"not use this number" in page, b"Lines are down." in page

    async def live() -> list[tuple[bool, bool, bool]]:
        nonlocal day
        seen = [shown()]
        while day <= last:
            day += DAY
            await publisher.rebuild_for_day(day)
            seen.append(shown())
        day -= 10 * DAY  # a clock that was wrong, put right
        await publisher.rebuild_for_day(day)
        return [*seen, shown()]

    nothing = (False, False, False)
    assert asyncio.run(live()) == [
        nothing,
        (True, False, True),
        (True, True, True),
        (True, True, False),
        (False, True, False),
        nothing,
    ]


def test_the_next_change_is_the_first_day_on_which_something_begins_or_ends(content: Path) -> None:
    first, last = datetime.date(2026, 12, 5), datetime.date(2026, 12, 7)
    notice(content, until=str(last), **{"from": str(first)})
    library = read_library(content)
    assert next_change(library, first - 9 * DAY) == first
    assert next_change(library, first) == last + DAY
    assert next_change(library, last + DAY) is None


def test_the_same_content_has_the_same_bytes_on_another_day(library: Library) -> None:
    settings = read_settings({"TELLSOMEONE_CACHE": str(CACHE)})
    one, other = (build_site(library, settings, datetime.date(2026, month, 1)) for month in (11, 12))
    assert one == other


def test_without_subscriptions_no_data_folder_is_created(site: Site, tmp_path: Path) -> None:
    settings = read_settings({"TELLSOMEONE_DATA": str(tmp_path / "data")})
    with TestClient(create_app(settings, site)) as client:
        assert client.get("/").status_code == 200
        client.portal.call(asyncio.sleep, 0.5)
    assert not (tmp_path / "data").exists()
