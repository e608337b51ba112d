"""What every part of the command leans on: the settings and the content, or a sentence why not."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import click

from server.content.checks import read_checked
from server.content.last_good import LastGood
from server.content.model import Library
from server.content.problems import ContentError, Problem
from server.settings import Settings, SettingsError, read_settings


def settings_or_end() -> Settings:
    """The settings; a value that makes no sense ends the command with its sentence."""
    try:
        return read_settings()
    except SettingsError as error:
        raise click.ClickException(str(error)) from None


def valid_library(settings: Settings, refusal: str) -> Library:
    """The content, or its problems printed and the command ended."""
    with content_or_end(refusal):
        return read_checked(settings.content)


def library_to_build(settings: Settings) -> Library:
    """The content to build a folder of. With the kill switch on, an error in it doesn't keep the switch from phones."""
    with content_or_end("nothing was written."):
        try:
            return read_checked(settings.content)
        except ContentError as error:
            kept = None if settings.kill_switch == "off" else LastGood(settings.data).read()
            if kept is None:
                raise
            print_problems(error.problems)
            click.echo("The content has errors: THE LAST GOOD CONTENT IS BUILT INSTEAD, since the kill switch is on.")
            return kept


@contextlib.contextmanager
def content_or_end(refusal: str) -> Iterator[None]:
    """Content with errors ends the command: its problems are printed, and the refusal."""
    try:
        yield
    except ContentError as error:
        print_problems(error.problems)
        raise click.ClickException(f"the content has errors: {refusal}") from None


def print_problems(problems: list[Problem]) -> None:
    for problem in problems:
        click.echo(str(problem))
