"""The command `tellsomeone`."""

from __future__ import annotations

import datetime
import gc
import json
import os
import sys
from pathlib import Path

import click

from server import clock
from server.cache import CacheFolder
from server.cli_base import content_or_end, library_to_build, print_problems, settings_or_end
from server.cli_correct import correct
from server.content.checks import check_library
from server.content.due import Due, falling_due
from server.content.folder import fingerprint
from server.content.last_good import LastGood
from server.content.launch import Row, as_table, missing_for_launch
from server.content.model import Library
from server.content.problems import ContentError, Problem
from server.content.reader import read_library
from server.content.reading_age import NotInstalledError, check_reading_age
from server.origin import bracketed
from server.settings import ROOT, VARIABLES, Settings

_ENVIRONMENT = "\b\nEnvironment:\n" + "\n".join(f"  {v.name}: {v.help} ({v.default})" for v in VARIABLES)


class _Main(click.Group):
    """Brings in `alerts` only when it is asked for: loading it takes longer than `check` takes."""

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted([*super().list_commands(context), "alerts"])

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name != "alerts":
            return super().get_command(context, name)
        from server.cli_alerts import alerts

        return alerts


@click.group(cls=_Main, epilog=_ENVIRONMENT, context_settings={"max_content_width": 100})
def main() -> None:
    """Tell Someone: check the content, serve the site, or write it to a folder."""


main.add_command(correct)


@main.command()
@click.option("--preview", is_flag=True, help="Allow a public https origin before the content is signed.")
@click.option("--reload/--no-reload", default=True, help="Rebuild when the content changes on disk.")
def serve(preview: bool, reload: bool) -> None:
    """Serve the site on HOST and PORT."""
    from server.serve.app import create_app
    from server.serve.http import run
    from server.serve.log import configure_logging
    from server.serve.memory import share_one_pool
    from server.serve.start import first_site

    share_one_pool()
    settings = settings_or_end()
    configure_logging(settings.host)
    with content_or_end("nothing is served. `tellsomeone check` lists them."):
        library, site = first_site(settings)
    if settings.public and library and not library.launched and not preview:
        raise click.ClickException(
            f"{settings.origin} is public, but the content is not signed. `tellsomeone check --launch` "
            "lists what is missing; --preview serves it as a preview."
        )
    app = create_app(settings, site, library, reload=reload)
    address = f"http://{bracketed(settings.host)}:{settings.port}"
    # Libraries and the first content stay: the collector need not look at them in each build.
    gc.freeze()
    # A build reads hundreds of files, and after each read it waits this long for a busy server to let it go on.
    sys.setswitchinterval(0.0001)
    run(app, settings, lambda: click.echo(f"Tell Someone on {address}" + (" (preview)" if site.preview else "")))


@main.command()
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
        _print_due(falling_due(library, day.date() if day else today), as_json)
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


@main.command()
@click.argument("out", type=click.Path(path_type=Path, file_okay=False))
def build(out: Path) -> None:
    """Write the site to the folder OUT, with an nginx.conf."""
    from server.site.build import build_site
    from server.site.compress import compress_best
    from server.site.export import ExportError, export_site

    settings = settings_or_end()
    seen = fingerprint(settings.content)
    library = library_to_build(settings)
    try:
        site = compress_best(build_site(library, settings), settings.cache, threads=os.cpu_count() or 1)
        count = export_site(site, out)
    except ExportError as error:
        raise click.ClickException(str(error)) from None
    LastGood(settings.data).keep(settings.content, seen)
    click.echo(f"{count} files in {out}")


@main.group()
def where() -> None:
    """The data for finding the area of a postcode, a position or a place."""


@where.command("build")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=ROOT / "content" / "where",
    show_default="content/where",
    help="The folder to write to.",
)
def where_build(out: Path) -> None:
    """Rebuild the data from the postcode table and the gazetteer (packages in requirements-where.in)."""
    try:
        from server.where.build import write_where
    except ImportError as error:
        raise click.ClickException(f"{error.name} is missing: pip install -r requirements-where.in") from None

    for file in write_where(out):
        click.echo(f"{file}: {file.stat().st_size} bytes")
