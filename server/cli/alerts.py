"""`tellsomeone alerts`: keys, sending, and what is kept. The only administration of the alerts there is."""

from __future__ import annotations

import asyncio
import datetime
import ssl
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import click

from server.alerts import overview, report, subscriptions
from server.alerts.outbox import Outcome, put, waiting
from server.alerts.push_client import PushClient
from server.alerts.sender import Sender
from server.alerts.services import PushServices
from server.alerts.store import Store, copy
from server.alerts.vapid import VapidTokens
from server.cli.common import settings_or_end, valid_library
from server.cli.keys import confirm_end, database, keyring_of, keys
from server.clock import LONDON, start_of
from server.content.page import Notice
from server.content.problems import ContentError
from server.content.reader import read_library
from server.new_file import rename_new
from server.settings import Settings, sqlite_url

LIFE = datetime.timedelta(hours=24)
"""How long a message may wait for a phone that is off. The notice itself stays on the site for as long as it says."""


@dataclass
class Dependencies:
    """External dependencies, replaceable in tests."""

    services: PushServices = field(default_factory=PushServices)
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    clock: Callable[[], float] = time.time

    @property
    def today(self) -> datetime.date:
        return datetime.datetime.fromtimestamp(self.clock(), LONDON).date()


@click.group()
@click.pass_context
def alerts(context: click.Context) -> None:
    """Send notices to people who asked for alerts, and look after subscriptions and keys."""
    context.obj = context.obj or Dependencies()


@alerts.command()
@click.argument("notice")
@click.option("--area", "areas", multiple=True, help="Send to this area alone; may be given more than once.")
@click.option("--urgent", is_flag=True, help="Ask phones to show it even when saving power.")
@click.option("--again", is_flag=True, help="Send it once more to everybody.")
@click.option("--dry-run", is_flag=True, help="Show how many would get it, and send nothing.")
@click.pass_obj
def send(
    dependencies: Dependencies, notice: str, areas: tuple[str, ...], urgent: bool, again: bool, dry_run: bool
) -> None:
    """Send NOTICE to the subscribers of its areas. NOTICE is the name of its file in content/notices."""
    settings = settings_or_end()
    found, chosen = _notice(settings, notice, areas, dependencies.today)
    with database(settings.database_url) as store:
        if dry_run:
            for name, count in overview.would_get(store, chosen, dependencies.services).items():
                click.echo(f"{count:>9,}  {name}")
            click.echo("Nothing was sent.")
            return
        try:
            subscriptions.forget_unseen(store, dependencies.today)
        except subscriptions.ForgettingRefusedError as error:
            click.echo(f"Warning: {error}", err=True)
        earlier = overview.sent(store, found.id)
        if earlier and not again:
            raise click.ClickException(
                f"'{found.id}' was sent on {earlier[0].day}. `tellsomeone alerts resume` finishes a sending that was "
                "stopped; --again sends it once more to everybody."
            )
        tokens = _vapid_tokens(settings, dependencies)
        ends = start_of(found.meta.ends + datetime.timedelta(days=1))
        count = put(
            store,
            found.id,
            chosen,
            "high" if urgent else "normal",
            dependencies.today,
            dependencies.clock(),
            min(dependencies.clock() + LIFE.total_seconds(), ends.timestamp()),
        )
        click.echo(f"'{found.id}' to {count:,} subscribers of {', '.join(chosen) or 'all areas'}")
        _run(dependencies, store, tokens)


@alerts.command()
@click.pass_obj
def resume(dependencies: Dependencies) -> None:
    """Send what is still in the outbox. With PostgreSQL, several can run at once."""
    settings = settings_or_end()
    with database(settings.database_url) as store:
        if not waiting(store):
            click.echo("Nothing is waiting to be sent.")
            return
        _run(dependencies, store, _vapid_tokens(settings, dependencies))


def _run(dependencies: Dependencies, store: Store, tokens: VapidTokens) -> None:
    start = time.monotonic()
    shown = [start]

    def show(totals: Counter[Outcome]) -> None:
        now = time.monotonic()
        if now - shown[0] >= 1:
            shown[0] = now
            click.echo(f"  {_settled(totals):,} sent, {_settled(totals) / (now - start):,.0f} a second", err=True)

    async def run() -> tuple[Counter[Outcome], PushClient]:
        async with PushClient(tokens, dependencies.services, dependencies.tls) as push_client:
            return await Sender(store, push_client, clock=dependencies.clock, progress=show).run(), push_client

    try:
        totals, push_client = asyncio.run(run())
    except KeyboardInterrupt:
        raise click.ClickException(f"stopped: {_left(waiting(store))}") from None
    seconds, left = time.monotonic() - start, waiting(store)
    for (origin, status), times in sorted(push_client.statuses.items()):
        click.echo(f"  {origin} answered {status} {times:,} times")
    click.echo(
        f"{totals[Outcome.TAKEN]:,} taken by the push services, {totals[Outcome.REMOVED]:,} gone and removed, "
        f"{totals[Outcome.REFUSED]:,} refused, {totals[Outcome.LATE]:,} too late, {left:,} waiting; "
        f"{seconds:.1f} s, {_settled(totals) / max(seconds, 0.001):,.0f} a second"
    )
    for line in report.remarks(push_client.services, push_client.unsigned):
        click.echo(line)
    if alarm := report.alarm(push_client.services):
        raise click.ClickException(f"{alarm} {_left(left)}")
    if left:
        click.echo(_left(left))


