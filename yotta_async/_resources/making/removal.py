"""Deleting what nobody holds: the pods of cancelled creates, and late twins."""

import logging

import anyio
from attrs import define, field

from ..._call.caller import Caller
from ..._scheduling.rules.lanes import Lane
from ...errors import NotFoundError, YottaError
from ...events import PodLeft, PodRemoved
from ...models import Pod
from ...models._lifecycle import PodStatus
from ..calls import Calls


__all__ = ["Removal", "delete_pod"]

logger = logging.getLogger("yotta_async")


async def delete_pod(calls: Calls, pod_id: str) -> None:
    """
    Delete a pod; one that is on its way out already is as good as deleted.

    Raises:
        NotFoundError: No such pod, and no delete of ours that can have been why.
    """

    async def is_ending() -> bool:
        pod = await calls.using(lane=Lane.URGENT).one(Pod, "getPod", pod_id=pod_id)
        return pod.status in (PodStatus.TERMINATING, PodStatus.TERMINATED)

    await calls.gone("deletePod", is_ending=is_ending, pod_id=pod_id, subject=pod_id)


@define(eq=False)
class Removal:
    """
    Deletes pods on the client's own account, and says so when it cannot.

    Attributes:
        left: The pods that could not be deleted, or may exist, by name; with their ids where these
            are known.
    """

    _caller: Caller
    left: dict[str, str | None] = field(factory=dict[str, str | None])
    _under_way: set[str] = field(factory=set[str])
    _done: set[str] = field(factory=set[str])

    def knows(self, pod_id: str) -> bool:
        """Whether a pod is being deleted, or was."""
        return pod_id in self._under_way or pod_id in self._done

    async def remove(self, pod_id: str, name: str, calls: Calls) -> None:
        """Delete one pod that nobody holds; a failure is told, not raised."""
        if self.knows(pod_id):
            return
        self._under_way.add(pod_id)
        try:
            await delete_pod(calls, pod_id)
        except NotFoundError:
            pass
        except YottaError as error:
            self.tell_left(name, pod_id, error)
            return
        except BaseException as error:
            self.tell_left(name, pod_id, error)
            raise
        finally:
            self._under_way.discard(pod_id)
        self._done.add(pod_id)
        self.left.pop(name, None)
        logger.info("deletePod: removed %s (%s), which nobody holds", name, pod_id)
        self._caller.tell(PodRemoved(at=anyio.current_time(), pod_name=name, pod_id=pod_id))

    def tell_left(self, name: str, pod_id: str | None, error: BaseException) -> None:
        """Name a pod that is left behind."""
        self.left[name] = pod_id
        reason = (
            f"{type(error).__name__}: {error}"
            if isinstance(error, YottaError)
            else type(error).__name__
        )
        logger.error(
            "a pod may be left, and bill: name %s, id %s (%s)", name, pod_id or "unknown", reason
        )
        event = PodLeft(at=anyio.current_time(), pod_name=name, pod_id=pod_id, reason=reason)
        self._caller.tell(event)
