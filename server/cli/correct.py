"""The command `tellsomeone correct`."""

import datetime
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError

from server.content.problems import ContentError
from server.corrections import options, signing
from server.corrections.options import Options, describe_all
from server.corrections.writing import RefusedError
from server.settings import SettingsError, read_settings

_DAY = click.DateTime(["%Y-%m-%d"])


def _date(_: click.Context, __: click.Parameter, moment: datetime.datetime | None) -> datetime.date | None:
    """Drops the time that `click.DateTime` adds."""
    return moment.date() if moment else None


@click.command()
@click.argument("number", metavar="[NUMBER-ID]", required=False)
@click.option("--withdraw", is_flag=True, help="Strike the number out, so that nobody calls it.")
@click.option("--replace", "replacement", metavar="NEW", help="The new number for the same service.")
@click.option("--note", help="A sentence to show below the number. Alone, it leaves the number as it is.")
@click.option("--banner", metavar="TEXT", help="An urgent sentence for the top of every page; needs --until.")
@click.option(
    "--from", "start", type=_DAY, callback=_date, help="The first day of the correction or banner (default: now)."
)
@click.option("--until", type=_DAY, callback=_date, help="The banner's last day.")
@click.option("--area", help="Hide the banner from people who chose a different area.")
@click.option("--drop", multiple=True, metavar="NUMBER-ID|banner", help="End this correction, or the banner.")
@click.option(
    "--key", type=click.Path(path_type=Path), help="The private key (default: corrections.pem in the data folder)."
)
@click.option("--make-key", is_flag=True, help="Make a private key, and print its public key for site.toml.")
def correct(key: Path | None, make_key: bool, **given: Any) -> None:
    """Correct a number on every phone without a new release: withdraw it, replace it, or add a note.

    The correction is signed. With no options, sign corrections.toml as it is, under the next sequence number.
    """
    try:
        settings = read_settings()
        key = key or settings.data / "corrections.pem"
        if make_key:
            public = signing.make_key(key)
            # A TOML comment, so that all of it can be pasted into site.toml.
            click.echo(f"# The private key is in {key}: keep a copy in a safe place. For content/site.toml:")
            click.echo(f'correction_keys = ["{public}"]')
            return
        library = options.correct(settings.content, Options(**given), key)
    except ContentError as error:
        raise click.ClickException(f"nothing was changed:\n{error}") from None
    except ValidationError as error:
        message = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise click.ClickException(f"nothing was changed: {message}") from None
    except (signing.KeyTrouble, RefusedError, SettingsError) as error:
        raise click.ClickException(f"nothing was changed: {error}") from None
    click.echo("\n".join(describe_all(library)))
    click.echo("A running `serve` picks this up by itself. For a built folder, run `tellsomeone build`.")
