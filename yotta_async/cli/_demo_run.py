"""One demo from its beginning to its end: job, screen and signals side by side."""

import os
import signal
import sys
from collections.abc import Sequence

import anyio
from attrs import define, field

from .._client import AsyncYotta
from ..simulator import SimulatedYotta
from ._demo_board import Phase, Stage
from ._demo_cloud import PORTS
from ._demo_job import FanOut
from ._demo_screen import Screen
from ._exits import SIGNALLED


__all__ = ["Performance"]

# Simulated seconds that a deletion takes at the longest, and between two looks at it.
_DELETION = 60.0
_LOOK = 2.0


@define(eq=False)
class Performance:
    """
    The job, watched, and ended in good order by whatever ends it.

    Attributes:
        simulator: The cloud behind the client, or None for the real service.
        boots: Seconds from created to ready of the pods that got there, in the order of their
            creation; empty for the real service.
        signal: The number of the signal that ended it early, or None.
        seconds: What it took, in real seconds.
    """

    client: AsyncYotta
    fan_out: FanOut
    screen: Screen
    simulator: SimulatedYotta | None
    boots: Sequence[float] = ()
    signal: int | None = None
    seconds: float = 0.0
    _scope: anyio.CancelScope = field(factory=anyio.CancelScope)

    async def play(self) -> None:
        """Do the job and undo it; a first signal cuts the job short, a second one everything."""
        began = anyio.current_time()
        async with anyio.create_task_group() as beside:
            with self.screen.open():
                beside.start_soon(self._heed_signals)
                beside.start_soon(self.screen.run)
                try:
                    with self._scope:
                        await self.fan_out.run()
                finally:
                    with anyio.CancelScope(shield=True):
                        await self._clean_up()
                beside.cancel_scope.cancel()
                self.screen.draw()
        self.seconds = anyio.current_time() - began

    async def _clean_up(self) -> None:
        if self.simulator is not None:
            self.boots = _boots(self.simulator, self._ready_ids())
        await self.fan_out.clean_up()
        await self.client.aclose()
        if self.simulator is not None:
            await self._see_deletions_through(self.simulator)
        self.fan_out.board.phase = Phase.DONE

    async def _see_deletions_through(self, simulator: SimulatedYotta) -> None:
        """Wait for the deletions that the client itself began while it was closing."""
        pace = self.fan_out.pace
        with anyio.move_on_after(pace.real(_DELETION)):
            while simulator.pods:  # noqa: ASYNC110  # the simulator tells no one
                await anyio.sleep(pace.real(_LOOK))

    def _ready_ids(self) -> set[str | None]:
        return {seat.pod_id for seat in self.fan_out.board.seats if seat.stage is Stage.READY}

    async def _heed_signals(self) -> None:
        with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as received:
            async for number in received:
                if self.signal is not None:
                    self._leave_at_once(number)
                self.signal = number
                name = signal.Signals(number).name
                self.fan_out.chronicle.say(f"{name}: deleting all pods; once more to leave at once")
                self._scope.cancel()

    def _leave_at_once(self, number: int) -> None:
        self.screen.close()
        board, under_way = self.fan_out.board, self.client.statistics().in_flight
        print("yotta-async: left before everything was deleted; look for", file=sys.stderr)
        for pod_id, name in board.remaining.items():
            print(f"  pod {pod_id} ({name})", file=sys.stderr)
        for name in (*board.doubtful, *self.client.left_behind):
            print(f"  a pod named {name}", file=sys.stderr)
        print(f"  and what {under_way} requests under way have made", file=sys.stderr, flush=True)
        # Everything that still runs is shielded from being cut short, which is what is wanted now.
        os._exit(SIGNALLED + number)


def _boots(simulator: SimulatedYotta, ready: set[str | None]) -> list[float]:
    pods = [pod for pod in simulator.all_pods if pod.id in ready]
    return [
        pod.updated_at - pod.created_at + PORTS
        for pod in sorted(pods, key=lambda pod: pod.created_at)
    ]
