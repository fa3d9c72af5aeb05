"""
What keeps a fleet equal to what was asked for: look, compare, act, over and over.

Each tick is one list for all of the account's waiters. What is to be done is `reconcile`'s to say;
how each thing is done is in `_executor`. Creates that wait for their turn are tasks, so that the
scheduler knows how long the queue is; there are at most two windows of them.
"""

import logging
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias, TypeVar

import anyio
from attrs import define, field

from .._call.watch import Snapshot
from .._resources.gpus import Gpus
from .._resources.pods.watching import PodWatch
from ..errors import (
    BudgetExceededError,
    FleetConflictError,
    WaitTimeoutError,
    YottaError,
)
from ..models import Pod
from ._executor import FATAL, Executor
from ._roster import Roster
from ._tasks import Tasks
from .rules.actions import Action, Create, Delete, Resume, Verify
from .rules.members import UP, Member, Stage
from .rules.names import FleetPodName
from .rules.places import Place
from .rules.reconcile import implausible, reconcile
from .rules.rivals import Rivals


__all__ = ["Driver", "Named"]

logger = logging.getLogger("yotta_async")

# Seconds: with a patience of 0, too, a list may be slow.
_LEAST_PATIENCE: Final = 60.0

A = TypeVar("A")
Named: TypeAlias = list[tuple[Pod, FleetPodName]]


