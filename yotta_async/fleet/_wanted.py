"""What a fleet is asked for, checked before anything is done about it."""

from collections.abc import Mapping

from ..errors import ConfigurationError
from ..models import PodSpec
from ._launch import quorum_of
from ._life import Life
from ._plan import check_budget
from .rules.places import Placement
from .rules.rollout import Rollout


__all__ = ["check_wanted", "wanted_before"]


def wanted_before(life: Life) -> Mapping[str, PodSpec]:
    """
    Return what a fleet was asked for before.

    Raises:
        ConfigurationError: Nothing else was.
    """
    if not life.roster.rolling.previous:
        problem = "must have been asked for other pods before"
        hint = "What an earlier run of the program asked for is not known."
        raise ConfigurationError("fleet", life.settings.name, problem, hint=hint)
    return life.roster.rolling.previous


def check_wanted(
    life: Life,
    wanted: Mapping[str, PodSpec],
    placement: Placement,
    min_ready: float | None,
    rollout: Rollout | None,
) -> int:
    """
    Check what a fleet is asked for.

    Args:
        life: The fleet's.
        wanted: The specs by key.
        placement: Where the pods may run.
        min_ready: How many must become ready, or what share of them. None for no such bound.
        rollout: How pods are exchanged whose specs have changed. None for all at once.

    Returns:
        How many must become ready.

    Raises:
        BudgetExceededError: They cost more than the budget allows, or their price is not known.
        ConfigurationError: Something cannot work, or the fleet is being deleted.
    """
    name = life.settings.name
    if life.is_ending:
        problem = "must not be asked for pods while it is being deleted"
        hint = "Ask again when `down` has returned."
        raise ConfigurationError("fleet", name, problem, hint=hint)
    if min_ready is not None and rollout is not None:
        problem = "must be left out where a rollout is given"
        hint = "A roll-out stops by itself, with the old pods serving."
        raise ConfigurationError("min_ready", min_ready, problem, hint=hint)
    quorum = quorum_of(min_ready, len(wanted))
    billing = {**wanted, **_beside(life, wanted, rollout)}
    prices, budget = life.siting.meter.prices, life.settings.budget
    check_budget(billing, placement, budget, prices, cause=life.unpriced)
    for spec in {id(spec): spec for spec in wanted.values()}.values():
        life.account.pods.recipe.request(name, spec)
    return quorum


def _beside(
    life: Life, wanted: Mapping[str, PodSpec], rollout: Rollout | None
) -> dict[str, PodSpec]:
    """Return what a roll-out makes beside what serves, the most of it at once."""
    exchanged = life.roster.exchanged(wanted)[: rollout.surge] if rollout else []
    return {f"beside-{number}": spec for number, spec in enumerate(exchanged)}
