"""`tellsomeone alerts keys`: the keys that phones subscribe with."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import click

from server.alerts import overview, subscriptions
from server.alerts.store import Store, StoreError
from server.alerts.vapid import Key, Keyring, KeyTrouble
from server.cli.common import settings_or_end
from server.settings import KEYS, Settings


@contextlib.contextmanager
def said_plainly() -> Iterator[None]:
    """Ends the command with the message of an error in the database or a key."""
    try:
        yield
    except (StoreError, KeyTrouble) as error:
        raise click.ClickException(str(error)) from None


def confirm_end(count: int, yes: bool) -> None:
    """Goes on where the operator says yes to ending so many subscriptions, or `yes` says it already."""
    if not yes:
        click.confirm(f"End {count:,} subscriptions?", abort=True)


@contextlib.contextmanager
def database(url: str) -> Iterator[Store]:
    """A database for one command, closed at its end."""
    with said_plainly(), contextlib.closing(Store(url)) as store:
        yield store


def keyring_of(settings: Settings) -> Keyring:
    return Keyring(settings.data / KEYS)


@click.group(invoke_without_command=True)
@click.pass_context
def keys(context: click.Context) -> None:
    """List the keys that phones subscribe with. New subscriptions use the last one."""
    if context.invoked_subcommand:
        return
    settings = settings_or_end()
    with database(settings.database_url) as store:
        counts = overview.by_key(store)
        held = keyring_of(settings).all()
    for key in held:
        click.echo(f"{key.id}  {counts[key.id]:,} subscribers  {key.file}{'  current' if key is held[-1] else ''}")
    for missing in sorted(set(counts) - {key.id for key in held}):
        click.echo(f"{missing}  {counts[missing]:,} subscribers  file missing: put it back from your copy")
    if not held:
        click.echo("There is no key, so nobody can subscribe. To make one: `tellsomeone alerts keys make`")


@keys.command()
def make() -> None:
    """Make the first key, so that phones can subscribe."""
    ring = keyring_of(settings_or_end())
    with said_plainly():
        if ring.current():
            raise click.ClickException("there is already a key. To make a newer one: `tellsomeone alerts keys rotate`")
        key = ring.make()
    _show_new(key)


@keys.command()
def rotate() -> None:
    """Make a newer key for new subscriptions. Older keys go on signing for theirs."""
    ring = keyring_of(settings_or_end())
    with said_plainly():
        if not ring.current():
            raise click.ClickException("there is no key yet. To make one: `tellsomeone alerts keys make`")
        key = ring.make()
    _show_new(key)


def _show_new(key: Key) -> None:
    click.echo(f"{key.id}  {key.file}")
    click.echo("Keep a copy of this file in a safe place. If it is lost, its subscribers get no more alerts.")


@keys.command()
@click.argument("key_id")
@click.option("--yes", is_flag=True, help="Don't ask.")
def drop(key_id: str, yes: bool) -> None:
    """Remove a key that somebody else may have seen, and every subscription made with it."""
    settings = settings_or_end()
    ring = keyring_of(settings)
    with database(settings.database_url) as store:
        held, counts = ring.all(), overview.by_key(store)
        if not counts[key_id] and key_id not in {key.id for key in held}:
            raise click.ClickException(f"no key '{key_id}': `tellsomeone alerts keys` lists them")
        click.echo(
            f"{counts[key_id]:,} of {counts.total():,} subscribers use key {key_id}. None of them gets alerts until "
            "they open the site again. Drop a key only if somebody else may have seen it, never because a push "
            "service refused messages."
        )
        if [key.id for key in held] == [key_id]:
            click.echo("It is the only key. Nobody can subscribe until you run `tellsomeone alerts keys make`.")
        confirm_end(counts[key_id], yes)
        if key_id in {key.id for key in held}:
            ring.drop(key_id)
        count = subscriptions.forget_key(store, key_id)
    click.echo(f"{key_id} is gone, and {count:,} subscriptions with it. Each phone subscribes again at its next visit.")
