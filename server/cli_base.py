"""What every part of the command leans on: the settings and the content, or a sentence why not."""

from __future__ import annotations

import click

from server.content.checks import check_library
from server.content.model import Library
from server.content.problems import ContentError, Problem
from server.content.reader import read_library
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
        library = read_library(settings.content)
        problems = check_library(library)
    except ContentError as error:
        problems = error.problems
    if any(problem.level == "error" for problem in problems):
        print_problems(problems)
        raise click.ClickException(f"the content has errors: {refusal}")
    return library


def print_problems(problems: list[Problem]) -> None:
    for problem in problems:
        click.echo(str(problem))
