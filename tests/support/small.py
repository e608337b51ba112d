"""The smallest content that can be built: facts of the real content, on only the pages that every page links to."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tests.support.running import ROOT

CONTENT = ROOT / "content"
AREA = "worcestershire"
PAGES = {
    "index": "home",
    "help": "page",
    "areas": "page",
    f"areas/{AREA}": "area",
    "what-is-it": "page",
    "neutral": "neutral",
    "sources": "page",
    "tracks": "page",
    "privacy": "page",
    "accessibility": "page",
    "contact": "page",
    "news": "news",
}
"""File name and kind."""


def small_content(folder: Path) -> Path:
    """Writes the content into `folder`, one file of each kind that an editor may write."""
    (folder / "contacts").mkdir(parents=True)
    (folder / "pages" / "areas").mkdir(parents=True)
    (folder / "notices").mkdir()
    (folder / "where").mkdir()
    shutil.copy(CONTENT / "where" / "map.json", folder / "where")
    for name in ("places", "positions", "postcodes"):  # nothing but a phone reads what is in them
        (folder / "where" / f"{name}.json").write_text("{}\n")
    site = (CONTENT / "site.toml").read_text(encoding="utf-8")
    head, *areas = re.sub(r"^correction_keys = \[.*?\]$", "correction_keys = []", site, flags=re.M | re.S).split(
        "[[areas]]"
    )
    (folder / "site.toml").write_text(head + "".join(f"[[areas]]{area}" for area in areas if f'"{AREA}"' in area))
    _copy(folder, "contacts/national.toml", "contact", 'id = "(999|101|childline|nspcc)"')
    _copy(folder, f"contacts/{AREA}.toml", "contact", f'id = "{AREA}-(front-door|out-of-hours)"')
    _copy(folder, "signs.toml", "group", "")
    _copy(folder, "quiz.toml", "item", "")
    _copy(folder, "situations.toml", "situation", "")
    shutil.copy(CONTENT / "signoff.toml", folder)
    (folder / "corrections.toml").write_text("seq = 0\n")
    (folder / "words.toml").write_text(
        'title = ["abuse"]\n[[never]]\nwords = ["lifestyle choice"]\ninstead = "it is abuse"\nsource = "a guide"\n'
    )
    for name, kind in PAGES.items():
        area = f'area = "{AREA}"\n' if kind == "area" else ""
        (folder / "pages" / f"{name}.md").write_text(
            f'+++\ntitle = "The page {name}"\nheading = "The page {name}"\ndescription = "All of {name}."\n'
            f'{area}kind = "{kind}"\nreviewed = 2026-11-23\nsources = ["This test"]\n+++\nA line of words.\n\n'
            "{{ contacts: childline, nspcc }}\n\nAnother line, with [help](/help).\n"
        )
    (folder / "notices" / "a-preview.md").write_text(
        '+++\ntitle = "A preview"\naudiences = ["everyone"]\nfrom = 2026-11-25\nuntil = 2999-01-01\n'
        'sources = ["This test"]\n+++\nThis site is a preview.\n'
    )
    return folder


def _copy(folder: Path, name: str, table: str, pattern: str) -> None:
    """Copies the tables of a file of the real content that contain `pattern`, or the first one if it is empty."""
    tables = (CONTENT / name).read_text(encoding="utf-8").split(f"[[{table}]]\n")[1:]
    selected = [each for each in tables if re.search(pattern, each)] if pattern else tables[:1]
    text = "".join(f"[[{table}]]\n{each}" for each in selected)
    (folder / name).write_text(re.sub(r"\]\(/[^)]*\)", "](/help)", text), encoding="utf-8")