def _settled(totals: Counter[Outcome]) -> int:
    return totals.total() - totals[Outcome.AGAIN]


def _left(count: int) -> str:
    return f"{count:,} still to send. To go on: `tellsomeone alerts resume`"


@alerts.command("list")
@click.pass_obj
def list_(dependencies: Dependencies) -> None:
    """List the notices, and when each was sent."""
    settings = settings_or_end()
    try:
        library = read_library(settings.content)
    except ContentError as error:
        raise click.ClickException(str(error)) from None
    with database(settings.database_url) as store:
        sent = overview.sent(store)
    for notice in library.notices:
        days = ", ".join(str(each.day) for each in sent if each.notice == notice.id)
        over = " (over)" if notice.meta.ends < dependencies.today else ""
        click.echo(
            f"{notice.id}: {notice.meta.begins} to {notice.meta.ends}{over}, "
            f"{', '.join(notice.meta.areas) or 'all areas'}; {f'sent {days}' if days else 'not sent'}"
        )
    if not library.notices:
        click.echo("There are no notices in content/notices.")


@alerts.command()
def status() -> None:
    """Show how many subscribers there are, and how each sending went."""
    with database(settings_or_end().database_url) as store:
        for line in overview.lines(store):
            click.echo(line)


@alerts.command()
@click.option("--yes", is_flag=True, help="Don't ask first.")
@click.pass_obj
def forget(dependencies: Dependencies, yes: bool) -> None:
    """Remove subscribers not seen for 60 days. The server leaves this to you if they are unusually many."""
    with database(settings_or_end().database_url) as store:
        overdue, total, newest = subscriptions.unseen(store, dependencies.today)
        visited = f"the newest visit was on {newest}" if newest else "nobody has subscribed"
        click.echo(
            f"Taking {dependencies.today} as today, {overdue:,} of {total:,} subscribers have not been seen for "
            f"{subscriptions.UNSEEN.days} days; {visited}."
        )
        if not overdue:
            return
        confirm_end(overdue, yes)
        count = subscriptions.forget_unseen(store, dependencies.today, confirmed=True)
    click.echo(f"{count:,} subscriptions were removed.")


@alerts.command()
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]))
@click.option("--yes", is_flag=True, help="Don't ask first.")
def purge(day: datetime.datetime, yes: bool) -> None:
    """After a flood: remove subscriptions made on DAY that were never sent to. Real phones subscribe again."""
    with database(settings_or_end().database_url) as store:
        count = subscriptions.unproven(store, day.date())
        click.echo(f"{count:,} subscriptions were made on {day.date()} and never sent a message.")
        if not count:
            return
        confirm_end(count, yes)
        count = subscriptions.forget_unproven(store, day.date())
    click.echo(f"{count:,} subscriptions were removed.")


@alerts.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup(file: Path) -> None:
    """Write every row to FILE, a SQLite database. The server can go on. Keys are not included."""
    if file.exists():
        raise click.ClickException(f"{file} already exists: name a new file")
    part = Path(f"{file}.part")
    part.unlink(missing_ok=True)
    with database(settings_or_end().database_url) as store, database(sqlite_url(part)) as target:
        try:
            counts = copy(store, target)
            target.finish()
            rename_new(part, file)
        except OSError as error:
            raise click.ClickException(f"{file} can't be written: {error.strerror}") from None
        finally:
            for end in ("", "-wal", "-shm"):
                Path(f"{part}{end}").unlink(missing_ok=True)
    click.echo(f"{file}: {', '.join(f'{count:,} {name}' for name, count in counts.items())}")


@alerts.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def restore(file: Path) -> None:
    """Put the rows of a backup into the database, which has to be empty."""
    with database(sqlite_url(file)) as backup, database(settings_or_end().database_url) as store:
        counts = copy(backup, store)
    click.echo(f"restored {', '.join(f'{count:,} {name}' for name, count in counts.items())}")


def _notice(
    settings: Settings, notice: str, areas: tuple[str, ...], today: datetime.date
) -> tuple[Notice, tuple[str, ...]]:
    """The notice and the areas to send it to, or the command ended with what is wrong."""
    library = valid_library(settings, "nothing was sent.")
    found = next((each for each in library.notices if each.id == notice), None)
    if found is None:
        raise click.ClickException(f"no notice '{notice}' in content/notices: `tellsomeone alerts list` shows them")
    if not found.holds_on(today):
        raise click.ClickException(f"'{notice}' is in force from {found.meta.begins} to {found.meta.ends}, not today")
    possible = found.meta.areas or tuple(area.slug for area in library.site.areas)
    for area in areas:
        if area not in possible:
            raise click.ClickException(f"'{notice}' is not for '{area}', only for {', '.join(possible)}")
    return found, areas or found.meta.areas


def _vapid_tokens(settings: Settings, dependencies: Dependencies) -> VapidTokens:
    """Whatever signs messages, or the command ended with what is missing."""
    ring = keyring_of(settings)
    if ring.current() is None:
        raise click.ClickException(
            "there is no key, so nobody can have subscribed. To make one: `tellsomeone alerts keys make`"
        )
    if not settings.secure:
        raise click.ClickException(
            "push services need the sender's address: set TELLSOMEONE_ORIGIN to the site's https address"
        )
    return VapidTokens(ring, str(settings.origin))


alerts.add_command(keys)
