"""The files that programs read: web app manifests, `release.json`, `robots.txt` and `sitemap.xml`."""

import datetime
import json
from collections.abc import Mapping
from typing import Any

from server.content.model import Library
from server.content.site_text import AppName
from server.settings import ROOT
from server.site.assets import Assets
from server.site.resource import Resource


def manifest(library: Library, app: AppName, assets: Assets) -> str:
    """`manifest.json` of the repository's root for one of the app's names, with hashed picture addresses, as JSON."""
    data: dict[str, Any] = json.loads((ROOT / "manifest.json").read_text(encoding="utf-8"))
    data |= {"id": app.id, "name": app.name, "short_name": app.name, "start_url": app.start}
    data["description"] = library.site.description
    shortcut_icons = [picture for shortcut in data["shortcuts"] for picture in shortcut.get("icons", ())]
    for picture in (*data["icons"], *data["screenshots"], *shortcut_icons):
        picture["src"] = assets.url(picture["src"].replace("app", app.slug, 1))
    return json.dumps(data, ensure_ascii=False)


def release_json(release: str, built: datetime.date, pages: int, packs: Mapping[str, Resource], assets: Assets) -> str:
    """`/release.json`: the release, its day, and where its packs and scripts are."""
    return json.dumps(
        {
            "release": release,
            "built": built.isoformat(),
            "pages": pages,
            "packs": {
                name: {"url": pack.path, "sha256": pack.digest, "bytes": len(pack.body)} for name, pack in packs.items()
            },
            "assets": {name: asset.url for name, asset in sorted(assets.files.items()) if name.endswith(".js")},
        }
    )


def robots(origin: str) -> str:
    """`/robots.txt`: programs may read everything."""
    return f"User-agent: *\nAllow: /\nSitemap: {origin}/sitemap.xml\n"


def sitemap(library: Library, origin: str) -> str:
    """`/sitemap.xml`: every page except `/neutral`, with the day it was last reviewed."""
    urls = "".join(
        f"<url><loc>{origin}{page.path}</loc><lastmod>{page.meta.reviewed}</lastmod></url>"
        for page in library.pages
        if page.path != "/neutral"
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>\n'
    )
