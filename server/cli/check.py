"""The command `tellsomeone check`."""

from __future__ import annotations

import datetime
import json
import sys
from pathlib import Path

import click

from server import clock
from server.cache import CacheFolder
from server.cli.common import print_problems, settings_or_end
from server.content.checks import check_library
from server.content.due import Due, due_by
from server.content.launch import Row, as_table, missing_for_launch
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
    errors = [problem for problem in problems if problem.level == "error"]
    if launch and library and not errors:
        _print_missing(list(missing_for_launch(library, today)), as_json)
        return
    if due and library:
        _print_due(due_by(library, day.date() if day else today), as_json)
        return
    if library:
        problems = sorted([*problems, *_reading_age(library, settings)])
    if as_json:
        click.echo(json.dumps([problem.__dict__ for problem in problems], indent=1))
    else:
        print_problems(problems)
    failing = [problem for problem in problems if strict or problem.level == "error"]
    if failing:
        sys.exit(1)
    if library and not as_json:
        click.echo(f"{len(library.pages)} pages and {len(library.contacts)} contacts: no errors.", err=True)


def _print_missing(missing: list[Row], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([dict(zip(("about", "to_do", "state"), row, strict=True)) for row in missing], indent=1))
    elif missing:
        click.echo(as_table(missing))


def _print_due(due: list[Due], as_json: bool) -> None:
    if as_json:
        click.echo(
            json.dumps([{"date": str(date), "about": about, "to_do": what} for date, about, what in due], indent=1)
        )
    else:
        for date, about, what in due:
            click.echo(f"{date} {about}: {what}")


def _reading_age(library: Library, settings: Settings) -> list[Problem]:
    """The pages that are too hard to read, or a line that says how to have reading ages checked."""
    try:
        return check_reading_age(library, CacheFolder(settings.cache / "reading"))
    except NotInstalledError:
        click.echo(
            "Reading ages were not checked. To check them: .venv/bin/pip install -r requirements-editor.txt", err=True
        )
        return []
