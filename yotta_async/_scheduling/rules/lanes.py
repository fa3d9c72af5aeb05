"""The three lanes in which calls wait."""

from enum import IntEnum


__all__ = ["Lane"]


class Lane(IntEnum):
    """
    The three lanes in which calls wait; the calls of a lower number go first.

    Attributes:
        URGENT: What stops a bill: delete, pause.
        NORMAL: All other work.
        BACKGROUND: What only looks: polls.
    """

    URGENT = 0
    NORMAL = 1
    BACKGROUND = 2
