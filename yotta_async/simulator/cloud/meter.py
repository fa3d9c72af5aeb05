"""What something costs while it stands."""

from decimal import Decimal

from attrs import define


__all__ = ["HOURS_A_MONTH", "Meter"]

HOURS_A_MONTH = 730
_HOUR = 3600


@define(eq=False)
class Meter:
    """
    USD that run up at a rate which is turned up and down.

    Attributes:
        rate: USD an hour.
        since: Instant of the latest turn.
        spent: USD until then.
    """

    rate: Decimal = Decimal(0)
    since: float = 0.0
    spent: Decimal = Decimal(0)

    def turn(self, rate: Decimal, now: float) -> None:
        self.spent = self.cost(now)
        self.rate, self.since = rate, now

    def cost(self, now: float) -> Decimal:
        return self.spent + self.rate * Decimal(str(max(0.0, now - self.since))) / _HOUR
