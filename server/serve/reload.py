"""Presses again when the content changes on disk or by its dates, and swaps the new Site in whole."""

from __future__ import annotations

import logging

import anyio
import watchfiles

from server.content.checks import check_library
from server.content.problems import ContentError, Problem
from server.content.reader import read_library
from server.serve.pages import Handout
from server.settings import Settings
from server.site.build import build_site
from server.site.resource import Site

log = logging.getLogger("tellsomeone")


async def watch(handout: Handout, settings: Settings) -> None:
    """Runs until cancelled."""
    async for _ in watchfiles.awatch(settings.content, debounce=300, step=50, ignore_permission_denied=True):
        await press_again(handout, settings)


async def press_again(handout: Handout, settings: Settings) -> None:
    """Content with an error keeps the Site that is there, and the log says why."""
    try:
        site = await anyio.to_thread.run_sync(_press, settings)
    except ContentError as error:
        _refuse(error.problems)
    except Exception:
        log.exception("the changed content could not be pressed: the last good release stays")
    else:
        handout.swap(site)
        log.warning("release %s is served now", site.release)


def _press(settings: Settings) -> Site:
    library = read_library(settings.content)
    problems = check_library(library)
    if any(problem.level == "error" for problem in problems):
        raise ContentError(problems)
    return build_site(library, settings)


def _refuse(problems: list[Problem]) -> None:
    errors = [problem for problem in problems if problem.level == "error"]
    log.error("the changed content has %d error(s): the last good release stays", len(errors))
    for problem in errors:
        log.error("%s", problem)
