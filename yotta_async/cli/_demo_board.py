"""Where every pod of the demo stands, as its client knows it."""

from collections import Counter
from enum import Enum

from attrs import define, evolve, field, frozen

from .._core.lifecycle import PodStatus
from .._resources.pods import PodChange
from ..models import Pod


__all__ = ["Board", "Made", "Phase", "Seat", "Stage", "Tally"]


class Phase(Enum):
    """What the demo as a whole is about."""

    CREATING = "creating"
    DELETING = "deleting"
    DONE = "done"


class Stage(Enum):
    """How far one wanted pod is."""

    WAITING = "waiting"
    STARTING = "starting"
    RUNNING = "running"
    READY = "ready"
    GIVEN_UP = "given up"


@define(eq=False)
class Seat:
    """One pod that is wanted; the pod that fills it may fail and be replaced."""

    region: str
    stage: Stage = Stage.WAITING
    pod_id: str | None = None


@frozen(kw_only=True)
class Made:
    """
    A pod that was made, for as long as it may cost something.

    Attributes:
        at: The instant at which the create was answered.
        until: The instant at which the delete was answered, or None before that.
    """

    pod: Pod
    at: float
    until: float | None = None


@frozen
class Tally:
    """How many pods of one region, or of all, are where."""

    waiting: int = 0
    starting: int = 0
    running: int = 0
    ready: int = 0
    failed: int = 0

    @property
    def wanted(self) -> int:
        return self.waiting + self.starting + self.running + self.ready


@define(eq=False)
class Board:
    """
    The state of the job; whoever acts writes it, whoever shows it reads it.

    Attributes:
        made: Every pod whose create was answered, by id.
        doubtful: Names under which a pod may exist that no create returned.
        failed: Pods that were made and did not become ready, by region.
        full: Creates that found no free GPU, by region.
        listed: The demo's own pods that the last list of the clean-up still showed: names by id.
        began: The instant before the first create, ``ready_at`` that of the last pod's readiness.
    """

    seats: list[Seat]
    phase: Phase = Phase.CREATING
    made: dict[str, Made] = field(factory=dict[str, Made])
    doubtful: set[str] = field(factory=set[str])
    failed: Counter[str] = field(factory=Counter[str])
    full: Counter[str] = field(factory=Counter[str])
    listed: dict[str, str] = field(factory=dict[str, str])
    began: float = 0.0
    ready_at: float | None = None

    def tally(self, region: str | None = None) -> Tally:
        """Return the counts of one region, or of all of them."""
        count = Counter(seat.stage for seat in self.seats if region in (None, seat.region))
        failed = self.failed.total() if region is None else self.failed[region]
        return Tally(
            waiting=count[Stage.WAITING] + count[Stage.GIVEN_UP],
            starting=count[Stage.STARTING],
            running=count[Stage.RUNNING],
            ready=count[Stage.READY],
            failed=failed,
        )

    @property
    def deleted(self) -> int:
        return sum(made.until is not None for made in self.made.values())

    @property
    def remaining(self) -> dict[str, str]:
        """The pods that were made and not deleted, as far as is known here: names by id."""
        held = {id_: made.pod.name for id_, made in self.made.items() if made.until is None}
        return held | self.listed

    def note_made(self, seat: Seat, pod: Pod, now: float) -> None:
        self.made[pod.id] = Made(pod=pod, at=now)
        seat.pod_id, seat.stage = pod.id, Stage.STARTING

    def note_ready(self, seat: Seat, pod: Pod, now: float) -> None:
        self.made[pod.id] = evolve(self.made[pod.id], pod=pod)
        seat.stage, self.ready_at = Stage.READY, now

    def note_failed(self, seat: Seat) -> None:
        self.failed[seat.region] += 1
        seat.pod_id, seat.stage = None, Stage.WAITING

    def note_deleted(self, pod_id: str, now: float) -> None:
        self.made[pod_id] = evolve(self.made[pod_id], until=now)

    def take_in(self, change: PodChange) -> None:
        """Note what a list shows of a pod on its way up."""
        for seat in self.seats:
            if seat.pod_id == change.pod.id and seat.stage is Stage.STARTING:
                running = change.pod.status == PodStatus.RUNNING
                seat.stage = Stage.RUNNING if running else Stage.STARTING
