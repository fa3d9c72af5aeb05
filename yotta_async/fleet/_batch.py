"""
A fleet for one batch of items, from nothing to nothing.

The fleet lives in a task in the client's care, so that no task group is open in the iteration,
which may be left at any time and without a word. It ends with the last item, when the iteration is
ended by whatever it is, and when nothing refers to the batch any more.
"""

import logging
import secrets
import signal
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from math import ceil
from types import TracebackType
from typing import Any, Generic, Self, TypeVar
from weakref import finalize

import anyio
from attrs import define, field, frozen

from .._call.caller import CallOptions
from .._checks import check_kind
from .._resources.account import Account
from ..errors import ClientClosedError, ConfigurationError, YottaError
from ..models import Pod, PodSpec
from ._fleet import Fleet
from ._life import Life
from ._maps.journal import JournalFile
from ._maps.mapping import begun
from ._maps.outcome import WorkOutcome, WorkReport
from ._maps.settings import WorkSettings, check_number, check_work
from ._maps.source import collection_of
from ._maps.work import Work
from ._settings import FleetSettings
from .rules.places import Placement


__all__ = ["Batch", "Order", "batch_of"]

logger = logging.getLogger("yotta_async")

T = TypeVar("T")
R = TypeVar("R")

# A process that a signal has ended exits with the signal's number above this.
_SIGNALLED = 128


def _released(given: Mapping[str, Any]) -> WorkSettings:
    return WorkSettings(release=True, **given)


@frozen(kw_only=True)
class Order(Generic[T, R]):
    """
    What is to be done, and on what.

    Attributes:
        work: Called with a pod and an item.
        items: The items.
        spec: What the pods are made from.
        pods: How many there are at most.
        placement: Where they may run.
        fleet: The settings of their fleet, but for its name.
        name: The name of the fleet. None for that of the journal, or a random one.
        settings: How the items are done; given by the names of their settings.

    Raises:
        ConfigurationError: A setting that cannot work.
    """

    work: Callable[[Pod, T], Awaitable[R]]
    items: Iterable[T] | AsyncIterable[T]
    spec: PodSpec
    pods: int
    placement: Placement | None
    fleet: Mapping[str, Any]
    name: str | None
    settings: WorkSettings = field(converter=_released)

    def __attrs_post_init__(self) -> None:
        check_work(self.work)
        check_number("pods", self.pods, "pods", "It is how many there are at most.")
        _check_spec(self.spec)
        check_kind("placement", self.placement, Placement, 'regions=["us-east-1"]')
        FleetSettings(name=self.name or "map", **self.fleet)


def _check_spec(spec: object) -> None:
    if not isinstance(spec, PodSpec):
        hint = 'For example PodSpec(image="you/job:1", gpu_type="NVIDIA_H100_80G").'
        shown = f"({type(spec).__name__})"
        raise ConfigurationError("spec", shown, "must be a PodSpec", hint=hint)


@define(eq=False)
class _Run(Generic[T, R]):
    """
    The life of a batch, which goes on by itself.

    Attributes:
        fleet: The fleet. None before it is begun.
        work: The work on it. None before the fleet is entered.
        failure: What the fleet has ended by, if that is not to return.
        is_watched: Whether the iteration will raise the failure.
    """

    account: Account
    options: CallOptions
    order: Order[T, R]
    fleet: Fleet | None = None
    work: Work[T, R] | None = None
    failure: BaseException | None = None
    is_watched: bool = True
    _life: Life | None = None
    _journal: JournalFile | None = None
    _is_closing: bool = False
    _entered: anyio.Event = field(factory=anyio.Event)
    _over: anyio.Event = field(factory=anyio.Event)

    def begin(self) -> None:
        """
        Begin, if it has not begun.

        Raises:
            JournalError: The journal cannot be used, or is in use.
            ConfigurationError: The name cannot be that of a fleet.
        """
        if self._life is not None:
            return
        name = self.order.name or f"map-{secrets.token_hex(4)}"
        if self.order.settings.journal is not None:
            self._journal = JournalFile.open(self.order.settings.journal, name)
            name = self.order.name or self._journal.fleet
        try:
            settings = FleetSettings(name=name, **self.order.fleet)
        except ConfigurationError:
            if self._journal is not None:
                self._journal.close()
            raise
        self._life = Life(self.account, settings, self.options)
        self.fleet = Fleet(self._life)
        self.account.caller.owner.start(self._live)

    async def next(self) -> WorkOutcome[T, R]:
        """Return the next outcome, or raise that there is none, when the fleet has ended."""
        await self._entered.wait()
        if self.work is not None:
            try:
                return await self.work.__anext__()
            except StopAsyncIteration:
                pass
            except ClientClosedError:
                if not self._has_left:
                    raise  # it is an item's
        await self._over.wait()
        self.check()
        raise StopAsyncIteration

    async def end(self) -> None:
        """End the fleet, if it has not ended, and wait for that."""
        self.close()
        with anyio.CancelScope(shield=True):
            await self._over.wait()

    def close(self) -> None:
        """End the fleet; this does not wait for the end."""
        self._is_closing = True
        if self._life is None:
            self._over.set()
        else:
            self._life.roster.tell()

    def abandon(self) -> None:
        """End the fleet: nothing is left that would take an outcome, or an error."""
        self.is_watched = False
        with suppress(RuntimeError):  # its event loop may be gone
            self.close()

    def check(self) -> None:
        """
        Raise what the fleet has ended by, once.

        Raises:
            BaseException: That.
        """
        failure, self.failure = self.failure, None
        if failure is not None:
            raise failure

    @property
    def _has_left(self) -> bool:
        """Whether the fleet has ended."""
        return self._life is not None and self._life.roster.over

    async def _live(self) -> None:
        try:
            await self._do_all()
        except (Exception, KeyboardInterrupt, SystemExit) as failure:  # noqa: BLE001  # raised by `check`
            self.failure = failure
        finally:
            if self._journal is not None and self.work is None:
                self._journal.close()
            self._entered.set()
            self._over.set()
        if not self.is_watched:
            _deliver(self.failure)

    async def _do_all(self) -> None:
        assert self.fleet is not None  # noqa: S101  # `begin` has made it
        async with self.fleet:
            order, life = self.order, self._life
            assert life is not None  # noqa: S101
            assert life.driver is not None  # noqa: S101  # it was entered
            on_exit = life.settings.on_exit
            self.work = begun(
                life.driver,
                on_exit,
                order.work,
                order.items,
                settings=order.settings,
                journal=self._journal,
            )
            self._entered.set()
            while not (self.work.waiting or self._is_done(self.work)):
                await life.roster.changed()
            if self.work.waiting and not self._is_closing:
                specs = [order.spec] * self._needed(self.work)
                self.fleet.launch(specs, placement=order.placement)
            while not self._is_done(self.work):
                await life.roster.changed()

    def _is_done(self, work: Work[T, R]) -> bool:
        return self._is_closing or work.has_ended

    def _needed(self, work: Work[T, R]) -> int:
        """Return how many pods are of use: of a collection it is known how many items are left."""
        order = self.order
        if collection_of(order.items) is None or order.settings.ahead is not None:
            return order.pods
        return min(order.pods, ceil(work.waiting / order.settings.per_pod))


