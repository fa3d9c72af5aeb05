"""How a fleet is to be kept, and how it is to end."""

from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias, get_args

from attrs import field, frozen

from .._checks import check_kind, is_finite
from .._scheduling.rules.limits import Limits
from ..errors import ConfigurationError
from ..errors._arguments import explains
from .rules.members import ReplacePolicy
from .rules.money import Budget
from .rules.names import check_fleet_name


__all__ = ["FleetSettings", "OnExit", "settings_of"]

OnExit: TypeAlias = Literal["delete", "pause", "keep"]

# Seconds on top of what the limits take, for lists and for requests that go wrong.
_MARGIN: Final = 60.0
# How long the vendor's own code lets a pod start.
_LONGEST_START: Final = 600.0


def _or_usual(policy: ReplacePolicy | None) -> ReplacePolicy:
    return ReplacePolicy() if policy is None else policy


def _or_none(budget: Budget | None) -> Budget:
    return Budget() if budget is None else budget


@explains
@frozen(kw_only=True)
class FleetSettings:
    """
    How a fleet is kept, and how it ends: ``client.fleet(settings=FleetSettings(name="sweep"))``.

    Attributes:
        name: The fleet's name: 1 to 100 letters, digits, and ``-._`` between them.
        on_exit: What leaving it does to its pods: ``"delete"``, ``"pause"`` or ``"keep"``. What has
            used up ``budget.max_total`` or ``max_lifetime`` is paused in place of being kept.
        replace: When pods are replaced, and how often.
        budget: What it may cost.
        max_lifetime: Seconds after which it is ended. None for no such bound.
        exit_timeout: Seconds that ending it may take. None for what the number of its pods needs.
        signals: Whether SIGINT, SIGTERM and SIGHUP first end it as leaving its block does. None for
            only where the program, or its server, does not handle them itself.

    Raises:
        ConfigurationError: A setting that cannot work.
    """

    name: str
    on_exit: OnExit = "delete"
    replace: ReplacePolicy = field(default=None, converter=_or_usual)
    budget: Budget = field(default=None, converter=_or_none)
    max_lifetime: float | None = None
    exit_timeout: float | None = None
    signals: bool | None = None

    def __attrs_post_init__(self) -> None:
        check_fleet_name(self.name)
        check_kind("replace", self.replace, ReplacePolicy, "replacements=5")
        check_kind("budget", self.budget, Budget, "max_total=10")
        if self.on_exit not in get_args(OnExit):
            problem = 'must be "delete", "pause" or "keep"'
            hint = "It says what becomes of the pods when the fleet is left."
            raise ConfigurationError("on_exit", self.on_exit, problem, hint=hint)
        for name in ("max_lifetime", "exit_timeout"):
            value: object = getattr(self, name)
            if value is not None and not (is_finite(value) and value > 0):
                hint = "Leave it out for no bound of your own."
                raise ConfigurationError(name, value, "must be seconds, more than 0", hint=hint)

    def exit_seconds(self, how: OnExit, pods: int, limits: Limits) -> float:
        """
        Return how long ending a fleet may take.

        Args:
            how: What is done to its pods.
            pods: How many pods it has.
            limits: The limits of the key.

        Returns:
            The time in seconds.
        """
        if self.exit_timeout is not None:
            return self.exit_timeout
        # Twice what it takes, and a window that may be spent already. A pod can be paused only once
        # it runs.
        seconds = (2 * pods / limits.requests + 1) * limits.per + _MARGIN
        return seconds + min(self.replace.starting, _LONGEST_START) * (how == "pause")


def settings_of(settings: FleetSettings | None, given: Mapping[str, Any]) -> FleetSettings:
    """
    Return settings that are given as a whole, or each by itself; of these None is the default.

    Raises:
        ConfigurationError: A setting is not allowed, or is given in both ways.
    """
    given = {name: value for name, value in given.items() if value is not None}
    if settings is None:
        return FleetSettings(name=given.pop("name", None), **given)
    for name, value in given.items():
        hint = "Put it into the FleetSettings, or leave them out."
        raise ConfigurationError(name, value, "must not be given beside settings", hint=hint)
    return settings
