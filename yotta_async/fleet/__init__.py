"""Many pods at once: made, watched, replaced and ended together. `AsyncYotta.fleet` makes them."""

from ._ending import OnExit
from ._fleet import Fleet, fleet_of
from ._launch import FleetChanges, Launch
from ._plan import FleetPlan
from ._report import FleetChange, FleetMember, FleetReport, Outcome
from ._settings import FleetSettings
from ._work import Work, WorkOutcome


__all__ = [
    "Fleet",
    "FleetChange",
    "FleetChanges",
    "FleetMember",
    "FleetPlan",
    "FleetReport",
    "FleetSettings",
    "Launch",
    "OnExit",
    "Outcome",
    "Work",
    "WorkOutcome",
    "fleet_of",
]
