"""Stores one subscription after another and prints the number of each, until it is killed or the disk is full."""

from __future__ import annotations

import datetime
import itertools
import sys

from server.alerts.store import Store, StoreFullError
from server.alerts.subscriptions import subscribe
from tests.alerts.numbered import subscription


def main(url: str) -> None:
    store = Store(url)
    for number in itertools.count():
        try:
            subscribe(store, subscription(number), datetime.date(2026, 11, 25))
        except StoreFullError as error:
            print(f"full: {error}", flush=True)
            return
        print(number, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
