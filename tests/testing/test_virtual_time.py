"""The clock of the tests, tested."""

import asyncio
import math
import socket
import threading
import time
from typing import Any, Literal

import aiolimiter
import anyio
import anyio.from_thread
import anyio.to_thread
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yotta_async.errors import YottaError
from yotta_async.testing import DeadlockError, VirtualTimeLoop, run_virtual, virtual_backend


Backend = Literal["asyncio", "trio"]
both = pytest.mark.parametrize("backend", ["asyncio", "trio"])


async def sleep(seconds: float) -> float:
    await anyio.sleep(seconds)
    return anyio.current_time()


@both
def test_the_clock_starts_at_zero_and_a_year_of_sleep_is_exact(backend: Backend) -> None:
    assert run_virtual(sleep, 0.0, backend=backend) == 0.0
    assert run_virtual(sleep, 31e6, backend=backend) == 31e6


@both
def test_a_day_of_sleeps_takes_no_real_time(backend: Backend) -> None:
    async def poll_for_a_day() -> None:
        for _ in range(24 * 60):
            await anyio.sleep(60)

    began = time.monotonic()
    run_virtual(poll_for_a_day, backend=backend)
    assert time.monotonic() - began < 3600


@given(st.lists(st.floats(0, 1e5), max_size=30))
def test_timers_fire_in_order_at_their_exact_instants(delays: list[float]) -> None:
    fired: list[float] = []

    async def note(delay: float) -> None:
        await anyio.sleep(delay)
        fired.append(anyio.current_time())

    async def all_at_once() -> None:
        async with anyio.create_task_group() as group:
            for delay in delays:
                group.start_soon(note, delay)

    run_virtual(all_at_once)
    assert fired == pytest.approx(sorted(delays), abs=1e-6)


async def test_a_deadline_ends_a_wait_at_its_exact_instant() -> None:
    with anyio.move_on_after(0.1) as scope:
        await anyio.sleep_forever()
    assert scope.cancelled_caught
    assert anyio.current_time() == 0.1


async def test_a_cancelled_timer_does_not_move_the_clock() -> None:
    with anyio.move_on_after(1000):
        await anyio.sleep(1)
    await anyio.sleep(1)
    assert anyio.current_time() == 2


async def test_the_clock_stands_while_anything_can_run() -> None:
    async def spin() -> None:
        for _ in range(100):
            await anyio.lowlevel.checkpoint()
        assert anyio.current_time() == 0

    async with anyio.create_task_group() as group:
        group.start_soon(anyio.sleep, 1)
        group.start_soon(spin)


@pytest.mark.asyncio_only
async def test_a_timer_for_this_very_instant_fires_and_moves_the_clock_invisibly() -> None:
    loop = asyncio.get_running_loop()
    await anyio.sleep(5)
    for _ in range(100):
        due = asyncio.Event()
        loop.call_later(0, due.set)
        await due.wait()
    assert 5 < loop.time() < 5.001
    await anyio.sleep_until(10)
    due.clear()
    loop.call_later(0, due.set)
    await due.wait()
    assert loop.time() == math.nextafter(10, 11)


@pytest.mark.asyncio_only
@pytest.mark.parametrize(
    ("rate", "period", "calls"), [(40, 1, 500), (15, 7.5, 120), (1, 1, 50), (10, 0.3, 1000)]
)
async def test_aiolimiter_ends_at_the_right_instant(rate: int, period: float, calls: int) -> None:
    limiter = aiolimiter.AsyncLimiter(rate, period)
    for _ in range(calls):
        await limiter.acquire()
    assert anyio.current_time() == pytest.approx((calls - rate) * period / rate, abs=0.001)


@both
def test_a_deadlock_is_an_error_and_not_a_hang(backend: Backend) -> None:
    async def wait_for_nobody() -> None:
        await anyio.Event().wait()

    with pytest.raises(DeadlockError):
        run_virtual(wait_for_nobody, backend=backend)


def test_a_deadlock_names_the_tasks_and_where_they_wait() -> None:
    async def wait_for_nobody() -> None:
        await anyio.Event().wait()

    async def outer() -> None:
        asyncio.current_task().set_name("the culprit")  # type: ignore[union-attr]
        await wait_for_nobody()

    with pytest.raises(DeadlockError, match=r"the culprit: .*outer:\d+ > .*wait_for_nobody:\d+"):
        run_virtual(outer)


def test_a_sleep_for_ever_is_a_deadlock() -> None:
    with pytest.raises(DeadlockError):
        run_virtual(sleep, float("inf"))


