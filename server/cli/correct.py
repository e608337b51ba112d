"""The command `tellsomeone correct`."""

from __future__ import annotations

import datetime
import difflib
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError

from server.content.model import Library
from server.content.problems import ContentError
from server.content.reader import read_library
from server.corrections.keys import KeyTrouble, make_key
from server.corrections.model import Banner, Correction
from server.corrections.state import corrections_json, find_channel
from server.corrections.writing import RefusedError, change, describe, one_at_a_time, write
from server.settings import SettingsError, read_settings

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("number", metavar="[NUMBER-ID]", required=False)
@click.option("--withdraw", is_flag=True, help="Strike the number out, so that nobody calls it.")
@click.option("--replace", "replacement", metavar="NEW", help="The new number for the same service.")
@click.option("--note", help="A sentence to show below the number. Alone, it leaves the number as it is.")
@click.option("--banner", metavar="TEXT", help="An urgent sentence for the top of every page; needs --until.")
@click.option("--from", "start", type=_DAY, help="The first day of the correction or banner (default: now).")
@click.option("--until", type=_DAY, help="The banner's last day.")
@click.option("--area", help="Hide the banner from people who chose a different area.")
@click.option("--drop", multiple=True, metavar="NUMBER-ID|banner", help="End this correction, or the banner.")
@click.option(
    "--key", type=click.Path(path_type=Path), help="The private key (default: corrections.pem in the data folder)."
)
@click.option("--make-key", is_flag=True, help="Make a private key, and print its public key for site.toml.")
def correct(key: Path | None, **given: Any) -> None:
    """Correct a number on every phone without a new release: withdraw it, replace it, or add a note.

    The correction is signed. With no options, sign corrections.toml as it is, under the next sequence number.
    """
    try:
        settings = read_settings()
        key = key or settings.data / "corrections.pem"
        if given.pop("make_key"):
            public = make_key(key)
            # Comments of TOML, so that the whole answer can be pasted.
            click.echo(f"# The private key is in {key}: keep a copy in a safe place. For content/site.toml:")
            click.echo(f'correction_keys = ["{public}"]')
            return
        with one_at_a_time(settings.content):
            library = read_library(settings.content)
            new, banner = _asked(library, **given)
            library = write(library, change(library.corrections, new, banner, given["drop"]), key)
    except ContentError as error:
        raise click.ClickException(f"nothing was changed:\n{error}") from None
    except ValidationError as error:
        words = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise click.ClickException(f"nothing was changed: {words}") from None
    except (KeyTrouble, RefusedError, SettingsError) as error:
        raise click.ClickException(f"nothing was changed: {error}") from None
    _show(library)


def _asked(library: Library, **given: Any) -> tuple[Correction | None, Banner | None]:
    """What the options say, as records. Raises `RefusedError` or pydantic's `ValidationError`."""
    start: datetime.datetime | None = given["start"]
    first = start.date() if start else None
    new = banner = None
    number: str | None = given["number"]
    if number:
        if not find_channel(library, number):
            known = [channel.id for contact in library.contacts for channel in contact.channels]
            near = difflib.get_close_matches(number, known, 3)
            raise RefusedError(
                f"no number has the id '{number}'. "
                + (f"Did you mean {' or '.join(near)}?" if near else "The ids are in content/contacts/.")
            )
        if not (given["withdraw"] or given["replacement"] or given["note"]):
            raise RefusedError(f"say what to do with '{number}': --withdraw, --replace or --note")
        new = Correction.model_validate(
            {
                "number": number,
                "withdrawn": given["withdraw"],
                "replaced_by": given["replacement"],
                "note": given["note"],
                "from": first,
            }
        )
    elif given["withdraw"] or given["replacement"] or given["note"]:
        raise RefusedError("name the number by its id, which stands in content/contacts/")
    elif start and not given["banner"]:
        raise RefusedError("--from needs a number or a banner")
    if not given["banner"] and (given["until"] or given["area"]):
        raise RefusedError(
            "--until and --area belong to a banner. The correction of a number lasts until you --drop it"
        )
    if given["banner"]:
        if not given["until"]:
            raise RefusedError("a banner needs its last day: add --until")
        banner = Banner.model_validate(
            {"text": given["banner"], "from": first, "until": given["until"].date(), "area": given["area"]}
        )
    return new, banner


def _show(library: Library) -> None:
    """Prints what people will see from now on."""
    corrections = library.corrections
    click.echo(
        f"Signed with sequence {corrections.seq}: {len(corrections_json(library).encode())} bytes. People will see:"
    )
    for each in corrections.correction:
        click.echo("\n".join(describe(library, each.number)))
    if banner := corrections.banner:
        where = f", except for people who chose an area other than {banner.area}" if banner.area else ""
        click.echo(f"banner until {banner.until}{where}: {banner.text}")
    if not (corrections.correction or corrections.banner):
        click.echo("every number as it is in the content, and no banner.")
    click.echo("A running `serve` picks this up by itself. For a built folder, run `tellsomeone build`.")
