"""What a run tells the operator about the push services: what is wrong, whose fault it is, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

from server.alerts.health import Health, fault_is_ours
from server.alerts.subscriptions import SET_ASIDE


def alarm(services: Mapping[str, Health]) -> str | None:
    """What only this machine's operator can put right: our signature is refused nearly everywhere."""
    if not fault_is_ours(services):
        return None
    refusing = {origin: each for origin, each in sorted(services.items()) if each.refuses_us}
    return (
        f"{'; '.join(f'{origin} refused our signature {_share(each)}' for origin, each in refusing.items())}. "
        "Nobody was removed. Look at this machine's clock and at `tellsomeone alerts keys`, then `tellsomeone alerts "
        "resume`. Don't drop a key for this: its subscribers would lose their alerts."
    )


def remarks(services: Mapping[str, Health], unsigned: Mapping[str, Set[str]]) -> Iterator[str]:
    """What else the operator should know, a line each."""
    ours = fault_is_ours(services)
    for origin, each in sorted(services.items()):
        if each.refused and each.refuses_us and not ours:
            yield (
                f"{origin} refused our signature {_share(each)}, and other services accepted it: this machine's "
                "clock and keys are right. If it goes on, look at TELLSOMEONE_ORIGIN, which services are given as our "
                "address."
            )
        elif each.refused and not each.refuses_us:
            yield (
                f"{origin} refused our signature {_share(each)}. Your keys and clock are right: these subscriptions "
                "were made with somebody else's key. Each is set aside once it has been refused on "
                f"{SET_ASIDE} days. There is nothing to do."
            )
        if each.doubtful:
            yield (
                f"{origin} says that {len(each.gone):,} subscriptions are gone but accepted no message, so the fault "
                "is more likely its own. The rest are kept and tried again."
            )
    for key, without in sorted(unsigned.items()):
        yield (
            f"the file of key {key} is missing, so nothing could be sent to its {len(without):,} subscribers. Nobody "
            "was removed: put the file back from your copy, then `tellsomeone alerts resume`. If there is no copy, "
            f"`tellsomeone alerts keys drop {key}` removes them."
        )


def _share(service: Health) -> str:
    return f"for {len(service.refused):,} of {len(service.refused) + service.accepted:,} subscribers"
