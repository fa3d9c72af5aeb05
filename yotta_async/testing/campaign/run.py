"""`run`: a case from its first step to the judgement of what is left."""

import asyncio
from typing import Any, Final

import anyio
from attrs import define, field

from ...simulator.exchange import Answer, Exchange
from ..virtual_time import VirtualTimeLoop
from .cases import Case
from .invariants import AFTER_EACH, AT_THE_END
from .outcomes import Broken, Outcome, Told
from .programs import Program
from .scene import Scene
from .users import carry_out


__all__ = ["Broken", "Outcome", "Told", "run"]

# Seconds in which all steps have to have ended once the case is over.
_PATIENCE: Final = 7200.0


def run(case: Case, *, straight: bool = True) -> Outcome:
    """
    Run a case in virtual time.

    Args:
        case: The case.
        straight: Whether clients reach the cloud without httpx, which takes a quarter of the time.

    Returns:
        What came of it.
    """
    loop = VirtualTimeLoop()
    try:
        return loop.run_until_complete(_Play(case, straight).act())
    finally:
        loop.close()


@define(eq=False)
class _Play:
    """A case while it is run."""

    case: Case
    straight: bool
    scene: Scene = field(init=False)
    programs: dict[int, Program] = field(factory=dict[int, Program])
    _all: list[Program] = field(factory=list[Program])

    async def act(self) -> Outcome:
        self.scene = Scene(self.case, self.case.world.open(), self.straight)
        self.scene.cloud.server.listener = self._hear
        for step in sorted(self.case.steps, key=lambda each: each.at):
            await self._sleep_until(step.at)
            carry_out(self._program(step.client), step)
        await self._sleep_until(self.case.hours * 3600.0)
        await self._end()
        for judge in AT_THE_END:
            judge(self.scene, self._all)
        return self._outcome()

    def _program(self, index: int) -> Program:
        if index not in self.programs:
            number = len({step.client for step in self.case.steps})
            program = self.programs[index] = Program.start(self.scene, index, 1, number)
            self._all.append(program)
        return self.programs[index]

    def _hear(self, exchange: Exchange, answer: Answer) -> None:
        births = self.scene.hear(exchange, answer)
        for judge in AFTER_EACH:
            judge(self.scene, exchange, births)

    async def _sleep_until(self, instant: float) -> None:
        await anyio.sleep(max(0.0, instant - anyio.current_time()))

    async def _end(self) -> None:
        tasks = [task for program in self.programs.values() for task in program.tasks.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=_PATIENCE)
        for program in self.programs.values():
            await program.client.aclose()
            program.note_named(program.client.left_behind)

    def _outcome(self) -> Outcome:
        scene = self.scene
        figures: dict[str, Any] = {
            "seconds": anyio.current_time(),
            "requests": scene.requests,
            "faults": dict(sorted(scene.cloud.server.fired.items())),
            "pods": len(scene.births),
            "most_alive": scene.most_alive,
        }
        return Outcome(case=self.case, broken=scene.broken, figures=figures, story=scene.story)
