"""
Whose pods are they: those of a fleet's own run, of an earlier one that crashed, or of another
program that is at work on the same fleet.

Names hold the run that made a pod, and of two runs the earlier is less (`names`). What an
earlier run made is inherited: it crashed, most likely. If it lives after all it shows itself by
making another pod, later than a dead run's last create can take effect; then this run yields to it.
A later run is ignored: it is the one to yield. So both come to the same verdict, in any order in
which they see each other's pods.
"""

from collections.abc import Iterable
from math import inf
from typing import TypeVar

from attrs import define, field

from .members import ListedPod
from .names import FleetPodName


__all__ = ["Rivals"]

P = TypeVar("P", bound=ListedPod)


@define(eq=False)
class Rivals:
    """
    Tells a fleet's pods from those of its rivals.

    Attributes:
        fleet: The fleet's name.
        owner: The run that asks.
        inherits_until: The instant until which pods of an earlier run are taken over.
        elder: An earlier run that lives, to which this one yields; None while there is none.
        followers: Later runs that have made pods.
        inherited: The ids of the pods of earlier runs.
    """

    fleet: str
    owner: str
    inherits_until: float = inf
    elder: str | None = None
    followers: set[str] = field(factory=set[str])
    inherited: set[str] = field(factory=set[str])

    def mine(self, pods: Iterable[P], asked_at: float) -> list[tuple[P, FleetPodName]]:
        """
        Return the fleet's pods out of a list of all, with their names read.

        Args:
            asked_at: The instant for which the list was asked.
        """
        named = ((pod, self._read(pod)) for pod in pods)
        ours = [(pod, name) for pod, name in named if name is not None]
        self._note(ours, inherits=asked_at <= self.inherits_until)
        least = self.owner if self.elder else ""  # a run that yields leaves the elder its pods
        return [(pod, name) for pod, name in ours if least <= name.owner <= self.owner]

    def _read(self, pod: ListedPod) -> FleetPodName | None:
        # Most pods of an account may be others'; parsing all of their names would cost.
        if not pod.name.startswith(self.fleet):
            return None
        name = FleetPodName.parse(pod.name)
        return name if name is not None and name.fleet == self.fleet else None

    def _note(self, pods: Iterable[tuple[P, FleetPodName]], *, inherits: bool) -> None:
        for pod, name in pods:
            if name.owner > self.owner:
                self.followers.add(name.owner)
            elif name.owner < self.owner and inherits:
                self.inherited.add(pod.id)
            elif name.owner < self.owner and pod.id not in self.inherited:
                self.elder = name.owner
