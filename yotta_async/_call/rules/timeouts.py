"""How long one exchange may take: always finite, since httpx has no bound for the whole."""

from typing import Any, Protocol

from ...errors import ConfigurationError


__all__ = ["Phases", "Timeouts", "exchange_timeout"]

CONNECT_TIMEOUT = 10.0


class Phases(Protocol):
    """The time-outs of the phases of an exchange: an `httpx.Timeout` or an `httpx2.Timeout`."""

    def as_dict(self) -> dict[str, float | None]: ...


# Seconds for one exchange, or the time-outs of its phases.
Timeouts = float | Phases


def exchange_timeout(timeout: Timeouts) -> tuple[dict[str, float], float]:
    """
    Return the time-outs of the phases of an exchange, and of the whole, in seconds.

    Raises:
        ConfigurationError: A time-out is missing, infinite or not positive.
    """
    phases = _phases_of(timeout)
    if not phases or not all(_is_finite(each) for each in phases.values()):
        hint = "Give seconds, such as timeout=30.0: a silent server would hold a call for ever."
        raise ConfigurationError("timeout", timeout, "must be finite and more than zero", hint=hint)
    if isinstance(timeout, int | float):
        return phases, timeout
    return phases, phases["connect"] + phases["write"] + phases["read"]


def _phases_of(timeout: Timeouts) -> dict[str, Any]:
    if isinstance(timeout, bool):
        return {}
    if isinstance(timeout, int | float):
        phases = dict.fromkeys(("read", "write", "pool"), timeout)
        return {"connect": min(timeout, CONNECT_TIMEOUT), **phases}
    return timeout.as_dict() if hasattr(timeout, "as_dict") else {}


def _is_finite(seconds: Any) -> bool:
    return isinstance(seconds, int | float) and 0 < seconds < float("inf")
