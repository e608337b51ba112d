"""The commands `tellsomeone serve` and `tellsomeone build`."""

import gc
import os
import sys
from pathlib import Path

import click

from server.cli.common import content_or_end, end_on, print_problems, settings_or_end
from server.content.folder import fingerprint
from server.content.last_good import LastGood, library_to_build
from server.origin import bracketed


@click.command()
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
    if settings.origin.public and library and not library.launched and not preview:
        raise click.ClickException(
            f"{settings.origin} is public, but the content is not signed. `tellsomeone check --launch` "
            "lists what is missing; --preview serves it as a preview."
        )
    app = create_app(settings, site, library, reload=reload)
    address = f"http://{bracketed(settings.host)}:{settings.port}"
    # Modules and the first content live as long as the process, so the garbage collector can skip them.
    gc.freeze()
    # A build in a thread reads hundreds of files, and may wait this long (in seconds) for the GIL after each.
    sys.setswitchinterval(0.0001)
    run(app, settings, lambda: click.echo(f"Tell Someone on {address}" + (" (preview)" if site.preview else "")))


@click.command()
@click.argument("out", type=click.Path(path_type=Path, file_okay=False))
def build(out: Path) -> None:
    """Write the site to the folder OUT, with an nginx.conf."""
    from server.site.build import build_site
    from server.site.compress import compress_best
    from server.site.export import ExportError, export_site

    settings = settings_or_end()
    content_fingerprint, last_good = fingerprint(settings.content), LastGood(settings.data)
    with content_or_end("nothing was written."):
        # Errors in the content must not keep the kill switch from phones.
        library, errors = library_to_build(settings.content, None if settings.kill_switch == "off" else last_good)
    if errors:
        print_problems(errors)
        click.echo("The content has errors: THE LAST GOOD CONTENT IS BUILT INSTEAD, since the kill switch is on.")
    site = compress_best(build_site(library, settings), settings.cache, threads=os.cpu_count() or 1)
    with end_on(ExportError):
        count = export_site(site, out)
    last_good.keep(settings.content, content_fingerprint)
    click.echo(f"{count} files in {out}")
