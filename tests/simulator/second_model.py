"""
A second model of a Yotta cloud, made from what is known of the service and not from the simulator.

It is as simple as can be: a pod is what has happened to it, and all else is computed anew when it
is asked. Where the service's documents say nothing, the reading is the one in the comment.
"""

from collections.abc import Callable, Collection
from decimal import Decimal
from typing import Final

from attrs import define, field, frozen


__all__ = ["BOOT", "DELETE", "GPU", "PAUSE", "PRICE", "RESUME", "Answer", "Cloud", "Pod"]

GPU: Final = "NVIDIA_RTX_5090_32G"
PRICE: Final = Decimal("0.65")  # USD per GPU and hour
# Seconds that a change takes in the clouds that are compared.
BOOT: Final = 90.0
PAUSE: Final = 10.0
RESUME: Final = 25.0
DELETE: Final = 30.0
# v1's filters are these numbers, v2's the names.
NUMBERS: Final = {
    "INITIALIZE": 0,
    "RUNNING": 1,
    "PAUSING": 2,
    "PAUSED": 3,
    "TERMINATING": 4,
    "TERMINATED": 5,
    "FAILED": 6,
}
MOVING: Final = {"INITIALIZE", "PAUSING", "TERMINATING"}
_ENDED: Final = {"TERMINATING", "TERMINATED"}


@frozen
class Answer:
    """
    What a request comes to: its codes, of which any will do, and what it shows.

    Attributes:
        codes: Those of the envelope.
        shown: What is compared with the data; None for nothing.
    """

    codes: frozenset[int]
    shown: object = None


OK: Final = frozenset({10000})
# The documents have both for a missing pod.
MISSING: Final = Answer(frozenset({12000, 13000}))
WRONG_STATE: Final = Answer(frozenset({12001}))
TOO_MANY: Final = Answer(frozenset({429}))
# No code is documented for it; it is told by its message.
FULL: Final = Answer(frozenset(range(10001, 60000)), "capacity")


@define(eq=False)
class Pod:
    """
    A pod, and what has happened to it: each status with the instant from which it has it.

    Attributes:
        number: In the order in which they were made.
        id: As the cloud told it.
    """

    number: int
    name: str
    gpus: int
    born: float
    id: str = ""
    past: list[tuple[float, str]] = field(factory=list[tuple[float, str]])

    def status(self, now: float, besides: str = "") -> str:
        """Return the last status that it has got, other than one that is not to count."""
        return [status for since, status in self.past if since <= now and status != besides][-1]

    def changed(self, now: float) -> float:
        """Return the instant since which it is as it is."""
        return [since for since, _ in self.past if since <= now][-1]

    def becomes(self, now: float, status: str, after: float, then: str) -> None:
        """Have it change now, and again after some seconds; what was to come does not."""
        self.past = [each for each in self.past if each[0] <= now]
        self.past += [(now, status), (now + after, then)]

    def seconds(self, statuses: Collection[str], now: float) -> float:
        """Return for how long it has had one of some statuses."""
        ends = [since for since, _ in self.past[1:]] + [now]
        spans = zip(self.past, ends, strict=True)
        return sum(
            max(0.0, min(end, now) - since) for (since, status), end in spans if status in statuses
        )


