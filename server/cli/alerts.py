"""`tellsomeone alerts`: sends notices, and looks after subscriptions, keys and backups."""

import contextlib
import datetime
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click

from server.alerts import overview, subscriptions
from server.alerts.backup import restore_backup, write_backup
from server.alerts.outbox import count_waiting
from server.alerts.push_client import PushClient
from server.alerts.sending import alarm, enqueue_notice, run_sender
from server.alerts.services import PushServices
from server.alerts.store import Store, StoreError
from server.alerts.vapid import Keyring, VapidKeyError, VapidTokens
from server.cli.common import content_or_end, end_on, settings_or_end
from server.clock import day_of
from server.content.checks import read_checked
from server.content.notices import NoticeError, notice_to_send
from server.content.problems import ContentError
from server.content.reader import read_library
from server.settings import KEYS, Settings


@dataclass
class Dependencies:
    """External dependencies, replaceable in tests."""

    services: PushServices = field(default_factory=PushServices)
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    clock: Callable[[], float] = time.time

    @property
    def today(self) -> datetime.date:
        return day_of(self.clock())


@click.group()
@click.pass_context
def alerts(context: click.Context) -> None:
    """Send notices to people who asked for alerts, and look after subscriptions and keys."""
    context.obj = context.obj or Dependencies()


@contextlib.contextmanager
def _database(settings: Settings) -> Iterator[Store]:
    """The database for one command. Errors in it or a key end the command."""
    with end_on(StoreError, VapidKeyError), contextlib.closing(Store(settings.database_url)) as store:
        yield store


def _keyring(settings: Settings) -> Keyring:
    return Keyring(settings.data / KEYS)


def _confirm_removal(count: int, yes: bool) -> None:
    """Asks whether to remove this many subscriptions, unless `yes` is set. Ends the command unless confirmed."""
    if not yes:
        click.confirm(f"End {count:,} subscriptions?", abort=True)


@alerts.command()
@click.argument("notice_id", metavar="NOTICE")
@click.option("--area", "areas", multiple=True, help="Send to this area alone; may be given more than once.")
@click.option("--urgent", is_flag=True, help="Ask phones to show it even when saving power.")
@click.option("--again", is_flag=True, help="Send it once more to everybody.")
@click.option("--dry-run", is_flag=True, help="Show how many would get it, and send nothing.")
@click.pass_obj
def send(
    dependencies: Dependencies, notice_id: str, areas: tuple[str, ...], urgent: bool, again: bool, dry_run: bool
) -> None:
    """Send NOTICE to the subscribers of its areas. NOTICE is the name of its file in content/notices."""
    settings = settings_or_end()
    with content_or_end("nothing was sent."):
        library = read_checked(settings.content)
    with end_on(NoticeError):
        notice, areas = notice_to_send(library, notice_id, areas, dependencies.today)
    with _database(settings) as store:
        if dry_run:
            for host, count in overview.count_by_service(store, areas, dependencies.services).items():
                click.echo(f"{count:>9,}  {host}")
            click.echo("Nothing was sent.")
            return
        try:
            subscriptions.remove_unseen(store, dependencies.today)
        except subscriptions.RemovalRefusedError as error:
            click.echo(f"Warning: {error}", err=True)
        earlier = overview.sendings_of(store, notice.id)
        if earlier and not again:
            raise click.ClickException(
                f"'{notice.id}' was sent on {earlier[0].day}. `tellsomeone alerts resume` finishes a sending that was "
                "stopped; --again sends it once more to everybody."
            )
        tokens = _vapid_tokens(settings)
        count = enqueue_notice(
            store, notice.id, areas, urgent=urgent, last_day=notice.meta.ends, now=dependencies.clock()
        )
        click.echo(f"'{notice.id}' to {count:,} subscribers of {', '.join(areas) or 'all areas'}")
        _run_sender(dependencies, store, tokens)


@alerts.command()
@click.pass_obj
def resume(dependencies: Dependencies) -> None:
    """Send what is still in the outbox. With PostgreSQL, several can run at once."""
    settings = settings_or_end()
    with _database(settings) as store:
        if not count_waiting(store):
            click.echo("Nothing is waiting to be sent.")
            return
        _run_sender(dependencies, store, _vapid_tokens(settings))


def _vapid_tokens(settings: Settings) -> VapidTokens:
    """The VAPID tokens to send with. Ends the command if there is no key or no https origin."""
    keyring = _keyring(settings)
    if keyring.current() is None:
        raise click.ClickException(
            "there is no key, so nobody can have subscribed. To make one: `tellsomeone alerts keys make`"
        )
    if not settings.secure:
        raise click.ClickException(
            "push services need the sender's address: set TELLSOMEONE_ORIGIN to the site's https address"
        )
    return VapidTokens(keyring, str(settings.origin))


def _run_sender(dependencies: Dependencies, store: Store, tokens: VapidTokens) -> None:
    """Sends, and prints the progress and a summary. Ends the command if somebody has to act before it can go on."""
    push_client = PushClient(tokens, dependencies.services, dependencies.tls)
    try:
        run = run_sender(store, push_client, dependencies.clock, lambda line: click.echo(line, err=True))
    except KeyboardInterrupt:
        raise click.ClickException(f"stopped: {_still_to_send(count_waiting(store))}") from None
    for line in run.lines():
        click.echo(line)
    if message := alarm(push_client.health):
        raise click.ClickException(f"{message} {_still_to_send(run.waiting)}")
    if run.waiting:
        click.echo(_still_to_send(run.waiting))


def _still_to_send(count: int) -> str:
    return f"{count:,} still to send. To go on: `tellsomeone alerts resume`"


