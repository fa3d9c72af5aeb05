"""Many pods at once: made, watched, replaced and ended together. `AsyncYotta.fleet` makes them."""

from typing import TYPE_CHECKING

from .._lazy import names_of as _names_of


if TYPE_CHECKING:
    from ._batch import Batch
    from ._fleet import Fleet
    from ._launch import FleetChanges, Launch, quorum_of
    from ._maps.journal import Journal, read_journal
    from ._maps.outcome import WorkOutcome, WorkReport
    from ._maps.work import Work
    from ._opening import fleet_of
    from ._plan import FleetPlan, check_budget, prices_of
    from ._report import FleetChange, FleetEnd, FleetMember, FleetReport, Outcome
    from ._settings import FleetSettings, OnExit
    from ._specs import keyed, mark_of
    from .rules.bounds import least_makespan
    from .rules.journal import JournalEntry
    from .rules.members import ReplacePolicy
    from .rules.money import Budget
    from .rules.names import FleetPodName, check_fleet_name, leftover_command
    from .rules.places import Place, Placement
    from .rules.reasons import ReasonKind
    from .rules.rollout import Rollout
else:
    # By where it lives, each name above: a budget or a placement is had without the driver.
    _HOMES = {
        "._batch": "Batch",
        "._fleet": "Fleet",
        "._opening": "fleet_of",
        "._maps.journal": "Journal read_journal",
        "._launch": "FleetChanges Launch quorum_of",
        "._maps.outcome": "WorkOutcome WorkReport",
        "._plan": "FleetPlan check_budget prices_of",
        "._report": "FleetChange FleetEnd FleetMember FleetReport Outcome",
        "._settings": "FleetSettings OnExit",
        "._specs": "keyed mark_of",
        "._maps.work": "Work",
        ".rules.bounds": "least_makespan",
        ".rules.journal": "JournalEntry",
        ".rules.members": "ReplacePolicy",
        ".rules.money": "Budget",
        ".rules.names": "FleetPodName check_fleet_name leftover_command",
        ".rules.places": "Place Placement",
        ".rules.reasons": "ReasonKind",
        ".rules.rollout": "Rollout",
    }
    __getattr__, __dir__ = _names_of(__name__, _HOMES)


__all__ = [
    "Batch",
    "Budget",
    "Fleet",
    "FleetChange",
    "FleetChanges",
    "FleetEnd",
    "FleetMember",
    "FleetPlan",
    "FleetPodName",
    "FleetReport",
    "FleetSettings",
    "Journal",
    "JournalEntry",
    "Launch",
    "OnExit",
    "Outcome",
    "Place",
    "Placement",
    "ReasonKind",
    "ReplacePolicy",
    "Rollout",
    "Work",
    "WorkOutcome",
    "WorkReport",
    "check_budget",
    "check_fleet_name",
    "fleet_of",
    "keyed",
    "least_makespan",
    "leftover_command",
    "mark_of",
    "prices_of",
    "quorum_of",
    "read_journal",
]
