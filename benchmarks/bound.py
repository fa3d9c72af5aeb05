"""The least possible makespan of creates: what no client can be faster than and still be safe."""

from collections.abc import Iterator, Sequence
from itertools import accumulate

from yotta_async.simulator import ServerLimits


__all__ = ["least_makespan"]


def least_makespan(server: ServerLimits, wire: Sequence[float], slots: int) -> float:
    """
    Return the seconds that creates take at the least.

    Whoever is the n-th to be admitted has all after it still to come, through the slots; and cannot
    have been there before nearly all before it were through them.

    Args:
        wire: Each create's seconds on the wire, in the order of sending.
        slots: How many may be on the wire at once.
    """
    through = [0.0, *accumulate(wire)]
    arrivals = [through[max(0, n - slots + 1)] / slots for n in range(len(wire))]
    contract = ServerLimits(requests=server.requests, per=server.per)
    # The strict one is the same to a client that is never refused.
    kinds = {contract, contract if server.kind == "sliding-strict" else server}
    return max(
        admitted + (through[-1] - through[n]) / slots
        for kind in kinds
        for n, admitted in enumerate(_admissions(kind, arrivals))
    )


def _admissions(server: ServerLimits, arrivals: Sequence[float]) -> Iterator[float]:
    """Yield the instants at which a server admits requests that wait at its door, once there."""
    model, now = server.rate_model(), 0.0
    for arrival in arrivals:
        now = max(now, arrival)
        while (wait := model.admit(now)) is not None:
            now += wait
        yield now
