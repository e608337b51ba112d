"""Keeps one subscription after the other, and prints the number of each once it is kept, until it is killed."""

from __future__ import annotations

import datetime
import itertools
import sys

from server.alerts.store import Store, StoreFull
from server.alerts.subscriptions import Subscription, keep


def main(url: str) -> None:
    store = Store(url)
    for number in itertools.count():
        asked = Subscription(f"https://fcm.googleapis.com/{number}", "p" * 87, "a" * 22, "k" * 16, ("here",), "en")
        try:
            keep(store, asked, datetime.date(2026, 11, 25))
        except StoreFull as error:
            print(f"full: {error}", flush=True)
            return
        print(number, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
