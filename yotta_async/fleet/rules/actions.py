"""What a fleet does: the words in which its next steps are named."""

from typing import TypeAlias

from attrs import frozen

from .reasons import Reason


__all__ = ["Action", "Create", "Delete", "GiveUp", "Resume", "Verify"]


@frozen
class Create:
    """
    Make a pod.

    It is noted first (`Member.trying`), so that no name is used twice.
    """

    key: str
    generation: int


@frozen
class Delete:
    """
    Delete a pod: it failed, or is one too many.

    Attributes:
        bills: Whether it may bill; what has FAILED does not, and can wait.
    """

    pod_id: str
    name: str
    reason: Reason
    bills: bool = True


@frozen
class Resume:
    """Wake a paused pod."""

    key: str
    pod_id: str


@frozen
class Verify:
    """
    Ask the server about a pod that the lists do not show.

    If it does not exist the member is `Member.without_pod`, else `Member.still_there`.
    """

    key: str
    pod_id: str


@frozen
class GiveUp:
    """No more pods are made for this one; its reasons say why. Said once."""

    key: str


Action: TypeAlias = Create | Delete | Resume | Verify | GiveUp
