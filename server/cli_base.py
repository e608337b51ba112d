"""What every part of the command leans on: the settings and the content, or a sentence why not."""

from __future__ import annotations

import click

from server.content.checks import read_checked
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
    try:
        return read_checked(settings.content)
    except ContentError as error:
        print_problems(error.problems)
        raise click.ClickException(f"the content has errors: {refusal}") from None


def print_problems(problems: list[Problem]) -> None:
    for problem in problems:
        click.echo(str(problem))
