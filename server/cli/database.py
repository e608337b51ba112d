"""What the commands of `tellsomeone alerts` share."""

import contextlib
from collections.abc import Iterator

import click

from server.alerts.store import Store, StoreError
from server.alerts.vapid import Keyring, VapidKeyError
from server.cli.common import end_on
from server.settings import KEYS, Settings


@contextlib.contextmanager
def database(settings: Settings) -> Iterator[Store]:
    """The database for one command, closed at its end. Errors in it or a key end the command."""
    with end_on(StoreError, VapidKeyError), contextlib.closing(Store(settings.database_url)) as store:
        yield store


def keyring_of(settings: Settings) -> Keyring:
    """The VAPID keys in the data folder."""
    return Keyring(settings.data / KEYS)


def confirm_removal(count: int, yes: bool) -> None:
    """Asks whether to remove this many subscriptions, unless `yes` is set. Ends the command unless confirmed."""
    if not yes:
        click.confirm(f"End {count:,} subscriptions?", abort=True)
