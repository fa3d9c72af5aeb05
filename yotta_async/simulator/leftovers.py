"""What is left in a cloud when a program has ended, and how a test is told of it."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Final

from attrs import frozen

from yotta_async.simulator.cloud.pod import PodStatus, PodView
from yotta_async.simulator.cloud.serverless_endpoint import EndpointStatus, EndpointView
from yotta_async.simulator.cloud.vm import VMStatus, VMView
from yotta_async.simulator.cloud.volume import VolumeStatus, VolumeView


__all__ = ["Leftover", "counted", "leftovers", "span", "usd"]

_ENDING: Final = frozenset(
    {
        PodStatus.TERMINATING,
        PodStatus.TERMINATED,
        EndpointStatus.STOPPING,
        VMStatus.STOPPED,
        VMStatus.TERMINATED,
        VolumeStatus.DELETING,
    }
)
_BILLED: Final = frozenset({PodStatus.INITIALIZE, PodStatus.RUNNING})
_MINUTE, _HOUR = 60.0, 3600.0


@frozen(kw_only=True)
class Leftover:
    """
    A thing that is there and that no program has asked to be deleted.

    Attributes:
        kind: ``"pod"``, ``"endpoint"``, ``"VM"`` or ``"volume"``.
        id: Its id, in digits.
        name: Its name.
        status: Its status, in the words of its kind.
        age: Seconds since its create was done.
        price: USD an hour that a pod costs which runs, or will when it runs. None for pods that do
            not run, and for other kinds.
        cost: USD that it has cost so far.
        made_by: The call that made a pod: the operation, the instant in seconds on the simulator's
            clock, and, in the test kit, the line of the program. Empty for other kinds.
    """

    kind: str
    id: str
    name: str
    status: str
    age: float
    price: Decimal | None
    cost: Decimal
    made_by: str = ""

    def __str__(self) -> str:
        once = " once it runs" if self.status == PodStatus.INITIALIZE else ""
        price = "" if self.price is None else f" at {usd(self.price)} USD an hour{once}"
        told = f"{self.kind} {self.name!r} ({self.id}) is {self.status}{price}"
        told = f"{told}, {span(self.age)} old, {usd(self.cost)} USD so far"
        return f"{told}\n      made by {self.made_by}" if self.made_by else told

    def matches(self, patterns: Iterable[str]) -> bool:
        """
        Tell whether one of some patterns means it.

        Args:
            patterns: Ids, names, or patterns of names with ``*``, ``?`` and ``[...]``.

        Returns:
            Whether one does.
        """
        return any(self.id == each or fnmatchcase(self.name, each) for each in patterns)


def leftovers(
    now: float,
    pods: Iterable[PodView],
    endpoints: Iterable[EndpointView],
    vms: Iterable[VMView],
    volumes: Iterable[VolumeView],
) -> Iterator[Leftover]:
    """Yield what is there and not being ended, kind by kind, oldest first."""
    for pod in pods:
        if pod.status not in _ENDING:
            price = pod.price if pod.status in _BILLED else None
            yield _left("pod", pod, now, price, pod.made_by)
    for endpoint in endpoints:
        if endpoint.status not in _ENDING:
            yield _left("endpoint", endpoint, now)
    for vm in vms:
        if vm.status not in _ENDING:
            yield _left("VM", vm, now)
    for volume in volumes:
        if volume.status not in _ENDING:
            yield _left("volume", volume, now)


def _left(
    kind: str,
    view: PodView | EndpointView | VMView | VolumeView,
    now: float,
    price: Decimal | None = None,
    made_by: str = "",
) -> Leftover:
    return Leftover(
        kind=kind,
        id=view.id,
        name=view.name,
        status=str(view.status),
        age=max(0.0, now - view.created_at),
        price=price,
        cost=view.cost,
        made_by=made_by,
    )


def counted(number: int, what: str) -> str:
    """Return a number of things in words."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def usd(amount: Decimal) -> str:
    """Return an amount to the cent, or to a hundredth of one where it is less than a dime."""
    return f"{amount:.4f}" if 0 < amount < Decimal("0.1") else f"{amount:.2f}"


def span(seconds: float) -> str:
    """Return a span of time as people say it: ``"45.2 s"``, ``"12 min"``, ``"3 h 05 min"``."""
    if seconds < _MINUTE:
        return f"{seconds:.1f} s"
    hours, minutes = divmod(round(seconds / _MINUTE), 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"
