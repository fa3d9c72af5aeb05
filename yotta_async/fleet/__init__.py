"""Many pods at once: made, watched, replaced and ended together. `AsyncYotta.fleet` makes them."""

from ._ending import OnExit
from ._fleet import Fleet
from ._launch import FleetChanges, Launch
from ._life import Life
from ._plan import FleetPlan
from ._report import FleetChange, FleetMember, FleetReport, Outcome
from ._settings import FleetSettings


__all__ = [
    "Fleet",
    "FleetChange",
    "FleetChanges",
    "FleetMember",
    "FleetPlan",
    "FleetReport",
    "FleetSettings",
    "Launch",
    "Life",
    "OnExit",
    "Outcome",
]
