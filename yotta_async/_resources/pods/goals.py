"""What a pod can be waited for to become."""

from collections.abc import Callable
from typing import Final

from attrs import evolve

from ...errors import PodFailedError, PodVanishedError
from ...models import Pod
from ...models._lifecycle import Phase, PodStatus, can_become, phase
from ..waiting import Awaited, Goal


__all__ = ["POD", "Until", "goal_of"]

# "ready", "gone", a status, or a condition.
Until = PodStatus | str | Callable[[Pod], bool]


def _is_lost(status: str, wanted: str | None) -> bool:
    if wanted is None:
        return phase(status) is Phase.ENDED
    return not can_become(status, wanted)


def _gone(pod_id: str, seen: Pod | None) -> Pod:
    terminated = PodStatus.TERMINATED
    return evolve(seen or Pod(id=pod_id, status=terminated), status=terminated)


POD: Final = Awaited[Pod](
    name="pod",
    statuses=PodStatus,
    is_lost=_is_lost,
    gone=_gone,
    terminated=PodStatus.TERMINATED,
    failed=PodFailedError,
    vanished=PodVanishedError,
    failed_hint="Delete it, and create another elsewhere.",
    late_hint="It exists still, and may bill: wait longer, or delete it.",
)
_READY: Final = Goal[Pod](
    "ready", lambda pod: pod.is_ready, lambda pod: _is_lost(pod.status, PodStatus.RUNNING)
)
_GONE: Final = Goal[Pod](
    "gone", lambda pod: pod.status == PodStatus.TERMINATED, lambda _: False, by_absence=True
)


def goal_of(until: Until) -> Goal[Pod]:
    """
    Read what `Pods.wait` was given.

    Raises:
        ConfigurationError: Neither a word nor a status nor a function.
    """
    return Goal[Pod].of(until, POD, {"ready": _READY, "gone": _GONE})
