"""One demo from its beginning to its end: job, screen and signals side by side."""

from functools import partial

import anyio
from attrs import define

from ..._backend.background import with_background
from ...fleet import leftover_command
from .._interrupts import Interrupts
from .job import Job
from .screen import Screen


__all__ = ["DemoRun"]

# Simulated seconds that a deletion takes at the longest, and between two looks at it.
_DELETION = 60.0
_LOOK = 2.0


@define(eq=False)
class DemoRun:
    """
    The job, watched, and ended in good order.

    Attributes:
        signal: The number of the signal that ended it early, or None.
        seconds: What it took, in real seconds.
    """

    job: Job
    screen: Screen
    signal: int | None = None
    seconds: float = 0.0

    async def play(self) -> None:
        """Do the job and undo it; a first signal cuts the job short, a second one everything."""
        began, interrupts = anyio.current_time(), self._interrupts()
        with self.screen.open():
            await with_background(partial(interrupts.run, self._work), self.screen.run)
            self.screen.draw()
        self.signal = interrupts.received
        self.seconds = anyio.current_time() - began

    async def _work(self) -> None:
        self.screen.draw()  # the first connection takes a while
        try:
            await self.job.run()
        finally:
            with anyio.CancelScope(shield=True):
                await self.job.client.aclose()
                await self._see_deletions_through()

    async def _see_deletions_through(self) -> None:
        """Wait until the simulated pods that are deleted are gone, and bill no more."""
        pace, simulator = self.job.pace, self.job.simulator
        with anyio.move_on_after(pace.real(_DELETION)):
            while simulator and simulator.pods:  # noqa: ASYNC110  # the simulator tells no one
                await anyio.sleep(pace.real(_LOOK))

    def _interrupts(self) -> Interrupts:
        command = leftover_command(self.job.name)
        remedy = "On the real service, run" if self.job.simulator else "Run"
        return Interrupts(
            f"deleting all pods of fleet {self.job.name}; once more to leave at once",
            f"left before everything was deleted\n  {remedy}: {command}",
            before_leaving=self.screen.close,
        )
