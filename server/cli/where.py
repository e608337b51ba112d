"""The command `tellsomeone where`."""

from pathlib import Path

import click

from server.settings import ROOT


@click.group()
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
