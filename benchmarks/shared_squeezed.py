"""The limits of `benchmarks.shared`, with a minute squeezed to a few seconds."""

import os
from typing import Final

from yotta_async import Limits


__all__ = ["OPERATIONS", "PER", "REQUESTS", "TIMEOUT", "limits_for"]

REQUESTS: Final = 60
OPERATIONS: Final = 5
# Real seconds of a window; the server's own clock is quicker by as much. Whole ones, as one of the
# rivals counts no others.
PER: Final = float(os.environ.get("YOTTA_PER", "6"))
# Seconds that an exchange may take; a grant is a process's own for 5 s more.
TIMEOUT: Final = float(os.environ.get("YOTTA_TIMEOUT", "60"))


def limits_for(shared: str) -> Limits:
    grace = PER / 6  # as ten seconds are of a minute
    return Limits(requests=REQUESTS, per=PER, pod_operations=OPERATIONS, grace=grace, shared=shared)
