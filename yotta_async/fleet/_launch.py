"""Following a fleet: its pods as they become ready, and its changes as they come."""

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterable
from math import ceil
from typing import Any, Self

from attrs import define, evolve, field

from .._checks import is_finite, is_whole
from ..errors import ConfigurationError, FleetError, YottaError
from ._report import FleetChange, FleetMember, FleetReport, Outcome
from ._roster import Changes, Roster
from .rules.members import Stage


__all__ = ["FleetChanges", "Launch", "quorum_of", "settled"]


def quorum_of(min_ready: float | None, pods: int) -> int:
    """
    Read how many of so many pods must become ready.

    Args:
        min_ready: A number of pods, or a ratio of them such as 0.9. None for none.
        pods: How many there are.

    Returns:
        The number of pods.

    Raises:
        ConfigurationError: It is neither, or more than there are.
    """
    if min_ready is None:
        return 0
    whole = is_whole(min_ready)
    if not is_finite(min_ready) or not 0 <= min_ready <= (pods if whole else 1):
        problem = f"must be a number of these pods, 0 to {pods}, or a share of them, 0.0 to 1.0"
        hint = "With fewer all are deleted."
        raise ConfigurationError("min_ready", min_ready, problem, hint=hint)
    return int(min_ready) if whole else ceil(min_ready * pods)


async def settled(roster: Roster, ready: int | None) -> FleetReport:
    """
    Wait until all members are ready or given up, or so many are ready.

    Raises:
        ClientClosedError: The fleet has ended.
    """
    while True:
        # A report of all members is not made for each change of one.
        if roster.is_at_rest or (ready is not None and roster.count(Stage.READY) >= ready):
            report = roster.report()
            if roster.is_at_rest or len(report.ready) >= (ready or 0):
                return report
        roster.check_open()
        await roster.changed()


@define(eq=False, repr=False)
class Launch(AsyncIterator[Outcome]):
    """
    What becomes of the pods that were asked for, as it becomes known.

    ``async for outcome in launch`` gives each once, when it is ready or given up; ``await launch``
    waits for all of them and returns how the fleet stands. The fleet goes on by itself, also while
    it is not iterated over. A pod that is replaced later is not reported again here, but by
    `Fleet.watch`.
    """

    _roster: Roster
    _quorum: int
    _roll_back: Callable[[], Awaitable[None]]
    _pending: set[str]
    _changes: Changes
    _total: int
    _known: deque[Outcome] = field(factory=deque[Outcome])
    _outcomes: list[Outcome] = field(factory=list[Outcome])
    _errors: list[YottaError] = field(factory=list[YottaError])

    @classmethod
    def of(
        cls,
        roster: Roster,
        keys: Iterable[str],
        quorum: int,
        roll_back: Callable[[], Awaitable[None]],
    ) -> Self:
        """
        Return what becomes of some members of a fleet.

        Args:
            roster: The fleet's members.
            keys: Which of them.
            quorum: How many must become ready.
            roll_back: Deletes all of them if too few can.

        Returns:
            What becomes of them.
        """
        pending = set(keys)
        return cls(roster, quorum, roll_back, pending, roster.follow(), len(pending))

    def __repr__(self) -> str:
        name, known = self._roster.name, self._total - len(self._pending)
        return (
            f"<Launch of fleet {name}: {known} of {self._total} known, {len(self._errors)} failed>"
        )

    def __await__(self) -> Generator[Any, None, FleetReport]:
        return self._all().__await__()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Outcome:
        """
        Return what became of the next pod.

        Raises:
            ClientClosedError: The fleet was left meanwhile.
            FleetError: Fewer than ``min_ready`` can become ready; all pods were deleted.
        """
        while not self._known:
            if not self._pending:
                raise StopAsyncIteration
            if not self._collect():
                self._roster.check_open()
                await self._roster.changed()
            await self._check_quorum()
        return self._known.popleft()

    async def _all(self) -> FleetReport:
        async for _ in self:
            pass
        if (stopped := self._roster.rolling.failure) is not None and stopped in self._errors:
            raise stopped
        return self._roster.report()

    def _collect(self) -> bool:
        """Take what is known of those that have changed; return whether anything is."""
        pending = [key for key in self._changes.take() if key in self._pending]
        found = [each for key in pending if (each := self._roster.launched(key)) is not None]
        self._pending.difference_update(each.key for each in found)
        self._known += found
        self._outcomes += found
        self._errors += [each.error for each in found if each.error is not None]
        return bool(found)

    async def _check_quorum(self) -> None:
        possible = self._total - len(self._errors)
        if possible >= self._quorum:
            return
        self._pending.clear()
        self._known.clear()
        await self._roll_back()
        message = (
            f"fleet {self._roster.name!r}: at most {possible} of {self._total} pods can become "
            f"ready, and {self._quorum} were needed; all were deleted."
        )
        raise FleetError(message, self._errors, outcomes=self._outcomes, hint="Its errors say why.")


@define(eq=False, repr=False)
class FleetChanges(AsyncIterator[FleetChange]):
    """
    The changes of a fleet's members, one after the other; at first all of them are new.

    Of several changes of one member between two steps of the iteration, the last is reported. It
    ends with the fleet.
    """

    _roster: Roster
    _changes: Changes
    _told: dict[str, FleetMember] = field(factory=dict[str, FleetMember])
    _pending: deque[FleetChange] = field(factory=deque[FleetChange])

    def __repr__(self) -> str:
        return f"<FleetChanges of fleet {self._roster.name}: {len(self._pending)} pending>"

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> FleetChange:
        while not self._pending:
            self._compare()
            if not self._pending:
                if self._roster.over:
                    raise StopAsyncIteration
                await self._roster.changed()
        return self._pending.popleft()

    def _compare(self) -> None:
        for key in self._changes.take():
            before = self._told.pop(key, None)
            if key in self._roster.members:
                self._told[key] = now = self._roster.member(key)
                if before is None or _differ(before, now):
                    self._pending.append(_change(now, before))
            elif before is not None:
                self._pending.append(_change(evolve(before, stage="unwanted"), before))


def _change(now: FleetMember, before: FleetMember | None) -> FleetChange:
    previous = before.stage if before else None
    return FleetChange(key=now.key, stage=now.stage, previous=previous, member=now)


def _differ(one: FleetMember, other: FleetMember) -> bool:
    pods = [each.pod.id if each.pod else None for each in (one, other)]
    return (one.stage, pods[0], one.hindrance) != (other.stage, pods[1], other.hindrance)
