"""The search index: the few words that find each page, stemmed as `search.js` stems what is typed."""

from __future__ import annotations

import re

from server.content.page import Page

MOST = 15
"""Words a page: the whole index with its script has 5 KB."""
_ENDING = re.compile(r"^(...+?)(?:ing|ed|ies|es|s|er|y|ie|e)$")
_SKIPPED = frozenset(
    re.findall(
        r"\w+",
        """a about am an and any are as at be been but by can do does dont for from get got had has have he her
        him his how i if im in is it its ive just like me my not of on or our she so some than that the
        their them then there they this to too up us want was we were what when where which who why will
        with would you your""",
    )
)


def stem(word: str) -> str:
    return _ENDING.sub(r"\1", word)


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower().replace("'", ""))


def search_words(page: Page) -> str:
    """The page's keywords without those that its heading or its address says already."""
    known = {stem(word) for word in words(f"{page.meta.heading} {page.path}")}
    found: list[str] = []
    for word in words(page.meta.keywords):
        if word not in _SKIPPED and stem(word) not in known:
            known.add(stem(word))
            found.append(stem(word))
    return " ".join(sorted(found[:MOST]))
