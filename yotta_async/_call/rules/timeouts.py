"""How long one exchange may take: always finite, since httpx has no bound for the whole."""

from collections.abc import Mapping
from typing import Any, Protocol

from attrs import frozen

from ...errors import ConfigurationError


__all__ = ["CONNECT_TIMEOUT", "ExchangeTimeout", "Phases", "Timeouts", "exchange_timeout"]

CONNECT_TIMEOUT = 10.0


class Phases(Protocol):
    """The time-outs of the phases of an exchange: an `httpx.Timeout` or an `httpx2.Timeout`."""

    def as_dict(self) -> dict[str, float | None]: ...


# Seconds for one exchange, or the time-outs of its phases.
Timeouts = float | Phases


@frozen
class ExchangeTimeout:
    """
    The time-outs of an exchange, in seconds.

    Attributes:
        phases: Of each phase, as httpx and httpx2 take them.
        total: Of the whole.
    """

    phases: Mapping[str, float]
    total: float


def exchange_timeout(timeout: Timeouts | ExchangeTimeout) -> ExchangeTimeout:
    """
    Read what a user has given; what was read already stays as it is.

    Raises:
        ConfigurationError: A time-out is missing, infinite or not positive.
    """
    if isinstance(timeout, ExchangeTimeout):
        return timeout
    phases = _phases_of(timeout)
    if not phases or not all(_is_finite(each) for each in phases.values()):
        what = "must be finite and more than zero"
        hint = "Give seconds, such as timeout=30.0: a silent server would hold a call for ever."
        raise ConfigurationError("timeout", timeout, what, hint=hint)
    if isinstance(timeout, int | float):
        return ExchangeTimeout(phases, timeout)
    return ExchangeTimeout(phases, phases["connect"] + phases["write"] + phases["read"])


def _phases_of(timeout: Timeouts) -> dict[str, Any]:
    if isinstance(timeout, bool):
        return {}
    if isinstance(timeout, int | float):
        phases = dict.fromkeys(("read", "write", "pool"), timeout)
        return {"connect": min(timeout, CONNECT_TIMEOUT), **phases}
    return timeout.as_dict() if hasattr(timeout, "as_dict") else {}


def _is_finite(seconds: Any) -> bool:
    return isinstance(seconds, int | float) and 0 < seconds < float("inf")
