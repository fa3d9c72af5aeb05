"""How long requests and answers are on their way."""

import math
from random import Random
from typing import Literal, Self

from attrs import field, frozen

from yotta_async.errors import ConfigurationError
from yotta_async.simulator._checks import one_of, seconds, span


__all__ = ["Latency"]

Distribution = Literal["uniform", "log-normal"]


@frozen(kw_only=True)
class Latency:
    """
    The time of one exchange, in seconds, drawn anew for each.

    Half of it is the way out, after which the server counts the request as arrived; the other
    half is the server's work and the way back.

    Attributes:
        low: The shortest exchange on an open connection.
        high: The longest.
        distribution: Uniform between them, or log-normal around their geometric mean and clipped.
        cold: The span from which the handshake of a new connection is drawn, on top.
        cold_requests: How many of the first requests pay for one.
    """

    low: float = field(default=0.1, validator=seconds)
    high: float = field(default=0.5, validator=seconds)
    distribution: Distribution = field(default="uniform", validator=one_of(Distribution))
    cold: tuple[float, float] = field(default=(0.1, 0.4), validator=span)
    cold_requests: int = 0

    def __attrs_post_init__(self) -> None:
        if self.low > self.high:
            raise ConfigurationError(
                "low", self.low, f"above high={self.high}", hint="Give low <= high."
            )

    @classmethod
    def none(cls) -> Self:
        """Everything arrives in the instant in which it is sent."""
        return cls(low=0.0, high=0.0)

    def draw(self, dice: Random) -> float:
        if self.distribution == "uniform" or self.low == 0.0:
            return dice.uniform(self.low, self.high)
        # Two sigmas reach from the geometric mean to either end.
        sigma = math.log(self.high / self.low) / 4
        return min(
            self.high, max(self.low, dice.lognormvariate(math.log(self.low * self.high) / 2, sigma))
        )

    def draw_handshake(self, dice: Random, *, earlier: int) -> float:
        """Return the handshake of the request that comes after `earlier` others."""
        return dice.uniform(*self.cold) if earlier < self.cold_requests else 0.0
