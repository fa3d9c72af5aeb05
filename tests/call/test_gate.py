"""The gate at the last byte: what was granted long ago is not sent, and asked for again."""

import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import httpx
import pytest
from anyio.abc import SocketStream
from attrs import define, evolve, field

from tests.lab import SPEC
from tests.wire_servers import reply, request_from, served
from yotta_async import AsyncYotta, Event, Limits, RetryPolicy
from yotta_async._resources.account import Account
from yotta_async._scheduling.rules.lanes import Lane
from yotta_async._scheduling.scheduler import Scheduler
from yotta_async._scheduling.turnstile import LIFETIME, LONGEST_LIFETIME, Admission, Lifetime
from yotta_async.errors import ClientClosedError


ROOT = Path(__file__).resolve().parents[2]
STOPS = 40
LATE = LIFETIME + 1.0


@define
class Clock:
    """A clock that stands but for these steps: one each time that it is read."""

    steps: list[float] = field(factory=list[float])
    now: float = 0.0

    def __call__(self) -> float:
        self.now += self.steps.pop(0) if self.steps else 0.0
        return self.now


class Untraced(httpx.MockTransport):
    """The admission's age is read at its grant and at the hand-over."""

    reads = 2


class Traced(httpx.MockTransport):
    """Tells of its progress as httpcore does: the age is read before the first byte, too."""

    reads = 3

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.extensions["trace"]("http11.send_request_headers.started", {})
        return await super().handle_async_request(request)


over_both = pytest.mark.parametrize("kind", [Untraced, Traced])


@define
class World:
    """A client whose admissions age by a clock of their own, and what its server has seen."""

    clock: Clock
    seen: list[str] = field(factory=list[str])
    events: list[Event] = field(factory=list[Event])

    @asynccontextmanager
    async def client(self, kind: type[httpx.MockTransport]) -> AsyncGenerator[AsyncYotta, None]:
        async with httpx.AsyncClient(transport=kind(self.answer)) as http:
            client = AsyncYotta(
                "key",
                base_url="http://localhost",
                retry=RetryPolicy.none(),
                http_client=http,
                on_event=self.events.append,
            )
            account = client._account
            scheduler = Scheduler(Limits(), lifetime=Lifetime(self.clock))
            caller = evolve(account.caller, scheduler=scheduler)
            client._bind(Account(caller, account.api, account.options))
            yield client

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request.method)
        data: object = "7" if request.method == "POST" else []
        return httpx.Response(200, json={"code": 10000, "data": data})


def late_once(kind: Any, seconds: float = LATE) -> World:
    """Return a world in which the first admission is old when its last question is asked."""
    return World(Clock([0.0] * (kind.reads - 1) + [seconds]))


@over_both
async def test_what_was_granted_long_ago_is_granted_anew_and_sent_once(kind: Any) -> None:
    world = late_once(kind)
    async with world.client(kind) as client:
        assert await client.pods.list() == []
        assert world.seen == ["GET"]
        now = client.statistics()
    assert (now.in_flight, now.answered, now.retried) == (0, 1, 0)
    assert [type(event).__name__ for event in world.events] == ["Answered"]


@over_both
async def test_a_create_that_was_too_late_is_sent_once_and_keeps_no_slot(kind: Any) -> None:
    world = late_once(kind)
    async with world.client(kind) as client:
        assert (await client.pods.create(SPEC)).id == "7"
        assert world.seen == ["POST"]
        assert client.statistics().pod_operations == 0


@over_both
async def test_what_is_just_in_time_is_sent(kind: Any) -> None:
    world = late_once(kind, LIFETIME - 0.001)
    async with world.client(kind) as client:
        await client.pods.list()
        assert world.clock.steps == []
        assert client.statistics().sent == 1


async def test_a_connection_that_always_takes_longer_than_that_is_used_in_the_end() -> None:
    world = World(Clock([0.0, 0.0, 9.0] * 3))
    async with world.client(Traced) as client:
        await client.pods.list()
    assert world.seen == ["GET"]
    assert world.clock.steps == [0.0, 0.0, 9.0]  # the second time was long enough


async def test_no_admission_lives_longer_than_the_longest() -> None:
    clock = Clock()
    scheduler = Scheduler(Limits(), lifetime=Lifetime(clock))
    admission = await scheduler.admit(Lane.NORMAL)
    for _ in range(10):
        admission.expired()
        admission = await scheduler.readmit(admission)
    clock.now += LONGEST_LIFETIME
    assert not admission.valid()
    admission.refund()


async def test_a_client_that_was_closed_meanwhile_sends_nothing() -> None:
    world = late_once(Traced)
    async with world.client(Traced) as client:
        caller = client._account.caller

        class Closing(Scheduler):
            async def readmit(self, refused: Admission) -> Admission:
                caller.close()
                return await super().readmit(refused)

        scheduler = Closing(Limits(), lifetime=Lifetime(world.clock))
        caller.scheduler = scheduler
        with pytest.raises(ClientClosedError):
            await client.pods.list()
        assert world.seen == []
        assert scheduler.is_idle


@pytest.mark.skipif(sys.platform == "win32", reason="signals to a process are POSIX's")
@pytest.mark.real_time
@pytest.mark.parametrize("budget", ["its own", "shared"])
async def test_a_process_stopped_between_grant_and_first_byte_sends_nothing_late(
    budget: str, tmp_path: Path
) -> None:
    """Each time it is stopped for an hour by its own clock; what it sends then is granted anew."""
    ahead = tmp_path / "ahead"
    ahead.write_text("0")
    requests: list[bytes] = []

    async def answering(stream: SocketStream) -> None:
        while True:
            requests.append(await request_from(stream))
            await stream.send(reply())

    async with served(answering) as url:
        program = [sys.executable, "-m", "tests.call.stopped", url, str(ahead), str(STOPS)]
        program += [f"file://{tmp_path}/budget"] * (budget == "shared")
        process = subprocess.Popen(program, cwd=ROOT)  # noqa: ASYNC220  # it is waited for in threads
        try:
            for number in range(STOPS):
                await stopped(process.pid)
                ahead.write_text(str(3600 * (number + 1)))
                process.send_signal(signal.SIGCONT)
                await stopped(process.pid)  # granted anew
                assert len(requests) == number
                process.send_signal(signal.SIGCONT)
            assert await anyio.to_thread.run_sync(process.wait) == 0
        finally:
            process.kill()
            process.wait()
    assert len(requests) == STOPS


async def stopped(pid: int) -> None:
    """Wait until a process has been stopped."""
    _, status = await anyio.to_thread.run_sync(os.waitpid, pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status), status