@pytest.mark.parametrize(("horizon", "polls"), [(95.0, 9), (100.0, 10)])
def test_the_clock_does_not_jump_beyond_the_horizon(horizon: float, polls: int) -> None:
    polled: list[float] = []

    async def poll_for_ever() -> None:
        while True:
            await asyncio.sleep(10)
            polled.append(anyio.current_time())

    loop = VirtualTimeLoop(horizon=horizon)
    with asyncio.Runner(loop_factory=lambda: loop) as runner, pytest.raises(DeadlockError):
        runner.run(poll_for_ever())
    assert len(polled) == polls


def test_an_open_socket_does_not_hide_the_horizon() -> None:
    ours, theirs = socket.socketpair()

    async def listen_and_sleep() -> None:
        asyncio.get_running_loop().add_reader(ours, ours.recv, 1)
        await asyncio.sleep(10)

    loop = VirtualTimeLoop(horizon=5)
    runner = asyncio.Runner(loop_factory=lambda: loop)
    with ours, theirs, runner, pytest.raises(DeadlockError):
        runner.run(listen_and_sleep())


def test_a_deadlock_is_one_of_our_errors() -> None:
    assert issubclass(DeadlockError, YottaError)


def test_the_clean_up_of_a_deadlocked_task_runs() -> None:
    cleaned: list[float] = []

    async def tidy() -> None:
        try:
            await anyio.Event().wait()
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.sleep(5)
            cleaned.append(anyio.current_time())

    with pytest.raises(DeadlockError):
        run_virtual(tidy)
    assert cleaned == [5]


@pytest.mark.asyncio_only
async def test_the_clock_waits_for_a_thread_of_anyio() -> None:
    gate = threading.Event()
    with anyio.fail_after(10):
        threading.Timer(0.02, gate.set).start()
        assert await anyio.to_thread.run_sync(gate.wait, 600)
        assert await anyio.to_thread.run_sync(gate.wait, 600)
    assert anyio.current_time() == 0
    await anyio.sleep(3)
    assert anyio.current_time() == 3


@pytest.mark.asyncio_only
async def test_the_clock_waits_for_a_job_in_an_executor() -> None:
    gate = threading.Event()
    threading.Timer(0.02, gate.set).start()
    async with asyncio.timeout(10):
        assert await asyncio.get_running_loop().run_in_executor(None, gate.wait, 600)
    assert anyio.current_time() == 0
    await anyio.sleep(3)
    assert anyio.current_time() == 3


def test_a_thread_can_be_waited_for_with_no_timer_at_all() -> None:
    def compute() -> int:
        return 42

    async def in_both() -> tuple[int, int]:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(None, compute), await anyio.to_thread.run_sync(compute)

    assert run_virtual(in_both) == (42, 42)


@pytest.mark.asyncio_only
async def test_a_thread_can_call_back_into_the_loop() -> None:
    async def answer() -> int:
        return 42

    assert await anyio.to_thread.run_sync(anyio.from_thread.run, answer) == 42


def test_a_thread_that_waits_for_the_clock_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yotta_async.testing.virtual_time._PATIENCE", 0.05)
    never = threading.Event()

    async def wait_for_the_thread() -> None:
        with anyio.fail_after(1):
            await anyio.to_thread.run_sync(never.wait, 0.5)

    with pytest.raises(DeadlockError, match="a thread must not wait"):
        run_virtual(wait_for_the_thread)


@pytest.mark.asyncio_only
async def test_sockets_in_one_process_still_talk() -> None:
    async def echo(stream: anyio.abc.SocketStream) -> None:
        async with stream:
            await stream.send(await stream.receive())

    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = listener.extra(anyio.abc.SocketAttribute.local_port)
    async with listener, anyio.create_task_group() as group:
        group.start_soon(listener.serve, echo)
        with anyio.fail_after(1):
            async with await anyio.connect_tcp("127.0.0.1", port) as stream:
                await stream.send(b"hello")
                assert await stream.receive() == b"hello"
        group.cancel_scope.cancel()
    assert anyio.current_time() == 0


def test_an_open_socket_is_waited_for_when_there_is_no_timer() -> None:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)

    async def receive() -> bytes:
        threading.Timer(0.02, theirs.send, [b"late"]).start()
        return await asyncio.get_running_loop().sock_recv(ours, 4)

    with ours, theirs:
        assert run_virtual(receive) == b"late"


def test_the_loop_serves_asyncio_alone() -> None:
    async def a_minute() -> float:
        await asyncio.sleep(60)
        return asyncio.get_running_loop().time()

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        assert runner.run(a_minute()) == 60


def test_each_trio_backend_has_a_clock_of_its_own() -> None:
    (_, first), (_, second) = virtual_backend("trio"), virtual_backend("trio")
    assert first["clock"] is not second["clock"]


@both
def test_what_the_function_raises_comes_out_plain(backend: Backend) -> None:
    async def fail() -> Any:
        raise ValueError("plain")

    with pytest.raises(ValueError, match="plain"):
        run_virtual(fail, backend=backend)
