"""Pods: one container with GPUs each."""

from collections.abc import Iterable
from typing import Any, Unpack

import anyio
import attrs
from attrs import define

from .._api.v1 import GET_POD, LIST_PODS, PAUSE_POD, RESUME_POD
from .._api.v1_shapes import list_query
from .._caller import Caller, CallOptions
from .._core.lifecycle import PodStatus
from .._core.operation import Operation
from .._core.retry import jittered, may_have_happened
from .._watch import PodWatch
from ..errors import APIError, ConfigurationError
from ..models import Pod, PodFields, PodSpec, structure
from ._creation import Creation
from ._goals import Until, goal_of
from ._removal import delete_pod
from ._waiting import PodChange, PodChanges, Wait


__all__ = ["PodChange", "Pods"]


@define(eq=False)
class Pods:
    """The pods of the account that the key belongs to."""

    _caller: Caller
    _watch: PodWatch
    _creation: Creation
    _options: CallOptions

    async def create(self, spec: PodSpec | None = None, **fields: Unpack[PodFields]) -> Pod:
        """
        Make one pod, exactly one, and return it as soon as it has an id; it starts then, and bills
        once it runs.

        If the answer is lost the pod is found by its name. If the caller is cancelled the pod is
        deleted, on asyncio beside the caller.

        Args:
            spec: What to make.
            **fields: The fields of a `PodSpec`, instead of one.

        Returns:
            The pod as far as it is known: the answer holds only its id.

        Raises:
            ConfigurationError: The spec cannot be; nothing was sent.
            UnresolvedCreateError: It could not be found out whether a pod was made; the error has
                its name.
            OutOfCapacityError: No such GPU is free in these regions.
            APIError: Any other refusal, and failures after all attempts.

        Source: API page, "Create a Pod"; v1 ``POST /openapi/v1/pods/create``.
        """
        return await self._creation.create(_spec_of(spec, fields), self._options)

    async def get(self, pod_id: str) -> Pod:
        """
        Return one pod.

        Raises:
            NotFoundError: No such pod, or no longer.
        """
        data = await self._caller.perform(GET_POD.call(pod_id=pod_id), self._options)
        return structure(data, Pod, operation=GET_POD.id)

    async def list(
        self, *, regions: Iterable[str] = (), statuses: Iterable[PodStatus | str] = ()
    ) -> list[Pod]:
        """
        Return all pods, or those in some regions or statuses; v1 has no pages and leaves out
        terminated pods.

        Raises:
            InvalidResponseError: The list cannot be read; an unreadable list is never an empty one.
        """
        call = LIST_PODS.call(query=list_query(regions, statuses))
        data = await self._caller.perform(call, self._options)
        return structure(data, list[Pod], operation=LIST_PODS.id)

    async def pause(self, pod_id: str) -> None:
        """
        Pause a pod: its GPUs go back, its volumes are billed on, its container disk is lost.

        Raises:
            NotFoundError: No such pod.
            ConflictError: It is not running.
        """
        await self._operate(PAUSE_POD, pod_id, PodStatus.PAUSED)

    async def resume(self, pod_id: str) -> None:
        """
        Resume a paused pod; it needs a free GPU again.

        Raises:
            NotFoundError: No such pod.
            ConflictError: It is not paused.
            OutOfCapacityError: No such GPU is free now.
        """
        await self._operate(RESUME_POD, pod_id, PodStatus.RUNNING)

    async def delete(self, pod_id: str) -> None:
        """
        Delete a pod; the answer comes at once, the pod goes a little later (`wait` until "gone").

        Raises:
            NotFoundError: No such pod. After a lost answer that is taken as done.
        """
        await delete_pod(self._caller, pod_id, self._options)
        self._watch.hasten()

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
            until: ``"ready"`` (running, and every exposed port healthy), ``"gone"``, a `PodStatus`,
                or a function of a `Pod`.
            timeout: Seconds, or None for as long as it takes.

        Raises:
            PodFailedError: It ended, or can no longer get there.
            PodVanishedError: It was listed and is there no more.
            WaitTimeoutError: It did not get there in time; the error has what was last seen.
        """
        GET_POD.call(pod_id=pod_id)  # an id that is none is refused here
        wait = Wait(pod_id, goal_of(until), self._options.retry.settle, self._watch, self.get)
        self._watch.hasten()
        return await wait.reach(timeout)

    def watch(
        self, *, ids: Iterable[str] | None = None, regions: Iterable[str] | None = None
    ) -> PodChanges:
        """
        Iterate over the changes of all pods, or of some; watchers share one list request a tick.

        ``async for change in client.pods.watch(): print(change.kind, change.pod.status)``
        """
        wanted, places = (None if each is None else frozenset(each) for each in (ids, regions))

        def concerns(pod: Pod) -> bool:
            return (wanted is None or pod.id in wanted) and (places is None or pod.region in places)

        return PodChanges(self._watch, concerns)

    async def _operate(self, operation: Operation, pod_id: str, target: PodStatus) -> None:
        """Set a pod in motion; after an unclear answer look at it before saying it again."""
        call, attempt, retry = operation.call(pod_id=pod_id, subject=pod_id), 1, self._options.retry
        while True:
            try:
                await self._caller.perform(call, self._options)
                break
            except APIError as error:
                if not may_have_happened(error) or attempt >= retry.attempts:
                    raise error.after(attempt)  # noqa: B904  # it is the same error
                if await self._is_on_its_way(pod_id, target):
                    break
                wait = jittered(retry, attempt, self._caller.dice)
                self._caller.note_retry(call, attempt, wait, error)
            attempt += 1
            await anyio.sleep(wait)
        self._watch.hasten()

    async def _is_on_its_way(self, pod_id: str, target: PodStatus) -> bool:
        status = (await self.get(pod_id)).status
        if target is PodStatus.PAUSED:
            return status in (PodStatus.PAUSING, PodStatus.PAUSED)
        return status in (PodStatus.INITIALIZING, PodStatus.RUNNING)


def _spec_of(spec: PodSpec | None, fields: PodFields) -> PodSpec:
    if spec is not None and fields:
        hint = "Use spec.evolve(...) to change it."
        raise ConfigurationError(
            next(iter(fields)), "(given)", "stands beside a PodSpec", hint=hint
        )
    return spec or PodSpec(**_checked(fields))


def _checked(fields: PodFields) -> Any:
    known = {field.name: field for field in attrs.fields(PodSpec)}
    for name in fields.keys() - known.keys():
        hint = f"A pod has {', '.join(known)}."
        raise ConfigurationError(name, "(given)", "is no field of a pod", hint=hint)
    for name in ("image", "gpu_type"):
        if name not in fields:
            raise ConfigurationError(name, "(missing)", "is needed to make a pod", hint="Give it.")
    return fields
