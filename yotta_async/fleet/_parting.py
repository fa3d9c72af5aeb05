"""The words of a fleet's end: what is done to its pods, how far that is, and what came of it."""

import logging
import signal
from typing import Final

from attrs import define, field

from .._backend.progress import Progress
from .._scheduling.rules.limits import Limits
from ._inventory import Inventory
from ._report import FleetEnd, FleetReport
from ._settings import OnExit
from .rules.estimate import likely_ending
from .rules.names import leftover_command


__all__ = ["Parting"]

_DOING: Final = {"delete": "deleting", "pause": "pausing", "keep": "leaving"}


@define(eq=False)
class Parting:
    """
    The words of one end.

    Attributes:
        fleet: The fleet's name.
        how: What becomes of its pods.
        inventory: The pods that it has.
        limits: What bounds how fast they are dealt with.
        seconds: How long it may take.
        received: The number of the signal that it ends by. None if it ends by itself.
        progress: Says them.
    """

    fleet: str
    how: OnExit
    inventory: Inventory
    limits: Limits
    seconds: float
    received: int | None = None
    progress: Progress = field(init=False)
    _pods: int = 0

    def __attrs_post_init__(self) -> None:
        level = logging.INFO if self.received is None else logging.WARNING
        self._pods = self._left()
        self.progress = Progress(self._begins, self._stands, level)

    def end(self, report: FleetReport, end: FleetEnd) -> None:
        """Say what came of it; of what is left the error says it."""
        if end.error is None:
            stands = report if report.end else f"{self.fleet}: {end}"
            self.progress.end(f"fleet {stands}; took {end.seconds:.0f} s")

    def _left(self) -> int:
        return len(self.inventory.ids) + len(self.inventory.under_way)

    def _begins(self) -> str:
        by = f"{signal.Signals(self.received).name}: " if self.received is not None else ""
        pods = "1 pod" if self._pods == 1 else f"{self._pods} pods"
        head = f"fleet {self.fleet}: {by}{_DOING[self.how]} {pods}"
        if not self._pods:
            head = f"fleet {self.fleet}: {by}waiting for a list that shows no pod of it"
        if self.how == "keep":
            return f"{head} running, once the creates on the wire are answered"
        likely = min(likely_ending(self._pods, self.limits), self.seconds)
        head = f"{head}, up to {likely:.0f} s as a rule, {self.seconds:.0f} s at most"
        return head + self._way_out()

    def _way_out(self) -> str:
        if self.received is None:
            return ""
        again = "again " if self.received == signal.SIGINT else ""
        command = leftover_command(self.fleet)
        return f"; Ctrl-C {again}leaves at once, what is left then bills on: {command}"

    def _stands(self, seconds: float) -> str:
        left, to_do = self._left(), {"delete": "deleted", "pause": "paused", "keep": "answered"}
        how_far = f"{left} of {max(left, self._pods)} pods are not yet {to_do[self.how]}"
        if not left:
            how_far = "all were accepted; a list is awaited that shows it"
        return f"fleet {self.fleet}: {how_far}, after {seconds:.0f} s"
