"""
What running code passes through: the client's functions and files that a call, a poll, a tick of a
fleet and its end need.

*Files* are those of the package but for the simulator and the test kit; what these and libraries
do is not counted, nor what the simulator has the client's code do, nor what attrs has generated.

A *function* is one with a name, or a lambda; a comprehension belongs to the function around it.
One that waits and goes on has been *called* once.

A *change of file* is a call of a function that stands in another file than its caller: the last
function of the package on the stack, with or without libraries between the two. The event loop is
no caller.

Everything is traced in virtual time and when it is warm: after the imports, the first connection
and the first calls, and while nothing else is under way. A get and a create are answered with an id
and a status, so that the reading of a model's many fields does not count as their way; "all fields"
is a get of a simulated pod.
"""

import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from types import FrameType
from typing import Any, Final, Self

import anyio
import httpx
from attrs import define, field, frozen

import yotta_async
from yotta_async import AsyncYotta, PodSpec, simulator, testing
from yotta_async.simulator import ServerLimits, SimulatedYotta
from yotta_async.testing import run_virtual


__all__ = ["Trace", "Tracer", "traces"]

SPEC: Final = PodSpec(
    image="yottalabsai/pytorch:2.9.0", gpu_type="NVIDIA_RTX_5090_32G", expose=[8888]
)
LEAST_ANSWER: Final = {"id": "1", "status": "RUNNING"}
CROWD, FLEET = 200, 20
POLLS_UNTIL_WARM = 10


def _folder(module: Any) -> str:
    return f"{Path(module.__file__).parent}{os.sep}"


_PACKAGE, _SIMULATOR, _KIT = map(_folder, (yotta_async, simulator, testing))


@frozen(kw_only=True)
class Trace:
    """
    What was passed through.

    Attributes:
        functions: How many functions.
        files: Their files, sorted, relative to the package.
        calls: How often a function was called.
        changes: How many of these calls changed the file.
    """

    functions: int
    files: tuple[str, ...]
    calls: int
    changes: int


@define(eq=False)
class Tracer:
    """
    Notes the calls in this thread while its ``with`` lasts.

    Args:
        package: The folder whose files count, with a separator at its end.
    """

    package: str = _PACKAGE
    # The caller's file, or None, by the frame; a coroutine that goes on has the same frame.
    _callers: dict[FrameType, str | None] = field(factory=dict[FrameType, str | None])

    def __enter__(self) -> Self:
        sys.setprofile(self._note)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def trace(self) -> Trace:
        """Return what was noted."""
        files = [(frame.f_code.co_filename, caller) for frame, caller in self._callers.items()]
        return Trace(
            functions=len({id(frame.f_code) for frame in self._callers}),
            files=tuple(sorted({file.removeprefix(self.package) for file, _ in files})),
            calls=len(files),
            changes=sum(caller not in (None, file) for file, caller in files),
        )

    def _note(self, frame: FrameType, event: str, _: object) -> None:
        if event != "call" or frame in self._callers or not self._is_counted(frame):
            return
        stack = list(_files_above(frame))
        if not any(file.startswith(_SIMULATOR) for file in stack):
            self._callers[frame] = next(filter(self._has_file, stack), None)

    def _is_counted(self, frame: FrameType) -> bool:
        name = frame.f_code.co_name
        return self._has_file(frame.f_code.co_filename) and (name[0] != "<" or name == "<lambda>")

    def _has_file(self, file: str) -> bool:
        return file.startswith(self.package) and not file.startswith((_SIMULATOR, _KIT))


def _files_above(frame: FrameType) -> Iterator[str]:
    above = frame.f_back
    while above is not None:
        yield above.f_code.co_filename
        above = above.f_back


async def _last_of(runs: int, act: Callable[[], Awaitable[object]], *, pause: float) -> Trace:
    for _ in range(runs - 1):
        await act()
        await anyio.sleep(pause)
    with Tracer() as tracer:
        await act()
    return tracer.trace()


async def _next_poll(cloud: SimulatedYotta) -> None:
    """Return when one more list has been answered, and read by those who waited for it."""
    before = cloud.operations["listPods"]
    while cloud.operations["listPods"] == before:  # noqa: ASYNC110  # a hook would be traced, too
        await anyio.sleep(0.05)
    await anyio.sleep(0.5)


async def _polled(cloud: SimulatedYotta) -> Trace:
    return await _last_of(POLLS_UNTIL_WARM, lambda: _next_poll(cloud), pause=0.0)


async def _answered(data: object, act: Callable[[AsyncYotta], Awaitable[object]]) -> Trace:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"code": 10000, "message": "ok", "data": data})

    async with (
        httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http,
        AsyncYotta("key", base_url="http://localhost", http_client=http) as client,
    ):
        return await _last_of(3, lambda: act(client), pause=60.0)


async def get() -> Trace:
    return await _answered(LEAST_ANSWER, lambda client: client.pods.get("1"))


async def create() -> Trace:
    return await _answered(LEAST_ANSWER["id"], lambda client: client.pods.create(SPEC))


async def get_in_full() -> Trace:
    async with AsyncYotta.simulated() as client:
        pod = await client.pods.create(SPEC)
        await client.pods.wait(pod.id)
        return await _last_of(3, lambda: client.pods.get(pod.id), pause=60.0)


async def poll() -> Trace:
    async with AsyncYotta.simulated(limits=ServerLimits(requests=6000)) as client:
        assert client.simulator is not None
        pods = [await client.pods.create(SPEC) for _ in range(CROWD)]
        await anyio.sleep(3600.0)
        async with anyio.create_task_group() as tasks:
            for pod in pods:
                tasks.start_soon(client.pods.wait, pod.id, "gone")
            trace = await _polled(client.simulator)
            tasks.cancel_scope.cancel()
    return trace


async def tick() -> Trace:
    async with AsyncYotta.simulated() as client, client.fleet("rest") as fleet:
        assert client.simulator is not None
        await fleet.up([SPEC] * FLEET)
        return await _polled(client.simulator)


async def interrupt() -> Trace:
    """From the signal to the instant in which the fleet's block has ended."""
    tracer = Tracer()
    async with AsyncYotta.simulated() as client:
        with ExitStack() as traced, suppress(KeyboardInterrupt):
            async with client.fleet("drained", signals=True) as fleet:
                await fleet.up([SPEC] * FLEET)
                await anyio.sleep(60.0)
                traced.enter_context(tracer)
                signal.raise_signal(signal.SIGINT)
                await anyio.sleep_forever()
    return tracer.trace()


async def warm_interrupt() -> Trace:
    await interrupt()
    return await interrupt()


SCENES: Final[dict[str, Callable[[], Awaitable[Trace]]]] = {
    "pods.get": get,
    "pods.create": create,
    "pods.get, all fields": get_in_full,
    f"one poll, {CROWD} waiters": poll,
    f"one tick, fleet of {FLEET}": tick,
    f"Ctrl-C, fleet of {FLEET}": warm_interrupt,
}


def traces() -> dict[str, Trace]:
    """Trace each scene, on a client and a cloud of its own."""
    return {name: run_virtual(scene) for name, scene in SCENES.items()}
