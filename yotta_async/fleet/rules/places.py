"""Where a fleet's pods may run, as its user says it."""

from collections.abc import Iterable, Mapping
from itertools import product
from math import inf
from typing import Final, Literal

from attrs import field, frozen

from ..._checks import is_finite, is_whole
from ...errors import ConfigurationError
from ...errors._arguments import explains


__all__ = ["Place", "Placement"]

Strategy = Literal["ordered", "spread"]
_STRATEGIES: Final = ("ordered", "spread")
_ALLOWED: Final = 'must be "ordered" or "spread"'


def _texts(value: str | Iterable[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(dict.fromkeys(value))


def _copied(value: Mapping[str, int]) -> Mapping[str, int]:
    return dict(value)


@explains
@frozen(cache_hash=True)
class Place:
    """
    A region and a GPU type.

    Attributes:
        region: The region's code. None for any region.
        gpu_type: The GPU's code.
    """

    region: str | None
    gpu_type: str

    def __str__(self) -> str:
        return f"{self.gpu_type} in {self.region or 'any region'}"


@explains
@frozen(kw_only=True)
class Placement:
    """
    Where a fleet's pods may run.

    Attributes:
        regions: The regions' codes, best first. Empty for those of each pod's spec, one after the
            other.
        gpu_types: The GPUs' codes, best first. Empty for that of each pod's spec.
        strategy: ``"ordered"`` fills the best place first, the best GPU type in all regions before
            the next type; ``"spread"`` keeps places equally full.
        quotas: The largest number of pods in a region, by the region's code.
        pause: Seconds for which a place is left alone after it was full; doubled each time, up to
            eightfold.

    Raises:
        ConfigurationError: A setting that cannot work.
    """

    regions: tuple[str, ...] = field(default=(), converter=_texts)
    gpu_types: tuple[str, ...] = field(default=(), converter=_texts)
    strategy: Strategy = "ordered"
    quotas: Mapping[str, int] = field(factory=dict[str, int], converter=_copied)
    pause: float = 60.0

    def __attrs_post_init__(self) -> None:
        if self.strategy not in _STRATEGIES:
            hint = "The first fills the best place first, the second keeps places equally full."
            raise ConfigurationError("strategy", self.strategy, _ALLOWED, hint=hint)
        for name in ("regions", "gpu_types"):
            _check_names(name, getattr(self, name))
        pause: object = self.pause
        if not is_finite(pause) or pause < 0:
            hint = "It doubles each time that a place is full, up to eightfold."
            raise ConfigurationError("pause", pause, "must be seconds, 0 or more", hint=hint)
        self._check_quotas()

    def _check_quotas(self) -> None:
        _check_names("quotas", self.quotas)
        for region, most in self.quotas.items():
            if not is_whole(most) or most < 0:
                problem = "must be a whole number of pods, 0 or more"
                hint = "Leave the region out for no quota."
                raise ConfigurationError(f"quotas[{region!r}]", most, problem, hint=hint)
            if self.regions and region not in self.regions:
                # A misspelt region would have no quota at all.
                hint = f"They are {', '.join(self.regions)}."
                raise ConfigurationError("quotas", region, "must be one of the regions", hint=hint)

    def places(self, regions: Iterable[str], gpu_type: str) -> tuple[Place, ...]:
        """
        Return where a pod may run.

        Args:
            regions: The regions of its spec.
            gpu_type: The GPU type of its spec.

        Returns:
            The places, best first.
        """
        named = self.regions or tuple(dict.fromkeys(regions)) or (None,)
        return tuple(
            Place(region, kind) for kind, region in product(self.gpu_types or (gpu_type,), named)
        )

    def quota(self, place: Place) -> float:
        """
        Return how many pods a place's region may have.

        Args:
            place: The place.

        Returns:
            The number of pods, without a unit; infinite where there is no quota.
        """
        return inf if place.region is None else self.quotas.get(place.region, inf)


def _check_names(field_name: str, names: Iterable[object]) -> None:
    for name in names:
        if not isinstance(name, str) or not name.strip():
            hint = "Leave it out for those of each pod's spec."
            raise ConfigurationError(field_name, name, "must be a name that is no blank", hint=hint)