@define(eq=False)
class Cloud:
    """
    The cloud of one account.

    Attributes:
        requests: How many it admits in any ``per`` seconds.
        operations: How many pods may be in motion for it to begin with another.
        stock: GPUs that it has.
        per: Seconds of the window.
        billed: The statuses in which a pod costs.
        without_gpus: Those in which it needs none.
        unlisted: Those in which lists do not have it.
        pausable: Those in which it may be paused.
        deletable: Those in which it may be deleted.
    """

    requests: int
    operations: int
    stock: int
    per: float = 60.0
    # What is so of a pod by its status alone.
    billed: frozenset[str] = frozenset({"RUNNING"})
    without_gpus: frozenset[str] = frozenset({"PAUSED", "TERMINATED"})
    unlisted: frozenset[str] = frozenset({"TERMINATED"})
    pausable: frozenset[str] = frozenset({"RUNNING"})
    deletable: frozenset[str] = frozenset(NUMBERS) - _ENDED
    pods: list[Pod] = field(factory=list[Pod])
    _admitted: list[float] = field(factory=list[float])

    def create(self, now: float, name: str | None, gpus: int) -> tuple[Answer, Pod | None]:
        refusal = self._turn_away(now, operation=True)
        if refusal is not None:
            return refusal, None
        if self._gpus_used(now) + gpus > self.stock:
            return FULL, None
        pod = Pod(len(self.pods), "My Pod" if name is None else name, gpus, now)
        pod.becomes(now, "INITIALIZE", BOOT, "RUNNING")
        self.pods.append(pod)
        return Answer(OK), pod

    def get(self, now: float, pod: Pod) -> Answer:
        refusal = self._turn_away(now)
        if refusal is not None:
            return refusal
        if pod.status(now) == "TERMINATED":  # gone: only the console keeps it, for 24 hours
            return MISSING
        return Answer(OK, self._shown(pod, now))

    def list(self, now: float, statuses: frozenset[str]) -> Answer:
        """Return all pods that are not gone, or those of some statuses."""
        refusal = self._turn_away(now)
        if refusal is not None:
            return refusal
        there = [pod for pod in self.pods if pod.status(now) not in self.unlisted]
        wanted = [pod for pod in there if not statuses or pod.status(now) in statuses]
        return Answer(OK, {pod.id: self._shown(pod, now) for pod in wanted})

    def pause(self, now: float, pod: Pod) -> Answer:
        return self._change(now, pod, self.pausable, lambda: ("PAUSING", PAUSE, "PAUSED"))

    def resume(self, now: float, pod: Pod) -> Answer:
        return self._change(now, pod, {"PAUSED"}, lambda: ("INITIALIZE", RESUME, "RUNNING"))

    def delete(self, now: float, pod: Pod) -> Answer:
        # Of one that is being deleted nothing is said: it is not in a state to be deleted.
        return self._change(now, pod, self.deletable, lambda: ("TERMINATING", DELETE, "TERMINATED"))

    def bill(self, now: float) -> Decimal:
        """Return the cost in USD: what runs costs by the second, and nothing else does."""
        hours = sum(pod.seconds(self.billed, now) * pod.gpus for pod in self.pods) / 3600
        return PRICE * Decimal(repr(hours))

    def _change(
        self,
        now: float,
        pod: Pod,
        able: Collection[str],
        change: Callable[[], tuple[str, float, str]],
    ) -> Answer:
        refusal = self._turn_away(now, operation=True)
        if refusal is not None:
            return refusal
        status = pod.status(now)
        if status == "TERMINATED":
            return MISSING
        if status not in able:
            return WRONG_STATE
        becoming = change()
        # What was paused has given its GPUs back.
        if becoming[0] == "INITIALIZE" and self._gpus_used(now) + pod.gpus > self.stock:
            return FULL
        pod.becomes(now, *becoming)
        return Answer(OK)

    def _turn_away(self, now: float, *, operation: bool = False) -> Answer | None:
        """Refuse what is beyond the window, then what is beyond the slots; the latter counts."""
        self._admitted = [each for each in self._admitted if each + self.per > now]
        if len(self._admitted) >= self.requests:
            return TOO_MANY
        self._admitted.append(now)
        moving = sum(pod.status(now) in MOVING for pod in self.pods)
        return TOO_MANY if operation and moving >= self.operations else None

    def _gpus_used(self, now: float) -> int:
        # One that ends holds until its end what it held when it was deleted.
        held = ((pod, pod.status(now, besides="TERMINATING")) for pod in self.pods)
        return sum(pod.gpus for pod, status in held if status not in self.without_gpus)

    def _shown(self, pod: Pod, now: float) -> tuple[str, str, int]:
        return pod.name, pod.status(now), pod.gpus
