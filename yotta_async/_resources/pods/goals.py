"""What can be waited for."""

from collections.abc import Callable

from attrs import frozen

from ...errors import ConfigurationError
from ...models import Pod
from ...models._lifecycle import Phase, PodStatus, can_become, phase


__all__ = ["Goal", "Until", "goal_of"]

# "ready", "gone", a status, or a condition.
Until = PodStatus | str | Callable[[Pod], bool]


@frozen
class Goal:
    """
    What a pod is to become.

    Attributes:
        text: For messages.
        reached: Whether a pod is there.
        lost: Whether it cannot come from where the pod is now.
        by_absence: Whether a pod that is no longer listed is there.
    """

    text: str
    reached: Callable[[Pod], bool]
    lost: Callable[[Pod], bool]
    by_absence: bool = False


def goal_of(until: Until) -> Goal:
    """
    Read what `wait` was given.

    Raises:
        ConfigurationError: It is none of the words, no status and not callable.
    """
    if callable(until):
        return Goal("the condition", until, lambda pod: phase(pod.status) is Phase.ENDED)
    if until == "ready":
        return Goal(
            "ready",
            lambda pod: pod.is_ready,
            lambda pod: not can_become(pod.status, PodStatus.RUNNING),
        )
    if until == "gone":
        return Goal(
            "gone", lambda pod: pod.status == PodStatus.TERMINATED, lambda _: False, by_absence=True
        )
    status = PodStatus.parse(until)
    if not isinstance(status, PodStatus):
        hint = f'Use "ready", "gone", a function of a pod, or one of {", ".join(PodStatus)}.'
        raise ConfigurationError("until", until, "is nothing a pod can become", hint=hint)
    ended = status is PodStatus.TERMINATED
    return Goal(
        status,
        lambda pod: pod.status == status,
        lambda pod: not can_become(pod.status, status),
        by_absence=ended,
    )
