"""
What all the rivals have in common: a competent user's care, and no more.

A pod gets four tries, with the documented 1, 2 and 4 s between them, whatever went wrong: refused
for a limit, no answer within 30 s, an answer that makes no sense, or FAILED. Then it is given up.
Lack of stock is no try: that region is not asked again, and the next one is asked at once. A poll
that goes wrong is made up for by the next one.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from attrs import define, field

from benchmarks.job_world import EXPOSED, GPU_TYPE, IMAGE, REGIONS


__all__ = [
    "POLL",
    "TIMEOUT",
    "NoStockError",
    "Places",
    "Seat",
    "State",
    "TroubleError",
    "body_of",
    "data_of",
    "state_of",
]

POLL = 5.0
TIMEOUT = 30.0
_WAITS = (1.0, 2.0, 4.0)
_SUCCESS = 10000

State = Literal["ready", "failed", "starting"]


class TroubleError(Exception):
    """A try that came to nothing, as far as one can see."""


class NoStockError(Exception):
    """The region has none left."""


@define(eq=False)
class Seat:
    """One of the pods that are wanted, and the waits before the tries that it has left."""

    number: int
    waits: Iterator[float] = field(factory=lambda: iter(_WAITS))

    @property
    def name(self) -> str:
        return f"job-{self.number}"


@define(eq=False)
class Places:
    """The regions, and which of them are known to be out of stock."""

    full: set[str] = field(factory=set[str])

    def region_for(self, seat: Seat) -> str:
        """Return the seat's own region, or the next one that may have stock."""
        turned = [REGIONS[(seat.number + step) % len(REGIONS)] for step in range(len(REGIONS))]
        return next((region for region in turned if region not in self.full), turned[0])


def data_of(envelope: Mapping[str, Any]) -> Any:
    """Return what came; raise if the envelope says that nothing was done."""
    if envelope.get("code") == _SUCCESS:
        return envelope["data"]
    if "no capacity" in str(envelope.get("message")):
        raise NoStockError
    raise TroubleError(envelope.get("message"))


def state_of(pod: Mapping[str, Any]) -> State:
    """Return how a pod stands, of either generation."""
    if pod["status"] == "FAILED":
        return "failed"
    healthy = all(port.get("healthy") for port in pod["expose"])
    return "ready" if pod["status"] == "RUNNING" and healthy else "starting"


def body_of(seat: Seat, region: str) -> dict[str, object]:
    """Return a create's body as v1 wants it."""
    return {
        "podName": seat.name,
        "image": IMAGE,
        "gpuType": GPU_TYPE,
        "gpuCount": 1,
        "regions": [region],
        "expose": [{"port": EXPOSED, "protocol": "HTTP"}],
    }
