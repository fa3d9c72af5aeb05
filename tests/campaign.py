"""How often chance is tried: a little in the suite, and more in ``nox -s campaign``."""

import os


__all__ = ["tries"]

CAMPAIGN = int(os.environ.get("YOTTA_CAMPAIGN", "1"))


def tries(number: int) -> int:
    """Return how many trials to make where the suite makes so many."""
    return number * CAMPAIGN
