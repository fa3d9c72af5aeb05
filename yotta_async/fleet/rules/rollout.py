"""
Which pods of a fleet are exchanged next when it gets a new spec.

A pod that is ready serves until the one in its place is ready (`Rollout.surge`), or ends first
(`Rollout.unavailable`). So while ``n`` pods are exchanged there are never more than ``n + surge``,
and, of those that were ready, never fewer than ``n - unavailable``.
"""

from collections.abc import Iterable
from typing import Final

from attrs import field, frozen

from ..._checks import is_whole
from ...errors import ConfigurationError
from ...errors._arguments import explains
from .members import Member


__all__ = ["Rollout", "Turn", "next_turn"]

_HINT: Final = "surge=1 makes one pod more for a while; unavailable=1 lets one less serve."


@explains
@frozen(kw_only=True)
class Rollout:
    """
    How pods are exchanged for those of a new spec: ``fleet.launch(specs, rollout=Rollout())``.

    Attributes:
        surge: How many pods there may be more than were asked for, each beside one that serves
            until it is ready.
        unavailable: How many of the pods may end before the ones in their places are ready.

    Raises:
        ConfigurationError: A number is not allowed, or both are 0.
    """

    surge: int = field(default=1)
    unavailable: int = field(default=0)

    def __attrs_post_init__(self) -> None:
        for name in ("surge", "unavailable"):
            value: object = getattr(self, name)
            if not is_whole(value) or value < 0:
                problem = "must be a whole number of pods, 0 or more"
                raise ConfigurationError(name, value, problem, hint=_HINT)
        if not self.surge and not self.unavailable:
            problem = "must be 1 or more where unavailable is 0: no pod could be exchanged"
            raise ConfigurationError("surge", self.surge, problem, hint=_HINT)


@frozen
class Turn:
    """
    What is exchanged next.

    Attributes:
        beside: The keys whose pods serve until the next ones are ready.
        instead: The keys whose pods, if they have any, end first.
    """

    beside: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()


def next_turn(rollout: Rollout, waiting: Iterable[Member], under_way: Iterable[Member]) -> Turn:
    """
    Return what is exchanged next.

    Args:
        rollout: How many at once.
        waiting: Those that have pods of the old spec, in the order in which they get new ones.
        under_way: Those whose new pods are not ready, or whose old ones are not gone.

    Returns:
        The keys. Those without a pod need not wait, and those that do not serve come first.
    """
    waiting, under_way = list(waiting), list(under_way)
    serving = [each.key for each in waiting if each.serves]
    idle = [each.key for each in waiting if not each.serves and each.pod_id is not None]
    homeless = [each.key for each in waiting if each.pod_id is None]
    beside = max(0, rollout.surge - sum(each.predecessor is not None for each in under_way))
    ended = [each for each in under_way if each.predecessor is None and not each.serves]
    # What does not serve can end without a loss, but not all of it at once.
    exchanged = max(0, rollout.surge + rollout.unavailable - len(under_way))
    instead = max(0, rollout.unavailable - len(ended) - len(idle) - len(homeless))
    later = serving[beside : beside + instead]
    return Turn(tuple(serving[:beside]), (*homeless, *idle[:exchanged], *later))
