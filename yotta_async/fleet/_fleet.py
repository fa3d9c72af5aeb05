"""`Fleet`: a named set of pods that is kept equal to what was asked, and ends as was agreed."""

import logging
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Mapping
from os import PathLike
from types import TracebackType
from typing import Self, TypeVar

import anyio
from anyio.abc import TaskStatus
from attrs import define, field

from .._checks import check_kind
from ..errors import ConfigurationError, YottaError
from ..errors._arguments import explained
from ..models import Pod, PodSpec
from ._driver import Driver
from ._launch import FleetChanges, Launch, settled
from ._life import Life
from ._maps.journal import Journal
from ._maps.mapping import begun
from ._maps.settings import DEFAULT_TRIES, Errors, Retried, WorkSettings
from ._maps.work import Work
from ._plan import FleetPlan
from ._report import FleetReport
from ._specs import Specs, keyed, scaled
from ._wanted import check_wanted, wanted_before
from .rules.places import Placement
from .rules.rollout import Rollout


__all__ = ["Fleet"]

logger = logging.getLogger("yotta_async")

T = TypeVar("T")
R = TypeVar("R")


@define(eq=False, repr=False)
class Fleet:
    """
    Many pods under one name, while its ``async with`` lasts; made by `AsyncYotta.fleet`.

    What the server shows of the fleet is compared with what was asked for, tick by tick: pods that
    are lacking are made, those that fail, vanish or never get ready are replaced elsewhere, those
    too many are deleted. Pods that an earlier run of the same program has left are adopted.

    When it is left, its pods are deleted, paused or kept (``on_exit``): after a return, an
    exception or any kind of cancellation. The block is cancelled, and the error raised from it,
    when the fleet cannot go on: the key is refused, another program runs the same fleet, the budget
    is spent, its time is up.
    """

    _life: Life = field()
    _closing: anyio.Event = field(factory=anyio.Event)

    def __repr__(self) -> str:
        return f"<Fleet {self._life.report() if self._life.driver else self.name}>"

    @property
    def name(self) -> str:
        """The fleet's name."""
        return self._life.settings.name

    @property
    def inherited(self) -> Mapping[str, Pod]:
        """
        The pods that an earlier run has left, by key, as they were when the fleet was entered; what
        is asked for again stays.
        """
        return self._life.inherited

    @property
    def failure(self) -> YottaError | None:
        """Why the fleet cannot go on, and has ended or is about to; None as long as it can."""
        return self._life.failure

    # What is wanted.

    @explained
    def launch(
        self,
        specs: Specs,
        *,
        placement: Placement | None = None,
        min_ready: float | None = None,
        rollout: Rollout | None = None,
    ) -> Launch:
        """
        Ask for these pods, and for no others, from now on.

        Those of them that the fleet has already stay, all others are deleted. With a roll-out those
        whose specs have changed serve until the new ones do; it stops, with the old ones serving,
        when a new one does not get ready.

        Args:
            specs: One `PodSpec` or several, or a mapping of keys to them. A pod's key is its spec's
                name, or its number; by the keys the same program finds its pods again.
            placement: Where they may run. None for as before; at first, where each spec says.
            min_ready: How many must become ready, or what share of them (a float up to 1.0), else
                all are deleted. None for no such bound; a roll-out has none.
            rollout: How pods whose specs have changed are exchanged. None for all at once.

        Returns:
            What becomes of them: iterate over it, or await it for a `FleetReport`. Awaited, it
            raises a `FleetError` if the roll-out has stopped.

        Raises:
            BudgetExceededError: They cost more than the budget allows, those that a roll-out makes
                beside them included, or their price is not known.
            ConfigurationError: A spec or a setting that cannot work, or the fleet is not entered,
                or is being deleted; nothing was sent.
            ClientClosedError: The fleet has ended.
        """
        check_kind("placement", placement, Placement, 'regions=["us-east-1"]')
        check_kind("rollout", rollout, Rollout, "surge=1")
        placement = placement or self._life.siting.placement
        return self._launched(keyed(specs), placement, min_ready, rollout)

    @explained
    def rollback(self, *, rollout: Rollout | None = None) -> Launch:
        """
        Ask for the pods that were asked for before the last `launch`, `up` or `scale` of others.

        Args:
            rollout: How pods whose specs differ are exchanged. None for as in the launch that is
                taken back.

        Returns:
            What becomes of them: iterate over it, or await it for a `FleetReport`.

        Raises:
            BudgetExceededError: They cost more than the budget allows, those that a roll-out makes
                beside them included, or their price is not known.
            ConfigurationError: Nothing else was asked for before, or the fleet is not entered, or
                is being deleted; nothing was sent.
            ClientClosedError: The fleet has ended.
        """
        check_kind("rollout", rollout, Rollout, "surge=1")
        self._entered()
        rollout = rollout or self._life.roster.rolling.rollout
        before = wanted_before(self._life)
        return self._launched(before, self._life.siting.placement, None, rollout)

    @explained
    async def up(
        self,
        specs: Specs,
        *,
        placement: Placement | None = None,
        min_ready: float | None = None,
        rollout: Rollout | None = None,
    ) -> FleetReport:
        """
        Ask for these pods, and wait until all are ready or given up.

        Args:
            specs: As `launch` takes them: one `PodSpec` or several, or a mapping of keys to them.
            placement: Where they may run. None for as before; at first, where each spec says.
            min_ready: How many must become ready, or what share of them (a float up to 1.0), else
                all are deleted. None for no such bound; a roll-out has none.
            rollout: How pods whose specs have changed are exchanged. None for all at once.

        Returns:
            How the fleet stands; pods that the last list lacks, ``missing``, count as pending.

        Raises:
            FleetError: Fewer than ``min_ready`` became ready; all pods were deleted. Or the
                roll-out has stopped; the pods that were not exchanged serve.
            BudgetExceededError: They cost more than the budget allows, those that a roll-out makes
                beside them included, or their price is not known.
            ConfigurationError: A spec or a setting that cannot work, or the fleet is not entered,
                or is being deleted; nothing was sent.
            ClientClosedError: The fleet has ended.
        """
        return await self.launch(specs, placement=placement, min_ready=min_ready, rollout=rollout)

    @explained
    def scale(self, number: int, spec: PodSpec | None = None) -> Launch:
        """
        Ask for a number of pods: the last of those that there are end, or more like them are made.

        Args:
            number: How many pods, 0 or more.
            spec: The new pods' spec. None if the present ones are all alike, and the new ones are
                like them.

        Returns:
            What becomes of them: iterate over it, or await it for a `FleetReport`.

        Raises:
            BudgetExceededError: They cost more than the budget allows, or their price is not known.
            ConfigurationError: A spec or a setting that cannot work, or the fleet is not entered,
                or is being deleted; nothing was sent.
            ClientClosedError: The fleet has ended.
        """
        if type(number) is not int or number < 0:
            problem = "must be a whole number of pods, 0 or more"
            raise ConfigurationError("number", number, problem, hint="0 deletes all.")
        return self._launched(
            scaled(self._life.roster.target, number, spec),
            self._life.siting.placement,
            None,
            self._life.roster.rolling.rollout,
        )

    def release(self, *keys: str) -> None:
        """
        Let the fleet do without some of its pods, such as those whose work is done; they are
        deleted.

        Args:
            *keys: The pods' keys.

        Raises:
            ConfigurationError: The fleet was not asked for one of them, or is not entered.
            ClientClosedError: The fleet has ended.
        """
        driver, roster = self._entered(), self._life.roster
        for key in keys:
            if key not in roster.members:
                hint = f"Its pods are {', '.join(roster.members) or 'none'}."
                raise ConfigurationError("key", key, "must be a key of this fleet", hint=hint)
        driver.let_go("delete", keys)

    @explained
    async def wait(self, ready: int | None = None) -> FleetReport:
        """
        Wait until all pods are ready or given up.

        Args:
            ready: The number of ready pods that is enough. None to wait for all.

        Returns:
            How the fleet stands.

        Raises:
            ConfigurationError: The fleet is not entered.
            ClientClosedError: The fleet has ended.
        """
        self._entered()
        return await settled(self._life.roster, ready)

    @explained
    def map(
        self,
        work: Callable[[Pod, T], Awaitable[R]],
        items: Iterable[T] | AsyncIterable[T],
        *,
        tries: int = DEFAULT_TRIES,
        item_timeout: float | None = None,
        per_pod: int = 1,
        ordered: bool = False,
        errors: Errors = "return",
        retry_on: Retried = (),
        ahead: int | None = None,
        release: bool = False,
        journal: Journal | str | PathLike[str] | None = None,
        progress: bool = False,
    ) -> Work[T, R]:
        """
        Do some work for each item on the pods that are ready.

        An item whose pod is lost begins anew on another pod, after all others.

        Args:
            work: Called with a pod and an item, in a task of the fleet; what it raises is that
                item's outcome.
            items: The items. Of a collection all are taken when this is called; of any other
                iterable, or an asynchronous one, no faster than outcomes are taken.
            tries: On how many pods an item is begun at most; if the last is lost its outcome is a
                `WorkLostError`, as it may be what they died of.
            item_timeout: Seconds that a try may take, or it counts as lost; after the last one the
                outcome is a `WorkTimeoutError`. None for as long as it takes.
            per_pod: How many items are at work on a pod at once.
            ordered: Whether outcomes come in the order of the items, and not as they are done.
            errors: ``"return"`` for errors as outcomes; ``"raise"`` to raise them where the outcome
                is taken, while the other items go on.
            retry_on: What the work may raise to have its item begun anew, as if its pod was lost.
            ahead: How many items may be taken whose outcomes were not. None for all of a
                collection, and of other inputs twice as many as ready pods can have at hand.
            release: Whether a pod that no item is left for is deleted, or paused if that is how
                the fleet ends.
            journal: The file, or the `Journal`, that notes what is done, so that it is not done
                again in a later run. None for none.
            progress: Whether lines, or a bar on a terminal with rich, tell how far it is.

        Returns:
            The outcomes, as the items are done: iterate over it.

        Raises:
            ConfigurationError: ``work`` is no async function, a setting cannot work, or the fleet
                is not entered.
            JournalError: The journal cannot be used, is in use, or has other items.
            ClientClosedError: The fleet has ended.
        """
        settings = WorkSettings(
            tries=tries,
            item_timeout=item_timeout,
            per_pod=per_pod,
            ordered=ordered,
            errors=errors,
            retry_on=retry_on,
            ahead=ahead,
            release=release,
            journal=journal,
            progress=progress,
        )
        on_exit = self._life.settings.on_exit
        return begun(self._entered(), on_exit, work, items, settings=settings)

    async def down(self) -> None:
        """
        Delete all pods of the fleet, those of other runs included, and wait until a list has shown
        that none is left.

        Raises:
            FleetLeftoverError: Something is left, or may be; the error names it.
            ConfigurationError: The fleet is not entered.
            ClientClosedError: The fleet has ended.
        """
        self._entered()
        self._life.roster.want({})
        self._life.roster.asked = False  # not for the driver to undo
        await self._life.end("delete")
        if (left := self._life.take_leftover()) is not None:
            raise left

    # How it stands.

    def status(self) -> FleetReport:
        """
        Return how the fleet stands, as the last list has shown it; nothing is sent.

        Returns:
            How it stands; after its end, how it ended: `FleetReport.end`.
        """
        return self._life.report()

    def watch(self) -> FleetChanges:
        """
        Iterate over the changes of its members; at first all of them are new.

        Returns:
            The changes, until the fleet ends.

        Raises:
            ConfigurationError: The fleet is not entered.
            ClientClosedError: The fleet has ended.
        """
        self._entered()
        roster = self._life.roster
        return FleetChanges(roster, roster.follow())

    def plan(self, specs: Specs, *, placement: Placement | None = None) -> FleetPlan:
        """
        Return what making these pods would take; nothing is sent.

        Prices are those of the budget, or what the server has told this fleet so far.

        Args:
            specs: As `launch` takes them: one `PodSpec` or several, or a mapping of keys to them.
            placement: Where they may run. None for where each spec says.

        Returns:
            Requests, seconds and USD.

        Raises:
            ConfigurationError: Something is not a spec, or two pods have the same key.
        """
        return FleetPlan.of(
            specs,
            placement=placement,
            budget=self._life.settings.budget,
            limits=self._life.account.caller.scheduler.limits,
            prices=self._life.siting.meter.prices,
        )

    # Its block.

    async def keep(self, *, task_status: TaskStatus["Fleet"] = anyio.TASK_STATUS_IGNORED) -> None:
        """
        Be entered until `close`: for a fleet that lives beside what uses it, as in a service.

        ``fleet = await tasks.start(client.fleet("web").keep)``, in a task group of yours. An error
        that ends it early is logged and stays in `failure`; what runs beside it goes on.

        Args:
            task_status: Set by the task group.

        Raises:
            APIError: It could not be entered.
            FleetLeftoverError: It was closed or cancelled, and something is left, or may be.
        """
        try:
            async with self:
                task_status.started(self)
                await self._closing.wait()
        except YottaError as error:
            if self.failure is None:
                raise
            logger.error("%s", error)  # noqa: TRY400  # its text is enough

    def close(self) -> None:
        """End a fleet that is kept, as if its block were left; this does not wait for the end."""
        self._closing.set()

    async def __aenter__(self) -> Self:
        await self._life.enter()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """
        End the fleet, and wait until a list has shown that it is done.

        Raises:
            FleetLeftoverError: Something is left, or may be; it names ids, names, and the command.
            FleetConflictError: Another program was at work on the fleet before.
            FleetExpiredError: It has lived as long as it may.
            BudgetExceededError: It has cost all that it may.
            KeyboardInterrupt: After SIGINT; SystemExit after SIGTERM, SIGHUP.
        """
        await self._life.leave(kind, error, trace)

    def _launched(
        self,
        wanted: Mapping[str, PodSpec],
        placement: Placement,
        min_ready: float | None,
        rollout: Rollout | None,
    ) -> Launch:
        driver, life = self._entered(), self._life
        quorum = check_wanted(life, wanted, placement, min_ready, rollout)
        life.siting.placement = placement
        life.roster.want(wanted, rollout)
        driver.hasten()
        return Launch.of(life.roster, wanted, quorum, self.down)

    def _entered(self) -> Driver:
        self._life.roster.check_open()
        if self._life.driver is None:
            hint = "Write `async with client.fleet(...) as fleet:`."
            raise ConfigurationError("fleet", self.name, "must be entered first", hint=hint)
        return self._life.driver
