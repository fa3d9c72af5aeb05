"""The client of every program here: one key, one budget, however many processes there are."""

import os

from yotta_async import AsyncYotta, Limits


def make_client() -> AsyncYotta:
    """Return a client within the budget at ``YOTTA_SHARED``; the key is in ``YOTTA_API_KEY``."""
    # All must have the same limits. YOTTA_PER is for a cloud that is simulated in squeezed time.
    per = float(os.environ.get("YOTTA_PER", "60"))
    return AsyncYotta(limits=Limits(per=per, shared=os.environ["YOTTA_SHARED"]))
