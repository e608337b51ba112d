"""What the built pages say of contacts: every number belongs to one, and none that was withheld appears."""

from __future__ import annotations

import html
import re

import pytest

from server.content.contact import digits
from server.content.model import Library
from server.site.resource import Site

WITHHELD = {
    "67300": "an emergency text register that no source supports",
    "0113 240 3040": "Ivison Trust: seen on no page",
    "0800 136 663": "Report Abuse in Education: seen on no page",
    "0800 952 3000": "Victim Advice Line: superseded",
    "0808 808 4994": "The Mix: the line may be gone",
    "88858": "NSPCC text: old",
    "0303 3000 121": "Axis: a number of 2014",
    "0800 800 5000": "a misprint of the NSPCC Helpline",
    "0808 196 2340": "children's clinic: one council's page against the service's own",
    "01948 838108": "SALT: not for the public",
    "contactus@westmercia": "an old address",
    "victimadviceline.org.uk": "superseded",
    "runawayhelpline.org.uk": "not to be listed separately",
    "safeguardingshropshireschildren.org.uk": "an old site to avoid",
    "keepingadultssafeinshropshire": "an old site to avoid",
}
_TEXT_NUMBER = re.compile(r"(?:\+44|0044|\b0)[\d ().\-\u00a0\u2011]{8,16}\d|(?<![\w.#=/-])\d{5,6}(?![\w-])")


def texts(site: Site) -> dict[str, str]:
    every = [*site.resources.values(), site.not_found, site.not_allowed]
    return {resource.path: resource.body.decode() for resource in every if resource.is_text}


@pytest.mark.parametrize("withheld", WITHHELD, ids=lambda withheld: withheld.replace(" ", ""))
def test_a_withheld_number_or_address_is_on_no_page(site: Site, withheld: str) -> None:
    spaced = r"[\s().\-\u00a0\u2011]*".join(digits(withheld))
    pattern = re.compile(rf"(?<![\da-f]){spaced}(?![\da-f])" if digits(withheld) else re.escape(withheld))
    for path, text in texts(site).items():
        assert not pattern.search(text), f"{withheld} ({WITHHELD[withheld]}) is in {path}"


def test_every_number_on_a_page_belongs_to_a_contact(site: Site, library: Library) -> None:
    channels = {channel.id: channel for contact in library.contacts for channel in contact.channels}
    numbers = {channel.dialled for channel in channels.values()} | {"18001"}  # the prefix of Relay UK
    for page in site.pages:
        body = page.body.decode()
        for href, number_id in re.findall(r'href="((?:tel|sms):[^"]+)" data-number="([^"]+)"', body):
            assert html.unescape(href) == channels[number_id].href
        assert len(re.findall(r'href="(?:tel|sms):', body)) == len(
            re.findall(r'href="(?:tel|sms):[^"]+" data-number=', body)
        )
        words = re.sub(r"<(style|script)>.*?</\1>|<[^>]+>", " ", body, flags=re.DOTALL)
        for number in _TEXT_NUMBER.findall(words):
            assert digits(number) in numbers, f"{number} is in {page.path}, and no contact has it"


def test_every_card_of_a_contact_has_its_id_its_sources_and_its_dates(site: Site, library: Library) -> None:
    cards = 0
    for page in site.pages:
        for card in re.findall(r'<article class="contact".*?</article>', page.body.decode(), flags=re.DOTALL):
            contact = library.contact(re.search(r"<p>Reference: ([\w-]+)</p>", card)[1])  # type: ignore[index]
            assert "Found in published sources on 23 November 2026. Not yet confirmed by phone." in card
            for source in contact.sources:
                assert source.page in html.unescape(card)
            assert card.count("no date on it") == sum(source.date is None for source in contact.sources)
            if contact.hours_unknown:
                assert "We don't know its hours. The pages we read give none." in card
            if contact.hours and contact.hours.confidence != "high":
                assert "Published hours suggest: " in card
            cards += 1
    assert cards >= len(library.contacts)


def test_every_contact_is_on_a_page(site: Site, library: Library) -> None:
    everything = " ".join(page.body.decode() for page in site.pages)
    for contact in library.contacts:
        assert f"<p>Reference: {contact.id}</p>" in everything, contact.id


def test_no_page_asks_anything_of_a_third_party(site: Site) -> None:
    loads = re.compile(
        r"""<(?:script|img|iframe|source|video|audio|embed|object)\b[^>]*\b(?:src|data)=["']?(?!["'/])"""
    )
    links = re.compile(r"""<link\b[^>]*\bhref=["']?(?!["'/])""")
    for page in (*site.pages, site.resources["/neutral"], site.not_found, site.not_allowed):
        body = page.body.decode()
        assert not loads.search(body), page.path
        assert not links.search(body), page.path
        assert "@import" not in body
        assert "url(" not in body
