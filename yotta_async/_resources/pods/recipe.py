"""How a pod is made exactly once, and deleted."""

from functools import partial
from typing import Final

from attrs import define

from ..._api.rows import Generation, given
from ..._api.shapes import created_pod
from ..._call.caller import Caller, CallOptions
from ..._call.rules.operation import Operation
from ..._scheduling.rules.lanes import Lane
from ...events import CreateUnclear, Event, PodLeft, PodRecovered, PodRemoved
from ...models import Pod, PodSpec
from ...models._lifecycle import PodStatus
from ..calls import Calls
from ..making.recipe import Recipe, Request


__all__ = ["PodRecipe"]

_ENDING: Final = (PodStatus.TERMINATING, PodStatus.TERMINATED)


@define(eq=False)
class PodRecipe(Recipe):
    """The `Recipe` of pods."""

    _caller: Caller
    _api: Generation

    @property
    def operation(self) -> Operation:
        return self._api["createPod"].operation

    @property
    def noun(self) -> str:
        return "pod"

    def request(self, name: str, spec: PodSpec) -> Request[Pod]:
        """
        Fill in the create of a pod.

        Args:
            name: The pod's; the one in the spec does not count.

        Raises:
            ConfigurationError: This generation of the API cannot make it.
        """
        fields = given(spec) | {"name": name}
        call = self._api.call("createPod", subject=name, extra=spec.extra, **fields)
        read = partial(created_pod, spec=spec, name=name, operation=call.operation.id)
        return Request(call, read)

    async def delete(self, thing_id: str, options: CallOptions) -> None:
        """
        Delete a pod; one that is on its way out already is as good as deleted.

        Raises:
            NotFoundError: No such pod; if it is ``unclear``, an attempt before may have been why.
        """
        calls = Calls(self._caller, self._api, options)

        async def is_ending() -> bool:
            pod = await calls.using(lane=Lane.URGENT).fetch(Pod, "getPod", pod_id=thing_id)
            return pod.status in _ENDING

        await calls.delete(
            "deletePod", is_ending=is_ending, strict=True, pod_id=thing_id, subject=thing_id
        )

    def unclear(self, name: str, *, at: float, error: str) -> Event:
        return CreateUnclear(at=at, pod_name=name, error=error)

    def recovered(self, name: str, thing_id: str, *, at: float) -> Event:
        return PodRecovered(at=at, pod_name=name, pod_id=thing_id)

    def removed(self, name: str, thing_id: str, *, at: float) -> Event:
        return PodRemoved(at=at, pod_name=name, pod_id=thing_id)

    def left(self, name: str, thing_id: str | None, *, at: float, reason: str) -> Event:
        return PodLeft(at=at, pod_name=name, pod_id=thing_id, reason=reason)
