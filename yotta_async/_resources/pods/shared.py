"""What one client knows of the account's pods, for all that make, watch or wait for them."""

import logging
from collections.abc import Collection, Iterable
from functools import cached_property
from typing import TYPE_CHECKING

import anyio
from attrs import define, evolve, field

from ..._call.caller import CallOptions
from ..._call.watch import Snapshot, snapshot_of
from ..._scheduling.rules.lanes import Lane
from ...errors import NotFoundError, YottaError
from ...models import Listing, Pod
from ...models._lifecycle import is_at_rest, is_ending
from ..calls import Calls
from ..making.alteration import Alteration
from ..making.claims import Claims
from ..making.removal import Removal
from ..reading import settled_list
from .known import KnownPods
from .listing import PodList
from .recipe import PodRecipe
from .watching import PodWatch


if TYPE_CHECKING:
    from ..making.creation import Making


__all__ = ["SharedPods"]

logger = logging.getLogger("yotta_async")


@define(eq=False)
class SharedPods:
    """
    The one list of all pods, and what is concluded from it.

    Attributes:
        watch: Asks for the list, for all who wait for it.
        known: What earlier lists have shown, and which of them counts.
        claims: The names under which pods are being made, or may have been.
        recipe: How a pod is made and deleted.
        removal: Deletes pods that have no owner, and tells which are left.
    """

    _calls: Calls
    watch: PodWatch = field(init=False)
    known: KnownPods = field(init=False)
    claims: Claims = field(factory=Claims)
    recipe: PodRecipe = field(init=False)
    removal: Removal[Pod] = field(init=False)
    _list: PodList = field(factory=PodList)

    def __attrs_post_init__(self) -> None:
        caller = self._calls.caller
        interval = caller.scheduler.poll_interval
        self.known = KnownPods(self._calls.options.retry.settle)
        self.watch = PodWatch(
            self._fetch, interval, _state, self._draw_conclusions, self.known.take_in
        )
        self.recipe = PodRecipe(caller, self._calls.api)
        self.removal = Removal(caller, self.recipe, self.claims)

    @cached_property
    def making(self) -> "Making[Pod]":
        """What makes pods."""
        from ..making.creation import Making  # noqa: PLC0415  # not every program makes pods

        return Making(self._calls.caller, self.recipe, self.watch, self.claims, self.removal)

    async def look(self) -> None:
        """Have one list asked for; one that fails is as good as the pause before the next look."""
        self.watch.hasten()
        try:
            await self.watch.next(anyio.current_time())
        except YottaError:
            # The call that waits for a slot gets it when it runs out; those that wait for the list
            # get this error.
            await anyio.sleep(self._calls.caller.scheduler.poll_interval())

    async def sweep(self) -> None:
        """Look for late twins once more, if there may be any; delete or report them."""
        if not self.claims.is_doubtful:
            return
        try:
            asked_at = anyio.current_time()
            pods = await self._listed(self._tidying.options)
        except YottaError as error:
            names = ", ".join(self.claims.unclear) or "of creates that were refused"
            logger.error("pods %s may have late twins, and no list can be read: %s", names, error)  # noqa: TRY400  # its text is enough
        else:
            snapshot = self.known.take_in(snapshot_of(pods, asked_at))
            await self._draw_conclusions(snapshot)

    async def find(self, pod_id: str) -> Pod | None:
        """
        Ask for a pod that lists do not show; None if the server denies it.

        Raises:
            APIError: That was not found out.
        """
        try:
            pod = await self._calls.looking().fetch(Pod, "getPod", pod_id=pod_id)
        except NotFoundError:
            self.known.note_gone(pod_id)
            return None
        self.known.note_there(pod)
        return pod

    @property
    def _tidying(self) -> Calls:
        return self._calls.using(lane=Lane.URGENT, tidying=True)

    async def _fetch(self, lane: Lane) -> Listing[Pod]:
        """Fetch the list for the watch; a tick that fails is made up for by the next one."""
        self._calls.caller.note_poll()
        return await self._listed(self._calls.looking().using(lane=lane, tidying=True).options)

    async def _listed(self, options: CallOptions) -> Listing[Pod]:
        calls = self._calls
        call = evolve(calls.api.call("listPods"), decode=self._list.decode)
        listing = self._list.read(await calls.caller.perform(call, options), "listPods")
        return settled_list(calls.caller, listing, "listPods")

    async def _draw_conclusions(self, snapshot: Snapshot[Pod]) -> None:
        pods, caller = snapshot.items.values(), self._calls.caller
        if caller.scheduler.awaits_rest:
            resting = [pod for pod in pods if is_at_rest(pod.status)]
            caller.scheduler.pods_at_rest(*_names_of([*resting, *self.known.out_of_motion()]))
        await self.check(pods, snapshot.sent_at)

    async def check(self, pods: Collection[Pod], asked_at: float | None = None) -> None:
        """
        Check pods that were read against the names that are watched; twins are deleted beside the
        caller.

        Args:
            asked_at: The instant for which the list of all pods was asked; None for some of them.
        """
        claims = self.claims
        altered = claims.take_in(pods, asked_at, self._calls.caller.server_time)
        if altered is not None:
            _tell_altered(altered)
        if claims.is_watching:
            await self.removal.sweep(pods, self._tidying.options, _is_over)


def _is_over(pod: Pod) -> bool:
    return is_ending(pod.status)


def _tell_altered(altered: Alteration) -> None:
    logger.warning(
        "the server alters names: a pod that was created as %s is listed as %s. A pod whose create "
        "is not answered %s be found by its name; a fleet knows those it made by their ids, and "
        "those of a crashed run may not be found: names of at most 63 lower-case letters, digits "
        "and - are the safest.",
        altered.sent,
        altered.listed,
        "can" if altered.is_readable else "cannot",
    )


def _state(pod: Pod) -> tuple[str, bool]:
    return pod.status, pod.is_ready


def _names_of(pods: Iterable[Pod]) -> list[str]:
    return [name for pod in pods for name in (pod.id, pod.name) if name]