@alerts.command("list")
@click.pass_obj
def list_(dependencies: Dependencies) -> None:
    """List the notices, and when each was sent."""
    settings = settings_or_end()
    with end_on(ContentError):
        library = read_library(settings.content)
    with _database(settings) as store:
        sendings = overview.sendings_of(store)
    for notice in library.notices:
        days = [str(each.day) for each in sendings if each.notice == notice.id]
        over = " (over)" if notice.meta.ends < dependencies.today else ""
        areas = ", ".join(notice.meta.areas) or "all areas"
        sent = f"sent {', '.join(days)}" if days else "not sent"
        click.echo(f"{notice.id}: {notice.meta.begins} to {notice.meta.ends}{over}, {areas}; {sent}")
    if not library.notices:
        click.echo("There are no notices in content/notices.")


@alerts.command()
def status() -> None:
    """Show how many subscribers there are, and how each sending went."""
    with _database(settings_or_end()) as store:
        for line in overview.status_lines(store):
            click.echo(line)


@alerts.command()
@click.option("--yes", is_flag=True, help="Don't ask first.")
@click.pass_obj
def forget(dependencies: Dependencies, yes: bool) -> None:
    """Remove subscribers not seen for 60 days. The server leaves this to you if they are unusually many."""
    with _database(settings_or_end()) as store:
        overdue, total, newest = subscriptions.count_unseen(store, dependencies.today)
        visited = f"the newest visit was on {newest}" if newest else "nobody has subscribed"
        click.echo(
            f"Taking {dependencies.today} as today, {overdue:,} of {total:,} subscribers have not been seen for "
            f"{subscriptions.RETENTION.days} days; {visited}."
        )
        if not overdue:
            return
        _confirm_removal(overdue, yes)
        count = subscriptions.remove_unseen(store, dependencies.today, confirmed=True)
    click.echo(f"{count:,} subscriptions were removed.")


@alerts.command()
@click.argument("day", metavar="DAY", type=click.DateTime(["%Y-%m-%d"]))
@click.option("--yes", is_flag=True, help="Don't ask first.")
def purge(day: datetime.datetime, yes: bool) -> None:
    """After a flood: remove subscriptions made on DAY that were never sent to. Real phones subscribe again."""
    with _database(settings_or_end()) as store:
        count = subscriptions.count_unproven(store, day.date())
        click.echo(f"{count:,} subscriptions were made on {day.date()} and never sent a message.")
        if not count:
            return
        _confirm_removal(count, yes)
        count = subscriptions.remove_unproven(store, day.date())
    click.echo(f"{count:,} subscriptions were removed.")


@alerts.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup(file: Path) -> None:
    """Write every row to FILE, a SQLite database. The server can go on. Keys are not included."""
    with _database(settings_or_end()) as store:
        counts = write_backup(store, file)
    click.echo(f"{file}: {_list_rows(counts)}")


@alerts.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def restore(file: Path) -> None:
    """Put the rows of a backup into the database, which has to be empty."""
    with _database(settings_or_end()) as store:
        counts = restore_backup(file, store)
    click.echo(f"restored {_list_rows(counts)}")


def _list_rows(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {table}" for table, count in counts.items())


@alerts.group(invoke_without_command=True)
@click.pass_context
def keys(context: click.Context) -> None:
    """List the keys that phones subscribe with. New subscriptions use the last one."""
    if context.invoked_subcommand:
        return
    settings = settings_or_end()
    with _database(settings) as store:
        for line in overview.key_lines(store, _keyring(settings)):
            click.echo(line)


@keys.command()
def make() -> None:
    """Make the first key, so that phones can subscribe."""
    _add_key(True, "there is already a key. To make a newer one: `tellsomeone alerts keys rotate`")


@keys.command()
def rotate() -> None:
    """Make a newer key for new subscriptions. Older keys go on signing for theirs."""
    _add_key(False, "there is no key yet. To make one: `tellsomeone alerts keys make`")


def _add_key(first: bool, refusal: str) -> None:
    """Makes the first key, or a newer one. Ends the command with `refusal` if the folder isn't ready for it."""
    keyring = _keyring(settings_or_end())
    with end_on(VapidKeyError):
        if first != (keyring.current() is None):
            raise click.ClickException(refusal)
        key = keyring.make()
    click.echo(f"{key.id}  {key.file}")
    click.echo("Keep a copy of this file in a safe place. If it is lost, its subscribers get no more alerts.")


@keys.command()
@click.argument("key_id")
@click.option("--yes", is_flag=True, help="Don't ask.")
def drop(key_id: str, yes: bool) -> None:
    """Remove a key that somebody else may have seen, and every subscription made with it."""
    settings = settings_or_end()
    keyring = _keyring(settings)
    with _database(settings) as store:
        ids, counts = [key.id for key in keyring.all()], overview.count_by_key(store)
        if key_id not in ids and not counts[key_id]:
            raise click.ClickException(f"no key '{key_id}': `tellsomeone alerts keys` lists them")
        click.echo(
            f"{counts[key_id]:,} of {counts.total():,} subscribers use key {key_id}. None of them gets alerts until "
            "they open the site again. Drop a key only if somebody else may have seen it, never because a push "
            "service refused messages."
        )
        if ids == [key_id]:
            click.echo("It is the only key. Nobody can subscribe until you run `tellsomeone alerts keys make`.")
        _confirm_removal(counts[key_id], yes)
        keyring.drop(key_id)
        count = subscriptions.remove_for_key(store, key_id)
    click.echo(f"{key_id} is gone, and {count:,} subscriptions with it. Each phone subscribes again at its next visit.")
