"""The command `tellsomeone check`."""

import datetime
import json
import sys
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path

import click

from server import clock
from server.cache import CacheFolder
from server.cli.common import settings_or_end
from server.content.checks import check_library
from server.content.due import due_by
from server.content.launch import as_table, missing_for_launch
from server.content.model import Library
from server.content.problems import ContentError, Problem
from server.content.reader import read_library
from server.content.reading_age import NotInstalledError, check_reading_age
from server.settings import Settings


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list instead of lines.")
@click.option("--strict", is_flag=True, help="Exit 1 on warnings too.")
@click.option("--launch", is_flag=True, help="List what is still to do before a public launch.")
@click.option("--due", is_flag=True, help="List what is due; print nothing if nothing is.")
@click.option(
    "--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="With --due: look ahead to this day (default: today)."
)
def check(
    folder: Path | None, as_json: bool, strict: bool, launch: bool, due: bool, day: datetime.datetime | None
) -> None:
    """Check the content in FOLDER (default: the content folder). Exit 1 on any error."""
    if day and not due:
        raise click.UsageError("--on needs --due")
    if launch and due:
        raise click.UsageError("--launch and --due are two lists: ask for one")
    settings, today = settings_or_end(), clock.today()
    try:
        library = read_library(folder or settings.content)
        problems = check_library(library, today)
    except ContentError as error:
        library, problems = None, error.problems
    if launch and library and not _errors(problems):
        steps = list(missing_for_launch(library, today))
        _print(("about", "to_do", "state"), steps, as_json, [as_table(steps)] if steps else [])
        return
    if due and library:
        facts = due_by(library, day.date() if day else today)
        _print(("date", "about", "to_do"), facts, as_json, [f"{date} {about}: {to_do}" for date, about, to_do in facts])
        return
    if library:
        problems = sorted([*problems, *_reading_age(library, settings)])
    _print(("file", "line", "level", "message"), list(map(astuple, problems)), as_json, list(map(str, problems)))
    if (strict and problems) or _errors(problems):
        sys.exit(1)
    if library and not as_json:
        click.echo(f"{len(library.pages)} pages and {len(library.contacts)} contacts: no errors.", err=True)


def _errors(problems: list[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.level == "error"]


def _print(fields: tuple[str, ...], rows: Sequence[tuple[object, ...]], as_json: bool, lines: list[str]) -> None:
    """Prints `lines`, or with `as_json` the `rows` as a JSON list of objects with these fields."""
    if as_json:
        lines = [json.dumps([dict(zip(fields, row, strict=True)) for row in rows], indent=1, default=str)]
    for line in lines:
        click.echo(line)


def _reading_age(library: Library, settings: Settings) -> list[Problem]:
    """The texts that are too hard to read. If the package that this takes is missing, prints how to install it."""
    try:
        return check_reading_age(library, CacheFolder(settings.cache / "reading"))
    except NotInstalledError:
        click.echo(
            "Reading ages were not checked. To check them: .venv/bin/pip install -r requirements-editor.txt", err=True
        )
        return []
