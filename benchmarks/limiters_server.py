"""A server that only counts: the simulator's own models of limits and latency."""

from collections.abc import Awaitable, Callable
from random import Random

import anyio
from attrs import define, field

from yotta_async.simulator import Latency, ServerLimits
from yotta_async.simulator.server_limits import RateModel


__all__ = ["Exchange", "Server"]

# One request and its answer: whether it was admitted.
Exchange = Callable[[], Awaitable[bool]]


@define(eq=False)
class Server:
    """
    Admits a request or refuses it, half an exchange after it was sent.

    Attributes:
        sent: Requests sent so far, refused ones too.
        refused: How many it has refused.
        rate: The model of the limit; it knows the worst window.
    """

    limits: ServerLimits
    latency: Latency
    dice: Random
    sent: int = 0
    refused: int = 0
    rate: RateModel = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.rate = self.limits.rate_model()

    async def request(self) -> bool:
        """Make one exchange; return whether it was admitted."""
        handshake, exchange = self._draw()
        await anyio.sleep(handshake + exchange / 2)
        admitted = self.rate.admit(anyio.current_time()) is None
        self.refused += not admitted
        await anyio.sleep(exchange / 2)
        return admitted

    def wire_times(self, count: int) -> list[float]:
        """Return how long the next exchanges would be on the wire, one after the other."""
        return [sum(self._draw()) for _ in range(count)]

    def _draw(self) -> tuple[float, float]:
        exchange = self.latency.draw(self.dice)
        handshake = self.latency.draw_handshake(self.dice, earlier=self.sent)
        self.sent += 1
        return handshake, exchange
