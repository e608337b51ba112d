"""What the commands of `tellsomeone alerts` share."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import click

from server.alerts.store import Store, StoreError
from server.alerts.vapid import Keyring, VapidKeyError
from server.settings import KEYS, Settings


@contextlib.contextmanager
def errors_end() -> Iterator[None]:
    """Ends the command with the message of an error in the database or a key."""
    try:
        yield
    except (StoreError, VapidKeyError) as error:
        raise click.ClickException(str(error)) from None


@contextlib.contextmanager
def database(settings: Settings) -> Iterator[Store]:
    """The database for one command, closed at its end. Errors in it or a key end the command."""
    with errors_end(), contextlib.closing(Store(settings.database_url)) as store:
        yield store


def keyring_of(settings: Settings) -> Keyring:
    """The VAPID keys in the data folder."""
    return Keyring(settings.data / KEYS)


def confirm_removal(count: int, yes: bool) -> None:
    """Asks whether to remove this many subscriptions, unless `yes` is set. Ends the command unless confirmed."""
    if not yes:
        click.confirm(f"End {count:,} subscriptions?", abort=True)
