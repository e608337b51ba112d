"""Numbers, QR codes and dates for pages to print or show to somebody. A print can't be updated, so it has dates."""

import calendar
import datetime
from collections.abc import Sequence
from urllib.parse import urlsplit

from markupsafe import Markup

from server.content.contact import Channel, Contact
from server.content.model import Library
from server.content.page import Page
from server.content.site_text import Area
from server.site import qr

VALID_MONTHS = 6
"""How long a print may be used, from the oldest date on it."""
ON_A_SHEET = ("early-help", "police", "exploitation", "medical", "support")
"""The groups of an area's contacts that stand on its sheet, below the front door and the out-of-hours team."""


def months_later(date: datetime.date, months: int) -> datetime.date:
    """The same day that many months later, or the last day of a month that has no such day."""
    year, month = divmod(date.year * 12 + date.month - 1 + months, 12)
    return datetime.date(year, month + 1, min(date.day, calendar.monthrange(year, month + 1)[1]))


class Prints:
    """The global `prints` of templates, for prints and pages of the kind `show`."""

    def __init__(self, library: Library, origin: str) -> None:
        self._library = library
        self._origin = origin
        self.host = urlsplit(origin).hostname
        """The site's address without `https://`, as posters show it."""

    def numbers(self, page: Page) -> list[tuple[Contact, Channel, str]]:
        """The large numbers of a page: contact, its first number, and the words beside it."""
        return [
            (contact, contact.calls[0], words)
            for name, words in page.meta.numbers.items()
            for contact in (self._library.contact(name),)
        ]

    def area(self, page: Page) -> Area:
        """The area that a sheet is named after."""
        return next(area for area in self._library.site.areas if area.slug == page.path.rsplit("/", 1)[1])

    def sheet(self, area: Area) -> list[Contact]:
        """The contacts on an area's sheet: by day, out of hours, then the others that can be called, by group."""
        first = [self._library.contact(name) for name in (area.front_door, area.out_of_hours)]
        here = [each for each in self._library.contacts if area.slug in each.areas and each.calls]
        rest = [each for group in ON_A_SHEET for each in here if each.group == group and each.calls[0].value != "999"]
        return first + [each for each in rest if each not in first]

    def dates(self, contacts: Sequence[Contact]) -> tuple[datetime.date, str]:
        """The oldest day on which a contact's sources were read, and in words whether all are confirmed."""
        unconfirmed = [contact for contact in contacts if not contact.confirmed]
        words = "Not yet confirmed by phone" if len(unconfirmed) == len(contacts) else "Not all confirmed by phone"
        return min(contact.found for contact in contacts), words if unconfirmed else "Confirmed by phone"

    def replace_by(self, page: Page, contacts: Sequence[Contact]) -> datetime.date:
        """The day from which a print is too old: `VALID_MONTHS` after its oldest date, or when a fact expires."""
        oldest = min([page.meta.reviewed, *(each.confirmed or each.found for each in contacts)])
        expiries = [each for each in (page.meta.check_again, *(contact.check_again for contact in contacts)) if each]
        return min([months_later(oldest, VALID_MONTHS), *expiries])

    def code(self, channel: Channel) -> Markup:
        """The QR code that calls a number."""
        return qr.draw(qr.ring(channel), f"A code that rings {channel.value}", channel.id)

    def site_code(self) -> Markup:
        """The QR code that opens the site's first page."""
        return qr.draw(f"{self._origin}/", "A code that opens the first page of this site")
