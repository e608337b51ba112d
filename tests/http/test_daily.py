"""What a server that runs on for days does by itself."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
from pathlib import Path

from starlette.testclient import TestClient

from server.alerts.store import Store
from server.alerts.subscriptions import UNSEEN, Subscription, keep
from server.serve.app import create_app
from server.serve.daily import every_day
from server.serve.pages import Handout
from server.settings import read_settings
from server.site.resource import Site
from tests.alerts.test_store import kept
from tests.support.running import wait_until
from tests.unit.test_content import notice

DAY = datetime.timedelta(days=1)


def asked(number: int) -> Subscription:
    return Subscription(f"https://fcm.googleapis.com/{number}", "p" * 87, "a" * 22, "k" * 16, ("here",), "en")


def test_who_was_not_seen_for_sixty_days_is_forgotten_though_nobody_asks_or_sends(site: Site, tmp_path: Path) -> None:
    settings = read_settings({"TELLSOMEONE_DATA": str(tmp_path)})
    today = datetime.datetime.now(datetime.UTC).date()
    store = Store(settings.database_url)
    keep(store, asked(1), today - UNSEEN - DAY)
    keep(store, asked(2), today - UNSEEN + DAY)
    with TestClient(create_app(settings, site)):
        wait_until(lambda: kept(store) == {2}, "the one who was not seen to be forgotten")
    store.close()


def test_a_notice_is_shown_from_its_first_day_on(content: Path, site: Site) -> None:
    today = datetime.datetime.now(datetime.UTC).date()
    notice(content, until=str(today), **{"from": str(today)})
    settings = read_settings({"TELLSOMEONE_CONTENT": str(content)})
    forgotten: list[datetime.date] = []
    handout = Handout(site)
    assert b"A preview" not in site.resources["/news"].body
    days = [today - DAY]  # as if it had been pressed the day before, with the notice to come

    async def run() -> None:
        days_pass = asyncio.create_task(every_day(handout, settings, forgotten.append, lambda: days[-1], pause=0.05))
        await asyncio.sleep(0.5)
        assert handout.site is site, "nothing changes on that day"
        days.append(today)
        while handout.site is site:
            await asyncio.sleep(0.05)
        days_pass.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await days_pass

    async def bounded() -> None:
        await asyncio.wait_for(run(), 120)

    asyncio.run(bounded())
    assert b"A preview" in handout.site.resources["/news"].body
    assert forgotten == [today - DAY, today]


def test_where_nobody_asked_nothing_is_opened(site: Site, tmp_path: Path) -> None:
    settings = read_settings({"TELLSOMEONE_DATA": str(tmp_path / "data")})
    with TestClient(create_app(settings, site)) as client:
        assert client.get("/").status_code == 200
        client.portal.call(asyncio.sleep, 0.5)
    assert not (tmp_path / "data").exists()
