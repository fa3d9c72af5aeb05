"""How a fleet is to be kept, and how it is to end."""

from typing import Final, get_args

from attrs import field, frozen

from .._checks import is_finite
from .._scheduling.rules.limits import Limits
from ..errors import ConfigurationError
from ._ending import OnExit
from .rules.members import ReplacePolicy
from .rules.money import Budget
from .rules.names import check_fleet_name


__all__ = ["FleetSettings"]

# Seconds on top of what the limits take, for lists and for requests that go wrong.
_MARGIN: Final = 60.0
# What the vendor's own people give a pod to start.
_LONGEST_START: Final = 600.0


def _or_usual(policy: ReplacePolicy | None) -> ReplacePolicy:
    return policy or ReplacePolicy()


def _or_none(budget: Budget | None) -> Budget:
    return budget or Budget()


@frozen(kw_only=True)
class FleetSettings:
    """
    What `AsyncYotta.fleet` was given.

    Attributes:
        name: The fleet's name: 1 to 100 letters, digits, and ``-._`` between them.
        on_exit: What leaving it does to its pods: ``"delete"``, ``"pause"`` or ``"keep"``.
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
        if self.on_exit not in get_args(OnExit):
            hint = f"Use one of {', '.join(get_args(OnExit))}."
            raise ConfigurationError("on_exit", self.on_exit, "is none", hint=hint)
        for name in ("max_lifetime", "exit_timeout"):
            value: object = getattr(self, name)
            if value is not None and not (is_finite(value) and value > 0):
                hint = "Give seconds, more than 0, or leave it out."
                raise ConfigurationError(name, value, "is no duration", hint=hint)

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
