"""England's bank holidays, as far as they are published."""

from __future__ import annotations

import datetime

import holidays

PUBLISHED_FROM = 2026
"""The first year that anything here asks for: the year in which the oldest facts were found."""
PUBLISHED_TO = 2028
"""The last year whose bank holidays are published (gov.uk/bank-holidays). After it a phone says it doesn't know."""
RAISE_BY = datetime.date(PUBLISHED_TO, 1, 1)
"""When `check --due` asks for further years: a year before the list ends."""


def bank_holidays(first: int = PUBLISHED_FROM, last: int = PUBLISHED_TO) -> tuple[tuple[datetime.date, str], ...]:
    """The bank holidays of England from the year `first` to `last`, each with its name, in order.

    Where one falls on a weekend, both it and the day that stands for it.
    """
    return tuple(sorted(holidays.country_holidays("GB", subdiv="ENG", years=range(first, last + 1)).items()))
