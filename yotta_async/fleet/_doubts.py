"""
One look at what is on offer, once a place has refused a pod: its name may be a slip.

Where creates succeed it costs nothing; where they do not, one request for each set of names.
"""

import logging

from attrs import define, field

from .._resources.gpus import Gpus
from ..errors import BadRequestError, OutOfCapacityError, YottaError
from ._roster import Roster
from .rules.doubts import doubts


__all__ = ["Doubts"]

logger = logging.getLogger("yotta_async")

# Refusals that a name may be the reason of.
_MISLED = (BadRequestError, OutOfCapacityError)


@define(eq=False)
class Doubts:
    """
    Doubts about the names of a fleet's places, which go to the log and into its reports.

    Attributes:
        roster: What was asked for, and what stood in its way.
    """

    roster: Roster
    _gpus: Gpus | None = field(alias="gpus")
    _looked_at: frozenset[str] = frozenset()

    def are_due(self) -> bool:
        """Whether a place has refused a pod whose names were not looked at."""
        if self._gpus is None or not self.roster.errors:
            return False
        misled = any(isinstance(each, _MISLED) for each in self.roster.errors.values())
        return misled and not self._names() <= self._looked_at

    async def look(self) -> None:
        """Look at what is on offer, and say what is not; what cannot be read says nothing."""
        if self._gpus is None or not self.are_due():
            return
        self._looked_at |= self._names()
        try:
            offers = await self._gpus.list()
        except YottaError:
            return  # it is for words alone
        if offers:
            specs, placement = self.roster.specs, self.roster.siting.placement
            self.roster.warnings = doubts(specs, placement, offers)
        for warning in self.roster.warnings:
            logger.warning("fleet %s: %s", self.roster.name, warning)

    def _names(self) -> frozenset[str]:
        specs, placement = self.roster.specs, self.roster.siting.placement
        kinds = placement.gpu_types or [spec.gpu_type for spec in specs.values()]
        regions = placement.regions or [name for spec in specs.values() for name in spec.regions]
        return frozenset([*kinds, *regions])
