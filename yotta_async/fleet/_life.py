"""
A fleet's life, from its first list to its last.

It owns a task group, because that is what its user asked for, and hides it: an exception of the
block stays what it is. The end is not the caller's to cancel: it runs in the client's care
(`_call.ownership`), so that `asyncio.timeout`, ``task.cancel()`` and Ctrl-C wait for it, or, a
second time, leave it to go on beside them.
"""

import logging
import secrets
from datetime import UTC, datetime
from functools import partial
from types import TracebackType

import anyio
from attrs import define, evolve, field

from .._backend.signals import Signals
from .._call.caller import CallOptions
from .._resources.account import Account
from .._resources.gpus import Gpus
from .._resources.pods.verbs import Pods
from .._scheduling.rules.lanes import Lane
from ..errors import ConfigurationError, FleetExpiredError, FleetLeftoverError, YottaError
from ..models import Pod
from ..models._lifecycle import is_ending
from ._driver import Driver, Named
from ._ending import Ending
from ._executor import Executor
from ._inventory import Inventory
from ._roster import Roster
from ._settings import FleetSettings, OnExit
from ._siting import Siting
from ._tasks import Tasks
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
    _open_fleets: _OpenFleets = field(init=False)
    _signals: Signals = field(init=False)
    _entered_at: float = 0.0
    _found: Named = field(factory=list)
    _leftover: FleetLeftoverError | None = None

    def __attrs_post_init__(self) -> None:
        name, budget = self.settings.name, self.settings.budget
        meter, places = Meter(dict(budget.prices)), self.account.shared(Places, Places)
        self.siting = Siting(budget, meter, places)
        self.roster = Roster(name, self.siting, self.account.caller.tell)
        self.rivals = Rivals(name, "")
        self._open_fleets = self.account.shared(_OpenFleets, _OpenFleets)
        self._signals = Signals(self._drain, self._parting_words)

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
        try:
            await self._look_around()
            executor = await self._executor()
            self._signals.install(self.settings.signals)
            self.driver = self._driver_of(executor)
            tasks = self.driver.tasks
            await tasks.group.__aenter__()
        except BaseException:
            self._signals.remove()
            self._open_fleets.discard(name)
            raise
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
        self._raise_what_matters(error, swallowed=swallowed)
        if late is not None and (error is None or swallowed):
            raise late

    async def _ended(self, tasks: Tasks) -> BaseException | None:
        """End the fleet; return the cancellation that came meanwhile, if one did."""
        try:
            # The block's own scope is cancelled by now.
            with anyio.CancelScope(shield=True):
                await self.end(self.settings.on_exit, closing=tasks)
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
        known = len(self.inventory.ids) + len(self.inventory.under_way)
        seconds = self.settings.exit_seconds(how, known, self.account.caller.scheduler.limits)
        ending = self._ending(seen_all=bool(self.rivals.inherited) or closing is None)

        async def work() -> None:
            if closing:
                await closing.ended()
            try:
                await ending.run(how, seconds)
            except FleetLeftoverError as error:
                self._leftover = error
                logger.error("%s", error)  # noqa: TRY400  # its text is enough

        self.is_ending = True
        try:
            await self.account.caller.owner.carry(work, _forget, grace=seconds)
        finally:
            self.is_ending = False

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
        began = caller.server_time(asked_at) or datetime.now(UTC)
        self.rivals.owner = owner_token(began, secrets.randbelow(1 << 16))
        self.rivals.inherits_until = asked_at + 2 * self.options.retry.settle
        self.account.pods.watch.share(pods, asked_at)
        self._entered_at = asked_at
        self._found = self.rivals.mine(pods, asked_at)
        self.roster.see((pod for pod, _ in self._found), asked_at)
        self.inventory.see(self.roster.pods.values())

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
            await executor.ask_prices(gpus)
        return executor

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
            asked=self._entered_at,
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
        message = f"fleet {self.settings.name!r} has lived for {seconds:g} s (max_lifetime)."
        self._fail(FleetExpiredError(message))

    def _fail(self, error: YottaError) -> None:
        if self.failure is None:
            self.failure = error
            self._drain()

    def _drain(self) -> None:
        if self.driver is not None:
            self.driver.tasks.cancel()

    def _parting_words(self) -> str:
        command = leftover_command(self.settings.name)
        return f"yotta_async: left before fleet {self.settings.name} was ended. Run: {command}"

    def _close(self) -> None:
        self._signals.remove()
        self._open_fleets.discard(self.settings.name)
        self.roster.over = True
        self.roster.tell()

    def _raise_what_matters(self, error: BaseException | None, *, swallowed: bool) -> None:
        if (left := self.take_leftover()) is not None:
            raise left from (self.failure or error)
        if self.failure is not None and (error is None or swallowed):
            raise self.failure
        if error is None or swallowed:
            self._signals.raise_received()


async def _forget(_outcome: object) -> None:
    """The outcome was noted by the work itself."""
