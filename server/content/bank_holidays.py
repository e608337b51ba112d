"""England's bank holidays, up to the last year that gov.uk has published."""

import datetime

import holidays

PUBLISHED_FROM = 2026
"""The first year needed: the content's oldest facts were found in it."""
PUBLISHED_TO = 2028
"""The last year whose bank holidays are published (gov.uk/bank-holidays). After it, phones show hours as unknown."""
RAISE_BY = datetime.date(PUBLISHED_TO, 1, 1)
"""The day from which `check --due` asks to extend the list: a year before it ends."""


def bank_holidays(first: int = PUBLISHED_FROM, last: int = PUBLISHED_TO) -> tuple[tuple[datetime.date, str], ...]:
    """The bank holidays of England from the year `first` to `last`, each with its name, in order.

    If one falls on a weekend, both that day and its substitute day are included.
    """
    return tuple(sorted(holidays.country_holidays("GB", subdiv="ENG", years=range(first, last + 1)).items()))
