"""
What keeps a fleet equal to what was asked for: look, compare, act, over and over.

Each tick is one list for all of the account's waiters. What is to be done is `reconcile`'s to say;
how each thing is done is in `_executor`. Creates that wait for their turn are tasks, so that the
scheduler knows how long the queue is; there are at most two windows of them.
"""

import logging
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from typing import Final, TypeAlias, TypeVar

import anyio
from anyio.lowlevel import checkpoint
from attrs import define, field

from .._backend import current_time
from .._call.rules.reach import Reach, reach_of
from .._call.watch import Snapshot
from .._resources.gpus import Gpus
from .._resources.pods.watching import PodWatch
from ..errors import (
    BudgetExceededError,
    UnexpectedError,
    WaitTimeoutError,
    YottaError,
)
from ..models import Pod
from ._doubts import Doubts
from ._executor import Executor
from ._roster import Roster
from ._settings import OnExit
from ._standing import strangeness
from ._tasks import Tasks, classified
from .rules.actions import Action, Create, Delete, Resume, Verify
from .rules.dearness import dearest_first
from .rules.members import UP, Member, Stage
from .rules.names import FleetPodName
from .rules.places import Place
from .rules.reconcile import Reconciled, implausible, reconcile
from .rules.rivals import Rivals, named
from .rules.tolerance import Tolerance


__all__ = ["Driver", "Named"]

logger = logging.getLogger("yotta_async")

# Seconds: with a patience of 0, too, a list may be slow.
_LEAST_PATIENCE: Final = 60.0

