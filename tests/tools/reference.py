"""Keeps the commands and settings in `docs/reference.md` as the code has them: `make reference` updates them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click

from server.cli.main import main as tellsomeone
from server.settings import VARIABLES
from tests.support.running import ROOT

REFERENCE = ROOT / "docs" / "reference.md"
WIDTH = 100


def commands(command: click.Command = tellsomeone, name: str = "tellsomeone") -> Iterator[tuple[str, str]]:
    """Every command below `command` with its help; groups come before the commands in them."""
    context = click.Context(command, info_name=name, max_content_width=WIDTH, terminal_width=WIDTH)
    if command is not tellsomeone:
        yield name, command.get_help(context)
    if isinstance(command, click.Group):
        for each in command.list_commands(context):
            found = command.get_command(context, each)
            assert found
            yield from commands(found, f"{name} {each}")


def command_sections() -> str:
    return "\n\n".join(f"### {name}\n\n```\n{text}\n```" for name, text in commands())


def settings_table() -> str:
    rows = [f"| `{each.name}` | {each.default} | {each.help} |" for each in VARIABLES]
    return "\n".join(["| variable | default | what it is |", "|---|---|---|", *rows])


def renewed(text: str) -> str:
    """The reference with both generated parts as the code has them now."""
    for part, content in (("commands", command_sections()), ("settings", settings_table())):
        start, end = f"<!-- {part}: make reference -->", f"<!-- end of {part} -->"
        pattern = re.compile(f"{re.escape(start)}.*?{re.escape(end)}", re.DOTALL)
        assert pattern.search(text), f"{REFERENCE.name} has no place for {part}"
        text = pattern.sub(lambda _, new=f"{start}\n{content}\n{end}": new, text)
    return text


def main() -> None:
    REFERENCE.write_text(renewed(REFERENCE.read_text()))


if __name__ == "__main__":
    main()
