"""The first site to serve: the content, else the last good content, else, with the kill switch on, the remover."""

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
    """The site to start with, and the library it was built from (None for the remover).

    If the content has errors, logs them and uses the last good content: whatever an editor has just saved, readers need
    pages, and a bad worker has to be removed. If nothing can be served instead, raises what went wrong.
    """
    last_good = LastGood(settings.data)
    content_fingerprint = fingerprint(settings.content)
    try:
        library = read_checked(settings.content)
        site = quick_site(library, settings)
    except Exception as error:
        fallback = _fallback(settings, last_good)
        if fallback is None:
            raise
        if isinstance(error, ContentError):
            log_errors(error.problems, "the content has %s")
        else:
            log.error("the content can't be built", exc_info=error)
        log.error(
            "%s IS SERVED INSTEAD until the content is fixed. `tellsomeone check` lists the errors",
            "THE LAST GOOD CONTENT" if fallback[0] else "NOTHING BUT THE KILL SWITCH",
        )
        return fallback
    last_good.keep(settings.content, content_fingerprint)
    return library, site


def _fallback(settings: Settings, last_good: LastGood) -> tuple[Library | None, Site] | None:
    library = last_good.read()
    if library:
        try:
            return library, quick_site(library, settings)
        except Exception:
            log.exception("the last good content can't be built")
    return None if settings.kill_switch == "off" else (None, remover_site(settings))
