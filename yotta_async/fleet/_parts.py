"""What a fleet is made of, put together out of its client's own."""

from attrs import define, evolve, field

from .._call.caller import CallOptions
from .._resources.account import Account
from .._resources.gpus import Gpus
from .._resources.pods.verbs import Pods
from .._scheduling.rules.lanes import Lane
from ._ending import Ending
from ._jobs import Jobs
from ._roster import Roster
from ._settings import FleetSettings
from ._siting import Siting
from ._trail import Trail
from .rules.money import Meter
from .rules.placement import Places
from .rules.rivals import Rivals


__all__ = ["Parts"]


@define(eq=False)
class Parts:
    """
    The pieces of one fleet.

    Attributes:
        account: What it shares with all else of its client.
        roster: What it knows.
        trail: What it has set in motion.
    """

    account: Account
    settings: FleetSettings
    options: CallOptions
    roster: Roster = field(init=False)
    trail: Trail = field(factory=Trail)

    def __attrs_post_init__(self) -> None:
        name, budget = self.settings.name, self.settings.budget
        meter, tell = Meter(dict(budget.prices)), self.account.caller.tell
        self.roster = Roster(name, Rivals(name, ""), meter, tell)

    @property
    def gpus(self) -> Gpus | None:
        """Who tells what GPUs cost; in v2 the pods themselves do."""
        known = "listGpus" in self.account.api.rows
        return Gpus(self.account.calls(self.options)) if known else None

    def pods(self, options: CallOptions | None = None) -> Pods:
        """Return the verbs for pods, with these options or with the fleet's own."""
        return Pods(self.account.calls(options or self.options), self.account.pods)

    def jobs(self) -> Jobs:
        """Return what does things about members."""
        return Jobs(
            roster=self.roster,
            trail=self.trail,
            siting=Siting(self.roster, self.settings.budget, self.account.shared(Places, Places)),
            rules=self.settings.replace,
            pods=self.pods(),
            creation=self.account.pods.creation,
            options=self.options,
        )

    def ending(self, certain_at: float) -> Ending:
        """
        Return what ends the fleet.

        Args:
            certain_at: The instant before which no list is certain.
        """
        tidying = evolve(self.options, lane=Lane.URGENT, tidying=True)
        return Ending(
            roster=self.roster,
            trail=self.trail,
            settle=self.options.retry.settle,
            certain_at=certain_at,
            pods=self.pods(tidying),
            watch=self.account.pods.watch,
            removal=self.account.pods.removal,
        )
