"""Renders only what isn't in the cache, where HTML is stored under the hash of everything it is made of."""

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
from server.site.render import Part, Renderer

_NOT_SHARED: Any = {
    "root": True,
    "signoffs": True,
    "corrections": True,
    "signed": True,
    "where": {"data"},
    "pages": {"__all__": {"blocks", "file"}},
    "notices": {"__all__": {"file"}},
}
"""Fields of the library that aren't in the hash shared by all pages. A page's blocks and the corrections in force are
hashed with each page, and no page shows the path of a file."""


class PageCache:
    """A `Renderer` that renders nothing twice."""

    def __init__(self, renderer: Renderer, cache: CacheFolder) -> None:
        self._renderer = renderer
        self._cache = cache
        library = renderer.library
        self._shared = digest(
            _code(), library.model_dump_json(exclude=_NOT_SHARED), str(library.launched), *renderer.shared()
        )
        self._corrections = json.dumps(renderer.corrections)

    def page(self, page: Page) -> str:
        """A page's HTML."""
        banner = self._renderer.banner(page)
        return self._text(
            lambda: self._renderer.page(page),
            page.model_dump_json(exclude={"file"}),
            self._corrections,
            banner.text if banner else "",
            *self._renderer.special(page),
        )

    def template(self, name: str, **values: str) -> str:
        """The HTML of a template that isn't a content page and shows no numbers."""
        return self._text(lambda: self._renderer.template(name, **values), name, json.dumps(values))

    def emergency(self) -> list[Part]:
        """The parts of the emergency page, as `Renderer.emergency` returns them."""
        parts = self._text(lambda: json.dumps(self._renderer.emergency()), "emergency", self._corrections)
        return list(json.loads(parts))

    def _text(self, render: Callable[[], str], *made_of: str) -> str:
        name = f"{digest(self._shared, *made_of)}.html"
        return self._cache.get_or_make(name, lambda: render().encode()).decode()


@lru_cache
def _code() -> str:
    """A hash of the code and the templates that make HTML."""
    versions = [importlib.metadata.version(name) for name in ("jinja2", "markdown-it-py", "segno")]
    return digest(*versions, *(file.read_text(encoding="utf-8") for file in _sources()))


def _sources() -> Iterator[Path]:
    for package in ("content", "corrections", "site"):
        yield from sorted((ROOT / "server" / package).glob("*.py"))
    yield from (file for file in sorted((WEB / "templates").glob("**/*")) if file.is_file())
