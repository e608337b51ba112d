"""Questions as people type them find the right page in the first three results, offline and with no index fetched."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from server.content.model import Library
from server.site.search import search_words, site_map, stem, words
from tests.support.browsers import PHONE
from tests.support.running import Served

QUESTIONS = {
    "he wont stop asking for pics": {"/young-people/asked-for-a-picture", "/help/online"},
    "my daughter is missing": {"/parents/missing", "/help/missing"},
    "guest with young girl hotel": {"/businesses/hotels"},
    "someone is blackmailing me with a photo": {
        "/help/online",
        "/young-people/somebody-scares-me",
        "/parents/pictures",
    },
    "will they tell my mum": {"/young-people/will-they-tell-my-parents"},
    "im a boy does it count": {"/young-people/boys"},
    "she told me a secret about her boyfriend": {"/young-people/friend-told-me", "/young-people/a-friend"},
    "taxi driver picking up school kids": {"/businesses/taxis"},
    "i dont want to talk on the phone": {"/help/without-talking"},
    "how do i delete this from my phone": {"/young-people/hide-this", "/tracks", "/save", "/privacy"},
    "can i be in trouble for sending nudes": {"/young-people/scared-of-trouble", "/what-is-it/the-law"},
    "morning after pill": {"/help/health"},
    "panic attack cant breathe": {"/help/calm"},
    "it happened when i was little": {"/help/long-ago"},
    "foster carer worried": {"/parents/foster-and-kinship"},
    "do i need consent to refer": {"/professionals/consent"},
    "national referal mechanism": {"/professionals/nrm"},
    "what do they ask when i ring 101": {"/help/what-happens", "/parents/when-you-call", "/businesses/calling"},
    "my son is gay and met someone online": {"/young-people/lgbt", "/parents/phones-and-apps", "/what-is-it/online"},
    "teacher duty to report law": {"/professionals/duty-to-report", "/professionals/schools"},
    "deaf sign language help": {"/languages", "/help/without-talking"},
    "county lines drugs gang": {"/what-is-it/drugs-and-money"},
}


@pytest.fixture(scope="module")
def search(browser: Browser, server: Served) -> Iterator[Page]:
    page = browser.new_page(viewport=PHONE, service_workers="block")
    page.goto(server.url + "/search")
    page.wait_for_selector("#find")
    yield page
    page.close()


def first_three(page: Page, words: str) -> list[str]:
    page.fill("#words", words)
    return [str(link.get_attribute("href")) for link in page.locator("#results a").all()[:3]]


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_plain_question_finds_its_page_in_the_first_three(search: Page, question: str) -> None:
    found = first_three(search, question)
    assert QUESTIONS[question] & set(found), found


def test_each_word_of_the_index_finds_its_pages(search: Page, library: Library) -> None:
    pages: dict[str, set[str]] = {}
    for page in (page for _, section in site_map(library.pages) for page in section):
        indexed = search_words(page).split()
        for word in words(page.meta.keywords):
            if stem(word) in indexed:
                pages.setdefault(word, set()).add(page.path)
    found: dict[str, list[str]] = search.evaluate(
        """words => {
          const field = document.getElementById('words');
          const found = {};
          for (const word of words) {
            field.value = word;
            field.dispatchEvent(new Event('input'));
            found[word] = Array.from(document.querySelectorAll('#results a'), (link) => link.pathname);
          }
          return found;
        }""",
        list(pages),
    )
    assert len(found) > 500
    shown = 8
    missed = {word: pages[word] for word in pages if not pages[word] <= set(found[word]) and len(found[word]) < shown}
    assert missed == {}


def test_nothing_typed_ever_stands_in_an_address_and_no_words_still_help(search: Page) -> None:
    before = search.url
    search.fill("#words", "qqqq zzzz")
    search.keyboard.press("Enter")
    assert search.url == before
    assert "Nothing fits" in search.inner_text("#found")
    assert search.locator("#all").is_visible()


@pytest.mark.parametrize("words", ["<img src=x onerror=alert(1)>", "a" * 500, "'; drop", "  ", "ÆØÅ", "0808"])
def test_hostile_words_do_nothing(search: Page, words: str) -> None:
    errors: list[str] = []
    search.on("pageerror", lambda error: errors.append(str(error)))
    search.fill("#words", words)
    assert errors == []
    assert search.locator("#results img").count() == 0
