"""Fleets as the names of their pods tell of them: from any host, and after a crash."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from attrs import frozen

from ...fleet import FleetPodName
from ...models import Pod
from ...models._lifecycle import PodStatus, is_ending
from .._pods import data_of, state_of
from .._prices import Prices
from .._tables import age, money


__all__ = ["FleetPod", "fleets_of", "of_fleet", "summary"]


@frozen
class FleetPod:
    """A pod, with its name read."""

    name: FleetPodName
    pod: Pod

    @property
    def order(self) -> tuple[object, ...]:
        key = self.name.key
        number = int(key) if key.isdecimal() else -1
        return (self.name.fleet, number, key, self.name.generation, self.pod.id)

    @property
    def is_ending(self) -> bool:
        """Whether it is on its way out, or gone."""
        return is_ending(self.pod.status)

    def row(self, prices: Prices, now: datetime | None) -> tuple[str, ...]:
        """Return it as a row of `fleet ps`; now by the server's clock."""
        pod = self.pod
        return (
            self.name.key,
            state_of(pod),
            pod.region or "",
            f"{pod.gpu_count or '?'} x {pod.gpu_type or '?'}",
            age(pod.created_at, now),
            money(prices.of(pod)),
            pod.id,
        )

    def data(self, prices: Prices | None = None) -> dict[str, Any]:
        """Return it for programs."""
        name = self.name
        return {
            "fleet": name.fleet,
            "key": name.key,
            "generation": name.generation,
            "run": name.owner,
            **data_of(self.pod, prices),
        }


def fleets_of(pods: Iterable[Pod]) -> Mapping[str, list[FleetPod]]:
    """Return the pods that belong to fleets and are still in a list, by the fleets' names."""
    read = ((FleetPodName.parse(pod.name), pod) for pod in pods)
    members = [FleetPod(name, pod) for name, pod in read if name is not None]
    there = [each for each in members if each.pod.status != PodStatus.TERMINATED]
    found: dict[str, list[FleetPod]] = {}
    for each in sorted(there, key=lambda member: member.order):
        found.setdefault(each.name.fleet, []).append(each)
    return found


def of_fleet(name: str, pods: Iterable[Pod]) -> list[FleetPod]:
    """Return one fleet's pods, in the order of their keys."""
    return fleets_of(pods).get(name, [])


def summary(name: str, members: list[FleetPod], prices: Prices) -> dict[str, Any]:
    """Return how a fleet stands, in numbers."""
    states = Counter(state_of(each.pod) for each in members)
    created = [each.pod.created_at for each in members if each.pod.created_at]
    return {
        "name": name,
        "pods": len(members),
        "ready": states["ready"],
        "states": dict(states),
        "runs": len({each.name.owner for each in members}),
        "cost_per_hour": prices.total(each.pod for each in members),
        "oldest": min(created, default=None),
    }
