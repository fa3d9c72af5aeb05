"""How long it takes to have many pods ready: at least, and as things usually go."""

from math import exp
from statistics import NormalDist
from typing import Final

from ..._scheduling.rules.limits import Limits
from ..._scheduling.rules.polling import SHARE_OTHERWISE, SHARE_WHILE_CREATING


__all__ = ["least_creating", "least_seconds", "likely_ending", "likely_requests", "likely_seconds"]

# Seconds. An exchange, on an open connection (a guess; nothing is documented).
_EXCHANGE: Final = 0.3
# From INITIALIZE to RUNNING: what tutorials and a screenshot of the console show, as a log-normal
# distribution clipped at both ends.
_BOOT: Final = 90.0
_BOOT_SPREAD: Final = 0.4
_BOOT_SPAN: Final = (30.0, 180.0)
# From RUNNING until the ports answer: what the SkyPilot integration allows.
_PORTS: Final = 30.0


def least_creating(pods: int, limits: Limits, *, share: float = 1.0) -> float:
    """
    Return the seconds until the last create is answered.

    Args:
        share: Of the window that the creates get.
    """
    window = max(1, int(limits.requests * share))
    by_rate = (pods - 1) // window * limits.per
    by_slots = (pods - 1) // limits.pod_operations * _EXCHANGE
    return max(by_rate, by_slots) + _EXCHANGE


def least_seconds(pods: int, limits: Limits) -> float:
    """Return the seconds until all are ready if everything goes as well as it can."""
    return least_creating(pods, limits) + _BOOT_SPAN[0]


def likely_seconds(pods: int, limits: Limits) -> float:
    """Return the seconds until all are ready as it usually goes, without failures."""
    creating = least_creating(pods, limits, share=1.0 - SHARE_WHILE_CREATING)
    return creating + _slowest_boot(pods) + _PORTS


def likely_requests(pods: int, limits: Limits) -> int:
    """Return how many requests that takes: the creates, and the lists to watch them."""
    creating = least_creating(pods, limits, share=1.0 - SHARE_WHILE_CREATING)
    waiting = likely_seconds(pods, limits) - creating
    rate = limits.requests / limits.per
    return pods + round(rate * (creating * SHARE_WHILE_CREATING + waiting * SHARE_OTHERWISE))


def likely_ending(pods: int, limits: Limits) -> float:
    """Return the seconds until all are deleted as it usually goes: a window may be spent."""
    return (pods / limits.requests + 1) * limits.per


def _slowest_boot(pods: int) -> float:
    slowest = NormalDist().inv_cdf(pods / (pods + 1))
    return min(_BOOT_SPAN[1], _BOOT * exp(_BOOT_SPREAD * slowest))
