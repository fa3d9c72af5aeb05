"""
Where the next pod is tried: places are regions with a GPU type each, and some were full lately.

A place that refused for lack of stock, or whose pod failed, is left alone for a while, longer each
time; then one pod tries it again for all. So hundreds of creates do not each find out that a region
is full.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import product
from math import inf
from typing import Final, Literal

from attrs import define, field, frozen

from ..errors import ConfigurationError
from .numeric import is_finite, is_whole


__all__ = ["Place", "Placement", "Places"]

Strategy = Literal["ordered", "spread"]
_STRATEGIES: Final = ("ordered", "spread")
_GROWTH: Final = 2.0
_LONGEST: Final = 8  # times the first pause


def _texts(value: str | Iterable[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(dict.fromkeys(value))


@frozen
class Place:
    """A region, or None for any, and a GPU type."""

    region: str | None
    gpu_type: str

    def __str__(self) -> str:
        return f"{self.gpu_type} in {self.region or 'any region'}"


@frozen(kw_only=True)
class Placement:
    """
    Where a fleet's pods may run.

    Attributes:
        regions: Best first; none: those of each pod's spec, one after the other.
        gpu_types: Best first; none: that of each pod's spec.
        strategy: ``"ordered"`` fills the best place first, the best GPU type in all regions before
            the next type; ``"spread"`` keeps places equally full.
        quotas: At most so many pods in a region.
        pause: Seconds for which a place is left alone after it was full; doubled each time, up to
            eightfold.
        patience: Seconds for which one pod is tried again while every place is full.

    Raises:
        ConfigurationError: A setting that cannot be.
    """

    regions: tuple[str, ...] = field(default=(), converter=_texts)
    gpu_types: tuple[str, ...] = field(default=(), converter=_texts)
    strategy: Strategy = "ordered"
    quotas: Mapping[str, int] = field(factory=dict[str, int])
    pause: float = 60.0
    patience: float = 600.0

    def __attrs_post_init__(self) -> None:
        if self.strategy not in _STRATEGIES:
            hint = f"Use one of {', '.join(_STRATEGIES)}."
            raise ConfigurationError("strategy", self.strategy, "is none", hint=hint)
        for region, most in self.quotas.items():
            if not is_whole(most) or most < 0:
                hint = "Give a number of pods, 0 or more."
                raise ConfigurationError(f"quotas[{region!r}]", most, "is no quota", hint=hint)
        for name in ("pause", "patience"):
            value = getattr(self, name)
            if not is_finite(value) or value < 0:
                raise ConfigurationError(name, value, "not a duration", hint="Give seconds.")

    def places(self, regions: Iterable[str], gpu_type: str) -> tuple[Place, ...]:
        """Return the places of a pod whose spec names these regions and this type, best first."""
        named = self.regions or tuple(regions) or (None,)
        return tuple(
            Place(region, kind) for kind, region in product(self.gpu_types or (gpu_type,), named)
        )


@define(eq=False)
class _Memory:
    """
    What is known of one place.

    Attributes:
        strikes: How often in a row it was full.
        closed_until: The instant until which it is left alone.
        probing: Whether a pod is trying it for all.
    """

    strikes: int = 0
    closed_until: float = -inf
    probing: bool = False


@define(eq=False)
class Places:
    """What a fleet, and all others of its client, know of places."""

    _memory: dict[Place, _Memory] = field(factory=dict[Place, _Memory])

    def choose(
        self, places: Iterable[Place], placement: Placement, load: Mapping[Place, int], now: float
    ) -> Place | None:
        """
        Return where the next pod is tried, or None while all places are full.

        Args:
            places: Those that the pod may run in, best first.
            load: How many pods each place has, those under way included.
        """
        used = Counter[str | None]()
        for place, number in load.items():
            used[place.region] += number
        open_ = [
            place
            for place in places
            if self._is_open(place, now) and used[place.region] < _quota(placement, place)
        ]
        if not open_:
            return None
        if placement.strategy == "ordered":
            return open_[0]
        return min(open_, key=lambda place: load.get(place, 0))

    def begin(self, place: Place) -> None:
        """Note that a pod tries a place; one that was full is tried by one at a time."""
        memory = self._memory.get(place)
        if memory is not None and memory.strikes:
            memory.probing = True

    def was_full(self, place: Place, placement: Placement, now: float) -> None:
        """Note that a place refused a pod, or let it fail."""
        memory = self._memory.setdefault(place, _Memory())
        if now < memory.closed_until:
            return  # tried before that was known
        memory.strikes += 1
        factor = min(_GROWTH ** (memory.strikes - 1), _LONGEST)
        memory.closed_until, memory.probing = now + placement.pause * factor, False

    def was_free(self, place: Place) -> None:
        """Note that a place has taken a pod."""
        self._memory.pop(place, None)

    def gave_no_answer(self, place: Place) -> None:
        """Note that trying a place told nothing of it."""
        if place in self._memory:
            self._memory[place].probing = False

    def next_opening(self, places: Iterable[Place]) -> float:
        """Return the instant at which the first of some places may be tried again."""
        known = (self._memory.get(place) for place in places)
        return min((each.closed_until if each else -inf for each in known), default=inf)

    def _is_open(self, place: Place, now: float) -> bool:
        memory = self._memory.get(place)
        return memory is None or (memory.closed_until <= now and not memory.probing)


def _quota(placement: Placement, place: Place) -> float:
    return placement.quotas.get(place.region or "", inf)
