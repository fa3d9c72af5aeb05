"""Following a fleet: its pods as they become ready, and its changes as they come."""

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterable
from math import ceil
from typing import Any, Self

from attrs import define, evolve, field

from .._checks import is_finite, is_whole
from ..errors import ConfigurationError, FleetError, YottaError
from ._report import FleetChange, FleetMember, FleetReport, Outcome
from ._roster import Roster


__all__ = ["FleetChanges", "Launch", "quorum_of"]


def quorum_of(min_ready: float | None, pods: int) -> int:
    """
    Read how many of so many pods must become ready: a number, or a share such as 0.9.

    Raises:
        ConfigurationError: It is neither, or more than there are.
    """
    if min_ready is None:
        return 0
    whole = is_whole(min_ready)
    if not is_finite(min_ready) or not 0 <= min_ready <= (pods if whole else 1):
        hint = f"Give 0 to {pods}, or a share such as 0.9."
        raise ConfigurationError("min_ready", min_ready, "is no number of these pods", hint=hint)
    return int(min_ready) if whole else ceil(min_ready * pods)


@define(eq=False)
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
    _pending: dict[str, None]
    _total: int = 0
    _known: deque[Outcome] = field(factory=deque[Outcome])
    _outcomes: list[Outcome] = field(factory=list[Outcome])

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
        pending = dict.fromkeys(keys)
        return cls(roster, quorum, roll_back, pending, len(pending))

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
        return self._roster.report()

    def _collect(self) -> bool:
        """Take what is settled; return whether anything is."""
        found = [
            outcome for key in self._pending if (outcome := self._roster.outcome(key)) is not None
        ]
        for outcome in found:
            del self._pending[outcome.key]
        self._known += found
        self._outcomes += found
        return bool(found)

    async def _check_quorum(self) -> None:
        lost = [each for each in self._outcomes if each.error is not None]
        possible = self._total - len(lost)
        if possible >= self._quorum:
            return
        self._pending.clear()
        self._known.clear()
        await self._roll_back()
        errors: list[YottaError] = [each.error for each in lost if each.error is not None]
        message = (
            f"fleet {self._roster.name!r}: at most {possible} of {self._total} pods can become "
            f"ready, and {self._quorum} were needed; all were deleted."
        )
        raise FleetError(message, errors, outcomes=self._outcomes, hint="Its errors say why.")


@define(eq=False)
class FleetChanges(AsyncIterator[FleetChange]):
    """
    The changes of a fleet's members, one after the other; at first all of them are new.

    Of several changes of one member between two steps of the iteration, the last is reported. It
    ends with the fleet.
    """

    _roster: Roster
    _told: dict[str, FleetMember] = field(factory=dict[str, FleetMember])
    _traces: dict[str, tuple[object, ...]] = field(factory=dict[str, tuple[object, ...]])
    _pending: deque[FleetChange] = field(factory=deque[FleetChange])

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
        # Something changes for each pod of a fleet, and each time nothing has for all the others.
        traces = {key: self._roster.trace(key) for key in self._roster.members}
        for key in [key for key, trace in traces.items() if trace != self._traces.get(key)]:
            now, before = self._roster.member(key), self._told.get(key)
            if before is None or _differ(before, now):
                self._told[key] = now
                self._pending.append(_change(now, before))
        self._traces = traces
        for key in [key for key in self._told if key not in self._roster.members]:
            before = self._told.pop(key)
            self._pending.append(_change(evolve(before, stage="unwanted"), before))


def _change(now: FleetMember, before: FleetMember | None) -> FleetChange:
    previous = before.stage if before else None
    return FleetChange(key=now.key, stage=now.stage, previous=previous, member=now)


def _differ(one: FleetMember, other: FleetMember) -> bool:
    pods = [each.pod.id if each.pod else None for each in (one, other)]
    return (one.stage, pods[0], one.hindrance) != (other.stage, pods[1], other.hindrance)
