"""What the resources of one client share."""

import logging
from collections.abc import Callable
from functools import partial
from typing import TypeVar, cast

import anyio
from attrs import define, field

from .._api.rows import Generation
from .._backend.background import with_background
from .._backend.progress import Progress
from .._call.caller import Caller, CallOptions
from .calls import Calls
from .pods.shared import SharedPods


__all__ = ["Account"]

T = TypeVar("T")

logger = logging.getLogger("yotta_async")

# Beyond a window, after which every credit has come back, for the last exchanges themselves.
DRAIN_MARGIN = 15.0


@define(eq=False)
class Account:
    """
    One client's way to the server, and what its resources have in common.

    Attributes:
        caller: Performs their calls.
        api: The generation of the API that they speak.
        options: Of a call for which no others were given.
        pods: What is known of the account's pods.
    """

    caller: Caller
    api: Generation
    options: CallOptions
    pods: SharedPods = field(init=False)
    _shared: dict[type[object], object] = field(factory=dict[type[object], object])

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
        """Take in what is under way, look for twins once more, close the connections."""
        caller = self.caller
        if caller.closed:
            return
        caller.close()
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
        await caller.transport.aclose()

    async def _tidy(self, seconds: float) -> None:
        await self.caller.owner.drain(seconds)
        await self.pods.sweep()
        await self.caller.owner.drain(seconds)

    def _doing(self) -> str:
        number = self.caller.owner.at_work
        what = f"{number} calls under way" if number else "looking for pods without an owner"
        return f"client: closing, {what}"
