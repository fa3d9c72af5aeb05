"""
The least time that a job takes, whoever does it: computed with the seed's fates in hand.

Whoever knows the limits and every pod's fate in advance, but keeps the rules, sends the k-th create
as soon as all of this has come:

- the 60 s after the create before it by a whole window of requests; lists and refusals, which cost
  requests too, are not counted;
- the end of one of the five operations, each of which lasts the shortest exchange there is;
- for a pod in place of a FAILED one: the answer that shows it FAILED. Whoever makes more pods than
  are wanted, so as not to wait for that, pays for them; here nobody does.

A pod made is ready when its fate says so, and known to be by a list that arrives in that instant.
What is left out, because it can be avoided: a lost answer costs nothing, since the pod is in the
list that is needed anyway; a region out of stock costs nothing to whoever has looked first.
"""

from collections.abc import Iterable
from heapq import heappop, heappush, heapreplace

from benchmarks.job_world import LATENCY, POD_OPERATIONS, Fate, Job


__all__ = ["least_of", "least_seconds"]

_WINDOW = 60.0


def least_seconds(job: Job) -> float:
    """Return the seconds from the first create until the last pod is known to be ready."""
    return least_of(job.fates(), wanted=job.wanted, requests=job.requests)


def least_of(fates: Iterable[Fate], *, wanted: int, requests: int) -> float:
    """Return the same for pods of such fates, in the order in which they are made."""
    due = [0.0] * wanted  # the instants from which a pod may be asked for
    slots = [0.0] * POD_OPERATIONS  # the instants at which they are free
    starts: list[float] = []
    last_known = 0.0
    for fate in fates:
        if not due:
            break
        window = starts[-requests] + _WINDOW if len(starts) >= requests else 0.0
        start = max(heappop(due), slots[0], window)
        starts.append(start)
        heapreplace(slots, start + LATENCY.low)
        # Half an exchange out, the fate, and half of another one back.
        known = start + LATENCY.low + fate.seconds
        if fate.fails:
            heappush(due, known)
        else:
            last_known = max(last_known, known)
    return last_known
