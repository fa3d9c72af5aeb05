"""The gate before the cloud: who may come in, and a record of everybody who might not."""

from datetime import datetime

from attrs import define, field

from yotta_async.simulator.server_limits import (
    OperationSlots,
    RateModel,
    ServerLimits,
    Violation,
)
from yotta_async.simulator.style import WireStyle, refusal
from yotta_async.simulator.wire import Reply, Request


__all__ = ["Gate"]


@define(eq=False, kw_only=True)
class Gate:
    """
    The key check and the limits, one set of them for the account.

    Attributes:
        violations: Every refusal for a limit, oldest first.
        speed: Simulated seconds per second of the client's; what a refusal tells it to wait is its.
    """

    limits: ServerLimits
    style: WireStyle
    api_key: str | None = field(repr=False)
    rate: RateModel
    slots: OperationSlots
    violations: list[Violation] = field(factory=list[Violation])
    speed: float = 1.0

    def turn_away(
        self, request: Request, operation: str, now: float, wall: datetime, *, takes_slot: bool
    ) -> Reply | None:
        """Return the refusal, or None for a request that may come in; it counts either way."""
        return (
            self._check_key(request)
            or self._check_rate(operation, now, wall)
            or (self._check_slots(operation, now, wall) if takes_slot else None)
        )

    def _check_key(self, request: Request) -> Reply | None:
        key = request.headers.get("x-api-key", "")
        if key and self.api_key in {None, key}:
            return None
        return self.style.envelope(
            None,
            code=self.style.bad_key_code,
            message="Authentication context not found",
            status=self.style.bad_key_status,
        )

    def _check_rate(self, operation: str, now: float, wall: datetime) -> Reply | None:
        wait = self.rate.admit(now)
        if wait is None:
            return None
        detail = f"more than {self.rate.requests} requests in {self.rate.per:g} s"
        self.violations.append(
            Violation(instant=now, kind="rate", operation=operation, detail=detail)
        )
        return refusal(self.style, "too many requests", wait / self.speed, wall)

    def _check_slots(self, operation: str, now: float, wall: datetime) -> Reply | None:
        wait = self.slots.admit(now)
        if wait is None:
            return None
        detail = f"more than {self.slots.limit} pod operations at once"
        self.violations.append(
            Violation(instant=now, kind="concurrency", operation=operation, detail=detail)
        )
        return refusal(self.style, "too many concurrent pod operations", wait / self.speed, wall)
