"""What the resources of one client share."""

import logging
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar, cast

import anyio
from attrs import define, evolve, field

from ..._api.generation import Generation
from ..._call.caller import Caller, CallOptions
from ..._call.watch import Snapshot, snapshot_of
from ..._scheduling.rules.lanes import Lane
from ...errors import YottaError
from ...models import Pod
from ...models._lifecycle import settled
from ..calls import Calls
from ..making.claims import Claims
from ..making.removal import Removal
from .listing import PodList
from .watching import PodWatch


if TYPE_CHECKING:
    from ..making.creation import Creation


__all__ = ["Account"]

T = TypeVar("T")

logger = logging.getLogger("yotta_async")

# Beyond a window, after which every credit has come back, for the last exchanges themselves.
DRAIN_MARGIN = 15.0


@define(eq=False)
class Account:
    """
    One client's caller, and what it knows about the account's pods.

    Attributes:
        fleets: The names of those that are open.
        listing: Reads the list of all pods.
    """

    caller: Caller
    api: Generation
    options: CallOptions
    claims: Claims = field(factory=Claims)
    removal: Removal = field(init=False)
    watch: PodWatch = field(init=False)
    fleets: set[str] = field(factory=set[str])
    listing: PodList = field(factory=PodList)
    _shared: dict[type[object], object] = field(factory=dict[type[object], object])

    def __attrs_post_init__(self) -> None:
        scheduler = self.caller.scheduler
        scheduler.look = self._look
        self.removal = Removal(self.caller)
        self.watch = PodWatch(self._fetch, scheduler.poll_interval, _state, self._on_list)

    @cached_property
    def creation(self) -> "Creation":
        """What makes pods."""
        from ..making.creation import Creation  # noqa: PLC0415  # not every program makes pods

        return Creation(self.caller, self.api, self.watch, self.claims, self.removal)

    def shared(self, kind: type[T], make: Callable[[], T]) -> T:
        """
        Return the client's only object of a kind, made when it is first asked for.

        What the nouns and fleets of one client have in common is theirs to know, not the account's.
        """
        if kind not in self._shared:
            self._shared[kind] = make()
        return cast("T", self._shared[kind])

    def calls(self, options: CallOptions | None = None) -> Calls:
        """Return calls with these options, or with the client's own."""
        return Calls(self.caller, self.api, options or self.options)

    @property
    def _tidying(self) -> CallOptions:
        return evolve(self.options, lane=Lane.URGENT, tidying=True)

    async def aclose(self) -> None:
        """Take in what is under way, look for twins once more, close the connections."""
        if self.caller.closed:
            return
        self.caller.closed = True
        usual = self.caller.scheduler.limits.per + DRAIN_MARGIN
        seconds = max(usual, self.caller.owner.busy_until - anyio.current_time())
        with anyio.move_on_after(seconds, shield=True):
            await self.caller.owner.drain(seconds)
            await self._sweep()
            await self.caller.owner.drain(seconds)
        for name, pod_id in self.removal.left.items():
            logger.error(
                "left behind: pod %s, id %s; delete it, it may bill", name, pod_id or "unknown"
            )
        await self.caller.transport.aclose()

    async def _sweep(self) -> None:
        if not self.claims.unclear:
            return
        try:
            await self._on_list(snapshot_of(await self._list(self._tidying), anyio.current_time()))
        except YottaError as error:
            names = ", ".join(self.claims.unclear)
            logger.error("no list to look for late twins of %s: %s", names, error)  # noqa: TRY400  # its text is enough

    async def _fetch(self, lane: Lane) -> list[Pod]:
        """Fetch the list of all pods once; a tick that fails is made up for by the next one."""
        self.caller.polls += 1
        retry = evolve(self.options.retry, attempts=1)
        return await self._list(evolve(self.options, lane=lane, retry=retry, tidying=True))

    async def _list(self, options: CallOptions) -> list[Pod]:
        call = evolve(self.api.call("listPods"), decode=self.listing.decode)
        return self.listing.read(await self.caller.perform(call, options), "listPods")

    async def _look(self) -> None:
        self.watch.hasten()
        try:
            await self.watch.next(anyio.current_time())
        except YottaError:
            # Whoever waits for the slot gets it when it runs out; whoever waits for the list gets
            # this error.
            await anyio.sleep(self.caller.scheduler.poll_interval())

    async def _on_list(self, snapshot: Snapshot[Pod]) -> None:
        pods, scheduler = snapshot.items.values(), self.caller.scheduler
        if scheduler.awaits_rest:
            scheduler.pods_at_rest(*_names_of(pod for pod in pods if settled(pod.status)))
        for pod, claim in self.claims.twins(pods):
            if claim.own:
                await self._remove(pod)
            elif claim.matches(pod, self.caller.server_time(claim.first_sent or 0.0)):
                self._tell_once(pod)

    async def _remove(self, pod: Pod) -> None:
        async def work() -> None:
            await self.removal.remove(pod.id, pod.name or "", self.calls(self._tidying))

        if not self.removal.knows(pod.id):
            await self.caller.owner.tidy(work)

    def _tell_once(self, pod: Pod) -> None:
        if pod.name and pod.name not in self.removal.left:
            error = YottaError(
                "a second pod under a name that was chosen, and may be somebody else's"
            )
            self.removal.tell_left(pod.name, pod.id, error)


def _state(pod: Pod) -> tuple[str, bool]:
    return pod.status, pod.is_ready


def _names_of(pods: Iterable[Pod]) -> list[str]:
    return [name for pod in pods for name in (pod.id, pod.name) if name]
