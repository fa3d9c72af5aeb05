"""`run`: a case from its first step to the judgement of what is left."""

import asyncio
import logging
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final

import anyio
from attrs import define, field

from ...simulator.exchange import Answer, Exchange
from .cases import Case, Step
from .figures import figures_of
from .invariants import AFTER_EACH, AT_REST, AT_THE_END, LEVEL
from .loops import CampaignLoop, NumberedTask, numbered_scopes
from .outcomes import Broken, Outcome, Told
from .programs import Program
from .scene import Scene
from .users import carry_out


__all__ = ["Broken", "Outcome", "Told", "run"]

# Steps that end by themselves, or as their fleets are left.
_ENDING: Final = ("fleet", "close", "down")
# Seconds in which all steps have to have ended once the case is over.
_PATIENCE: Final = 7200.0
# Seconds after which what a cloud does by itself is over.
_AFTERMATH: Final = 900.0
# Seconds in which the last step is surely under way.
_MOMENT: Final = 10.0
# Seconds for which a killed program's requests count at the server.
_FORGETTING: Final = 120.0


def run(case: Case, *, straight: bool = True) -> Outcome:
    """
    Run a case in virtual time.

    Args:
        case: The case.
        straight: Whether clients reach the cloud without httpx, in a fraction of the time.

    Returns:
        What came of it.
    """
    with numbered_scopes(), _quiet():
        loop = CampaignLoop()
        play = _Play(case, straight)
        loop.set_exception_handler(play.note_fault)
        with _listened(play):
            try:
                return loop.run_until_complete(play.act())
            finally:
                _drop_tasks(loop)
                loop.close()


def _drop_tasks(loop: CampaignLoop) -> None:
    """Let go of what killed programs were about, without a word about each."""
    for task in asyncio.all_tasks(loop):
        task._log_destroy_pending = False  # type: ignore[attr-defined]  # noqa: SLF001


@contextmanager
def _quiet() -> Generator[None, None, None]:
    """Keep what a fleet that was signalled changes in the process."""
    hook, unraisable = sys.excepthook, sys.unraisablehook
    sys.unraisablehook = lambda _: None
    try:
        yield
    finally:
        sys.excepthook, sys.unraisablehook = hook, unraisable


@contextmanager
def _listened(play: "_Play") -> Generator[None, None, None]:
    logger, handler = logging.getLogger("yotta_async"), _Listener(play)
    was = (logger.propagate, logger.level, logger.disabled)
    logger.propagate, logger.disabled = False, False
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.propagate, level, logger.disabled = was
        logger.setLevel(level)


class _Listener(logging.Handler):
    """Takes in what is logged."""

    def __init__(self, play: "_Play") -> None:
        super().__init__()
        self._play = play

    def emit(self, record: logging.LogRecord) -> None:
        self._play.note_record(record)


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
            self._do(step)
        await self._come_to_rest()
        await self._end()
        await anyio.sleep(_AFTERMATH + self.case.world.delete[1] + self.case.world.late[1])
        self.scene.note_births()
        for judge in AT_THE_END:
            judge(self.scene, self._all)
        broken, told = self.scene.broken, self.scene.story
        return Outcome(case=self.case, broken=broken, figures=figures_of(self.scene), story=told)

    def _do(self, step: Step) -> None:
        if step.verb == "kill":
            self._kill(step.client)
        else:
            carry_out(self._program(step.client), step)

    def _kill(self, index: int) -> None:
        program = self.programs.pop(index, None)
        if program is None:
            return
        program.line.is_cut = True
        self.scene.killed.add(program.who)
        self.scene.unjudged_until = self.scene.now + _FORGETTING
        self.scene.tell(program.who, "kill", "kill -9")

    def _program(self, index: int) -> Program:
        program = self.programs.get(index)
        if program is None or program.is_closed:
            if program is not None:
                # It may be closing yet, and what it sends then its successor knows nothing of.
                self.scene.unjudged_until = self.scene.now + 2 * _FORGETTING
            number = len({step.client for step in self.case.steps})
            program = self.programs[index] = Program.start(self.scene, index, number)
            self._all.append(program)
        return program

    # What is heard.

    def _hear(self, exchange: Exchange, answer: Answer | None) -> None:
        births = self.scene.hear(exchange, answer)
        for judge in AFTER_EACH:
            judge(self.scene, births)

    def note_record(self, record: logging.LogRecord) -> None:
        """Take in a line of the log."""
        task = asyncio.current_task() if self.scene.is_running else None
        who = task.who if isinstance(task, NumberedTask) else ""
        if who in self.scene.killed:
            return
        text = record.getMessage()
        if record.levelno >= logging.WARNING:  # of the rest there are events
            self.scene.tell(who or "?", "log", f"{record.levelname} {text}"[:400])
        if any(secret in text for secret in self.scene.secrets):
            self.scene.fail("secrets", f"a secret was logged: {self.scene.hidden(text)[:200]}")
        if record.exc_info and not text.startswith("on_event failed"):
            self.scene.faults.append(f"{text}: {record.exc_info[1]!r}")

    def note_fault(self, _loop: Any, context: dict[str, Any]) -> None:
        """Take in what the event loop complains of."""
        task: Any = context.get("task") or context.get("future")
        if getattr(task, "who", "") not in self.scene.killed:
            self.scene.faults.append(f"{context.get('message')}: {context.get('exception')!r}")

    # How it ends.

    async def _sleep_until(self, instant: float) -> None:
        await anyio.sleep(max(0.0, instant - anyio.current_time()))

    async def _come_to_rest(self) -> None:
        """Wait until the case is over, and all is as it should be, if it can be."""
        world = self.case.world
        last = max((step.at for step in self.case.steps), default=0.0)
        over = max(self.case.hours * 3600.0, last + _MOMENT)
        await self._sleep_until(last + _MOMENT)
        calm_at = max(over, world.disturbed_until)
        if calm_at == float("inf") or not any(facts.is_open for facts in self.scene.fleets):
            await self._sleep_until(over)
            return
        lags = world.list_lag + world.start[1] + world.ports[1] + world.delete[1] + world.late[1]
        await self._sleep_until(calm_at + LEVEL + lags)
        for judge in AT_REST:
            judge(self.scene, self._all)

    async def _end(self) -> None:
        for program in self.programs.values():
            self._stop(program)
        tasks = [task for program in self.programs.values() for task in program.tasks.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=_PATIENCE)
        for program in self._all:
            if not program.is_dead:
                await program.close()
        self._look_for_tasks()

    def _stop(self, program: Program) -> None:
        for deed in self.scene.deeds:
            if deed.who == program.who and deed.ended is None and deed.step.verb not in _ENDING:
                deed.due = min(deed.due, anyio.current_time())
                program.tasks[deed.word].cancel()
        for facts in program.open.values():
            facts.leaves("leave")
            program.leave[facts.name].set()

    def _look_for_tasks(self) -> None:
        mine = asyncio.current_task()
        for task in asyncio.all_tasks():
            who = task.who if isinstance(task, NumberedTask) else ""
            if task is not mine and who not in self.scene.killed:
                self.scene.fail(
                    "nothing-held", f"a task of {who or 'nobody'} is left: {task!r}"[:400]
                )
