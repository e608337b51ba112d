"""The command `tellsomeone`. Its subcommands are in the modules beside this one."""

import click

from server.cli.check import check
from server.cli.correct import correct
from server.cli.site import build, serve
from server.cli.where import where
from server.settings import VARIABLES

_ENVIRONMENT = "\b\nEnvironment:\n" + "\n".join(f"  {v.name}: {v.help} ({v.default})" for v in VARIABLES)


class _Main(click.Group):
    """Imports `alerts` only when it is used, since that import takes longer than all of `check`."""

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted([*super().list_commands(context), "alerts"])

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name != "alerts":
            return super().get_command(context, name)
        from server.cli.alerts import alerts

        return alerts


@click.group(cls=_Main, epilog=_ENVIRONMENT, context_settings={"max_content_width": 100})
def main() -> None:
    """Tell Someone: check the content, serve the site, or write it to a folder."""


for command in (build, check, correct, serve, where):
    main.add_command(command)
