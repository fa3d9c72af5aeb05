"""Exponential back-off that ends at a maximum and cannot overflow, however large the count."""

from attrs import frozen


__all__ = ["Backoff"]


@frozen(kw_only=True)
class Backoff:
    """
    Waits that grow by a factor until they reach a maximum.

    The unit is the user's: seconds, or multiples of an interval that is known only later.

    Attributes:
        initial: The first wait; at least 0.
        factor: By which each wait is longer than the one before; at least 1.
        maximum: The longest wait; it is the first one, too, if ``initial`` is longer.
    """

    initial: float
    factor: float
    maximum: float

    def after(self, count: int) -> float:
        """
        Return the wait after so many failures, or quiet looks, beyond the first.

        The factor is raised to the count by squaring: 60 multiplications for 10**18. Unlike ``**``
        a product of floats becomes infinite instead of raising `OverflowError`.
        """
        wait, factor = self.initial, float(self.factor)
        while count > 0 and 0 < wait < self.maximum:
            if count % 2:
                wait *= factor
            factor *= factor
            count //= 2
        return min(wait, self.maximum)

    def after_waiting(self, elapsed: float) -> float:
        """Return the wait that makes the time waited in all, so far ``elapsed``, grow by the
        factor.
        """
        return min(max(self.initial, elapsed * (self.factor - 1)), self.maximum)
