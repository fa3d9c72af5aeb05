"""
The life of a pod, as tables.

    INITIALIZING ──> RUNNING ──> PAUSING ──> PAUSED ──> (resume) INITIALIZING
         └──────────────┴───────────┴───────────┴─────> TERMINATING ──> TERMINATED
         └──────────────┴───────────┴─────────────────> FAILED

The server's vocabulary is open: a word that is in no table is a status too, about which nothing is
known. It is never up, never at rest and never ended, and anything may come of it.
"""

from collections.abc import Mapping
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Final, Self


__all__ = ["Phase", "PodStatus", "can_become", "is_at_rest", "is_ending", "phase"]


class PodStatus(StrEnum):
    """
    The statuses of a pod, by the words that most of the API's answers use.

    Attributes:
        INITIALIZING: Resources are allocated and the image is pulled; not billed.
        RUNNING: It runs and is billed; its ports may not answer yet.
        PAUSING: Its resources are being taken back.
        PAUSED: It can be resumed; only its volumes are billed.
        TERMINATING: It is being deleted.
        TERMINATED: It is gone and cannot come back.
        FAILED: It could not start, for lack of stock or because of its image.
    """

    INITIALIZING = "INITIALIZING"
    RUNNING = "RUNNING"
    PAUSING = "PAUSING"
    PAUSED = "PAUSED"
    TERMINATING = "TERMINATING"
    TERMINATED = "TERMINATED"
    FAILED = "FAILED"

    @classmethod
    def parse(cls, word: int | str) -> Self | str:
        """
        Read a status as any generation of the API, or its console, writes it.

        Args:
            word: A number from 0 to 6 (an int or digits), or a word in any case.

        Returns:
            The member, or the word as it is where it is not known.
        """
        if type(word) is cls:
            return word
        text = str(word)
        found = _SPELLINGS.get(text.strip().upper())
        return text if found is None else cls(found)

    @property
    def code(self) -> int:
        """The number that stands for this status in the filters of the v1 API, 0 to 6."""
        return _CODES[self]


# The order is the numbering of the v1 API.
_CODES: Final = MappingProxyType({status: code for code, status in enumerate(PodStatus)})

_SPELLINGS: Final = MappingProxyType(
    {status.value: status for status in PodStatus}
    | {str(code): status for status, code in _CODES.items()}
    | {
        "INITIALIZE": PodStatus.INITIALIZING,  # v1, and v2 as seen
        "STOPPING": PodStatus.PAUSING,  # the console
        "STOPPED": PodStatus.PAUSED,  # v2 as documented, and the console
    }
)


class Phase(Enum):
    """
    What a status means for a program that waits for the pod, or pays for it.

    ``UP`` is less than ready: a pod is ready once its exposed ports answer, too.
    """

    STARTING = "on its way up"
    UP = "running, and billed"
    MOVING = "between two states"
    RESTING = "paused: only its volumes are billed"
    ENDED = "will not run again"
    UNKNOWN = "a word this version does not know"


_PHASES: Final[Mapping[str, Phase]] = MappingProxyType(
    {
        PodStatus.INITIALIZING: Phase.STARTING,
        PodStatus.RUNNING: Phase.UP,
        PodStatus.PAUSING: Phase.MOVING,
        PodStatus.PAUSED: Phase.RESTING,
        PodStatus.TERMINATING: Phase.MOVING,
        PodStatus.TERMINATED: Phase.ENDED,
        PodStatus.FAILED: Phase.ENDED,
    }
)

_AT_REST: Final = frozenset({Phase.UP, Phase.RESTING, Phase.ENDED})
_ENDING: Final = frozenset({PodStatus.TERMINATING, PodStatus.TERMINATED})

# A watcher sees samples, not steps: what lies behind a status counts, however many steps away.
_BEFORE_THE_END: Final = frozenset(PodStatus)
_REACHABLE: Final = MappingProxyType(
    {
        PodStatus.INITIALIZING: _BEFORE_THE_END,
        PodStatus.RUNNING: _BEFORE_THE_END,
        PodStatus.PAUSING: _BEFORE_THE_END,
        PodStatus.PAUSED: _BEFORE_THE_END,
        # Whether a delete can fail is not documented; a watcher must not rule it out.
        PodStatus.TERMINATING: frozenset(
            {PodStatus.TERMINATING, PodStatus.TERMINATED, PodStatus.FAILED}
        ),
        PodStatus.TERMINATED: frozenset({PodStatus.TERMINATED}),
        PodStatus.FAILED: frozenset(
            {PodStatus.FAILED, PodStatus.TERMINATING, PodStatus.TERMINATED}
        ),
    }
)


def phase(status: str) -> Phase:
    """The phase of a status, in any of its spellings; ``Phase.UNKNOWN`` for any other word."""
    if (found := _PHASES.get(status)) is not None:  # most are spelt as they should be
        return found
    known = PodStatus.parse(status)
    return _PHASES[known] if isinstance(known, PodStatus) else Phase.UNKNOWN


def can_become(status: str, target: str) -> bool:
    """
    Whether a pod in one status may ever be seen in another, by itself or by somebody's act.

    Args:
        status: What the pod is now; an unknown word may become anything.
        target: What is waited for; any pod that has not terminated may come to an unknown word.
    """
    now, then = PodStatus.parse(status), PodStatus.parse(target)
    if not isinstance(now, PodStatus):
        return True
    if not isinstance(then, PodStatus):
        return now is not PodStatus.TERMINATED
    return then in _REACHABLE[now]


def is_ending(status: str) -> bool:
    """Whether a pod in this status is deleted, or is being deleted; of FAILED it is not said."""
    return PodStatus.parse(status) in _ENDING


def is_at_rest(status: str) -> bool:
    """Whether a pod in this status stays in it until somebody acts or something breaks."""
    return phase(status) in _AT_REST
