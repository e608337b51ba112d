"""Pages rendered once: HTML is remembered until something that it is made of changes."""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from server.cache import CacheFolder, digest
from server.content.page import Page
from server.settings import ROOT
from server.site.assets import WEB
from server.site.render import Renderer

_ELSEWHERE: Any = {
    "root": True,
    "signoffs": True,
    "corrections": True,
    "signed": True,
    "where": {"data"},
    "pages": {"__all__": {"blocks", "file"}},
    "notices": {"__all__": {"file"}},
}
"""What of the library changes no other page: the bodies of pages, and what is applied to finished pages."""


class PageCache:
    """Asks the `Renderer` only for what `cache` doesn't have."""

    def __init__(self, renderer: Renderer, cache: CacheFolder) -> None:
        self._renderer = renderer
        self._cache = cache
        library = renderer.library
        self._shared = digest(
            _code(), library.model_dump_json(exclude=_ELSEWHERE), str(library.launched), *renderer.shared()
        )

    def page(self, page: Page, **extra: Any) -> str:
        """A page's HTML; `extra` is what only its kind needs, and its `repr` says all that is in it."""
        own = page.model_dump_json(exclude={"file"})
        only_here = self._renderer.special(page)
        return self._html(lambda: self._renderer.page(page, **extra), own, repr(extra), *only_here)

    def template(self, name: str, **values: str) -> str:
        """A template that is no content page."""
        return self._html(lambda: self._renderer.template(name, **values), name, json.dumps(values))

    def _html(self, render: Callable[[], str], *made_of: str) -> str:
        name = f"{digest(self._shared, *made_of)}.html"
        return self._cache.get_or_make(name, lambda: render().encode()).decode()


@lru_cache
def _code() -> str:
    """Stands for the code and the templates that make HTML."""
    versions = [importlib.metadata.version(name) for name in ("jinja2", "markdown-it-py", "segno")]
    return digest(*versions, *(file.read_text(encoding="utf-8") for file in _sources()))


def _sources() -> Iterator[Path]:
    python = [(ROOT / "server", f"{room}/*.py") for room in ("content", "corrections", "site")]
    for folder, pattern in (*python, (WEB, "templates/**/*")):
        yield from (file for file in sorted(folder.glob(pattern)) if file.is_file())
