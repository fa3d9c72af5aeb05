"""The verbs of steps that are about fleets."""

import signal
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

import anyio

from ...fleet import Budget, Fleet, Placement, ReplacePolicy
from ...models import Pod
from .programs import Program
from .scene import Deed, FleetFacts


__all__ = ["CREWS"]


class UsersError(Exception):
    """What the block of a user raises."""


async def _fleet(program: Program, deed: Deed) -> None:
    asked = deed.step.arguments
    facts = FleetFacts(name=asked["fleet"], who=program.who, arguments=dict(asked))
    fleet = facts.fleet = _made(program, asked)
    program.scene.fleets.append(facts)
    leave = program.leave[facts.name] = anyio.Event()
    try:
        async with fleet:
            facts.is_open = True
            program.open[facts.name] = facts
            if asked.get("pods"):
                _ask(program, facts, asked)
            await leave.wait()
            _raise_if_asked(asked)
    except UsersError:
        pass
    except BaseException as error:
        facts.error = error
        raise
    finally:
        facts.note_end()
        program.open.pop(facts.name, None)


def _raise_if_asked(asked: Mapping[str, Any]) -> None:
    if asked.get("raises"):
        raise UsersError


def _made(program: Program, asked: Mapping[str, Any]) -> Fleet:
    budget = Budget(
        max_total=asked.get("max_total"),
        max_per_hour=asked.get("max_per_hour"),
        prices=program.prices,
    )
    return program.client.fleet(
        asked["fleet"],
        on_exit=asked.get("on_exit", "delete"),
        replace=ReplacePolicy(replacements=asked.get("replacements", 3)),
        budget=budget if {"max_total", "max_per_hour"} & asked.keys() else None,
        max_lifetime=asked.get("max_lifetime"),
        exit_timeout=asked.get("exit_timeout"),
        signals=False,
    )


def _ask(program: Program, facts: FleetFacts, asked: Mapping[str, Any]) -> None:
    """Ask a fleet for pods, for good."""
    number = asked["pods"]
    changes = {"initialization_command": asked["mark"]} if "mark" in asked else {}
    specs = dict.fromkeys((f"p{index}" for index in range(number)), program.spec(**changes))
    placement = Placement(
        regions=program.scene.case.world.region_names,
        strategy=asked.get("strategy", "ordered"),
    )
    facts.fleet.launch(specs, placement=placement, min_ready=asked.get("min_ready"))
    facts.asks(number)
    facts.has_quorum = facts.has_quorum or "min_ready" in asked


async def _launch(program: Program, deed: Deed) -> None:
    facts = program.open.get(deed.step.arguments["in"])
    if facts is not None:
        _ask(program, facts, deed.step.arguments)


async def _up(program: Program, deed: Deed) -> object:
    facts = program.open.get(deed.step.arguments["in"])
    return None if facts is None else await facts.fleet.wait()


async def _scale(program: Program, deed: Deed) -> None:
    asked = deed.step.arguments
    facts = program.open.get(asked["in"])
    if facts is not None:
        facts.fleet.scale(asked["number"], program.spec())
        facts.asks(asked["number"])


async def _release(program: Program, deed: Deed) -> None:
    facts = program.open.get(deed.step.arguments["in"])
    if facts is not None:
        keys = list(facts.fleet._life.roster.members)[: deed.step.arguments["number"]]  # noqa: SLF001
        facts.fleet.release(*keys)
        facts.asks(max(0, facts.wanted - len(keys)))


async def _map(program: Program, deed: Deed) -> object:
    asked = deed.step.arguments
    facts = program.open.get(asked["in"])
    if facts is None:
        return None

    async def work(_pod: Pod, item: int) -> int:
        await anyio.sleep(asked.get("seconds", 60.0))
        if item in asked.get("poison", ()):
            raise UsersError
        return item

    done = 0
    async for outcome in facts.fleet.map(work, range(asked["items"])):
        done += outcome.error is None
        if outcome.error is not None and not isinstance(outcome.error, UsersError):
            program.note_error(outcome.error)
    return done


async def _down(program: Program, deed: Deed) -> None:
    facts = program.open.get(deed.step.arguments["in"])
    if facts is not None:
        facts.asks(0)
        await facts.fleet.down()


async def _leave(program: Program, deed: Deed) -> None:
    facts = program.open.get(deed.step.arguments["in"])
    if facts is not None:
        facts.leaves("leave")
        program.leave[facts.name].set()


async def _signal(program: Program, deed: Deed) -> None:
    """Have a fleet end as at a signal, by its own seam: the process has other things in it."""
    facts = program.open.get(deed.step.arguments["in"])
    if facts is not None:
        facts.leaves("signal")
        signals = facts.fleet._life._signals  # noqa: SLF001  # the seam
        if signals.received is None:
            signals.received = getattr(signal, deed.step.arguments.get("name", "SIGTERM"))
            signals._end()  # noqa: SLF001


CREWS: Final[Mapping[str, Callable[[Program, Deed], Coroutine[Any, Any, object]]]] = {
    "fleet": _fleet,
    "launch": _launch,
    "up": _up,
    "scale": _scale,
    "release": _release,
    "map": _map,
    "down": _down,
    "leave": _leave,
    "signal": _signal,
}
