"""What the resources of one client share."""

import logging
from collections.abc import Callable
from typing import TypeVar, cast

import anyio
from attrs import define, field

from .._api.rows import Generation
from .._call.caller import Caller, CallOptions
from .._scheduling.turnstile import SharedTurnstile
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
        budget: The caller's turnstile, if other processes share its budget. None if none does.
        pods: What is known of the account's pods.
    """

    caller: Caller
    api: Generation
    options: CallOptions
    budget: SharedTurnstile | None = None
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
        with anyio.move_on_after(seconds, shield=True):
            await caller.owner.drain(seconds)
            await self.pods.sweep()
            await caller.owner.drain(seconds)
        for name, pod_id in self.pods.removal.left.items():
            message = "pod %s (id %s) is left and may bill; delete it"
            logger.error(message, name, pod_id or "unknown")
        if self.budget is not None:
            await self.budget.aclose()
        await caller.transport.aclose()
