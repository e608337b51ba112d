"""Reads the settings and the content for commands, which end with a message if that fails."""

import contextlib
from collections.abc import Iterator

import click

from server.content.checks import read_checked
from server.content.model import Library
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


def valid_library(settings: Settings, refusal: str) -> Library:
    """The content. Errors in it end the command: they are printed, then `refusal`."""
    with content_or_end(refusal):
        return read_checked(settings.content)


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
