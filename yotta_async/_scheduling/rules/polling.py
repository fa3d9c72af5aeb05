"""
How much of a window polls may take, and how often that lets the client look.

While pods are being made every credit is needed, so polls get a tenth of the window; otherwise they
get half of it, and half is free for what comes next. How much slower they become while nothing
changes is decided where the lists are compared, in `_call.watch`.
"""

from typing import Final


__all__ = ["SHARE_OTHERWISE", "SHARE_WHILE_CREATING", "poll_interval", "polls_share"]

# Of the credits of a window.
SHARE_WHILE_CREATING: Final = 0.1
SHARE_OTHERWISE: Final = 0.5
# However large the limit: with 60 s to a window, one look each 2 s.
_MOST_LOOKS: Final = 30


def poll_interval(allowed: int, per: float, *, creating: bool) -> float:
    """
    Return the seconds between two polls.

    Args:
        allowed: The credits of a window of ``per`` seconds.
        creating: Whether pods are being made, or are about to be.
    """
    share = SHARE_WHILE_CREATING if creating else SHARE_OTHERWISE
    return max(per / (allowed * share), per / _MOST_LOOKS)


def polls_share(allowed: int, reserve: int) -> int:
    """
    Return how many credits polls may hold while other work waits: at least one, and never all that
    the reserve leaves.
    """
    return max(1, min(int(allowed * SHARE_WHILE_CREATING), allowed - reserve - 1))
