"""
What is known of the pods on their way up, and of the creates that wait: when to look follows.

A pod starts with the answer of the create or the resume that set it in motion, or with the first
list that shows it on its way up. It is ready, or will never be, with the first list that says so.
"""

from collections import Counter
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from math import inf, isfinite
from typing import Final

from attrs import define, field

from .budget import Budget
from .looking import BootTimes, Course, Plan, looks_of
from .slots import LONGEST_MOTION


__all__ = ["Outlook"]

# Seconds for which the looks hold that were decided on, unless a list comes before.
_HOLDS: Final = 10.0
# Seconds for which it holds how many credits they need, of which some come back meanwhile.
_KEPT_FOR: Final = 0.5
# Pods that were asked for within so many seconds are taken to be asked for at once.
_AT_ONCE: Final = 5.0


def _never() -> bool:
    return False


@define(eq=False)
class Outlook:
    """
    When one client's list of pods is due while creates wait.

    Attributes:
        is_watched: Whether anything waits for a list.
        boots: How long pods take.
        starting: The pods on their way up, with the instants since when, by id or name.
        looked_at: The instant for which the last list was asked.
        backlogs: What tells of creates that do not wait in a line yet.
    """

    is_watched: Callable[[], bool] = _never
    boots: BootTimes = field(factory=BootTimes)
    starting: dict[str, float] = field(factory=dict[str, float])
    looked_at: float = -inf
    backlogs: list[Callable[[], int]] = field(factory=list[Callable[[], int]])
    _ready: int = 0
    _looks: tuple[float, ...] = ()
    _looks_hold: bool = False
    _holds_until: float = -inf
    _plan: Plan | None = None
    _planned_at: float = -inf

    @contextmanager
    def expecting(self, backlog: Callable[[], int]) -> Generator[None]:
        """Count creates that do not wait in a line yet, for as long as this lasts."""
        self.backlogs.append(backlog)
        try:
            yield
        finally:
            self.backlogs.remove(backlog)

    @property
    def backlog(self) -> int:
        """How many creates are to come that do not wait in a line yet."""
        return sum(each() for each in self.backlogs)

    def take_in(self, started: dict[str, float]) -> None:
        """Take in which pods have been set in motion, and when."""
        self.starting |= started
        started.clear()

    def see(self, asked_at: float, pods: Iterable[tuple[str, str, bool]]) -> None:
        """
        Take in a list.

        Args:
            asked_at: The instant for which it was asked.
            pods: The id and the name of each pod, and whether it is on its way up.
        """
        self._looks_hold = False
        # When one became ready is not known but for the list before this one.
        between = (max(self.looked_at, asked_at - LONGEST_MOTION) + asked_at) / 2.0
        for pod_id, name, starts in pods:
            known = name if name in self.starting else pod_id
            if starts:
                self.starting.setdefault(known, asked_at)
            elif (since := self.starting.pop(known, None)) is not None:
                self._ready += 1
                self.boots.note(max(between, since) - since)
        self.looked_at = asked_at
        self._forget(asked_at)
        self.boots.fit(asked_at - since for since in self.starting.values())

    def plan(self, budget: Budget, waiting: int, now: float) -> Plan:
        """Return when to look while so many creates wait in line."""
        if not self._looks_hold or now >= self._holds_until:
            self._looks = self.looks(budget, waiting, now)
            self._looks_hold, self._holds_until, self._plan = True, now + _HOLDS, None
        if self._plan is None or now >= self._planned_at + _KEPT_FOR:
            self._plan, self._planned_at = Plan.of(self._looks, budget.returns(now)), now
        return self._plan

    def looks(self, budget: Budget, waiting: int, now: float) -> tuple[float, ...]:
        """Return the instants at which to look while so many creates wait in line."""
        return looks_of(self._course(budget, waiting, now), self.boots)

    def rebase(self, before: float, now: float) -> None:
        """Move to a clock that shows ``now`` where the old one showed at least ``before``."""
        ages = {name: max(0.0, before - since) for name, since in self.starting.items()}
        self.starting = {name: now - age for name, age in ages.items()}
        self.looked_at, self._holds_until, self._looks_hold = -inf, -inf, False

    def _course(self, budget: Budget, waiting: int, now: float) -> Course:
        queue = waiting + self.backlog
        since = Counter(round(at / _AT_ONCE) * _AT_ONCE for at in self.starting.values())
        back = Counter(max(now, round(at / _AT_ONCE) * _AT_ONCE) for at in budget.returns(now))
        back[now] += max(0, budget.credits(now))
        return Course(
            now=now,
            looked_at=self.looked_at if isfinite(self.looked_at) else now,
            queue=queue,
            credits=sorted(back.items()),
            allowed=budget.allowed,
            turn=budget.turn,
            starting=sorted(since.items()),
            pods=queue + len(self.starting) + self._ready,
        )

    def _forget(self, now: float) -> None:
        """Forget what has started for longer than anything does; between launches, what was."""
        self.starting = {
            name: since for name, since in self.starting.items() if now - since < LONGEST_MOTION
        }
        if not (self.starting or self.backlog):
            self._ready = 0