def _deliver(failure: BaseException | None) -> None:
    """Do with a failure that nothing raises what can be done: tell it, pass a signal on."""
    match failure:
        case KeyboardInterrupt():
            signal.raise_signal(signal.SIGINT)
        case SystemExit(code=int(code)) if code > _SIGNALLED:
            signal.raise_signal(code - _SIGNALLED)
        case YottaError():
            logger.error("%s", failure)
        case _:
            pass


@define(eq=False, repr=False, slots=False)
class Batch(AsyncIterator[WorkOutcome[T, R]], Generic[T, R]):
    """
    What comes of the items of a batch, as they are done; made by `AsyncYotta.map`.

    Nothing is done before it is iterated over. Whatever ends the iteration ends the fleet, and has
    waited for that; after a ``break`` it ends beside what follows, unless the iteration is in an
    ``async with`` of the batch.
    """

    _run: _Run[T, R]

    def __repr__(self) -> str:
        return f"<Batch {self.status()}>"

    @property
    def fleet(self) -> Fleet | None:
        """The fleet of its pods, for its `Fleet.status`; None before the first outcome is asked
        for.
        """
        return self._run.fleet

    def status(self) -> WorkReport:
        """
        Return how it stands, or how it ended; nothing is sent.

        Returns:
            How many items are done, and what they and idle pods have cost.
        """
        work, fleet = self._run.work, self._run.fleet
        if work is not None:
            return work.status()
        return WorkReport(fleet=fleet.name if fleet else self._run.order.name or "map")

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> WorkOutcome[T, R]:
        """
        Return what came of the next item.

        Raises:
            JournalError: The journal cannot be used, is in use, or has other items.
            APIError: The fleet could not be entered.
            BudgetExceededError: The pods cost more than the budget allows, or have cost all of it.
            FleetExpiredError: The batch has taken as long as it may.
            FleetConflictError: Another program is at work on a fleet of this name.
            FleetLeftoverError: Something is left, or may be; the error names it.
            NoPodLeftError: No pod is left, and the input has, or may have, more items.
            ClientClosedError: The client is closed.
            Exception: What the input has raised; with ``errors="raise"`` what has become of an
                item.
        """
        self._run.begin()
        try:
            return await self._run.next()
        except StopAsyncIteration:
            raise
        except BaseException:
            await self._run.end()
            raise

    async def aclose(self) -> None:
        """
        End the fleet, if it has not ended, and wait for that.

        Raises:
            FleetLeftoverError: Something is left, or may be; the error names it.
        """
        await self._run.end()
        self._run.check()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """
        End the fleet, if it has not ended, and wait for that.

        Raises:
            FleetLeftoverError: Something is left, or may be; the error names it.
        """
        await self._run.end()
        if error is None:
            self._run.check()


def batch_of(account: Account, options: CallOptions, order: Order[T, R]) -> Batch[T, R]:
    """
    Return a batch of a client's, which is not begun.

    Args:
        account: What the client's calls share.
        options: The options of its calls.
        order: What is to be done.

    Returns:
        The batch.
    """
    run = _Run(account, options, order)
    batch = Batch(run)
    finalize(batch, run.abandon).atexit = False
    return batch
