"""The pods that a run has made, or may have made: none may be forgotten when it ends."""

from collections.abc import Container, Iterable
from math import inf

from attrs import define, field

from .._resources.making.claims import Claim
from ..models._lifecycle import is_ending
from .rules.members import ListedPod
from .rules.names import FleetPodName


__all__ = ["Inventory"]


@define(eq=False)
class Adoption:
    """Whether a fleet takes over the pods that may yet appear under the names of its creates."""

    adopts: bool = True


@define(eq=False)
class Inventory:
    """
    The creates of one run, and the pods that it knows of.

    Attributes:
        ids: The pods that may be there, with their names.
        under_way: The names of creates that have been sent, or are about to be, without an outcome.
        unclear_at: The last instant at which a create ended without its being known whether it has
            made a pod; a list that was asked for late enough after it tells.
        unclear: The names of those creates of which no list has told yet, with their instants.
        made: The names under which this run has made the pods that there may be, by id.
        adoption: Whether what may yet appear under the names of these creates is taken over.
    """

    ids: dict[str, str] = field(factory=dict[str, str])
    under_way: set[str] = field(factory=set[str])
    unclear: dict[str, float] = field(factory=dict[str, float])
    unclear_at: float = -inf
    made: dict[str, str] = field(factory=dict[str, str])
    adoption: Adoption = field(factory=Adoption)

    def begin(self, name: str) -> None:
        """Note that a create is about to be sent."""
        self.under_way.add(name)

    def finish(self, name: str, pod_id: str) -> None:
        """Note that a create has made a pod."""
        self.under_way.discard(name)
        self.ids[pod_id] = self.made[pod_id] = name

    def finish_without_pod(self, name: str, claim: Claim | None) -> None:
        """Note that a create ended without a pod; an earlier attempt of it may have made one."""
        self.under_way.discard(name)
        if claim is not None and claim.unclear_since is not None:
            self.finish_unclear(name, claim.unclear_since)

    def finish_unclear(self, name: str, now: float) -> None:
        """Note that a create may have made a pod."""
        self.under_way.discard(name)
        self.unclear[name] = now
        self.unclear_at = max(now, self.unclear_at)

    def see(
        self,
        pods: Iterable[ListedPod],
        asked_at: float,
        lag: float,
        unconfirmed: Container[str] = (),
    ) -> None:
        """
        Take in what a list shows of the fleet.

        Args:
            asked_at: The instant for which the list was asked.
            lag: Seconds after which a list shows all that was unclear before.
            unconfirmed: The ids of those of which the list proves no end.
        """
        listed = set[str]()
        for pod in pods:
            listed.add(pod.id)
            self.unclear.pop(pod.name, None)
            if is_ending(pod.status) and pod.id not in unconfirmed:
                self.forget(pod.id)
            else:
                self.ids.setdefault(pod.id, self.made.get(pod.id, pod.name))
        told = [name for name, since in self.unclear.items() if since + lag <= asked_at]
        for name in told:
            del self.unclear[name]
        gone = [each for each in self.made if each not in listed and each not in self.ids]
        for pod_id in gone:
            del self.made[pod_id]

    def keep_only(self, owner: str) -> None:
        """Forget the pods of all runs but one."""
        names = {pod_id: FleetPodName.parse(name) for pod_id, name in self.ids.items()}
        mine = {pod_id for pod_id, name in names.items() if name and name.owner == owner}
        self.ids = {pod_id: name for pod_id, name in self.ids.items() if pod_id in mine}

    def hand_over(self) -> None:
        """Leave to the client what may yet surface of the creates."""
        self.adoption.adopts = False
        self.adoption = Adoption()

    def forget(self, pod_id: str) -> None:
        """Note that a pod was deleted, or is being deleted."""
        self.ids.pop(pod_id, None)
