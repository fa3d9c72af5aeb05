"""What must hold, whatever happens: after each request, and at the end."""

from collections import Counter
from collections.abc import Callable
from typing import Final

from ...simulator.exchange import Exchange
from .outcomes import Broken
from .programs import Program
from .scene import Birth, Scene


__all__ = ["AFTER_EACH", "AT_THE_END", "Broken"]


def window(scene: Scene, _exchange: Exchange, _births: list[Birth]) -> None:
    """No request is refused for the window or the slots of the account."""
    violations = scene.cloud.server.gate.violations
    if violations and not scene.case.world.untold:
        last = violations[-1]
        if last.instant > scene.unjudged_until:
            name = "window" if last.kind == "rate" else "slots"
            scene.fail(name, f"{last.operation} was refused: {last.detail}")
    violations.clear()


def one_pod_a_create(scene: Scene, programs: list[Program]) -> None:
    """Of each name there is one pod at most, unless the user was told of another one."""
    names = Counter(pod.request.name for pod in scene.alive() if str(pod.id) not in scene.named)
    for name, number in names.items():
        if number > 1:
            scene.fail("one-pod-a-create", f"{number} pods are named {name}")


def nothing_left_unnamed(scene: Scene, programs: list[Program]) -> None:
    """What is alive is held by the program, or was named to its user."""
    held = {pod.id for program in programs for pod in program.pods.values()}
    for pod in scene.alive():
        if str(pod.id) not in held and not {str(pod.id), pod.request.name} & scene.named:
            scene.fail("nothing-left-unnamed", f"pod {pod.id} {pod.request.name} {pod.status}")


AFTER_EACH: Final[tuple[Callable[[Scene, Exchange, list[Birth]], None], ...]] = (window,)
AT_THE_END: Final[tuple[Callable[[Scene, list[Program]], None], ...]] = (
    one_pod_a_create,
    nothing_left_unnamed,
)
