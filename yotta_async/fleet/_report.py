"""How a fleet stands, as values."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from attrs import field, frozen

from ..errors import YottaError
from ..models import Pod
from ._settings import OnExit
from .rules.places import Place
from .rules.reasons import ReasonKind


__all__ = ["FleetChange", "FleetEnd", "FleetMember", "FleetReport", "Outcome"]


# Digits after the point of what is shown of money: what is counted has as many as come about.
_DIGITS: Final = 6


def _rounded(spent: Mapping[Place, Decimal]) -> Mapping[Place, Decimal]:
    return {place: round(usd, _DIGITS) for place, usd in spent.items()}


@frozen(kw_only=True)
class Outcome:
    """
    What became of one of the pods that were asked for: it is ready, or it was given up.

    Attributes:
        key: Which of them: the spec's name, or its number.
        pod: The pod. None if it was given up.
        error: Why it was given up. None if it is ready.
        reasons: Why earlier attempts were replaced, oldest first, in words.
        reason_kinds: The kinds of ``reasons``, such as ``"failed"``.
    """

    key: str
    pod: Pod | None = None
    error: YottaError | None = None
    reasons: tuple[str, ...] = ()
    reason_kinds: tuple[ReasonKind, ...] = ()


@frozen(kw_only=True)
class FleetMember:
    """
    One of the pods that were asked for, as it stands.

    Attributes:
        key: Which of them: the spec's name, or its number.
        stage: ``"wanted"`` (it has no pod), ``"made"`` (no list has shown its pod yet),
            ``"starting"``, ``"unhealthy"`` (it runs, and not all of its ports answer), ``"ready"``,
            ``"paused"``, ``"moving"`` (between two states, or in an unknown one), ``"missing"``
            (the last list did not show it) or ``"lost"`` (it was given up).
        since: The instant at which it came to that stage, in seconds on the event loop's clock.
        generation: Which attempt its pod is, counted from 1; 0 before the first.
        pod: The pod as the last list showed it. None if it has none, or no list has shown it.
        place: Where its pod is, or is being made. None while it has none.
        reasons: Why earlier attempts were replaced, oldest first, in words.
        hindrance: Why no pod can be made for it at present, in words; empty if one can.
        reason_kinds: The kinds of ``reasons``, such as ``"failed"``.
        error: The error behind ``hindrance``, or why it was given up. None without either.
    """

    key: str
    stage: str
    since: float
    generation: int
    pod: Pod | None
    place: Place | None = None
    reasons: tuple[str, ...] = ()
    hindrance: str = ""
    reason_kinds: tuple[ReasonKind, ...] = ()
    error: YottaError | None = field(default=None, eq=False)


@frozen(kw_only=True)
class FleetEnd:
    """
    How a fleet ended.

    Attributes:
        on_exit: What was to become of its pods: ``"delete"``, ``"pause"`` or ``"keep"``.
        done: Of how many pods a list has shown that it is so.
        left: The pods of which it is not certain: their ids by name, None where no id is known.
        seconds: How many seconds it took.
        error: Why something is left, or may be. None if nothing is.
    """

    on_exit: OnExit
    done: int
    left: Mapping[str, str | None]
    seconds: float
    error: YottaError | None = field(default=None, eq=False)

    def __str__(self) -> str:
        done = {"delete": "deleted", "pause": "paused", "keep": "left running"}[self.on_exit]
        left = "" if self.on_exit == "keep" else f", {len(self.left)} left"
        named = f" ({', '.join(self.left)})" if self.left else ""
        return f"{self.done} {done}{left}{named}"


@frozen(kw_only=True, repr=False)
class FleetReport:
    """
    How a fleet stands, or how it ended: then its members are as they were when that began.

    Attributes:
        name: The fleet's name.
        at: The instant of the report, in seconds on the event loop's clock.
        listed_at: The instant at which the list behind it was asked for, in seconds on the event
            loop's clock.
        members: All pods that were asked for, in the order in which they were.
        failed: Those that were given up.
        cost_per_hour: USD an hour for what runs, by the server's prices (`Budget.prices` where it
            tells none): GPUs, without volumes and disks.
        spent: USD that the fleet's pods have cost, by region and GPU type, to a millionth of USD,
            by the server's clock; with those that earlier runs have made, from when they were made,
            as far as lists still showed them when it was entered.
        unpriced: How many pods run whose price is not known; they are in no sum.
        end: How it ended. None while it lives.
        warnings: In words: what may be a slip in the names of regions and GPU types, which is
            looked for when a place has refused a pod; and why a roll-out has stopped.
    """

    name: str
    at: float
    listed_at: float
    members: tuple[FleetMember, ...]
    failed: tuple[Outcome, ...]
    cost_per_hour: Decimal
    spent: Mapping[Place, Decimal] = field(factory=dict[Place, Decimal], converter=_rounded)
    unpriced: int = 0
    end: FleetEnd | None = None
    warnings: tuple[str, ...] = ()

    @property
    def ready(self) -> tuple[Pod, ...]:
        """The pods that are ready."""
        return tuple(each.pod for each in self.members if each.stage == "ready" and each.pod)

    @property
    def total_spent(self) -> Decimal:
        """USD that the fleet's pods have cost."""
        return sum(self.spent.values(), Decimal(0))

    def count(self, *stages: str) -> int:
        """
        Return how many members are in some stages.

        Args:
            *stages: The stages, as in `FleetMember`.

        Returns:
            The number of members.
        """
        return sum(each.stage in stages for each in self.members)

    def __repr__(self) -> str:
        # Its members are a page long; a prompt shows what was awaited.
        return f"<FleetReport {self}>"

    def __str__(self) -> str:
        if self.end is not None:
            were = f"{len(self.ready)} of {len(self.members)} were ready"
            return f"{self.name}: ended; {were}, {self.end}; ${self.total_spent:.2f} spent"
        ready, lost = len(self.ready), len(self.failed)
        pending = len(self.members) - ready - lost
        counts = f"{ready} of {len(self.members)} ready, {pending} pending, {lost} failed"
        return f"{self.name}: {counts}; ${self.cost_per_hour:.2f}/h, ${self.total_spent:.2f} spent"


@frozen(kw_only=True)
class FleetChange:
    """
    A member that came to another stage, or got another pod.

    Attributes:
        key: Which one: the spec's name, or its number.
        stage: Its stage, as in `FleetMember`; ``"unwanted"`` if it is no longer asked for.
        previous: Its stage before. None if it is new.
        member: The member as it is now.
    """

    key: str
    stage: str
    previous: str | None
    member: FleetMember
