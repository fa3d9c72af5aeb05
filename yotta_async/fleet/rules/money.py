"""What pods cost: a meter that reads it off the lists, and a budget that must not be exceeded."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final, Protocol, TypeAlias

from attrs import define, field, frozen

from ...errors import ConfigurationError
from ...errors._arguments import explains
from ...models._lifecycle import Phase, phase
from .places import Place


__all__ = ["Budget", "Meter"]

_HOUR: Final = 3600
# Of so many pods that lists show no more it is known until when they are paid for.
_REMEMBERED: Final = 1024
# A pod that stands so may have run, until it was last updated; one that has FAILED may not.
_HAS_RUN: Final = (Phase.UP, Phase.RESTING, Phase.MOVING)
_HINT: Final = 'Give a Decimal, a number or a text, such as Decimal("130").'


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
    def gpu_count(self) -> int | None: ...

    @property
    def single_card_price(self) -> Decimal | None: ...

    @property
    def created_at(self) -> datetime | None: ...

    @property
    def updated_at(self) -> datetime | None: ...


MoneyLike: TypeAlias = Decimal | int | float | str


def _money(name: str, value: object) -> Decimal:
    if isinstance(value, int | float | str | Decimal) and not isinstance(value, bool):
        try:
            # A float by its shortest text: 0.1 is ten cents.
            amount = Decimal(str(value) if isinstance(value, float) else value)
        except ArithmeticError:
            amount = Decimal("NaN")
        if amount.is_finite() and amount >= 0:
            return amount
    raise ConfigurationError(name, value, "must be an amount in USD, 0 or more", hint=_HINT)


def _per_hour(value: MoneyLike | None) -> Decimal | None:
    return None if value is None else _money("max_per_hour", value)


def _in_total(value: MoneyLike | None) -> Decimal | None:
    return None if value is None else _money("max_total", value)


def _prices(values: Mapping[str, MoneyLike]) -> Mapping[str, Decimal]:
    return {kind: _money(f"prices[{kind!r}]", value) for kind, value in values.items()}


@explains
@frozen(kw_only=True)
class Budget:
    """
    What a fleet may cost; amounts in USD, given as Decimal, number or text.

    Attributes:
        max_per_hour: USD an hour: a pod that would cost more than that, together with all others of
            the fleet, is not made. None for no such bound.
        max_total: USD in all: when the fleet has cost as much, it is ended. What pods of earlier
            runs have cost since they were made counts, as far as lists still show them. None for no
            such bound.
        prices: USD of one GPU and hour, by GPU type, where the server has not told a price yet.

    Raises:
        ConfigurationError: An amount that is not one of money.
    """

    max_per_hour: Decimal | None = field(default=None, converter=_per_hour)
    max_total: Decimal | None = field(default=None, converter=_in_total)
    prices: Mapping[str, Decimal] = field(factory=dict[str, Decimal], converter=_prices)

    @property
    def is_bounded(self) -> bool:
        """Whether it bounds anything."""
        return self.max_per_hour is not None or self.max_total is not None

    def price(self, gpu_type: str, gpu_count: int, told: Mapping[str, Decimal]) -> Decimal | None:
        """
        Return what a pod would cost.

        Args:
            gpu_type: The GPU's code.
            gpu_count: How many GPUs it would have.
            told: USD of one GPU and hour, by GPU type, as the server told them.

        Returns:
            USD an hour, or None if the price is not known.
        """
        each = told.get(gpu_type, self.prices.get(gpu_type))
        return None if each is None else each * gpu_count

    def allows(self, price: Decimal | None, others: Decimal) -> bool:
        """
        Return whether one more pod may be made. One without a known price may not, where there is a
        bound.

        Args:
            price: USD an hour of the pod. None if it is not known.
            others: USD an hour of all others of the fleet, those under way included.

        Returns:
            Whether it may.
        """
        if self.max_per_hour is None:
            return True
        return price is not None and others + price <= self.max_per_hour

    def is_spent(self, total: Decimal) -> bool:
        """
        Return whether a fleet is to be ended.

        Args:
            total: USD that it has cost so far.

        Returns:
            Whether it has cost all that it may.
        """
        return self.max_total is not None and total >= self.max_total


@define(eq=False)
class Meter:
    """
    Reads off the lists what a fleet's pods cost.

    A pod costs from the list before the first that shows it running to the list after the last: at
    most a tick too much at either end. One that is there already when it is first seen costs from
    when it was made, as if it had been running since then; so what earlier runs have made counts,
    and never too little, except for what ran between two lists only. GPUs are counted, volumes and
    disks are not.

    Attributes:
        assumed: USD of one GPU and hour, by GPU type, for what the server tells no price of.
        spent: USD so far, by place.
        prices: USD of one GPU and hour, by GPU type, as the server told them; where it told
            several, the highest.
        unpriced: How many pods run whose price is not known.
    """

    assumed: Mapping[str, Decimal] = field(factory=dict[str, Decimal])
    spent: dict[Place, Decimal] = field(factory=dict[Place, Decimal])
    prices: dict[str, Decimal] = field(factory=dict[str, Decimal])
    unpriced: int = 0
    _running: dict[str, tuple[Place, Decimal]] = field(factory=dict[str, tuple[Place, Decimal]])
    # Until when each pod is counted, those last seen at the end; seconds without a known price.
    _paid: dict[str, float] = field(factory=dict[str, float])
    _owed: dict[str, float] = field(factory=dict[str, float])
    _seen_at: float | None = None

    @property
    def total(self) -> Decimal:
        """USD so far."""
        return sum(self.spent.values(), Decimal(0))

    @property
    def per_hour(self) -> Decimal:
        """USD an hour for what the last list showed running."""
        return sum((price for _, price in self._running.values()), Decimal(0))

    def tell(self, gpu_type: str, price: Decimal | None) -> None:
        """Take in what one GPU of a type costs an hour, as the server tells it."""
        if price is not None and _is_price(price):
            self.prices[gpu_type] = max(price, self.prices.get(gpu_type, price))

    def read(
        self, pods: Iterable[PricedPod], now: float, server_time: datetime | None = None
    ) -> None:
        """
        Take in a list of the fleet's pods, which was asked for at an instant.

        Args:
            now: The instant, in seconds on a clock that does not stand while the server's goes on.
            server_time: The same on the server's clock, which tells how old the pods are.
        """
        if self._seen_at is not None and now < self._seen_at:
            return  # overtaken by a later list
        pods, self.unpriced = list(pods), 0
        for pod in pods:
            self.tell(pod.gpu_type or "", pod.single_card_price)
        before, self._running = self._running, {}
        for pod in pods:
            self._take_in(pod, now, server_time, ran=pod.id in before)
        for pod_id in before.keys() - {pod.id for pod in pods}:
            self._pay(*before[pod_id], now - self._paid[pod_id])
            self._note_paid(pod_id, now)
        self._forget(_REMEMBERED + len(pods))
        self._seen_at = now

    def _take_in(
        self, pod: PricedPod, now: float, server_time: datetime | None, *, ran: bool
    ) -> None:
        is_up, price = phase(pod.status) is Phase.UP, self.price(pod)
        owed = self._owed.pop(pod.id, 0.0)
        if pod.id not in self._paid:
            since_last = now - (now if self._seen_at is None else self._seen_at)
            owed += since_last * is_up if pod.created_at is None else _past(pod, server_time)
        elif is_up or ran:
            owed += now - self._paid[pod.id]
        self._note_paid(pod.id, now)
        place = Place(pod.region, pod.gpu_type or "")
        if price is None:
            self.unpriced += is_up
            self._owed[pod.id] = owed
        elif is_up or owed:
            self._pay(place, price, owed)
        if is_up and price is not None:
            self._running[pod.id] = place, price

    def _pay(self, place: Place, price: Decimal, seconds: float) -> None:
        cost = Decimal(str(seconds)) / _HOUR * price
        self.spent[place] = self.spent.get(place, Decimal(0)) + cost

    def _note_paid(self, pod_id: str, now: float) -> None:
        self._paid.pop(pod_id, None)
        self._paid[pod_id] = now

    def _forget(self, most: int) -> None:
        while len(self._paid) > most:
            oldest = next(iter(self._paid))
            del self._paid[oldest]
            self._owed.pop(oldest, None)

    def price(self, pod: PricedPod) -> Decimal | None:
        """Return USD an hour of a pod while it runs, or None if that is not known."""
        kind, each = pod.gpu_type or "", pod.single_card_price
        if each is None or not _is_price(each):
            each = self.prices.get(kind, self.assumed.get(kind))
        return None if each is None or pod.gpu_count is None else each * pod.gpu_count


def _past(pod: PricedPod, server_time: datetime | None) -> float:
    """Return for how many seconds a pod may have run before it was first seen, at most."""
    stands = phase(pod.status)
    until = server_time if stands is Phase.UP else pod.updated_at
    if pod.created_at is None or until is None or stands not in _HAS_RUN:
        return 0.0
    return max(0.0, (until - pod.created_at).total_seconds())


def _is_price(value: Decimal) -> bool:
    # A price below nothing would hide what the others cost.
    return value.is_finite() and value >= 0
