"""How long requests and answers are on their way."""

import math
from random import Random
from typing import Literal, Self

from attrs import field, frozen

from yotta_async.errors import ConfigurationError
from yotta_async.errors._arguments import explains
from yotta_async.simulator._checks import one_of, seconds, span


__all__ = ["Latency"]

Distribution = Literal["uniform", "log-normal"]


@explains
@frozen(kw_only=True)
class Latency:
    """
    The time that one exchange takes, drawn anew for each.

    Half of it is the way to the server, at the end of which the request counts as arrived; the
    other half is the server's work and the way back.

    Attributes:
        low: Seconds of the shortest exchange on an open connection.
        high: Seconds of the longest.
        distribution: ``"uniform"`` between them, or ``"log-normal"`` around their geometric mean,
            clipped.
        cold: Seconds (shortest, longest) that the handshake of a new connection takes on top.
        cold_requests: How many of the first requests need a handshake.

    Raises:
        ConfigurationError: A setting that cannot work; it names the setting, the value and what is
            allowed.
    """

    low: float = field(default=0.1, validator=seconds)
    high: float = field(default=0.5, validator=seconds)
    distribution: Distribution = field(default="uniform", validator=one_of(Distribution))
    cold: tuple[float, float] = field(default=(0.1, 0.4), validator=span)
    cold_requests: int = 0

    def __attrs_post_init__(self) -> None:
        if self.low > self.high:
            raise ConfigurationError(
                "low", self.low, f"must be at most high={self.high}", hint="Swap them."
            )

    @classmethod
    def none(cls) -> Self:
        """
        Return the latency of a network on which everything arrives in the instant in which it is
        sent.

        Returns:
            The latency.
        """
        return cls(low=0.0, high=0.0)

    def draw(self, dice: Random) -> float:
        """
        Draw the time of one exchange.

        Args:
            dice: The source of chance.

        Returns:
            The time in seconds.
        """
        if self.distribution == "uniform" or self.low == 0.0:
            return dice.uniform(self.low, self.high)
        # Two sigmas reach from the geometric mean to either end.
        sigma = math.log(self.high / self.low) / 4
        return min(
            self.high, max(self.low, dice.lognormvariate(math.log(self.low * self.high) / 2, sigma))
        )

    def draw_handshake(self, dice: Random, *, earlier: int) -> float:
        """
        Draw the time of the handshake before a request.

        Args:
            dice: The source of chance.
            earlier: How many requests came before it.

        Returns:
            Seconds; 0 if its connection is open.
        """
        return dice.uniform(*self.cold) if earlier < self.cold_requests else 0.0
