"""
A fleet's life, from its first list to its last.

It owns a task group, because that is what its user asked for, and hides it: an exception of the
block stays what it is. The end is not the caller's to cancel: it runs in the client's care
(`_ownership`), so that `asyncio.timeout`, ``task.cancel()`` and Ctrl-C wait for it, or, a second
time, leave it to go on beside them.
"""

import logging
import secrets
from datetime import UTC, datetime
from functools import partial
from types import TracebackType

import anyio
from anyio.abc import TaskGroup
from attrs import define, field

from .._resources.account import Account
from .._scheduling.rules.lanes import Lane
from ..errors import ConfigurationError, FleetExpiredError, FleetLeftoverError, YottaError
from ..models import Pod
from ..models._lifecycle import is_ending
from ._crew import Crew
from ._driver import Driver, Named
from ._ending import OnExit, leftover_command
from ._jobs import Jobs
from ._parts import Parts
from ._roster import Roster
from ._settings import FleetSettings
from ._signals import Signals
from .rules.names import owner_token


__all__ = ["Life"]

logger = logging.getLogger("yotta_async")

# Windows of creates that may wait for their turn; the scheduler must see how long the queue is.
_WINDOWS = 2


@define(eq=False)
class Life:
    """
    What is there of a fleet while it lives.

    Attributes:
        driver: What keeps it equal to what was asked; None before it is entered.
        is_ending: Whether its pods are being deleted.
        failure: Why it could not go on; None as long as it can.
    """

    parts: Parts
    driver: Driver | None = None
    is_ending: bool = False
    failure: YottaError | None = None
    _crew: Crew | None = None
    _signals: Signals = field(init=False)
    _entered_at: float = 0.0
    _found: Named = field(factory=list)
    _leftover: FleetLeftoverError | None = None

    def __attrs_post_init__(self) -> None:
        self._signals = Signals(self._drain, self._parting_words)

    @property
    def account(self) -> Account:
        """What the fleet shares with all else of its client."""
        return self.parts.account

    @property
    def settings(self) -> FleetSettings:
        """How it is to be kept, and to end."""
        return self.parts.settings

    @property
    def roster(self) -> Roster:
        """What it knows."""
        return self.parts.roster

    @property
    def crew(self) -> Crew:
        """Its tasks, once it is entered."""
        assert self._crew is not None  # noqa: S101  # whoever asks has looked
        return self._crew

    async def enter(self) -> None:
        """
        Look at what there is, and begin.

        Raises:
            ConfigurationError: The fleet is open already.
            APIError: The list of pods cannot be had.
        """
        name = self.settings.name
        if name in self.account.fleets or self.driver is not None:
            hint = "Use the one that is open, or another name."
            raise ConfigurationError("name", name, "is a fleet that was entered already", hint=hint)
        self.account.fleets.add(name)
        try:
            await self._look_around()
            jobs = await self._prepared()
            self._signals.install(self.settings.signals)
            self._crew = Crew()
            self.driver = self._driver_of(self._crew, jobs)
            await self._crew.tasks.__aenter__()
        except BaseException:
            self._signals.remove()
            self.account.fleets.discard(name)
            raise
        self._crew.start(self.driver.run)
        if self.settings.max_lifetime is not None:
            self._crew.start(self._expire, self.settings.max_lifetime)

    async def leave(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """
        End it as was agreed, whatever ended the block; see `Fleet.__aexit__`.

        Nothing is swallowed: where the fleet itself has cancelled the block, it raises why.
        """
        crew = self.crew
        crew.cancel()
        late = await self._ended(crew)
        swallowed = await _left(crew.tasks, kind, error, trace)
        self._raise_what_matters(error, swallowed=swallowed)
        if late is not None and (error is None or swallowed):
            raise late

    async def _ended(self, crew: Crew) -> BaseException | None:
        """End the fleet; return the cancellation that came meanwhile, if one did."""
        try:
            # The block's own scope is cancelled by now.
            with anyio.CancelScope(shield=True):
                await self.end(self.settings.on_exit, closing=crew)
        except anyio.get_cancelled_exc_class() as late:
            return late
        finally:
            self._close()
        return None

    async def end(
        self, how: OnExit, *, certain_at: float | None = None, closing: Crew | None = None
    ) -> None:
        """
        Delete, pause or keep all pods; what could not be is noted.

        Args:
            certain_at: The instant before which no list is certain; None: that until which an
                earlier run may still surprise.
            closing: The tasks that have been cancelled, and end first.
        """
        known = len(self.parts.trail.ids) + len(self.parts.trail.open)
        seconds = self.settings.exit_seconds(how, known, self.account.caller.scheduler.limits)
        if certain_at is None:
            certain_at = self.settled_at if self.roster.rivals.inherited else self._entered_at
        ending = self.parts.ending(certain_at)

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
        """What an earlier run has left and nobody has deleted, by key."""
        alive = [(pod, name) for pod, name in self._found if not is_ending(pod.status)]
        alive.sort(key=lambda found: found[1].generation)
        return {name.key: pod for pod, name in alive}

    @property
    def settled_at(self) -> float:
        """The instant from which a list shows all that an earlier run has set in motion."""
        return self._entered_at + self.parts.options.retry.settle

    # How it begins.

    async def _look_around(self) -> None:
        caller, asked_at = self.account.caller, anyio.current_time()
        pods = await self.parts.pods().list()
        began = caller.server_time(asked_at) or datetime.now(UTC)
        rivals = self.roster.rivals
        rivals.owner = owner_token(began, secrets.randbelow(1 << 16))
        rivals.inherits_until = asked_at + 2 * self.parts.options.retry.settle
        self.account.pods.watch.share(pods, asked_at)
        self._entered_at = asked_at
        self._found = rivals.mine(pods, asked_at)
        self.roster.see((pod for pod, _ in self._found), asked_at)
        self.parts.trail.note(self.roster.pods.values())

    async def _prepared(self) -> Jobs:
        jobs = self.parts.jobs()
        if self.settings.budget.is_bounded and (gpus := self.parts.gpus) is not None:
            await jobs.ask_prices(gpus)
        return jobs

    def _driver_of(self, crew: Crew, jobs: Jobs) -> Driver:
        scheduler, account = self.account.caller.scheduler, self.account
        return Driver(
            roster=self.roster,
            jobs=jobs,
            most_creates=_WINDOWS * scheduler.limits.requests,
            lag=self.parts.options.retry.settle,
            mine=self._found,
            watch=account.pods.watch,
            gpus=self.parts.gpus,
            crew=crew,
            backlog=partial(scheduler.dispatcher.waiting, Lane.NORMAL),
            fail=self._fail,
            asked=self._entered_at,
        )

    # How it ends.

    async def _expire(self, seconds: float) -> None:
        await anyio.sleep(seconds)
        message = f"fleet {self.settings.name!r} has lived for {seconds:g} s (max_lifetime)."
        self._fail(FleetExpiredError(message))

    def _fail(self, error: YottaError) -> None:
        if self.failure is None:
            self.failure = error
            self._drain()

    def _drain(self) -> None:
        if self._crew is not None:
            self._crew.cancel()

    def _parting_words(self) -> str:
        command = leftover_command(self.settings.name)
        return f"yotta_async: left before fleet {self.settings.name} was ended. Run: {command}"

    def _close(self) -> None:
        self._signals.remove()
        self.account.fleets.discard(self.settings.name)
        self.roster.over = True
        self.roster.tell()

    def _raise_what_matters(self, error: BaseException | None, *, swallowed: bool) -> None:
        if (left := self.take_leftover()) is not None:
            raise left from (self.failure or error)
        if self.failure is not None and (error is None or swallowed):
            raise self.failure
        if error is None or swallowed:
            self._signals.raise_received()


async def _left(
    tasks: TaskGroup,
    kind: type[BaseException] | None,
    error: BaseException | None,
    trace: TracebackType | None,
) -> bool:
    """
    Leave a task group of which no task is left; return whether it was it that ended the block.

    It hears of cancellations only: of another exception it would make a group.
    """
    cancelled = anyio.get_cancelled_exc_class()
    if not isinstance(error, cancelled):
        await tasks.__aexit__(None, None, None)
        return False
    try:
        return bool(await tasks.__aexit__(kind, error, trace))
    except cancelled:
        return False  # it is somebody else's


async def _forget(_outcome: object) -> None:
    """Whatever came of it was noted."""
