"""Compresses a `Site`, quickly or as small as possible, with a cache. What is unchanged since `earlier` is reused."""

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
    """The site with every body compressed: what `compress_best` left in `folder`, or else a quick compression."""
    cache = CacheFolder(folder / BODIES)

    def variant(name: str, resource: Resource) -> bytes:
        return cache.get(f"{resource.digest}.{name}") or QUICK[name](resource.body)

    return _with_variants(site, variant, earlier, threads=1)


def compress_best(site: Site, folder: Path, threads: int = 1, earlier: Site | None = None) -> Site:
    """The site with every body as small as possible. The first time takes seconds; `folder` caches the results.

    The compressors release the interpreter's lock, so `threads` run in parallel. `earlier` is a result of this.
    """
    cache = CacheFolder(folder / BODIES)

    def variant(name: str, resource: Resource) -> bytes:
        return cache.get_or_make(f"{resource.digest}.{name}", lambda: BEST[name](resource.body))

    compressed = _with_variants(site, variant, earlier, threads)
    cache.forget_unused(f"{each.digest}.{name}" for each in compressed.answers if each.is_text for name in BEST)
    return compressed


def _with_variants(site: Site, variant: Callable[[str, Resource], bytes], earlier: Site | None, threads: int) -> Site:
    reusable = {each.path: each for each in earlier.answers} if earlier else {}

    def compressed(resource: Resource) -> Resource:
        if reusable.get(resource.path) == resource:
            return reusable[resource.path]
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
