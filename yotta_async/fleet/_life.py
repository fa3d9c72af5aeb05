"""
A fleet's life, from its first list to its last.

It owns a task group, because that is what its user asked for, and hides it: an exception of the
block stays what it is. The end is not the caller's to cancel: it runs in the client's care
(`_call.ownership`), so that `asyncio.timeout`, ``task.cancel()`` and Ctrl-C wait for it, or, a
second time, leave it to go on beside them.
"""

import logging
import signal
from functools import partial
from types import TracebackType

import anyio
from attrs import define, evolve, field

from .._backend import current_loop
from .._backend.background import with_background
from .._backend.progress import tell
from .._backend.signals import Signals
from .._call.caller import CallOptions
from .._resources.account import Account
from .._resources.gpus import Gpus
from .._resources.pods.verbs import Pods
from .._scheduling.rules.lanes import Lane
from ..errors import (
    BudgetExceededError,
    ClientClosedError,
    ConfigurationError,
    FleetExpiredError,
    FleetLeftoverError,
    YottaError,
)
from ..models import Pod
from ..models._lifecycle import Phase, is_ending, phase
from ._doubts import Doubts
from ._driver import Driver, Named
from ._ending import Ending
from ._executor import Executor
from ._inventory import Inventory
from ._parting import Parting
from ._report import FleetEnd, FleetReport
from ._roster import Roster
from ._settings import FleetSettings, OnExit
from ._siting import Siting
from ._tasks import Tasks, classified
from .rules.ledger import Ledger
from .rules.money import Meter
from .rules.names import leftover_command, owner_token
from .rules.placement import Places
from .rules.rivals import Rivals


__all__ = ["Life"]

logger = logging.getLogger("yotta_async")

# Windows of creates that may wait for their turn; the scheduler must see how long the queue is.
_WINDOWS = 2


class _OpenFleets(set[str]):
    """The names of a client's fleets that are open."""


