"""
The campaign: real clients in random worlds, and what must hold whatever happens.

``python -m yotta_async.testing.campaign --runs 2000 --seed 1``. One run is a `Case`: a world, and
the steps of its users. The same case gives the same story in any process.
"""

from .cases import Case, Step
from .outcomes import Broken, Outcome, Told
from .run import run


__all__ = ["Broken", "Case", "Outcome", "Step", "Told", "run"]
