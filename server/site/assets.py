"""The front end's own files, made ready: one style sheet, inline scripts, hashed scripts, drawn icons as PNG."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import minify

from server.addresses import ASSETS
from server.cache import CacheFolder
from server.settings import ROOT
from server.site.search import SKIPPED_WORDS

WEB = ROOT / "web"
STYLE_ORDER = ("reset", "tokens", "base", "parts", "overrides")
"""The order of the files is the order of the layers: `@layer` itself is lost on Chromium 78 (decision 1)."""
INLINE = ("first", "neutral")
SHARED = ("alone", "calendar", "corrections", "print", "saved", "signed", "subscribe", "unsubscribe", "waiting")
"""Scripts that stand inside those that import them, the worker too: a request less, and one source."""
RASTER = {
    "192.png": (".svg", 192),
    "512.png": (".svg", 512),
    "maskable-192.png": ("-maskable.svg", 192),
    "maskable-512.png": ("-maskable.svg", 512),
    "apple.png": ("-maskable.svg", 180),
}
"""The PNG icons of each app name, `app-192.png`: how its drawing's name ends, and the size in pixels."""

minify.config({"js-version": 2018})  # the newest that Chromium 78 takes whole

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


@dataclass(frozen=True)
class Assets:
    style: str
    first: str
    neutral: str
    worker: str
    remover: str
    """The worker that is served when the kill switch is on."""
    emergency_style: str
    files: Mapping[str, Asset]
    """By the name before the hash: `save.js`, `app-192.png`."""
    drawings: Mapping[str, str]
    """The small inline drawings of `web/icons/ui/`, by name."""

    @property
    def inline(self) -> tuple[object, ...]:
        """All that stands inside pages, but for the script of `/neutral`."""
        return self.style, self.first, self.emergency_style, sorted(self.drawings.items())

    def url(self, name: str) -> str:
        return self.files[name].url


def load_assets(apps: Iterable[str], made: Mapping[str, bytes], cache: CacheFolder, **values: Any) -> Assets:
    """Reads `web/` and makes everything in it ready to serve.

    `apps` are the names whose icons are drawn; `made` are files made of the content, by name; `values` stand for the
    `__NAME__` words of the scripts, as JSON, and so does the address of each file made (`qr.json` as `__QR_JSON__`).
    `cache` remembers the drawn icons.
    """
    values["skipped_words"] = SKIPPED_WORDS
    values |= {name.replace(".", "_"): _asset(name, body).url for name, body in made.items()}
    scripts = _linked(
        {file.stem: _script(file, values) for file in sorted((WEB / "scripts").glob("*.js")) if file.stem not in SHARED}
    )
    files = {f"{name}.js": text.encode() for name, text in scripts.items() if name not in INLINE} | dict(made)
    for app in apps:
        files[f"{app}.svg"] = (WEB / "icons" / f"{app}.svg").read_bytes()
        for name, (drawing, size) in RASTER.items():
            files[f"{app}-{name}"] = _raster((WEB / "icons" / f"{app}{drawing}").read_bytes(), size, cache)
    files |= {file.name: file.read_bytes() for file in sorted((WEB / "images").glob("*.png"))}
    return Assets(
        style=load_style(),
        first=scripts["first"],
        neutral=scripts["neutral"],
        worker=_whole(WEB / "worker" / "sw.js"),
        remover=_whole(WEB / "worker" / "remover.js"),
        emergency_style=_small("text/css", (WEB / "worker" / "emergency.css").read_text(encoding="utf-8")),
        files={name: _asset(name, body) for name, body in files.items()},
        drawings={
            file.stem: file.read_text(encoding="utf-8").strip() for file in sorted((WEB / "icons" / "ui").glob("*.svg"))
        },
    )


def _raster(svg: bytes, size: int, cache: CacheFolder) -> bytes:
    def draw() -> bytes:
        import resvg_py  # large, and needed only for icons that were never drawn

        return bytes(resvg_py.svg_to_bytes(svg_string=svg.decode(), width=size, height=size))

    return cache.get_or_make(f"{hashlib.sha256(svg).hexdigest()}-{size}.png", draw)


def load_style() -> str:
    """All style sheets as one, in the order of their layers."""
    sheets = []
    for layer in STYLE_ORDER:
        folder = WEB / "styles" / layer
        files = sorted(folder.glob("*.css")) if folder.is_dir() else [folder.with_suffix(".css")]
        sheets += [file.read_text(encoding="utf-8") for file in files]
    return _small("text/css", "\n".join(sheets))


def fill(script: str, values: Mapping[str, Any]) -> str:
    """A script with its `__NAME__` words replaced by JSON, and made small."""
    for name, value in values.items():
        script = script.replace(f"__{name.upper()}__", json.dumps(value, ensure_ascii=False))
    left = re.search(r"__[A-Z_]+__", script)
    if left:
        raise KeyError(f"{left[0]} stands in a script, but the build gives it no value")
    return _small("application/javascript", script)


def _small(content_type: str, text: str) -> str:
    """A script or a style sheet as short as it gets, with shorter names for what is local."""
    return str(minify.string(content_type, text))


def _linked(scripts: dict[str, str]) -> dict[str, str]:
    """The minified scripts with each import, `from"./where.js"` or `import("./removing.js")`, by the hashed address of
    what it imports (one level deep)."""

    def address(found: re.Match[str]) -> str:
        return f'{found[1]}"{_asset(f"{found[2]}.js", scripts[found[2]].encode()).url}"'

    return {name: re.sub(r'(from|import\()"\./(\w+)\.js"', address, text) for name, text in scripts.items()}


def _script(file: Path, values: Mapping[str, Any]) -> str:
    return fill(_whole(file), values)


def _whole(file: Path, included: set[str] | None = None) -> str:
    """A script with the shared ones in the place of their imports, each of them once."""
    seen = set() if included is None else included

    def shared(found: re.Match[str]) -> str:
        if found[1] in seen:
            return ""
        seen.add(found[1])
        return _whole(WEB / "scripts" / f"{found[1]}.js", seen).replace("export ", "")

    names = "|".join(SHARED)
    return re.sub(rf"^import .*'[./\w]*/({names})\.js';$", shared, file.read_text(encoding="utf-8"), flags=re.MULTILINE)


def _asset(name: str, body: bytes) -> Asset:
    stem, extension = name.rsplit(".", 1)
    hashed = hashlib.sha256(body).hexdigest()[:12]
    return Asset(f"{ASSETS}/{stem}.{hashed}.{extension}", TYPES[f".{extension}"], body)
