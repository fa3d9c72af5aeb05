"""Why a pod is replaced or deleted: the kind is for programs, the text for people."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Self

from attrs import frozen


__all__ = ["TEXTS", "Reason", "ReasonKind"]


class ReasonKind(StrEnum):
    """
    Why a pod is replaced or deleted.

    Attributes:
        FAILED: It became FAILED.
        ENDED: It is TERMINATING or TERMINATED, and this fleet did not ask for it.
        NOT_STARTED: It was not RUNNING within `ReplacePolicy.starting`.
        NEVER_LISTED: The server knows its id, and no list showed it within
            `ReplacePolicy.starting`.
        UNHEALTHY: Its ports did not answer within `ReplacePolicy.health`.
        VANISHED: No list shows it, and the server does not know its id.
        TWIN: Its key has another pod.
        OUTDATED: It was made from a spec that has changed since.
        UNWANTED: Its key is not asked for any more.
        GIVEN_UP: Its key was given up.
    """

    FAILED = "failed"
    ENDED = "ended"
    NOT_STARTED = "not_started"
    NEVER_LISTED = "never_listed"
    UNHEALTHY = "unhealthy"
    VANISHED = "vanished"
    TWIN = "twin"
    OUTDATED = "outdated"
    UNWANTED = "unwanted"
    GIVEN_UP = "given_up"


# The blank is for a status, or for seconds.
TEXTS: Final[Mapping[ReasonKind, str]] = {
    ReasonKind.FAILED: "it became {}",
    ReasonKind.ENDED: "it became {}",
    ReasonKind.NOT_STARTED: "it was not running within {:g} s",
    ReasonKind.NEVER_LISTED: "no list showed it within {:g} s",
    ReasonKind.UNHEALTHY: "its ports did not answer within {:g} s",
    ReasonKind.VANISHED: "it vanished",
    ReasonKind.TWIN: "a twin",
    ReasonKind.OUTDATED: "it was made from another spec",
    ReasonKind.UNWANTED: "not wanted any more",
    ReasonKind.GIVEN_UP: "its key was given up",
}


@frozen
class Reason:
    """One reason."""

    kind: ReasonKind
    text: str

    @classmethod
    def of(cls, kind: ReasonKind, *details: object) -> Self:
        """
        Return a reason of a kind, with its usual text.

        Args:
            details: The pod's status, or the seconds that were waited, where the text has a blank.
        """
        return cls(kind, TEXTS[kind].format(*details))

    def __str__(self) -> str:
        return self.text
