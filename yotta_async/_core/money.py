"""What pods cost: a meter that reads it off the lists, and a budget that must not be exceeded."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from math import inf
from typing import Final, Protocol, TypeAlias

from attrs import define, field, frozen

from ..errors import ConfigurationError
from .lifecycle import Phase, phase
from .placement import Place


__all__ = ["Budget", "Meter"]

_HOUR: Final = 3600


class PricedPod(Protocol):
    """What is looked at of a pod."""

    @property
    def id(self) -> str: ...

    @property
    def status(self) -> str: ...

    @property
    def region(self) -> str | None: ...

    @property
    def gpu_type(self) -> str | None: ...

    @property
    def price_per_hour(self) -> Decimal | None: ...


MoneyLike: TypeAlias = Decimal | int | float | str


def _money(name: str, value: object) -> Decimal | None:
    if value is None:
        return None
    if isinstance(value, int | float | str | Decimal) and not isinstance(value, bool):
        try:
            amount = Decimal(str(value))
        except ArithmeticError:
            amount = Decimal("NaN")
        if amount.is_finite() and amount >= 0:
            return amount
    hint = 'Give USD, such as Decimal("130").'
    raise ConfigurationError(name, value, "is no amount of money", hint=hint)


def _per_hour(value: MoneyLike | None) -> Decimal | None:
    return _money("max_per_hour", value)


def _in_total(value: MoneyLike | None) -> Decimal | None:
    return _money("max_total", value)


def _prices(values: Mapping[str, MoneyLike]) -> Mapping[str, Decimal]:
    return {
        kind: _money(f"prices[{kind!r}]", value) or Decimal(0) for kind, value in values.items()
    }


@frozen(kw_only=True)
class Budget:
    """
    What a fleet may cost; amounts in USD, given as Decimal, int or text.

    Attributes:
        max_per_hour: A pod that would cost more than that, with all others of the fleet, is not
            made.
        max_total: When the fleet has cost so much, it is ended.
        prices: Of one GPU and hour, by GPU type, for what the server has not told a price of yet.

    Raises:
        ConfigurationError: No amount of money.
    """

    max_per_hour: Decimal | None = field(default=None, converter=_per_hour)
    max_total: Decimal | None = field(default=None, converter=_in_total)
    prices: Mapping[str, Decimal] = field(factory=dict[str, Decimal], converter=_prices)


@define(eq=False)
class Meter:
    """
    Reads off the lists what pods cost.

    A pod costs from the list that first shows it running, back to the list before: at most a tick
    too much. GPUs are counted, volumes and disks are not.

    Attributes:
        spent: USD so far, by place.
        prices: USD of one GPU and hour, by GPU type, as the server told them.
    """

    spent: dict[Place, Decimal] = field(factory=dict[Place, Decimal])
    prices: dict[str, Decimal] = field(factory=dict[str, Decimal])
    _seen_at: float = inf

    @property
    def total(self) -> Decimal:
        """USD so far."""
        return sum(self.spent.values(), Decimal(0))

    def read(self, pods: Iterable[PricedPod], now: float) -> None:
        """Take in a list, which was asked for at an instant."""
        hours = Decimal(str(max(0.0, now - self._seen_at))) / _HOUR
        self._seen_at = now
        for pod in pods:
            if phase(pod.status) is Phase.UP and pod.price_per_hour is not None:
                place = Place(pod.region, pod.gpu_type or "")
                self.spent[place] = self.spent.get(place, Decimal(0)) + hours * pod.price_per_hour