@define(eq=False)
class Life:
    """
    The state of a fleet while it lives.

    Attributes:
        account: What it shares with all else of its client.
        settings: How it is to be kept, and to end.
        options: How its calls are made.
        roster: What it knows.
        siting: Where its pods are.
        inventory: The pods that it has made, or may have made.
        rivals: What tells its pods from those of other runs.
        driver: What keeps it equal to what was asked; None before it is entered.
        is_ending: Whether its pods are being deleted.
        failure: Why it could not go on; None as long as it can.
        unpriced: Why the server's prices are not known; None where they are, or are not needed.
        loop: The event loop in which it was entered.
    """

    account: Account
    settings: FleetSettings
    options: CallOptions
    roster: Roster = field(init=False)
    siting: Siting = field(init=False)
    inventory: Inventory = field(factory=Inventory)
    rivals: Rivals = field(init=False)
    driver: Driver | None = None
    is_ending: bool = False
    failure: YottaError | None = None
    unpriced: YottaError | None = None
    _open_fleets: _OpenFleets = field(init=False)
    _signals: Signals = field(init=False)
    _entered_at: float = 0.0
    _found: Named = field(factory=list)
    _leftover: FleetLeftoverError | None = None
    _parting: Parting | None = None
    _final: FleetReport | None = None
    _ends_alone: bool = False
    loop: object = None
    _over: anyio.Event = field(factory=anyio.Event)

    def __attrs_post_init__(self) -> None:
        name, budget = self.settings.name, self.settings.budget
        meter, places = Meter(dict(budget.prices)), self.account.shared(Places, Places)
        ledger = Ledger(self.settings.replace, self.options.retry.settle)
        self.siting = Siting(budget, meter, places, ledger=ledger)
        caller = self.account.caller
        self.roster = Roster(
            name, self.siting, caller.tell, server_time=caller.server_time, wall=caller.wall
        )
        self.rivals = Rivals(name, "", made=self.inventory.made)
        self.rivals.unaltered = self.account.pods.claims.unaltered
        self._open_fleets = self.account.shared(_OpenFleets, _OpenFleets)
        self._signals = Signals(self._take_signal, self._parting_words)

    async def enter(self) -> None:
        """
        Look at what there is, and begin.

        Raises:
            ConfigurationError: The fleet is open already.
            APIError: The list of pods cannot be had.
        """
        name = self.settings.name
        if name in self._open_fleets or self.driver is not None:
            problem = "must not be the name of a fleet that was entered already"
            hint = "Use the one that is open, or another name."
            raise ConfigurationError("name", name, problem, hint=hint)
        self._open_fleets.add(name)
        self.loop, self._over = current_loop(), anyio.Event()
        self.account.dependents.add(self)
        try:
            await self._look_around()
            executor = await self._executor()
            self._signals.install(self.settings.signals)
            self.driver = self._driver_of(executor)
            tasks = self.driver.tasks
            await tasks.open()
        except BaseException:
            self._let_go()
            raise
        if self.failure is not None:
            self._drain()  # the client was closed meanwhile
        tasks.start(self.driver.run)
        if self.settings.max_lifetime is not None:
            tasks.start(self._expire, self.settings.max_lifetime)

    async def leave(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """
        End it as was agreed, after a return, an exception or a cancellation of the block.

        Nothing is swallowed: where the fleet itself has cancelled the block, it raises why.
        """
        assert self.driver is not None  # noqa: S101  # it was entered
        tasks = self.driver.tasks
        tasks.cancel()
        late = await self._ended(tasks)
        swallowed = await tasks.leave(kind, error, trace)
        with anyio.CancelScope(shield=True):
            await self.account.finish_closing()
        self._raise_what_matters(error, swallowed=swallowed)
        if late is not None and (error is None or swallowed):
            raise late

    async def _ended(self, tasks: Tasks) -> BaseException | None:
        """End the fleet; return the cancellation that came meanwhile, if one did."""
        try:
            # The block's own scope is cancelled by now.
            with anyio.CancelScope(shield=True):
                await self.end(self._on_exit, closing=tasks)
        except anyio.get_cancelled_exc_class() as late:
            return late
        finally:
            self._close()
        return None

    async def end(self, how: OnExit, *, closing: Tasks | None = None) -> None:
        """
        Delete, pause or keep all pods; what could not be is noted.

        Args:
            closing: The tasks that have been cancelled, and end first; None if the fleet goes on.
        """
        parting = self._parting or self._parting_of(how)
        ending = self._ending(seen_all=bool(self.rivals.inherited) or closing is None)
        before, began = self.roster.report(), anyio.current_time()

        async def work() -> None:
            if closing:
                await closing.ended()
            try:
                await ending.run(how, parting.seconds)
            except FleetLeftoverError as error:
                self._leftover = error
                logger.error("%s", error)  # noqa: TRY400  # its text is enough

        async def told() -> None:
            await with_background(work, parting.progress.run)
            end = self._end_of(how, ending, anyio.current_time() - began)
            report = self.roster.report()
            if closing:
                members, failed = before.members, before.failed
                report = self._final = evolve(report, members=members, failed=failed, end=end)
            parting.end(report, end)

        self.is_ending = True
        try:
            await self.account.caller.owner.carry(told, _forget, grace=parting.seconds)
        finally:
            self.is_ending = False

    def report(self) -> FleetReport:
        """Return how it stands, or how it ended."""
        return self._final or self.roster.report()

    def _parting_of(self, how: OnExit, received: int | None = None) -> Parting:
        limits, seconds = self.account.caller.scheduler.limits, self._exit_seconds(how)
        return Parting(self.settings.name, how, self.inventory, limits, seconds, received)

    def _alive(self) -> set[str]:
        """Return the ids of the pods that may run on: of those listed, the ones that can."""
        pods = self.roster.pods
        ended = {each.id for each in pods.values() if phase(each.status) is Phase.ENDED}
        return self.inventory.ids.keys() - ended

    def _end_of(self, how: OnExit, ending: Ending, seconds: float) -> FleetEnd:
        error = self._leftover
        left = {} if error is None else error.pods
        reached = self._alive() if how == "keep" else ending.reached
        done = len(reached - set(left.values()))
        return FleetEnd(on_exit=how, done=done, left=left, seconds=seconds, error=error)

    @property
    def _on_exit(self) -> OnExit:
        """What its end does to its pods: none runs on past the limit that ended the fleet."""
        how = self.settings.on_exit
        limited = isinstance(self.failure, (BudgetExceededError, FleetExpiredError))
        return "pause" if limited and how == "keep" else how

    def _exit_seconds(self, how: OnExit) -> float:
        known = len(self.inventory.ids) + len(self.inventory.under_way)
        return self.settings.exit_seconds(how, known, self.account.caller.scheduler.limits)

    def take_leftover(self) -> FleetLeftoverError | None:
        """Return what could not be ended, once."""
        left, self._leftover = self._leftover, None
        return left

    @property
    def inherited(self) -> dict[str, Pod]:
        """The pods that an earlier run has left, and that are not being deleted, by key."""
        alive = [(pod, name) for pod, name in self._found if not is_ending(pod.status)]
        alive.sort(key=lambda found: found[1].generation)
        return {name.key: pod for pod, name in alive}

    # How it begins.

    async def _look_around(self) -> None:
        caller, asked_at = self.account.caller, anyio.current_time()
        pods = await self._pods().list()
        began = caller.server_time(asked_at) or caller.wall()
        latest = self.rivals.latest(pods)
        dice = int.from_bytes(caller.entropy(2))
        self.rivals.owner = owner_token(began, dice, after=latest)
        self.rivals.inherits_until = asked_at + 2 * self.options.retry.settle
        snapshot = self.account.pods.watch.share(pods, asked_at)
        self._entered_at = asked_at
        self._found = self.rivals.mine(snapshot.items.values(), asked_at)
        self.roster.see((pod for pod, _ in self._found), asked_at)
        self.inventory.see(self.roster.pods.values(), asked_at, self.options.retry.settle)

    async def _executor(self) -> Executor:
        executor = Executor(
            roster=self.roster,
            inventory=self.inventory,
            siting=self.siting,
            rules=self.settings.replace,
            owner=self.rivals.owner,
            pods=self._pods(),
            recipe=self.account.pods.recipe,
            making=self.account.pods.making,
            options=self.options,
        )
        if self.settings.budget.is_bounded and (gpus := self._gpus) is not None:
            await self._ask_prices(executor, gpus)
        return executor

    async def _ask_prices(self, executor: Executor, gpus: Gpus) -> None:
        """Ask what GPUs cost; without an answer the budget's own prices must do."""
        try:
            await executor.ask_prices(gpus)
        except Exception as error:  # noqa: BLE001  # whatever it is, prices may be known otherwise
            self.unpriced = classified(error, f"asking prices for fleet {self.settings.name!r}")
            message = "fleet %s: what GPUs cost cannot be asked for: %s"
            logger.warning(message, self.settings.name, self.unpriced)

    def _driver_of(self, executor: Executor) -> Driver:
        scheduler = self.account.caller.scheduler
        return Driver(
            roster=self.roster,
            rivals=self.rivals,
            executor=executor,
            most_creates=_WINDOWS * scheduler.limits.requests,
            list_lag=self.options.retry.settle,
            mine=self._found,
            watch=self.account.pods.watch,
            gpus=self._gpus,
            backlog=partial(scheduler.waiting, Lane.NORMAL),
            is_banned=lambda: scheduler.banned_until is not None,
            fail=self._fail,
            check_lifetime=self._check_lifetime,
            asked=self._entered_at,
            tasks=Tasks(f"a task of fleet {self.settings.name!r}", self._fail),
            doubts=Doubts(self.roster, self._gpus),
        )

    @property
    def _gpus(self) -> Gpus | None:
        """What tells the prices of GPUs; in v2 the pods themselves do."""
        known = "listGpus" in self.account.api.rows
        return Gpus(self.account.calls(self.options)) if known else None

    def _pods(self, options: CallOptions | None = None) -> Pods:
        account = self.account
        return Pods(account.calls(options or self.options), account.pods)

    # How it ends.

    def _ending(self, *, seen_all: bool) -> Ending:
        list_lag = self.options.retry.settle
        tidying = evolve(self.options, lane=Lane.URGENT, tidying=True)
        return Ending(
            roster=self.roster,
            rivals=self.rivals,
            inventory=self.inventory,
            list_lag=list_lag,
            # By then a list shows all that an earlier run has set in motion.
            certain_at=self._entered_at + (list_lag if seen_all else 0.0),
            pods=self._pods(tidying),
            watch=self.account.pods.watch,
            removal=self.account.pods.removal,
        )

    async def _expire(self, seconds: float) -> None:
        await anyio.sleep(seconds)
        self._fail(self._expired(seconds))

    def _check_lifetime(self) -> None:
        # The event loop's clock, by which `_expire` sleeps, may have stood with the machine.
        most = self.settings.max_lifetime
        if most is not None and self.roster.clock.elapsed >= most:
            raise self._expired(most)

    def _expired(self, seconds: float) -> FleetExpiredError:
        name = self.settings.name
        return FleetExpiredError(f"fleet {name!r} has lived for {seconds:g} s (max_lifetime).")

    def _fail(self, error: YottaError) -> None:
        if self.failure is None:
            self.failure = error
            self._drain()

    def client_closed(self) -> float:
        """End, as the client is being closed; return the seconds that this may take."""
        hint = "Close the client after its fleets have ended."
        message = f"the client of fleet {self.settings.name!r} was closed."
        self._fail(ClientClosedError(message, hint=hint))
        return self._exit_seconds(self._on_exit)

    async def ended(self) -> None:
        """Wait until the fleet has ended."""
        await self._over.wait()

    def _drain(self) -> None:
        if self.driver is None:
            return
        if self.driver.tasks.is_orphaned:
            self._end_alone(self.driver.tasks)
        else:
            self.driver.tasks.cancel()

    def _end_alone(self, tasks: Tasks) -> None:
        """End without a block that would be left: the statement that entered it is over."""

        async def work() -> None:
            tasks.cancel()
            await self._ended(tasks)
            if self.failure is not None:
                logger.error("%s", self.failure)
            self._signals.deliver()

        if not self._ends_alone:
            self._ends_alone = True
            self.account.caller.owner.start(work)

    def _take_signal(self) -> None:
        """End at a signal; at SIGINT not if that is for the statement at a prompt, and no block."""
        received = self._signals.received
        if received == signal.SIGINT and self.driver and self.driver.tasks.is_orphaned:
            name = self.settings.name
            tell(f"fleet {name} lives on; `await fleet.down()` deletes its pods", logging.WARNING)
            self._signals.pass_on()
            return
        self._parting = self._parting_of(self._on_exit, received)
        self._parting.progress.begin()
        self._drain()

    def _parting_words(self) -> str:
        command = leftover_command(self.settings.name)
        return f"yotta_async: left before fleet {self.settings.name} was ended. Run: {command}"

    def _close(self) -> None:
        self._let_go()
        self.roster.over = True
        self.roster.tell()

    def _let_go(self) -> None:
        """Leave the process's signals, the fleet's name and the client to others."""
        self._signals.remove()
        self._open_fleets.discard(self.settings.name)
        self.account.dependents.discard(self)
        self._over.set()

    def _raise_what_matters(self, error: BaseException | None, *, swallowed: bool) -> None:
        own = self.failure or (self.driver.tasks.interruption if self.driver else None)
        if (left := self.take_leftover()) is not None:
            raise left from (own or error)
        if own is not None and (error is None or swallowed):
            raise own
        if error is None or swallowed:
            self._signals.raise_received()


async def _forget(_outcome: object) -> None:
    """The outcome was noted by the work itself."""
