"""What the resources of one client share."""

import logging
from collections.abc import Callable
from functools import partial
from typing import Protocol, TypeVar, cast

import anyio
from attrs import define, field

from .._api.rows import Generation
from .._backend import current_loop
from .._backend.background import with_background
from .._backend.progress import Progress
from .._call.caller import Caller, CallOptions
from .._scheduling.turnstile import SharedTurnstile
from .calls import Calls
from .pods.shared import SharedPods


__all__ = ["Account"]

T = TypeVar("T")

logger = logging.getLogger("yotta_async")

# Beyond a window, after which every credit has come back, for the last exchanges themselves.
DRAIN_MARGIN = 15.0


class Dependent(Protocol):
    """What lives beside the calls of a client, and has to end before its connections are closed."""

    @property
    def loop(self) -> object:
        """The event loop that it lives in."""
        ...

    def client_closed(self) -> float:
        """Begin to end; return the seconds that this may take."""
        ...

    async def ended(self) -> None:
        """Wait until it has ended."""
        ...


@define(eq=False)
class Account:
    """
    One client's way to the server, and what its resources have in common.

    Attributes:
        caller: Performs their calls.
        api: The generation of the API that they speak.
        options: Of a call for which no others were given.
        budget: The caller's turnstile, if other processes share its budget. None if none does.
        pods: What is known of the account's pods.
        dependents: What is told first when the client is closed: its fleets.
    """

    caller: Caller
    api: Generation
    options: CallOptions
    budget: SharedTurnstile | None = None
    pods: SharedPods = field(init=False)
    dependents: set[Dependent] = field(factory=set[Dependent])
    _shared: dict[type[object], object] = field(factory=dict[type[object], object])
    _closed: bool = False
    _closers: int = 0
    _closing: anyio.Event | None = None
    _closing_in: object = None

    def __attrs_post_init__(self) -> None:
        self.pods = SharedPods(self.calls())

    def calls(self, options: CallOptions | None = None) -> Calls:
        """Return calls with these options, or with the client's own."""
        return Calls(self.caller, self.api, options or self.options)

    def shared(self, kind: type[T], make: Callable[[], T]) -> T:
        """
        Return the client's only object of a kind, made when it is first asked for.

        What the nouns and fleets of one client have in common is theirs to know, not the account's.
        """
        if kind not in self._shared:
            self._shared[kind] = make()
        return cast("T", self._shared[kind])

    async def aclose(self) -> None:
        """
        Have the dependents end, take in what is under way, look for twins once more, close the
        connections.

        While another task closes it, this waits until that one has. The wait for the dependents can
        be cut short, as by a fleet in whose own block the client is closed: then `finish_closing`
        does the rest. What a native cancellation cuts short is done by the next `aclose`.
        """
        self.caller.close()
        if self._closed:
            return
        self._closers += 1
        try:
            await self._end_dependents()
            await self._close_once()
        finally:
            self._closers -= 1

    async def finish_closing(self) -> None:
        """Close what an `aclose` that was cut short has left, once the last dependent has ended."""
        unfinished = self.caller.closed and not self._closers and not self.dependents
        if unfinished and not self._closed:
            await self._close_once()

    async def _end_dependents(self) -> None:
        here = [each for each in self.dependents if each.loop is current_loop()]
        seconds = [each.client_closed() for each in here]
        with anyio.move_on_after(max(seconds, default=0.0)):
            for each in here:
                await each.ended()

    async def _close_once(self) -> None:
        """Close, unless another task of this loop does, and does it to the end."""
        while self._closing is not None and self._closing_in is current_loop():
            await self._closing.wait()
        if self._closed:
            return
        closing = self._closing = anyio.Event()
        self._closing_in = current_loop()
        try:
            await self._close()
            self._closed = True
        finally:
            self._closing = None
            closing.set()

    async def _close(self) -> None:
        caller = self.caller
        usual = caller.scheduler.limits.per + DRAIN_MARGIN
        seconds = max(usual, caller.owner.busy_until - anyio.current_time())
        progress = Progress(
            begins=lambda: f"{self._doing()}; {seconds:.0f} s at most",
            stands=lambda passed: f"{self._doing()}, after {passed:.0f} s",
        )
        with anyio.move_on_after(seconds, shield=True):
            await with_background(partial(self._tidy, seconds), progress.run)
        if not self.pods.removal.left:
            progress.end("client: closed; nothing is left behind")
        for name, pod_id in self.pods.removal.left.items():
            message = "pod %s (id %s) is left and may bill; delete it"
            logger.error(message, name, pod_id or "unknown")
        if self.budget is not None:
            await self.budget.aclose()
        await caller.transport.aclose()

    async def _tidy(self, seconds: float) -> None:
        await self.caller.owner.drain(seconds)
        await self.pods.sweep()
        await self.caller.owner.drain(seconds)

    def _doing(self) -> str:
        number = self.caller.owner.at_work
        what = f"{number} calls under way" if number else "looking for pods without an owner"
        return f"client: closing, {what}"
