"""What commands share: they end with a message if the settings or the content are wrong."""

import contextlib
from collections.abc import Iterator

import click

from server.content.problems import ContentError, Problem
from server.settings import Settings, SettingsError, read_settings


@contextlib.contextmanager
def end_on(*errors: type[Exception]) -> Iterator[None]:
    """Ends the command with the message of any of these errors."""
    try:
        yield
    except errors as error:
        raise click.ClickException(str(error)) from None


def settings_or_end() -> Settings:
    """The settings. An invalid one ends the command with a message."""
    with end_on(SettingsError):
        return read_settings()


@contextlib.contextmanager
def content_or_end(refusal: str) -> Iterator[None]:
    """Ends the command on `ContentError`: prints the errors, then `refusal`."""
    try:
        yield
    except ContentError as error:
        print_problems(error.problems)
        raise click.ClickException(f"the content has errors: {refusal}") from None


def print_problems(problems: list[Problem]) -> None:
    for problem in problems:
        click.echo(str(problem))
