"""The page `/search`: the site map, and the few words that find each page. `search.js` stems what people type too."""

import re
from collections.abc import Sequence

from server.content.page import Page

MOST_WORDS = 15
"""The most words of a page, so that index and script stay within 5 KB."""
SKIPPED_WORDS = (
    "a about all am an and any anyone are as at be been but by can cant could did do does dont for from get got had "
    "has have he help her him his how i if im in is it its ive just keep keeps know let like made make me my need not "
    "of on or our people person she so some somebody someone something stop than that the their them then there they "
    "this to too up us want wants was we were what when where which who why will with wont would you your"
)
"""Words that find nothing, here and in `search.js`."""
WORD_ENDINGS = "ing|ed|ies|es|s|er|y|ie|e"
"""The endings that stems lack, here and in `search.js`: alternatives of a regular expression, the first match wins."""
SECTIONS = (
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
_SKIPPED = frozenset(SKIPPED_WORDS.split())
_ENDING = re.compile(f"^(...+?)(?:{WORD_ENDINGS})$")


def stem(word: str) -> str:
    """A word without its ending: `"missing"` gives `"miss"`."""
    return _ENDING.sub(r"\1", word)


def words(text: str) -> list[str]:
    """The words of a text in lower case, without single letters, as in `search.js`."""
    return re.findall(r"[a-z0-9]{2,}", re.sub("['\u2019]", "", text.lower()))


def search_words(page: Page) -> str:
    """The stems of a page's keywords that aren't in its heading or address, separated by spaces."""
    stems = {stem(word) for word in words(f"{page.meta.heading} {page.path}") if word not in _SKIPPED}
    found: list[str] = []
    for word in words(page.meta.keywords):
        if word not in _SKIPPED and stem(word) not in stems:
            stems.add(stem(word))
            found.append(stem(word))
    return " ".join(sorted(found[:MOST_WORDS]))


def site_map(pages: Sequence[Page]) -> list[tuple[str, list[Page]]]:
    """Sections with their pages, top-level pages first. Sections without a page are left out."""
    sections: dict[str, list[Page]] = {title: [] for title, _ in SECTIONS}
    titles = {prefix: title for title, prefixes in SECTIONS for prefix in prefixes}
    for page in sorted(pages, key=lambda each: (each.path.count("/") > 1, each.meta.order, each.path)):
        if page.path not in ("/", "/neutral", "/search"):
            sections[titles.get("/" + page.path.split("/")[1], titles[""])].append(page)
    return [(title, found) for title, found in sections.items() if found]
