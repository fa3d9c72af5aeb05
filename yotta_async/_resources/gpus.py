"""Which GPUs are on offer."""

from collections.abc import Iterable
from typing import Final

from attrs import define

from .._checks import is_whole
from ..errors import ConfigurationError
from ..errors._arguments import explained
from ..models import GpuOffer, Listing
from ..models._spec_fields import as_regions
from .calls import Calls, Noun


__all__ = ["Gpus"]

# The bounds of the API, in GB; both ends of each must be sent.
_MOST: Final = 1536


@define(eq=False, repr=False)
class Gpus(Noun):
    """GPUs on offer. Only v1 has this query; in v2 `VMs.types` is the nearest."""

    _calls: Calls

    @explained
    async def list(
        self,
        *,
        regions: str | Iterable[str] = (),
        min_vram: int = 0,
        max_vram: int = _MOST,
        min_ram: int | None = None,
        max_ram: int | None = None,
    ) -> Listing[GpuOffer]:
        """
        Return the GPUs on offer.

        Args:
            regions: One region's code or several; empty means all.
            min_vram: The least memory of one GPU in GB, 0 to 1536.
            max_vram: The largest memory of one GPU in GB, 0 to 1536.
            min_ram: The least RAM for one GPU in GB, 0 to 1536. None for no bound.
            max_ram: The largest RAM for one GPU in GB, 0 to 1536. None for no bound.

        Returns:
            The offers, in one list without pages, and beside it what cannot be read.

        Raises:
            UnsupportedOperationError: The client speaks v2, which has no such operation.
            ConfigurationError: A bound that is not a whole number from 0 to 1536; nothing was sent.
            APIError: Any other refusal, and failures after all attempts.

        Source: v1 ``listGpusV1``, ``POST /openapi/v1/gpus/list``.
        """
        bounds = {
            "min_vram": min_vram,
            "max_vram": max_vram,
            "min_ram": min_ram,
            "max_ram": max_ram,
        }
        given = {name: value for name, value in bounds.items() if value is not None}
        for name, value in given.items():
            _check_bound(name, value)
        places = list(as_regions(regions))
        return await self._calls.fetch_list(GpuOffer, "listGpus", regions=places, **given)


def _check_bound(name: str, value: object) -> None:
    if not is_whole(value) or not 0 <= value <= _MOST:
        problem = f"must be a whole number of GB, 0 to {_MOST}"
        raise ConfigurationError(name, value, problem, hint="Leave it out for no bound.")