@define(eq=False)
class Driver:
    """
    Drives one fleet.

    Attributes:
        most_creates: How many creates may wait for their turn or be on the wire.
        tasks: Its tasks, and all others of the fleet.
        list_lag: Seconds for which a list may still show what was deleted.
    """

    roster: Roster
    rivals: Rivals
    executor: Executor
    most_creates: int
    list_lag: float
    _mine: Named = field(alias="mine")
    _watch: PodWatch = field(alias="watch")
    _gpus: Gpus | None = field(alias="gpus")
    _backlog: Callable[[], int] = field(alias="backlog")
    _is_banned: Callable[[], bool] = field(alias="is_banned")
    _fail: Callable[[YottaError], None] = field(alias="fail")
    _asked: float = field(alias="asked")
    tasks: Tasks = field(factory=Tasks)
    _queue: deque[str] = field(factory=deque[str])
    _busy: Counter[str] = field(factory=Counter[str])
    _creating: int = 0

    async def run(self) -> None:
        """Drive the fleet until it is cancelled, or fails."""
        try:
            while True:
                snapshot = await self._next_list()
                await self.take_in(snapshot)
        except YottaError as error:
            self._fail(error)

    def hasten(self) -> None:
        """Begin at once, with the last list: something was asked for."""
        self._act(self._mine, self.roster.listed_at)
        self._watch.hasten()

    async def take_in(self, snapshot: Snapshot[Pod]) -> None:
        """
        Draw the conclusions of a list.

        Raises:
            FleetConflictError: Another program is at work on the fleet, and was so before.
            BudgetExceededError: The fleet has cost all that it may.
            AuthenticationError: The key is refused; `PermissionDeniedError` alike.
        """
        self._asked = snapshot.sent_at
        mine = self._pick(snapshot)
        if await self._is_doubtful(snapshot):
            logger.warning(
                "fleet %s: a list lacks most of its %d pods and is ignored",
                self.roster.name,
                len(self.roster.pods),
            )
            return
        self._mine = mine
        self.roster.see((pod for pod, _ in mine), snapshot.sent_at)
        self.executor.inventory.see(self.roster.pods.values())
        self.executor.forget_deletions(anyio.current_time() - self.list_lag)
        self._check_budget()
        self._ask_prices()
        if self.roster.asked:
            self._act(mine, snapshot.sent_at)
        self.roster.tell()

    def _act(self, listed: Named, now: float) -> None:
        # What was deleted since may still be in the list.
        mine = [(pod, name) for pod, name in listed if pod.id not in self.executor.deleted]
        busy = {key for key, number in self._busy.items() if number}
        found = reconcile(self.roster.members, mine, busy, now, self.executor.rules)
        for before, after in self.roster.replace(found.members):
            self._follow(before, after)
        self._begin(found.actions)

    async def _next_list(self) -> Snapshot[Pod]:
        """
        Return the next list; an outage may last while no member waits for anything.

        Raises:
            APIError: None could be read for longer than the fleet is patient.
        """
        patience = max(self.executor.rules.patience, _LEAST_PATIENCE)
        while True:
            with anyio.move_on_after(patience):
                return await self._watch.next(self._asked)
            # While the server bans the key, no list can be asked for, and nothing can be known.
            if not (self.roster.is_at_rest or self._is_banned()):
                message = f"no list of pods could be read for {patience:g} s."
                raise self._watch.failure or WaitTimeoutError(message, subject=self.roster.name)

    async def _is_doubtful(self, snapshot: Snapshot[Pod]) -> bool:
        """Whether a list lacks pods that the server, asked about one, has, or does not deny."""
        doubt = implausible(self.roster.members, snapshot.items.values())
        if doubt is None:
            return False
        try:
            return await self.executor.exists(doubt.pod_id)
        except FATAL:
            raise
        except YottaError:
            return True

    def _pick(self, snapshot: Snapshot[Pod]) -> Named:
        rivals = self.rivals
        before = set(rivals.followers)
        mine = rivals.mine(snapshot.items.values(), snapshot.sent_at)
        for run in rivals.followers - before:
            logger.warning(
                "fleet %s: another program (run %s) uses the same name", rivals.fleet, run
            )
        if rivals.elder is not None:
            self.executor.inventory.keep_only(rivals.owner)
            message = f"fleet {rivals.fleet!r} is run by another program (run {rivals.elder})."
            hint = "Let that one end, or give this fleet another name."
            raise FleetConflictError(message, hint=hint)
        return mine

    def _ask_prices(self) -> None:
        """Ask once, as soon as there are pods of which no list tells what they will cost."""
        silent = any(pod.single_card_price is None for pod in self.roster.pods.values())
        if silent and self._gpus is not None:
            gpus, self._gpus = self._gpus, None
            self._start("", self.executor.ask_prices, gpus)

    def _check_budget(self) -> None:
        spent, budget = self.executor.siting.meter.total, self.executor.siting.budget
        if budget.is_spent(spent):
            problem = f"must be more than what the fleet has spent, ${spent:.2f}"
            hint = "The fleet ends; raise max_total for more."
            raise BudgetExceededError("max_total", str(budget.max_total), problem, hint=hint)

    # What a list has changed.

    def _follow(self, before: Member, after: Member) -> None:
        key, pod = after.key, self.roster.pods.get(after.pod_id or "")
        if before.pod_id is not None and before.pod_id != after.pod_id:
            self.executor.siting.note_lost(key, after.reasons[len(before.reasons) :])
        if pod is not None:
            gpu_count = self.roster.specs[key].gpu_count
            self.executor.siting.adopt(key, Place(pod.region, pod.gpu_type or ""), gpu_count)
        if after.stage in UP:
            self.executor.siting.note_running(key)
        self.roster.tell_change(before, after)

    # What is to be done.

    def _begin(self, actions: tuple[Action, ...]) -> None:
        self._queue = deque(each.key for each in actions if isinstance(each, Create))
        for action in actions:
            match action:
                case Delete() if self._is_due(action):
                    name = FleetPodName.parse(action.name)
                    self._start(name.key if name else "", self.executor.delete, action)
                case Resume():
                    self._start(action.key, self.executor.resume, action)
                case Verify():
                    self._start(action.key, self.executor.verify, action)
                case _:
                    pass
        self._fill()

    def _is_due(self, action: Delete) -> bool:
        # A credit for a pod that bills no more is one that the creates lack.
        can_wait = not action.bills and (self._queue or self._backlog())
        return not can_wait

    def _start(self, key: str, act: Callable[[A], Awaitable[None]], action: A) -> None:
        self._busy[key] += 1
        self.tasks.start(self._do, key, act, action)

    def _fill(self) -> None:
        """Have as many creates wait for their turn as there may be."""
        while self._queue and self._creating < self.most_creates:
            key = self._queue.popleft()
            if self._wants_pod(key):
                self._creating += 1
                self._busy[key] += 1
                self.tasks.start(self._create, key)

    def _wants_pod(self, key: str) -> bool:
        member = self.roster.members.get(key)
        if member is None or member.stage is not Stage.WANTED or self._busy[key]:
            return False
        return member.not_before <= anyio.current_time()

    async def _create(self, key: str) -> None:
        try:
            await self._do(key, self.executor.create, key)
        finally:
            self._creating -= 1

    async def _do(self, key: str, act: Callable[[A], Awaitable[None]], argument: A) -> None:
        try:
            await act(argument)
        except FATAL as error:
            self._fail(error)
        except YottaError as error:
            # The next list shows the outcome, and the step is tried again.
            logger.info("fleet %s: pod %s: a step has failed: %s", self.roster.name, key, error)
        finally:
            self._busy[key] -= 1
        self._queue.append(key)  # it may lack a pod now
        self._fill()
