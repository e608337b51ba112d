"""Compresses a Site: at once and fairly well, or as small as it gets and remembered.

Resources that are the same in an earlier Site are taken over from there, with their variants: nothing is read for them.
"""

from __future__ import annotations

import dataclasses
import gzip
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType

import brotli

from server.cache import CacheFolder
from server.site.resource import Resource, Site

BODIES = "bodies"
Compressor = Callable[[bytes], bytes]

QUICK: Mapping[str, Compressor] = {
    "br": lambda body: bytes(brotli.compress(body, mode=brotli.MODE_TEXT, quality=5)),
    "gzip": lambda body: gzip.compress(body, 6, mtime=0),
}
BEST: Mapping[str, Compressor] = {
    "br": lambda body: bytes(brotli.compress(body, mode=brotli.MODE_TEXT, quality=11)),
    "gzip": lambda body: gzip.compress(body, 9, mtime=0),
}


def compress_quickly(site: Site, folder: Path, earlier: Site | None = None) -> Site:
    """The site with every body compressed: as `compress_best` left it in `folder`, else in a way that takes no time."""
    cache = CacheFolder(folder / BODIES)

    def variant(name: str, resource: Resource) -> bytes:
        return cache.get(f"{resource.digest}.{name}") or QUICK[name](resource.body)

    return _with_variants(site, variant, earlier, threads=1)


def compress_best(site: Site, folder: Path, threads: int = 1, earlier: Site | None = None) -> Site:
    """The site with every body as small as it gets, which takes seconds the first time and is remembered in `folder`.

    The compressors release the interpreter's lock, so `threads` run side by side. `earlier` was compressed by this
    function too.
    """
    cache = CacheFolder(folder / BODIES)

    def variant(name: str, resource: Resource) -> bytes:
        return cache.get_or_make(f"{resource.digest}.{name}", lambda: BEST[name](resource.body))

    compressed = _with_variants(site, variant, earlier, threads)
    cache.forget_unused(f"{each.digest}.{name}" for each in compressed.answers if each.is_text for name in BEST)
    return compressed


def _with_variants(site: Site, variant: Callable[[str, Resource], bytes], earlier: Site | None, threads: int) -> Site:
    there = {each.path: each for each in earlier.answers} if earlier else {}

    def compressed(resource: Resource) -> Resource:
        if there.get(resource.path) == resource:
            return there[resource.path]
        if not resource.is_text:
            return resource
        variants = {name: variant(name, resource) for name in BEST}
        worth_it = all(len(data) < len(resource.body) for data in variants.values())
        return dataclasses.replace(resource, compressed=MappingProxyType(variants if worth_it else {}))

    def resources() -> Iterable[Resource]:
        if threads == 1:
            return map(compressed, site.resources.values())
        with ThreadPoolExecutor(threads) as pool:
            return pool.map(compressed, site.resources.values())

    return dataclasses.replace(
        site,
        resources=MappingProxyType({each.path: each for each in resources()}),
        not_found=compressed(site.not_found),
        not_allowed=compressed(site.not_allowed),
        cleared=compressed(site.cleared),
    )
