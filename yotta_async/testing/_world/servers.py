"""The server of a world: it writes a list anew only when that has changed."""

from typing import TypeAlias

from attrs import define

from ...simulator.api.routing import Match
from ...simulator.cloud.pod import Pod
from ...simulator.exchange import Exchange
from ...simulator.server import Server
from ...simulator.wire import Reply


__all__ = ["WorldServer"]

# All that an entry of a list shows of a pod, and that may change.
_Signs: TypeAlias = tuple[int, float, str, tuple[bool, ...]]


@define(eq=False, kw_only=True)
class WorldServer(Server):
    """
    A `Server` that keeps its last list of all pods: that of a fleet at rest lasts for days.

    Attributes:
        deaf: The share of deletes that are acknowledged and not done.
    """

    deaf: float = 0.0
    _shown: tuple[Match, tuple[_Signs, ...], Reply] | None = None

    def _commit(self, exchange: Exchange, now: float) -> Reply:
        match = exchange.match
        if match.operation == "deletePod" and self._is_deaf(match):
            return self.style.envelope(self.style.done)
        is_plain = match.operation == "listPods" and not exchange.request.query
        if not is_plain or "listPods" in self.planted:
            return super()._commit(exchange, now)
        pods = self.cloud.pods.list(now, lag=self.faults.list_lag)
        signs = tuple(_signs_of(pod, now) for pod in pods)
        if self._shown is None or self._shown[:2] != (match, signs):
            self._shown = (match, signs, super()._commit(exchange, now))
        return self._shown[2]

    def _is_deaf(self, match: Match) -> bool:
        """Draw whether a delete is acknowledged, and forgotten."""
        known = match.parameters.get("pod_id", "") in map(str, self.cloud.pods.all)
        return self.deaf > 0.0 and known and self.dice.random() < self.deaf


def _signs_of(pod: Pod, now: float) -> _Signs:
    return (pod.id, pod.updated_at, pod.status, tuple(at <= now for at in pod.healthy_at))
