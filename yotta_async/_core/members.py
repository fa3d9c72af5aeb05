"""The pods that a fleet was asked for, each with the pod it has and how far that has come."""

from enum import Enum

from attrs import evolve, frozen


__all__ = ["Member", "Rules", "Stage"]


class Stage(Enum):
    """How far one of the pods that were asked for has come."""

    WANTED = "has no pod"
    STARTING = "its pod is on its way up"
    UNHEALTHY = "its pod runs, and not all of its ports answer"
    READY = "its pod is ready"
    PAUSED = "its pod is paused"
    MOVING = "its pod is between two states, or in one that is not known"
    MISSING = "the last list did not show its pod"
    LOST = "it was given up"


@frozen(kw_only=True)
class Rules:
    """
    When a pod is replaced.

    Attributes:
        replacements: At most so many for each of the pods that were asked for.
        starting: Seconds until RUNNING.
        health: Seconds from then until all ports answer.
        vanished: Seconds for which a list may not show a pod that exists.
    """

    replacements: int = 3
    starting: float = 900.0
    health: float = 300.0
    vanished: float = 30.0


@frozen(kw_only=True)
class Member:
    """
    One of the pods that were asked for.

    Attributes:
        generation: Of its last pod, or 0 before the first.
        pod_id: The pod it has, or None.
        since: The instant since when it is in its stage.
        reasons: Why its pods were replaced, oldest first.
        not_before: The instant until which no pod is made for it.
    """

    key: str
    generation: int = 0
    pod_id: str | None = None
    stage: Stage = Stage.WANTED
    since: float = 0.0
    reasons: tuple[str, ...] = ()
    not_before: float = 0.0

    def at(self, stage: Stage, now: float) -> "Member":
        """Return it in a stage, which counts from when it came there."""
        return self if stage is self.stage else evolve(self, stage=stage, since=now)

    def without_pod(self, reason: str, now: float) -> "Member":
        """Return it as it is when its pod is no good any more."""
        reasons = (*self.reasons, reason)
        return evolve(self, pod_id=None, stage=Stage.WANTED, since=now, reasons=reasons)

    def with_pod(self, pod_id: str, generation: int, now: float) -> "Member":
        """Return it as it is when it has a pod."""
        generation = max(generation, self.generation)
        return evolve(self, pod_id=pod_id, generation=generation, stage=Stage.STARTING, since=now)
