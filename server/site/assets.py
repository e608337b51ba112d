"""The files of `web/`, ready to serve: one style sheet, inline scripts, hashed scripts, and icons as PNG."""

import functools
import hashlib
import importlib.metadata
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from server.addresses import ASSETS
from server.cache import CacheFolder, digest
from server.settings import ROOT
from server.site.scripts import fill, join, link, minify
from server.site.search import SKIPPED_WORDS

WEB = ROOT / "web"
STYLE_ORDER = ("reset", "tokens", "base", "parts", "overrides")
"""The style sheets in the order of their layers. Chromium 78 doesn't know `@layer` (decision 1)."""
INLINE = ("first.js", "neutral.js")
RASTER = {
    "192.png": (".svg", 192),
    "512.png": (".svg", 512),
    "maskable-192.png": ("-maskable.svg", 192),
    "maskable-512.png": ("-maskable.svg", 512),
    "apple.png": ("-maskable.svg", 180),
}
"""The PNG icons of each app name (`app-192.png`): the end of its drawing's name, and the size in pixels."""

TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".json": "application/json",
}


@dataclass(frozen=True)
class Asset:
    url: str
    """`/assets/<name>.<hash>.<ext>`."""
    content_type: str
    body: bytes


class Assets:
    """Everything in `web/` that is served or inlined."""

    def __init__(self, apps: Iterable[str], made: Mapping[str, bytes], cache: CacheFolder, **values: Any) -> None:
        """`apps` are the slugs of the names whose icons are drawn; `cache` remembers these and the minified files.

        `made` holds the bodies of files made of the content, by name. `values`, as JSON, replace the placeholders of
        the scripts (`__NAME__`), and so do the addresses of the files in `made` (`__QR_JSON__` for `qr.json`). Raises
        `ScriptError`.
        """
        minified = _minified(cache)
        values["skipped_words"] = SKIPPED_WORDS
        values |= {name.replace(".", "_"): _asset(name, body).url for name, body in made.items()}
        scripts = _scripts(minified, values)
        files = {name: text.encode() for name, text in scripts.items() if name not in INLINE} | dict(made)
        for app in apps:
            files[f"{app}.svg"] = (WEB / "icons" / f"{app}.svg").read_bytes()
            for name, (drawing, size) in RASTER.items():
                files[f"{app}-{name}"] = _raster((WEB / "icons" / f"{app}{drawing}").read_bytes(), size, cache)
        files |= {file.name: file.read_bytes() for file in sorted((WEB / "images").glob("*.png"))}
        self.style = minified["style.css"]
        self.first = scripts["first.js"]
        self.neutral = scripts["neutral.js"]
        self.worker = minified["worker/sw.js"]
        self.remover = minified["worker/remover.js"]
        """The worker that is served when the kill switch is on."""
        self.emergency_style = minified["worker/emergency.css"]
        self.files = {name: _asset(name, body) for name, body in files.items()}
        """By the name before the hash: `save.js`, `app-192.png`."""
        self.drawings = _drawings()
        """The small inline drawings of `web/icons/ui/`, by name."""

    def url(self, name: str) -> str:
        return self.files[name].url


def _minified(cache: CacheFolder) -> dict[str, str]:
    """Every script and style sheet minified, its placeholders not filled in yet. `cache` remembers them."""
    return dict(json.loads(cache.get_or_make(_minified_name(), lambda: json.dumps(minify(_sources())).encode())))


@functools.cache
def _minified_name() -> str:
    sources = _sources()
    return f"{digest(importlib.metadata.version('tdewolff-minify'), *sources, *sources.values())}.json"


@functools.cache
def _sources() -> Mapping[str, str]:
    """The joined scripts and style sheets. They are read once: reading many files takes long on a busy server."""
    files = sorted((WEB / "scripts").glob("*.js"))
    texts = {f"scripts/{file.name}": join(file, files) for file in files}
    texts |= {f"worker/{name}": join(WEB / "worker" / name) for name in ("sw.js", "remover.js")}
    texts["worker/emergency.css"] = (WEB / "worker" / "emergency.css").read_text(encoding="utf-8")
    texts["style.css"] = _style()
    return MappingProxyType(texts)


@functools.cache
def _drawings() -> Mapping[str, str]:
    folder = WEB / "icons" / "ui"
    return MappingProxyType({file.stem: file.read_text(encoding="utf-8").strip() for file in folder.glob("*.svg")})


def _raster(svg: bytes, size: int, cache: CacheFolder) -> bytes:
    def draw() -> bytes:
        import resvg_py  # large, and needed only for icons that were never drawn

        return bytes(resvg_py.svg_to_bytes(svg_string=svg.decode(), width=size, height=size))

    return cache.get_or_make(f"{hashlib.sha256(svg).hexdigest()}-{size}.png", draw)


def _style() -> str:
    """All style sheets as one, in the order of their layers."""
    sheets = []
    for layer in STYLE_ORDER:
        folder = WEB / "styles" / layer
        files = sorted(folder.glob("*.css")) if folder.is_dir() else [folder.with_suffix(".css")]
        sheets += [file.read_text(encoding="utf-8") for file in files]
    return "\n".join(sheets)


def _scripts(minified: Mapping[str, str], values: Mapping[str, Any]) -> dict[str, str]:
    """The scripts of pages by file name, with their values and the addresses of what they import."""
    folder = "scripts/"
    texts = {name.removeprefix(folder): text for name, text in minified.items() if name.startswith(folder)}
    scripts = {name: fill(text, values) for name, text in texts.items()}
    return link(scripts, lambda name, text: _asset(name, text.encode()).url)


def _asset(name: str, body: bytes) -> Asset:
    stem, extension = name.rsplit(".", 1)
    hashed = hashlib.sha256(body).hexdigest()[:12]
    return Asset(f"{ASSETS}/{stem}.{hashed}.{extension}", TYPES[f".{extension}"], body)
