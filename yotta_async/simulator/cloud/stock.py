"""How many GPUs of each type are free in each region."""

from collections.abc import Collection, Mapping

from attrs import define, field

from yotta_async.errors import ConfigurationError


__all__ = ["Stock"]


def _copy(stock: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    return {region: dict(gpus) for region, gpus in stock.items()}


@define(eq=False)
class Stock:
    """Free GPUs by region and type; what it is made from is copied."""

    free: dict[str, dict[str, int]] = field(converter=_copy)

    def __attrs_post_init__(self) -> None:
        for region, gpus in self.free.items():
            for gpu_type, number in gpus.items():
                if number < 0:
                    raise ConfigurationError(
                        f"stock[{region!r}][{gpu_type!r}]",
                        number,
                        "must be a number of free GPUs, 0 or more",
                        hint="0 is for a region that is sold out.",
                    )

    def knows(self, gpu_type: str) -> bool:
        return any(gpu_type in gpus for gpus in self.free.values())

    def find(self, gpu_type: str, number: int, regions: Collection[str] = ()) -> str | None:
        """Return the region, of those named or of all, with most of them free, or None."""
        rooms = [
            (gpus.get(gpu_type, 0), region)
            for region, gpus in sorted(self.free.items())
            if not regions or region in regions
        ]
        most, region = max(rooms, key=lambda room: room[0], default=(0, ""))
        return region if most >= number else None

    def empty(self, region: str) -> None:
        """Leave nothing in a region; what is given back there from now on is free again."""
        self.free[region] = dict.fromkeys(self.free.get(region, {}), 0)

    def take(self, region: str, gpu_type: str, number: int) -> None:
        self.free[region][gpu_type] -= number

    def give_back(self, region: str, gpu_type: str, number: int) -> None:
        self.free[region][gpu_type] += number
