"""Many pods at once: made, watched, replaced and ended together. `AsyncYotta.fleet` makes them."""

from typing import TYPE_CHECKING

from .._lazy import names_of as _names_of


if TYPE_CHECKING:
    from ._ending import OnExit
    from ._fleet import Fleet, fleet_of
    from ._launch import FleetChanges, Launch
    from ._plan import FleetPlan
    from ._report import FleetChange, FleetMember, FleetReport, Outcome
    from ._settings import FleetSettings
    from ._work import Work, WorkOutcome
    from .rules.reasons import ReasonKind
else:
    # By where it lives, each name above: a budget or a placement is had without the driver.
    _HOMES = {
        "._ending": "OnExit",
        "._fleet": "Fleet fleet_of",
        "._launch": "FleetChanges Launch",
        "._plan": "FleetPlan",
        "._report": "FleetChange FleetMember FleetReport Outcome",
        "._settings": "FleetSettings",
        "._work": "Work WorkOutcome",
        ".rules.reasons": "ReasonKind",
    }
    __getattr__, __dir__ = _names_of(__name__, _HOMES)


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
    "ReasonKind",
    "Work",
    "WorkOutcome",
    "fleet_of",
]
