"""The site map on `/search`: every page once, in its section."""

from collections.abc import Sequence

from server.content.page import Page

SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Get help", ("/help", "/areas")),
    ("Young people", ("/young-people",)),
    ("What it is", ("/signs", "/what-is-it", "/quiz")),
    ("Parents and carers", ("/parents",)),
    ("Everybody", ("/community", "/news", "/print")),
    ("People who work with children", ("/professionals", "/outreach")),
    ("Businesses", ("/businesses",)),
    ("This site", ("",)),
)
"""Titles of sections, each with the first parts of the addresses in it. The last one has all other pages."""


def site_map(pages: Sequence[Page]) -> list[tuple[str, list[Page]]]:
    """Sections with their pages, top-level pages first. Sections without a page are left out."""
    sections: dict[str, list[Page]] = {title: [] for title, _ in SECTIONS}
    titles = {prefix: title for title, prefixes in SECTIONS for prefix in prefixes}
    for page in sorted(pages, key=lambda each: (each.path.count("/") > 1, each.meta.order, each.path)):
        if page.path not in ("/", "/neutral", "/search"):
            sections[titles.get("/" + page.path.split("/")[1], titles[""])].append(page)
    return [(title, found) for title, found in sections.items() if found]
