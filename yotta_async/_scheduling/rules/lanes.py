"""The three lanes in which calls wait."""

from enum import IntEnum


__all__ = ["Lane"]


class Lane(IntEnum):
    """
    Who goes first.

    ``URGENT`` stops a bill (delete, pause), ``NORMAL`` is work, ``BACKGROUND`` merely looks
    (polls).
    """

    URGENT = 0
    NORMAL = 1
    BACKGROUND = 2
