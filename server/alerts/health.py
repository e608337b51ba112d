"""The health of push services, as judged from their answers in one run.

A single answer is about one subscription, and anybody can add subscriptions that are refused, gone or throttled. Only
answers for many subscriptions, in random order, show that a service is in trouble or that the fault is ours.
"""

from collections import deque
from collections.abc import Mapping

WINDOW, MANY = 25, 20
"""A service is paused once `MANY` of its last `WINDOW` answers, each for another subscription, are temporary errors."""
LONGEST_PAUSE = 3600.0
"""The longest pause of a service in seconds, however long it asks for. A single message may wait longer."""
ENOUGH_REFUSED = 1000
"""A service is paused after refusing this many subscriptions and accepting none, since the fault is ours then. It is
this many because somebody may add bad subscriptions by the hundred."""
ENOUGH_GONE = 20
"""How many subscriptions a service may report as gone before it accepts any. If it reports more, we doubt it."""
LARGE_SHARE = 0.9
"""If a service refuses our signature for this share of its subscriptions, single bad ones don't explain it."""


class Health:
    """One push service in one run."""

    def __init__(self, enough_refused: int = ENOUGH_REFUSED) -> None:
        self._enough_refused = enough_refused
        self._recent: deque[tuple[str, bool]] = deque(maxlen=WINDOW)
        """Subscription, and whether its answer was a temporary error."""
        self.pauses = 0
        """How often it was paused since it last accepted a message."""
        self.accepted = 0
        self.refused: set[str] = set()
        """The subscriptions for which it refused our signature."""
        self.gone: set[str] = set()
        """The subscriptions it reported as gone."""
        self.paused_until = 0.0
        """Seconds since 1970."""

    @property
    def works(self) -> bool:
        """Whether it has accepted a message: our key and clock are right, and its other answers can be trusted."""
        return self.accepted > 0

    @property
    def refuses_us(self) -> bool:
        """Whether it refused so many that single bad subscriptions don't explain it."""
        return bool(self.refused) and len(self.refused) >= LARGE_SHARE * (len(self.refused) + self.accepted)

    @property
    def doubtful(self) -> bool:
        """Whether it reports everybody as gone, which is more likely a fault of its own."""
        return not self.works and len(self.gone) > ENOUGH_GONE

    def accept(self, subscription: str) -> None:
        """Records that it accepted a message."""
        self.accepted += 1
        self.pauses = 0
        self._recent.append((subscription, False))

    def refuse(self, subscription: str, now: float) -> None:
        """Records that it refused our signature. `now` is in seconds since 1970."""
        self.refused.add(subscription)
        if not self.works and len(self.refused) >= self._enough_refused:
            self.paused_until = now + LONGEST_PAUSE

    def fail(self, subscription: str, pause: float, now: float) -> None:
        """Records a temporary error: too many requests, an error of the service, no answer. `pause` is in seconds."""
        self._recent.append((subscription, True))
        if len({name for name, failed in self._recent if failed}) >= MANY:
            self._recent.clear()
            self.paused_until = max(self.paused_until, now + min(pause, LONGEST_PAUSE))
            self.pauses += 1


def fault_is_ours(services: Mapping[str, Health]) -> bool:
    """Whether the services that refuse us have at least half of all subscriptions that were accepted or refused."""
    answers = {origin: health.accepted + len(health.refused) for origin, health in services.items()}
    refusing = sum(answers[origin] for origin, health in services.items() if health.refuses_us)
    return refusing > 0 and 2 * refusing >= sum(answers.values())
