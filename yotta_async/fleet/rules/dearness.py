"""
In which order pods are deleted or paused: dearest first.

Deleting takes as long as the limits of the key make it, whatever the order; what the pods cost
meanwhile depends on it. The exchange argument: let two pods that are dealt with one after the
other, at t and at u > t, cost a and b < a an hour. Exchanged they would cost (a - b) x (u - t)
more, as nothing changes for any other. So an order in which a cheaper one comes before a dearer one
is not the best, whatever the instants are, and the order by price is; of the same price any is.

What does not bill - paused, FAILED, ended - waits for all that does. What is on its way up, or
between two states, bills soon or no more: it goes behind what bills now at the same price. A pod of
which the price is not known may be the dearest of all, and goes as if it were if it bills now, else
behind all whose price is known.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from attrs import frozen

from ...models._lifecycle import Phase, phase


__all__ = ["Rated", "dearest_first"]

_FREE: Final = (Phase.RESTING, Phase.ENDED)
# It bills now, as far as is known.
_BILLED: Final = (Phase.UP, Phase.UNKNOWN)


@frozen
class Rated:
    """
    A pod, and what it costs.

    Attributes:
        status: As the last list shows it; empty if none has shown it yet.
        per_hour: USD an hour while it runs. None if that is not known.
    """

    pod_id: str
    status: str
    per_hour: Decimal | None


def dearest_first(pods: Iterable[Rated]) -> list[str]:
    """Return the ids of pods in the order in which they are to be ended."""
    return [each.pod_id for each in sorted(pods, key=_place)]


def _place(pod: Rated) -> tuple[int, Decimal, bool]:
    stands = phase(pod.status) if pod.status else Phase.STARTING
    if stands in _FREE:
        return 3, Decimal(0), False
    if pod.per_hour is None:
        return (0 if stands in _BILLED else 2), Decimal(0), False
    return 1, -pod.per_hour, stands not in _BILLED
