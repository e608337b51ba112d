"""`tellsomeone alerts keys`: the VAPID keys that phones subscribe with."""

import click

from server.alerts import overview, subscriptions
from server.alerts.vapid import Key, VapidKeyError
from server.cli.common import end_on, settings_or_end
from server.cli.database import confirm_removal, database, keyring_of


@click.group(invoke_without_command=True)
@click.pass_context
def keys(context: click.Context) -> None:
    """List the keys that phones subscribe with. New subscriptions use the last one."""
    if context.invoked_subcommand:
        return
    settings = settings_or_end()
    with database(settings) as store:
        for line in overview.key_lines(store, keyring_of(settings)):
            click.echo(line)


@keys.command()
def make() -> None:
    """Make the first key, so that phones can subscribe."""
    keyring = keyring_of(settings_or_end())
    with end_on(VapidKeyError):
        if keyring.current():
            raise click.ClickException("there is already a key. To make a newer one: `tellsomeone alerts keys rotate`")
        _show_new(keyring.make())


@keys.command()
def rotate() -> None:
    """Make a newer key for new subscriptions. Older keys go on signing for theirs."""
    keyring = keyring_of(settings_or_end())
    with end_on(VapidKeyError):
        if not keyring.current():
            raise click.ClickException("there is no key yet. To make one: `tellsomeone alerts keys make`")
        _show_new(keyring.make())


def _show_new(key: Key) -> None:
    click.echo(f"{key.id}  {key.file}")
    click.echo("Keep a copy of this file in a safe place. If it is lost, its subscribers get no more alerts.")


@keys.command()
@click.argument("key_id")
@click.option("--yes", is_flag=True, help="Don't ask.")
def drop(key_id: str, yes: bool) -> None:
    """Remove a key that somebody else may have seen, and every subscription made with it."""
    settings = settings_or_end()
    keyring = keyring_of(settings)
    with database(settings) as store:
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
        confirm_removal(counts[key_id], yes)
        if key_id in ids:
            keyring.drop(key_id)
        count = subscriptions.remove_for_key(store, key_id)
    click.echo(f"{key_id} is gone, and {count:,} subscriptions with it. Each phone subscribes again at its next visit.")
