"""Pods: one container with GPUs each."""

from collections.abc import Iterable
from functools import partial
from typing import Unpack

import anyio
from attrs import define

from ...errors._arguments import explained
from ...models import Listing, Pod, PodFields, PodSpec
from ...models._lifecycle import PodStatus
from ..calls import Calls, Noun
from ..given import spec_of
from ..waiting import Progress, Wait
from .goals import POD, Until, goal_of
from .shared import SharedPods
from .watching import PodChange, PodChanges, PodObserver


__all__ = ["PodChange", "Pods"]


@define(eq=False, repr=False)
class Pods(Noun):
    """The pods of the account that the key belongs to."""

    _calls: Calls
    _shared: SharedPods

    async def create(self, spec: PodSpec | None = None, **fields: Unpack[PodFields]) -> Pod:
        """
        Make one pod, exactly one, and return it as soon as it has an id; it starts then, and bills
        once it runs.

        If the answer is lost the pod is found by its name. If the caller is cancelled the pod is
        deleted, on asyncio beside the caller.

        Args:
            spec: What to make. None if it is described by ``fields``.
            **fields: The fields of a `PodSpec`, instead of one.

        Returns:
            The pod as far as it is known: v1 answers its id alone, and the rest is what was asked
            for.

        Raises:
            ConfigurationError: The spec cannot work; nothing was sent.
            UnresolvedCreateError: It could not be found out whether a pod was made; the error has
                its name.
            OutOfCapacityError: No such GPU is free in these regions.
            APIError: Any other refusal, and failures after all attempts.

        Source: v1 ``create_4``, ``POST /openapi/v1/pods/create``; v2 ``createPod``,
        ``POST /v2/pods``.
        """
        wanted = spec if spec and not fields else spec_of(PodSpec, "pod", spec, fields)
        prepare = partial(self._shared.recipe.request, spec=wanted)
        return await self._shared.making.create(wanted.name, prepare, self._calls.options)

    async def get(self, pod_id: str) -> Pod:
        """
        Return one pod.

        Args:
            pod_id: The pod's id.

        Returns:
            The pod as it is now.

        Raises:
            NotFoundError: There is no such pod, or no longer.
            APIError: Any other refusal, and failures after all attempts.

        Source: v1 ``getPodV1``, ``GET /openapi/v1/pods/{pod_id}``; v2 ``getPodById``,
        ``GET /v2/pods/{pod_id}``.
        """
        pod = await self._calls.fetch(Pod, "getPod", pod_id=pod_id)
        if self._shared.claims.is_watching:
            await self._shared.check([pod])
        return pod

    @explained
    async def list(
        self, *, regions: Iterable[str] = (), statuses: Iterable[PodStatus | str] = ()
    ) -> Listing[Pod]:
        """
        Return all pods, or those in some regions or statuses.

        Args:
            regions: The codes of the regions; empty means all.
            statuses: The statuses, or their numbers; empty means all.

        Returns:
            The pods, in one list without pages, each once. v1 leaves out terminated pods. What
            cannot be read is in the list's ``unreadable``: those pods exist, too.

        Raises:
            ConfigurationError: A region or a status that cannot be; nothing was sent.
            InvalidResponseError: The answer is no list; that is never read as an empty one.
            APIError: Any other refusal, and failures after all attempts.

        Source: v1 ``listPodsV1``, ``GET /openapi/v1/pods/list``; v2 ``listPods``, ``GET /v2/pods``.
        """
        asked_at, some = anyio.current_time(), {"regions": [*regions], "statuses": [*statuses]}
        pods = await self._calls.fetch_list(Pod, "listPods", **some)
        await self._shared.check(pods, None if any(some.values()) else asked_at)
        return pods

    async def pause(self, pod_id: str) -> None:
        """
        Pause a pod: its GPUs are given back, its volumes stay and are billed, its container disk is
        wiped.

        Args:
            pod_id: The pod's id.

        Raises:
            NotFoundError: There is no such pod.
            ConflictError: It is not running.
            APIError: Any other refusal, and failures after all attempts.

        Source: v1 ``pausePodV1``, ``POST /openapi/v1/pods/pause/{pod_id}``; v2 ``pausePod``,
        ``POST /v2/pods/{pod_id}/pause``.
        """
        await self._operate("pausePod", pod_id, PodStatus.PAUSING, PodStatus.PAUSED)

    async def resume(self, pod_id: str) -> None:
        """
        Resume a paused pod; it needs a free GPU again.

        Args:
            pod_id: The pod's id.

        Raises:
            NotFoundError: There is no such pod.
            ConflictError: It is not paused.
            OutOfCapacityError: No such GPU is free now.
            APIError: Any other refusal, and failures after all attempts.

        Source: v1 ``resumePodV1``, ``POST /openapi/v1/pods/resume/{pod_id}``; v2 ``resumePod``,
        ``POST /v2/pods/{pod_id}/resume``.
        """
        await self._operate("resumePod", pod_id, PodStatus.INITIALIZING, PodStatus.RUNNING)

    async def delete(self, pod_id: str) -> None:
        """
        Delete a pod; the answer comes at once, the pod ends a little later (`wait` until "gone").

        Args:
            pod_id: The pod's id.

        Raises:
            NotFoundError: There is no such pod. After a lost answer this counts as done; of a pod
                that this client has made less than `RetryPolicy.settle` ago it proves nothing, and
                is asked again.
            ConflictError: Its state did not allow it in any of the attempts.
            APIError: Any other refusal, and failures after all attempts.

        Source: v1 ``deletePodV1``, ``DELETE /openapi/v1/pods/{pod_id}``; v2 ``deletePod``,
        ``DELETE /v2/pods/{pod_id}``.
        """
        await self._shared.removal.delete(pod_id, self._calls.options)
        self._shared.watch.hasten()

    @explained
    async def wait(
        self,
        pod_id: str,
        until: Until = "ready",
        *,
        timeout: float | None = 900.0,  # noqa: ASYNC109  # the error tells what was last seen
    ) -> Pod:
        """
        Wait for a pod; any number of waiters cost one list request a tick.

        Args:
            pod_id: The pod's id.
            until: ``"ready"`` (running, and every exposed port healthy), ``"gone"``, a `PodStatus`,
                or a function of a `Pod`.
            timeout: Seconds, or None for as long as it takes.

        Returns:
            The pod as it was when it got there.

        Raises:
            ConfigurationError: An argument is not allowed; nothing was sent.
            PodFailedError: It ended, or can no longer get there.
            PodVanishedError: It was listed and is there no more.
            NotFoundError: There is no such pod, for as long as a list may lag behind a create.
            WaitTimeoutError: It did not get there in time; the error has what was last seen.
        """
        goal, looking = goal_of(until), self._calls.looking()
        looking.api.call("getPod", pod_id=pod_id)  # a wrong id is refused here

        async def ask() -> Pod:
            return await looking.fetch(Pod, "getPod", pod_id=pod_id)

        observer = PodObserver(pod_id, self._shared.watch, ask)
        progress = Progress(POD, pod_id, goal, observer.known)
        self._shared.watch.hasten()
        lag = looking.options.retry.settle
        by_404 = partial(self._shared.removal.proven_by_404, pod_id, lag)
        return await Wait(progress, lag, observer, by_404).reach(timeout)

    @explained
    def watch(
        self, *, ids: Iterable[str] | None = None, regions: Iterable[str] | None = None
    ) -> PodChanges:
        """
        Iterate over the changes of all pods, or of some; watchers share one list request a tick.

        ``async for change in client.pods.watch(): print(change.kind, change.pod.status)``

        Args:
            ids: The ids of the pods. None for all.
            regions: The codes of the regions. None for all.

        Returns:
            The changes, without an end; at first all pods appear.

        Raises:
            APIError: While iterating: the lists are refused for good, as with a wrong key.
        """
        wanted, places = (None if each is None else frozenset(each) for each in (ids, regions))

        def concerns(pod: Pod) -> bool:
            return (wanted is None or pod.id in wanted) and (places is None or pod.region in places)

        lag = self._calls.options.retry.settle
        return PodChanges(self._shared.watch, concerns, self._shared.find, lag)

    async def _operate(self, operation: str, pod_id: str, *under_way: PodStatus) -> None:
        async def is_on_its_way() -> bool:
            return (await self.get(pod_id)).status in under_way

        await self._calls.set_in_motion(operation, is_on_its_way, pod_id=pod_id, subject=pod_id)
        self._shared.known.note_act(pod_id, anyio.current_time())
        self._shared.watch.hasten()
