"""How a command ends."""

from enum import IntEnum


__all__ = ["SIGNALLED", "Exit"]

# A shell's way to say that a signal ended a process: 130 for SIGINT, 143 for SIGTERM.
SIGNALLED = 128


class Exit(IntEnum):
    """The exit codes that mean something."""

    OK = 0
    ERROR = 1
    USAGE = 2
    PARTIAL = 3
    CONFIGURATION = 4
    INTERRUPTED = 130
