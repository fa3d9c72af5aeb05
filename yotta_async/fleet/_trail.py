"""What a run has set in motion at the server, so that none of it is forgotten when it ends."""

from collections.abc import Iterable
from math import inf

from attrs import define, field

from .._resources.making.claims import Claim
from ..models._lifecycle import is_ending
from .rules.members import ListedPod
from .rules.names import FleetPodName


__all__ = ["Trail"]


@define(eq=False)
class Trail:
    """
    The creates of one run, and the pods that it knows of.

    Attributes:
        ids: The pods that may be there, with their names.
        open: The names of creates that have been sent, or are about to be, and have no outcome yet.
        unclear_at: The last instant at which a create ended without its being known whether it has
            made a pod; a list that was asked for late enough after it tells.
        unclear: The names of those creates, with what is known of them.
    """

    ids: dict[str, str] = field(factory=dict[str, str])
    open: set[str] = field(factory=set[str])
    unclear: dict[str, Claim | None] = field(factory=dict[str, Claim | None])
    unclear_at: float = -inf

    def sent(self, name: str) -> None:
        """A create is about to be sent."""
        self.open.add(name)

    def made(self, name: str, pod_id: str) -> None:
        """A create has made a pod."""
        self.open.discard(name)
        self.ids[pod_id] = name

    def made_nothing(self, name: str, claim: Claim | None) -> None:
        """The last attempt of a create has made nothing; an earlier one may have."""
        self.open.discard(name)
        if claim is not None and claim.unclear_since is not None:
            self.left_open(name, claim, claim.unclear_since)

    def left_open(self, name: str, claim: Claim | None, now: float) -> None:
        """A create may have made a pod."""
        self.open.discard(name)
        self.unclear[name] = claim
        self.unclear_at = max(now, self.unclear_at)

    def note(self, pods: Iterable[ListedPod]) -> None:
        """Take in what a list shows of the fleet."""
        for pod in pods:
            self.gone(pod.id) if is_ending(pod.status) else self.ids.setdefault(pod.id, pod.name)

    def let_go(self, owner: str) -> None:
        """Forget the pods that another run has made."""
        names = {pod_id: FleetPodName.parse(name) for pod_id, name in self.ids.items()}
        mine = {pod_id for pod_id, name in names.items() if name and name.owner == owner}
        self.ids = {pod_id: name for pod_id, name in self.ids.items() if pod_id in mine}

    def abandon(self) -> None:
        """Leave to the client what may yet surface of the creates that were unclear."""
        for claim in filter(None, self.unclear.values()):
            claim.adoptable = False

    def gone(self, pod_id: str) -> None:
        """A pod was deleted, or is being deleted."""
        self.ids.pop(pod_id, None)
