"""The verbs of a case's steps, done by programs with real clients."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from math import inf
from typing import Any, Final

import anyio

from ..._backend import current_time
from ...errors import YottaError
from .cases import Step
from .crews import CREWS
from .programs import Program
from .scene import Deed


__all__ = ["VERBS", "carry_out"]

Verb = Callable[[Program, Deed], Coroutine[Any, Any, object]]

# Seconds for a window of requests, where others of the program want as many.
_UNHURRIED: Final = 180.0
# What has no such pod asks for one that never was.
_NO_POD: Final = "418"


def carry_out(program: Program, step: Step) -> None:
    """Begin a step in a task of its own."""
    number = len(program.scene.deeds)
    word = step.arguments.get("as") or step.arguments.get("fleet") or f"{step.verb}-{number}"
    deed = Deed(step=step, word=word, who=program.who, began=current_time())
    program.scene.deeds.append(deed)
    told = ", ".join(f"{key}={value}" for key, value in step.arguments.items())
    program.scene.tell(program.who, "step", f"{word}: {step.verb}({told})")
    program.begin(deed, VERBS[step.verb](program, deed))


def _asked(deed: Deed) -> Mapping[str, Any]:
    return deed.step.arguments


async def _create(program: Program, deed: Deed) -> object:
    asked = _asked(deed)
    changes = {"name": asked["name"]} if "name" in asked else {}
    pod = await program.client.pods.create(program.spec(**changes))
    deed.pod_id = pod.id
    if not program.is_dead:
        program.pods[asked["pod"]] = pod
    return pod


async def _wait(program: Program, deed: Deed) -> object:
    asked = _asked(deed)
    timeout = asked.get("timeout", 900.0)
    deed.due = inf if timeout is None else deed.began + timeout
    deed.pod_id = _pod_id(program, asked)
    return await program.client.pods.wait(deed.pod_id, asked.get("until", "ready"), timeout=timeout)


async def _get(program: Program, deed: Deed) -> object:
    return await program.client.pods.get(_pod_id(program, _asked(deed)))


async def _list(program: Program, _deed: Deed) -> object:
    return await program.client.pods.list()


async def _burst(program: Program, deed: Deed) -> None:
    """Ask for a pod so many times at once, as the page of a web service does that many open."""

    async def look() -> None:
        with suppress(YottaError):
            await program.client.pods.get(_NO_POD)

    number = _asked(deed)["number"]
    if not program.scene.case.world.disturbed_until:
        deed.due = deed.began + _UNHURRIED * (1 + number / program.requests)
    async with anyio.create_task_group() as tasks:
        for _ in range(number):
            tasks.start_soon(look)


async def _pause(program: Program, deed: Deed) -> None:
    await program.client.pods.pause(_pod_id(program, _asked(deed)))


async def _resume(program: Program, deed: Deed) -> None:
    await program.client.pods.resume(_pod_id(program, _asked(deed)))


async def _delete(program: Program, deed: Deed) -> None:
    deed.pod_id = _pod_id(program, _asked(deed))
    await program.client.pods.delete(deed.pod_id)


async def _watch(program: Program, deed: Deed) -> object:
    changes = 0
    async for _ in program.client.pods.watch():
        changes += 1
        if changes >= _asked(deed).get("changes", inf):
            break
    return changes


async def _hook(program: Program, _deed: Deed) -> None:
    program.hook_fails = True


async def _cancel(program: Program, deed: Deed) -> None:
    asked = _asked(deed)
    if "on" in asked:
        program.cancels[asked["on"]] = lambda: _cancel_now(program, asked)
        return
    for _ in range(asked.get("turns", 0)):
        await asyncio.sleep(0)
    _cancel_now(program, asked)


def _cancel_now(program: Program, asked: Mapping[str, Any]) -> None:
    facts = program.open.get(asked["what"])
    if facts is not None:
        facts.leaves("cancel")
    task, scope = program.tasks.get(asked["what"]), program.scopes.get(asked["what"])
    if asked.get("by") == "scope" and scope is not None:
        scope.cancel()
    elif task is not None:
        task.cancel()


async def _close(program: Program, _deed: Deed) -> None:
    for facts in program.open.values():
        facts.leaves("close")
    await program.close()


def _pod_id(program: Program, asked: Mapping[str, Any]) -> str:
    pod = program.pods.get(asked["pod"])
    return _NO_POD if pod is None else pod.id


VERBS: Final[Mapping[str, Verb]] = {
    "create": _create,
    "wait": _wait,
    "get": _get,
    "list": _list,
    "burst": _burst,
    "pause": _pause,
    "resume": _resume,
    "delete": _delete,
    "watch": _watch,
    "hook": _hook,
    "cancel": _cancel,
    "close": _close,
    **CREWS,
}
