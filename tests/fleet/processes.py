"""
A program with a fleet, in as many real processes as are asked for.

To import everything costs more than a trial, so it is done once: this file is a fork server. For
each connection it forks a keeper, which forks the program, waits for its end and tells of that. The
program lives in a process like any other's: one thread, no event loop before its own, signals as
they are when Python starts. It tells its number when it begins its work: what a signal does before
is Python's business, which after a fork forgets those that came at once. So is how it ends.

With the end of its standard input the server ends, and all that it has started.
"""

import asyncio
import gc
import json
import os
import select
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack, redirect_stdout
from typing import IO, Any, Final

import anyio
from attrs import frozen

from yotta_async import AsyncYotta, Fleet, Limits, PodSpec, ReplacePolicy, RetryPolicy
from yotta_async.simulator import PodLife, SimulatedYotta


PODS = 12
SPEC = PodSpec(image="image", gpu_type="NVIDIA_RTX_5090_32G", expose=[8888])
# Simulated seconds in a real one; the program's own times are squeezed alike.
SPEED = 30.0


def real(simulated: float) -> float:
    """Return real seconds for simulated ones."""
    return simulated / SPEED


# A window, grace and settling time like the real ones, but what a busy machine takes is waited for.
LIMITS = Limits(requests=60, per=real(60.0), grace=real(10.0))
RETRY = RetryPolicy(initial=real(1.0), maximum=real(30.0), settle=real(20.0), patience=600.0)
REPLACE = ReplacePolicy(starting=600.0, health=600.0, vanished=real(30.0), patience=600.0)
TIMEOUT = 120.0


@frozen
class Order:
    """
    What to run.

    Attributes:
        task: One of `TASKS`.
        fleet: The name of the fleet.
        url: Where the service is.
    """

    task: str
    fleet: str
    url: str


# The program.


async def enter(order: Order, stack: AsyncExitStack) -> Fleet:
    client = AsyncYotta("key", base_url=order.url, limits=LIMITS, retry=RETRY, timeout=TIMEOUT)
    await stack.enter_async_context(client)
    return await stack.enter_async_context(client.fleet(order.fleet, replace=REPLACE))


async def run(order: Order) -> None:
    """Launch a fleet, and work with it until the world ends."""
    async with AsyncExitStack() as stack:
        fleet = await enter(order, stack)
        await fleet.up([SPEC] * PODS)
        await anyio.sleep_forever()


async def run_to_the_end(order: Order) -> None:
    """Launch a fleet, work with it for an instant, and tell its pods."""
    async with AsyncExitStack() as stack:
        fleet = await enter(order, stack)
        report = await fleet.up([SPEC] * PODS)
        print(json.dumps([pod.id for pod in report.ready]))  # noqa: T201  # its result


async def down(order: Order) -> None:
    """Delete what there is of a fleet."""
    async with AsyncExitStack() as stack:
        fleet = await enter(order, stack)
        await fleet.down()


TASKS: Final[dict[str, Callable[[Order], Coroutine[Any, Any, None]]]] = {
    "run": run,
    "run to the end": run_to_the_end,
    "down": down,
}


async def carry_out(order: Order, caller: int) -> None:
    tell(caller, os.getpid())
    os.close(caller)
    await TASKS[order.task](order)


# Its process.


def next_order(path: str) -> tuple[Order, int]:
    """
    Serve; return an order in the process that is to carry it out, and in no other.

    Also return the file of the connection that it came by.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the keepers
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(100)
        tell(sys.stdout.fileno(), "ready")
        while True:
            ready, _, _ = select.select([listener, sys.stdin], [], [])
            if sys.stdin in ready:
                os.killpg(0, signal.SIGKILL)
            connection, _ = listener.accept()
            with connection:
                if os.fork() == 0:
                    listener.close()
                    return keep(connection)


def keep(connection: socket.socket) -> tuple[Order, int]:
    """Keep a program; return what it needs in its own process. The keeper ends in here."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    order = Order(**json.loads(connection.makefile().readline()))
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as complaints:
        pid = os.fork()
        if pid == 0:
            become_a_program(out, complaints)
            return order, os.dup(connection.fileno())
        _, status = os.waitpid(pid, 0)
        texts = [os.pread(file.fileno(), 100_000, 0).decode() for file in (out, complaints)]
        tell(connection.fileno(), [os.waitstatus_to_exitcode(status), *texts])
    os._exit(0)


def become_a_program(out: IO[bytes], complaints: IO[bytes]) -> None:
    os.dup2(out.fileno(), 1)
    os.dup2(complaints.fileno(), 2)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def tell(file: int, what: object) -> None:
    """Write one line of JSON, whole, and past all buffers, which a fork would copy."""
    os.write(file, json.dumps(what).encode() + b"\n")


async def warm_up() -> None:
    """Live through a fleet, so that whatever is made at its first use is there before any fork."""
    async with SimulatedYotta(life=PodLife.instant()).serve(speed=SPEED) as server:
        await run_to_the_end(Order("run to the end", "warm", server.url))


if __name__ == "__main__":
    with redirect_stdout(None):
        asyncio.run(warm_up())
    # What is there now is shared by all, and swept by none.
    gc.freeze()
    asyncio.run(carry_out(*next_order(sys.argv[1])))
