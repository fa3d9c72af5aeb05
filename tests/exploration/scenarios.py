"""All scenarios, by name."""

from collections.abc import Mapping

from tests.exploration import closing, creating, fleets, queueing, sharing, waiting
from tests.exploration.bench import Scenario


__all__ = ["SCENARIOS"]

SCENARIOS: Mapping[str, Scenario] = {
    scenario.__name__: scenario
    for scenario in (
        creating.create_cancelled,
        creating.creates_for_one_slot,
        waiting.waiters_and_a_looker,
        waiting.shared_list,
        queueing.keeper_handover,
        queueing.lanes_lend,
        queueing.refused_and_back,
        fleets.fleet_ended,
        fleets.fleet_scaled,
        closing.client_closed,
        sharing.budget_shared,
    )
}
