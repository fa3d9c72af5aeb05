"""What pods cost an hour: as the list tells it, or else as the GPUs on offer do."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from attrs import field, frozen

from .._client import AsyncYotta
from ..errors import UnsupportedOperationError, YottaError
from ..fleet import prices_of
from ..models import GpuOffer, Pod
from ..models._lifecycle import Phase, phase


__all__ = ["Prices", "offers", "prices_for"]


async def offers(client: AsyncYotta) -> list[GpuOffer]:
    """Return the GPUs on offer, or none where they cannot be had: they are for words alone."""
    try:
        return await client.gpus.list()
    except UnsupportedOperationError:
        return []
    except YottaError:
        return []  # the request that matters will fail likewise, and say why


async def prices_for(client: AsyncYotta, pods: Iterable[Pod]) -> "Prices":
    """Return what these pods cost; v1 leaves that out of its list, and is asked for the GPUs."""
    if all(pod.price_per_hour is not None for pod in pods):
        return Prices()
    return Prices(prices_of(await offers(client)))


@frozen
class Prices:
    """
    What pods cost.

    Attributes:
        told: USD of one GPU and hour, by GPU type.
    """

    told: Mapping[str, Decimal] = field(factory=dict[str, Decimal])

    def of(self, pod: Pod) -> Decimal | None:
        """Return USD an hour while a pod runs, or None if its price is not known."""
        if pod.price_per_hour is not None or pod.gpu_count is None:
            return pod.price_per_hour
        each = self.told.get(pod.gpu_type or "")
        return None if each is None else each * pod.gpu_count

    def total(self, pods: Iterable[Pod]) -> Decimal | None:
        """Return USD an hour for those that run, or None if one has no known price."""
        prices = [self.of(pod) for pod in pods if phase(pod.status) is Phase.UP]
        known = [price for price in prices if price is not None]
        return sum(known, Decimal(0)) if len(known) == len(prices) else None

    def words(self, pods: Iterable[Pod]) -> str:
        """Return the same in words."""
        total = self.total(pods)
        return "price unknown" if total is None else f"${total:.2f} an hour"
