"""What the answers of one run say about a push service itself.

Each answer speaks of one subscription, and anybody may subscribe with one that is refused, gone or throttled. Only the
answers for many subscriptions, which come in random order, say that the service is in trouble or that we are at fault.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

WINDOW, MANY = 25, 20
"""A service is paused once `MANY` of its last `WINDOW` answers, for as many subscriptions, were temporary failures."""
LONGEST_PAUSE = 3600.0
"""Seconds that a whole service is left alone at most, however long it asks for; one message may wait for longer."""
ENOUGH_REFUSED = 1000
"""Subscriptions refused, with none accepted, after which the service is paused: the fault is ours. As many as that,
so that somebody who adds bad subscriptions by the thousand stops nothing."""
ENOUGH_GONE = 20
"""Subscriptions said to be gone that are believed of a service that has accepted nothing yet."""
LARGE_SHARE = 0.9
"""Of the subscriptions of a service, or of all: from here on a refusal of our signature is not about single ones."""


class Health:
    """One push service in one run."""

    def __init__(self, enough_refused: int = ENOUGH_REFUSED) -> None:
        self._enough_refused = enough_refused
        self._recent: deque[tuple[str, bool]] = deque(maxlen=WINDOW)
        self.pauses = 0
        """How often it was paused since it last accepted a message."""
        self.accepted = 0
        self.refused: set[str] = set()
        """The subscriptions for which it refused our signature."""
        self.gone: set[str] = set()
        """The subscriptions it says are gone."""
        self.paused_until = 0.0

    @property
    def works(self) -> bool:
        """Whether it accepted a message: then our key and clock are right, and what it says of one is believed."""
        return self.accepted > 0

    @property
    def refuses_us(self) -> bool:
        """Whether so many were refused that single subscriptions don't explain it."""
        return bool(self.refused) and len(self.refused) >= LARGE_SHARE * (len(self.refused) + self.accepted)

    @property
    def doubtful(self) -> bool:
        """Whether it says of everybody that they are gone: more likely a fault of the service."""
        return not self.works and len(self.gone) > ENOUGH_GONE

    def accept(self, subscription: str) -> None:
        self.accepted += 1
        self.pauses = 0
        self._recent.append((subscription, False))

    def refuse(self, subscription: str, now: float) -> None:
        """Our signature was refused."""
        self.refused.add(subscription)
        if not self.works and len(self.refused) >= self._enough_refused:
            self.paused_until = now + LONGEST_PAUSE

    def fail(self, subscription: str, pause: float, now: float) -> None:
        """A temporary failure: too many requests, an error of the service, no answer. `pause` is how long to wait."""
        self._recent.append((subscription, True))
        if len({who for who, failed in self._recent if failed}) >= MANY:
            self._recent.clear()
            self.paused_until = max(self.paused_until, now + min(pause, LONGEST_PAUSE))
            self.pauses += 1


def fault_is_ours(services: Mapping[str, Health]) -> bool:
    """Whether services that refuse us answer for most of the subscriptions that were accepted or refused at all."""
    answered = {origin: each.accepted + len(each.refused) for origin, each in services.items()}
    refusing = sum(answered[origin] for origin, each in services.items() if each.refuses_us)
    return refusing > 0 and 2 * refusing >= sum(answered.values())
