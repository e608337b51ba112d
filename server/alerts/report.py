"""Messages for the operator about push services after a run: what is wrong, whose fault it is, and what to do."""

from collections.abc import Iterator, Mapping, Set

from server.alerts.health import Health, fault_is_ours
from server.alerts.subscriptions import SET_ASIDE


def alarm(services: Mapping[str, Health]) -> str | None:
    """What the operator has to put right if our signature is refused nearly everywhere; None if it isn't."""
    if not fault_is_ours(services):
        return None
    refusing = [(origin, health) for origin, health in sorted(services.items()) if health.refuses_us]
    return (
        f"{'; '.join(f'{origin} refused our signature {_share(health)}' for origin, health in refusing)}. "
        "Nobody was removed. Look at this machine's clock and at `tellsomeone alerts keys`, then `tellsomeone alerts "
        "resume`. Don't drop a key for this: its subscribers would lose their alerts."
    )


def remarks(services: Mapping[str, Health], missing_keys: Mapping[str, Set[str]]) -> Iterator[str]:
    """Everything else the operator should know, a line each.

    `missing_keys` has the subscriptions of each key whose file is missing.
    """
    ours = fault_is_ours(services)
    for origin, health in sorted(services.items()):
        if health.refused and health.refuses_us and not ours:
            yield (
                f"{origin} refused our signature {_share(health)}, and other services accepted it: this machine's "
                "clock and keys are right. If it goes on, look at TELLSOMEONE_ORIGIN, which services are given as our "
                "address."
            )
        elif health.refused and not health.refuses_us:
            yield (
                f"{origin} refused our signature {_share(health)}. Your keys and clock are right: these subscriptions "
                "were made with somebody else's key. Each is set aside once it has been refused on "
                f"{SET_ASIDE} days. There is nothing to do."
            )
        if health.doubtful:
            yield (
                f"{origin} says that {len(health.gone):,} subscriptions are gone but accepted no message, so the fault "
                "is more likely its own. The rest are kept and tried again."
            )
    for key, affected in sorted(missing_keys.items()):
        yield (
            f"the file of key {key} is missing, so nothing could be sent to its {len(affected):,} subscribers. Nobody "
            "was removed: put the file back from your copy, then `tellsomeone alerts resume`. If there is no copy, "
            f"`tellsomeone alerts keys drop {key}` removes them."
        )


def _share(health: Health) -> str:
    return f"for {len(health.refused):,} of {len(health.refused) + health.accepted:,} subscribers"
