"""The verbs of a case's steps, done by programs with real clients."""

from collections.abc import Awaitable, Callable
from math import inf
from typing import Any, Final

from ..._backend import current_time
from .cases import Step
from .programs import Program
from .scene import Deed


__all__ = ["VERBS", "carry_out"]

Verb = Callable[[Program, Deed], Awaitable[object]]


def carry_out(program: Program, step: Step) -> None:
    """Begin a step in a task of its own."""
    word = step.arguments.get("as") or f"{step.verb}-{len(program.scene.deeds)}"
    deed = Deed(step=step, who=program.who, began=current_time())
    program.scene.deeds.append(deed)
    told = ", ".join(f"{key}={value}" for key, value in step.arguments.items())
    program.scene.tell(program.who, "step", f"{word}: {step.verb}({told})")
    program.begin(word, deed, _verb(program, deed))


async def _verb(program: Program, deed: Deed) -> object:
    return await VERBS[deed.step.verb](program, deed)


async def _create(program: Program, deed: Deed) -> object:
    pod = await program.client.pods.create(program.spec())
    program.pods[deed.step.arguments["pod"]] = pod
    deed.pod_id = pod.id
    return pod


async def _wait(program: Program, deed: Deed) -> object:
    asked = deed.step.arguments
    timeout = asked.get("timeout")
    deed.due = inf if timeout is None else deed.began + timeout
    deed.pod_id = _pod_id(program, asked)
    return await program.client.pods.wait(deed.pod_id, asked.get("until", "ready"), timeout=timeout)


async def _delete(program: Program, deed: Deed) -> object:
    deed.pod_id = _pod_id(program, deed.step.arguments)
    return await program.client.pods.delete(deed.pod_id)


def _pod_id(program: Program, asked: Any) -> str:
    pod = program.pods.get(asked["pod"])
    return "1" if pod is None else pod.id


VERBS: Final[dict[str, Verb]] = {"create": _create, "wait": _wait, "delete": _delete}
