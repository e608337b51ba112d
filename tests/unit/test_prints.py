"""The dates a print carries, and what a code holds."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest

from server.cache import CacheFolder
from server.content.model import Library
from server.site import qr
from server.site.prints import Prints, months_later

DAY = datetime.date


@pytest.mark.parametrize(
    ("date", "later"),
    [
        (DAY(2026, 11, 23), DAY(2027, 5, 23)),
        (DAY(2026, 8, 31), DAY(2027, 2, 28)),
        (DAY(2027, 8, 31), DAY(2028, 2, 29)),
        (DAY(2026, 6, 30), DAY(2026, 12, 30)),
    ],
)
def test_six_months_later(date: datetime.date, later: datetime.date) -> None:
    assert months_later(date, 6) == later


def test_a_print_is_replaced_six_months_after_its_oldest_date_or_when_a_fact_is_due(library: Library) -> None:
    prints = Prints(library, "https://example.org")
    page = next(each for each in library.pages if each.path == "/print/hotels")
    plain = [library.contact(name) for name in page.meta.numbers]
    assert prints.replace_by(page, plain) == DAY(2027, 5, 23)
    due = library.contact("safecall")
    assert due.check_again
    assert prints.replace_by(page, [*plain, due]) == due.check_again
    confirmed = [each.model_copy(update={"confirmed": DAY(2026, 12, 24)}) for each in plain]
    assert prints.replace_by(page, confirmed) == months_later(page.meta.reviewed, 6)


def test_the_words_of_the_dates_are_true_of_all_numbers_together(library: Library) -> None:
    prints = Prints(library, "https://example.org")
    one, other = library.contact("childline"), library.contact("nspcc")
    rung = one.model_copy(update={"confirmed": DAY(2026, 12, 1)})
    assert prints.dates([one, other]) == (DAY(2026, 11, 23), "Not yet confirmed by phone")
    assert prints.dates([rung, other]) == (DAY(2026, 11, 23), "Not all confirmed by phone")
    assert prints.dates([rung]) == (DAY(2026, 11, 23), "Confirmed by phone")


@pytest.mark.parametrize(
    ("contact", "held"),
    [
        ("herefordshire-front-door", "tel:+441432260800"),
        ("childline", "tel:+448001111"),
        ("999", "tel:999"),
        ("safecall", "tel:116000"),
    ],
)
def test_a_code_holds_the_number_as_any_phone_dials_it(library: Library, contact: str, held: str) -> None:
    assert qr.ring(library.contact(contact).calls[0]) == held


def test_every_number_to_ring_has_its_code(library: Library, tmp_path: Path) -> None:
    codes = json.loads(qr.pack_codes(library.contacts, CacheFolder(tmp_path)))
    assert codes.keys() == {call.dialled for contact in library.contacts for call in contact.calls}
    assert {len(code) for code in codes.values()} == {43}, "249 modules outside the three corners, six a letter"