# So many unknown statuses are told, each once.
_MOST_STRANGE: Final = 16

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
    _check_lifetime: Callable[[], None] = field(alias="check_lifetime")
    _asked: float = field(alias="asked")
    _doubts: Doubts = field(alias="doubts")
    tasks: Tasks
    _ticks: Tolerance = field(factory=Tolerance)
    _steps: Tolerance = field(factory=Tolerance)
    _queue: deque[str] = field(factory=deque[str])
    _busy: Counter[str] = field(factory=Counter[str])
    _creating: int = 0
    _doubting: bool = False
    _strange: set[str] = field(factory=set[str])

    async def run(self) -> None:
        """
        Drive the fleet until it is cancelled, or fails.

        A tick that meets something unexpected is followed by another, a little later; only several
        in a row end the fleet.
        """
        failure: YottaError | None = None
        while failure is None:
            failure = await self._failure_of_tick()
        self._fail(failure)

    async def _failure_of_tick(self) -> YottaError | None:
        try:
            await self.take_in(await self._next_list())
        except Exception as error:  # noqa: BLE001  # also what this package has no error for
            failure = classified(error, f"a tick of fleet {self.roster.name!r}")
            bears = isinstance(failure, UnexpectedError) and self._ticks.bears(anyio.current_time())
            if not bears:
                return failure
            await anyio.sleep(self._ticks.pause)
        else:
            self._ticks.note_success()
        return None

    def hasten(self) -> None:
        """Begin at once, with the last list: something was asked for."""
        self._act_again()
        self._watch.hasten()

    def _act_again(self) -> None:
        try:
            self._act(self._mine, self.roster.listed_at)
        except Exception as error:  # noqa: BLE001  # the next tick does it, or fails for good
            classified(error, f"a tick of fleet {self.roster.name!r}")

    def let_go(self, how: OnExit, keys: Collection[str]) -> None:
        """
        Let the fleet do without the pods of some members, as it would end them.

        Args:
            how: ``"pause"`` to park those that have a pod; else they are deleted.
            keys: The members' keys.
        """
        members = self.roster.members
        parked = {key for key in keys if how == "pause" and members[key].pod_id is not None}
        unwanted = {key for key in keys if key not in parked}
        self.roster.park(parked)
        self.roster.release(unwanted)
        try:
            self._delete_unwanted(unwanted)
            self._rest(self.roster.listed_at)
        except Exception as error:  # noqa: BLE001  # the next tick does it, or fails for good
            classified(error, f"a tick of fleet {self.roster.name!r}")
        self._watch.hasten()

    def _delete_unwanted(self, keys: Collection[str]) -> None:
        """Delete the pods of keys that are wanted no more; a look at all others can wait."""
        theirs = [(pod, name) for pod, name in self._mine if name.key in keys]
        found = self._found({}, theirs, self.roster.listed_at).actions
        self._delete([each for each in found if isinstance(each, Delete)])

    async def take_in(self, snapshot: Snapshot[Pod]) -> None:
        """
        Draw the conclusions of a list.

        Raises:
            FleetConflictError: Another program is at work on the fleet, and was so before.
            FleetExpiredError: The fleet has lived as long as it may, by the server's clock.
            BudgetExceededError: The fleet has cost all that it may.
            ClientClosedError: The client is closed.
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
        self.executor.inventory.see(
            self.roster.pods.values(), snapshot.sent_at, self.list_lag, snapshot.unconfirmed
        )
        self.executor.forget_deletions(anyio.current_time() - self.list_lag)
        self._check_lifetime()
        self._check_budget()
        self._ask_prices()
        if self.roster.asked:
            self._act(mine, snapshot.sent_at)
        self.roster.tell()

    def _found(self, members: Mapping[str, Member], listed: Named, now: float) -> Reconciled:
        # What was deleted since may still be in the list.
        mine = [(pod, name) for pod, name in listed if pod.id not in self.executor.deleted]
        busy = {key for key, number in self._busy.items() if number}
        rules, ledger = self.executor.rules, self.executor.ledger
        return reconcile(members, mine, busy, now, rules, ledger=ledger)

    def _act(self, listed: Named, now: float) -> None:
        self.roster.roll()
        found = self._found(self.roster.members, listed, now)
        for before, after in self.roster.replace(found.members):
            self._follow(before, after)
        # Of what has just lost its pod the next one is made from the new spec.
        self._begin(found.actions, self.roster.roll())
        self._rest(now)

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
        except YottaError as error:
            if reach_of(error) is Reach.CLIENT:
                raise
            return True

    def _pick(self, snapshot: Snapshot[Pod]) -> Named:
        rivals = self.rivals
        before = set(rivals.followers)
        mine = rivals.mine(snapshot.items.values(), snapshot.sent_at)
        for run in sorted(rivals.followers - before):
            message = "fleet %s: another program (run %s) uses the same name; left to it: %s"
            logger.warning(message, rivals.fleet, run, named(rivals.foreign))
        if rivals.elder is not None:
            self.executor.inventory.keep_only(rivals.owner)
            raise rivals.conflict()
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
            news = after.reasons[-1:] if after.reasons is not before.reasons else ()
            self.executor.siting.note_lost(key, news)
        if pod is not None:
            gpu_count = self.roster.specs[key].gpu_count
            place = Place(pod.region, pod.gpu_type or "")
            self.executor.siting.adopt(key, place, gpu_count, after.mark)
        if after.stage in UP:
            self.executor.siting.note_running(key)
        if after.stage is not before.stage:
            self._tell_strange(after)
        self.roster.tell_change(before, after)

    def _tell_strange(self, member: Member) -> None:
        text = strangeness(self.roster.pods.get(member.pod_id or ""))
        if text and text not in self._strange and len(self._strange) < _MOST_STRANGE:
            self._strange.add(text)
            logger.warning("fleet %s: pod %s: %s", self.roster.name, member.key, text)

    # What is to be done.

    def _begin(self, actions: tuple[Action, ...], exchanged: Iterable[str]) -> None:
        creates = [each.key for each in actions if isinstance(each, Create)]
        self._queue = deque(dict.fromkeys([*creates, *exchanged]))
        self._delete([each for each in actions if isinstance(each, Delete)])
        for action in actions:
            match action:
                case Resume():
                    self._start(action.key, self.executor.resume, action)
                case Verify():
                    self._start(action.key, self.executor.verify, action)
                case _:
                    pass
        self._fill()

    def _delete(self, actions: list[Delete]) -> None:
        """Begin to delete, dearest first, what cannot wait."""
        by_id = {each.pod_id: each for each in actions}
        rated = map(self.roster.rated, map(self.roster.pods.__getitem__, by_id))
        order = dearest_first(rated)
        due = [each for pod_id in order if not self._can_wait(each := by_id[pod_id])]
        if due:
            self._busy.update(map(_key_of, due))
            self.tasks.start(self._delete_in_turn, due)

    def _can_wait(self, action: Delete) -> bool:
        # A credit for a pod that bills no more is one that the creates lack.
        key = _key_of(action)
        member = self.roster.members.get(key)
        beside = member.beside if member else None
        if action.bills or not self.executor.ledger.has_room(key, beside):
            return False
        return bool(self._queue or self._backlog())

    async def _delete_in_turn(self, actions: list[Delete]) -> None:
        for action in actions:
            self.tasks.start(self._do, _key_of(action), self.executor.delete, action)
            await checkpoint()  # it is in line before the next one

    def _rest(self, now: float) -> None:
        """Pause the parked pods that run."""
        for key, not_before in self.roster.parked.items():
            is_up = self.roster.members[key].stage in UP
            if is_up and not self._busy[key] and not_before <= now:
                self._start(key, self.executor.rest, key)

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
        is_time = member.not_before <= current_time()
        return is_time and self.executor.ledger.may_make(member)

    async def _create(self, key: str) -> None:
        try:
            await self._do(key, self.executor.create, key)
        finally:
            self._creating -= 1
        if self._doubts.are_due() and not self._doubting:
            self._doubting = True
            self.tasks.start(self._doubt)

    async def _doubt(self) -> None:
        try:
            await self._doubts.look()
        finally:
            self._doubting = False

    async def _do(self, key: str, act: Callable[[A], Awaitable[None]], argument: A) -> None:
        try:
            await act(argument)
        except Exception as error:  # noqa: BLE001  # also what this package has no error for
            if (failure := self._failure_of_step(key, error)) is not None:
                self._fail(failure)
                return
        else:
            self._steps.note_success()
        finally:
            self._busy[key] -= 1
        if self.roster.rolling.is_under_way:
            self._act_again()
        self._queue.append(key)  # it may lack a pod now
        self._fill()

    def _failure_of_step(self, key: str, error: Exception) -> YottaError | None:
        """Return what ends the fleet of what has ended a step, or None if it goes on."""
        step = classified(error, f"a step of fleet {self.roster.name!r} for pod {key!r}")
        reach = reach_of(step)
        if reach is Reach.CLIENT:
            return step
        if isinstance(step, UnexpectedError) and not self._steps.bears(anyio.current_time()):
            return step
        if reach is Reach.KEY:
            self._watch.hasten()  # the lists tell whether the key is refused
        # The next list shows the outcome, and the step is tried again.
        logger.info("fleet %s: pod %s: a step has failed: %s", self.roster.name, key, step)
        return None


def _key_of(action: Delete) -> str:
    name = FleetPodName.parse(action.name)
    return name.key if name else ""
