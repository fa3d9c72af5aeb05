"""The least time in which a number of pods can be made and be up. Pure."""

from collections.abc import Sequence
from heapq import heapify, heapreplace


__all__ = ["least_makespan"]


def least_makespan(
    boots: Sequence[float], *, requests: int, per: float, slots: int, exchange: float
) -> float:
    """
    Return the seconds that no client can undercut.

    The k-th create, counted from 0, cannot start before ``k // requests`` windows have passed, nor
    before one of the slots is free; then it takes its exchange, and its pod the time to boot.
    Polls, failures and everything else that costs a request are left out.

    Args:
        boots: Seconds from being created to being ready, in the order of the creates.
        requests: Requests in one window.
        per: Seconds of a window.
        slots: Pod operations at once.
        exchange: The shortest time in seconds from a request's sending to its answer.

    Returns:
        Seconds from the first create until the last pod is ready.
    """
    free_at = [0.0] * slots
    heapify(free_at)
    least = 0.0
    for number, boot in enumerate(boots):
        start = max(free_at[0], number // requests * per)
        heapreplace(free_at, start + exchange)
        least = max(least, start + exchange + boot)
    return least
