"""What the server starts with: the content, else the last good content, else, with the kill switch on, the remover."""

from __future__ import annotations

import logging

from server.content.checks import read_checked
from server.content.folder import fingerprint
from server.content.last_good import LastGood
from server.content.model import Library
from server.content.problems import ContentError
from server.serve.publisher import log_errors, quick_site
from server.settings import Settings
from server.site.remover import remover_site
from server.site.resource import Site

log = logging.getLogger("tellsomeone")


def first_site(settings: Settings) -> tuple[Library | None, Site]:
    """The site to start with, and the library it was built from: None where no content can be served.

    People need pages, and a bad worker has to go, whatever an editor has just saved: then the log has the errors, and
    the last good content is served. Raises what is wrong with the content where nothing can be served in its place.
    """
    last_good = LastGood(settings.data)
    seen = fingerprint(settings.content)
    try:
        library = read_checked(settings.content)
        site = quick_site(library, settings)
    except Exception as error:
        instead = _instead(settings, last_good)
        if instead is None:
            raise
        if isinstance(error, ContentError):
            log_errors(error.problems, "the content has %s")
        else:
            log.error("the content can't be built", exc_info=error)
        log.error(
            "%s IS SERVED INSTEAD until the content is mended. `tellsomeone check` lists the errors",
            "THE LAST GOOD CONTENT" if instead[0] else "NOTHING BUT THE KILL SWITCH",
        )
        return instead
    last_good.keep(settings.content, seen)
    return library, site


def _instead(settings: Settings, last_good: LastGood) -> tuple[Library | None, Site] | None:
    kept = last_good.read()
    if kept:
        try:
            return kept, quick_site(kept, settings)
        except Exception:
            log.exception("the last good content can't be built")
    return None if settings.kill_switch == "off" else (None, remover_site(settings))
