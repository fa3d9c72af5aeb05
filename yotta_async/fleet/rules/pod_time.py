"""
What each item of a map takes of the time that is paid for.

The time of a pod that runs is divided without a rest: what passes while items are at work belongs
to them, in equal parts; what passes while none is belongs to the next one that is begun there, and
after the last one to none.
"""

from decimal import Decimal
from typing import Final

from attrs import define, field


__all__ = ["Share", "WorkBooks"]

_HOUR: Final = 3600


@define(eq=False)
class Share:
    """
    What one item has taken of its pods so far.

    Attributes:
        seconds: For which it was at work.
        idle_seconds: For which a pod was paid and waited for it.
        cost: USD; None once the price of one of its pods was not known.
    """

    seconds: float = 0.0
    idle_seconds: float = 0.0
    cost: Decimal | None = Decimal(0)

    def pay(self, price: Decimal | None, seconds: float) -> None:
        """Add what a pod costs for some seconds, at USD an hour."""
        known = price is not None and self.cost is not None
        self.cost = (self.cost or 0) + cost_of(price or Decimal(0), seconds) if known else None


def cost_of(price: Decimal, seconds: float) -> Decimal:
    """Return the USD for some seconds, at USD an hour."""
    return Decimal(str(seconds)) * price / _HOUR


@define(eq=False)
class _PodTime:
    """
    The time of one pod that runs.

    Attributes:
        since: The instant up to which it is divided.
        price: USD an hour. None if it is not known.
        idle: Seconds that no item has taken yet.
        items: What is at work on it.
    """

    since: float
    price: Decimal | None
    idle: float = 0.0
    items: list[Share] = field(factory=list[Share])

    def divide(self, now: float) -> None:
        seconds, self.since = max(0.0, now - self.since), max(now, self.since)
        if not self.items:
            self.idle += seconds
        for item in self.items:
            item.seconds += seconds
            item.pay(self.price, seconds / len(self.items))


@define(eq=False)
class WorkBooks:
    """
    The time of all pods of a map.

    Attributes:
        idle_seconds: Seconds of pods that run no more which no item has taken.
        idle_cost: USD for these, as far as the prices are known.
    """

    idle_seconds: float = 0.0
    idle_cost: Decimal = Decimal(0)
    _pods: dict[str, _PodTime] = field(factory=dict[str, _PodTime])
    _ids: dict[str, str] = field(factory=dict[str, str])

    def see(self, key: str, pod_id: str | None, price: Decimal | None, now: float) -> None:
        """
        Note which pod of a key runs.

        Args:
            key: The key of a member of the fleet.
            pod_id: The pod. None if none runs.
            price: USD an hour. None if it is not known.
            now: The instant.
        """
        before = self._ids.get(key)
        if before != pod_id:
            if before is not None:
                self._stop(before, now)
                del self._ids[key]
            if pod_id is not None:
                self._ids[key] = pod_id
                self._pods[pod_id] = _PodTime(now, price)
        elif pod_id is not None and self._pods[pod_id].price is None:
            self._pods[pod_id].price = price

    def running(self, key: str) -> str | None:
        """Return the pod of a key that runs; None if none does."""
        return self._ids.get(key)

    def begin(self, pod_id: str, item: Share, now: float) -> None:
        """Note that an item is begun on a pod; the time that it has waited for one is its own."""
        if (pod := self._pods.get(pod_id)) is None:
            return
        pod.divide(now)
        if pod.idle:
            item.idle_seconds += pod.idle
            item.pay(pod.price, pod.idle)
            pod.idle = 0.0
        pod.items.append(item)

    def end(self, pod_id: str, item: Share, now: float) -> None:
        """Note that an item is at work on a pod no more."""
        pod = self._pods.get(pod_id)
        if pod is not None and item in pod.items:
            pod.divide(now)
            pod.items.remove(item)

    def idle(self, now: float) -> tuple[float, Decimal]:
        """Return the seconds that no item has taken, up to an instant, and USD for them."""
        seconds, cost = self.idle_seconds, self.idle_cost
        for pod in self._pods.values():
            pod.divide(now)
            seconds += pod.idle
            cost += cost_of(pod.price or Decimal(0), pod.idle)
        return seconds, cost

    def close(self, now: float) -> None:
        """Note that the map is over: what its pods do from now on is not its own."""
        for key in list(self._ids):
            self.see(key, None, None, now)

    def _stop(self, pod_id: str, now: float) -> None:
        pod = self._pods.pop(pod_id)
        pod.divide(now)
        self.idle_seconds += pod.idle
        self.idle_cost += cost_of(pod.price or Decimal(0), pod.idle)
