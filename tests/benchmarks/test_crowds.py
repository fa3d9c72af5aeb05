"""Crowds before queues of which one knows how fair they are."""

from random import Random

import anyio
import pytest
from attrs import define, field

from benchmarks.fairness_crowds import Deletes, Overload
from benchmarks.late_loop import LateLoop
from benchmarks.limiters_server import Exchange
from yotta_async import Lane


@define(eq=False)
class Even:
    """One each half second, of those who wait the oldest or the newest."""

    newest_first: bool = False
    urgent_first: bool = False
    _waiting: list[tuple[Lane, anyio.Event]] = field(factory=list[tuple[Lane, anyio.Event]])

    async def send(self, lane: Lane, exchange: Exchange) -> None:
        turn = anyio.Event()
        self._waiting.append((lane, turn))
        await turn.wait()
        await exchange()

    operate = send

    async def let_go(self) -> None:
        while True:
            await anyio.sleep(0.5)
            if self.urgent_first:
                self._waiting.sort(key=lambda each: each[0])
            if self._waiting:
                self._waiting.pop(-1 if self.newest_first else 0)[1].set()


async def fare(crowd: Overload | Deletes, queue: Even) -> tuple[float, ...]:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(queue.let_go)
        found = await crowd.of(queue)
        tasks.cancel_scope.cancel()
    return found


@pytest.mark.asyncio_only
async def test_nobody_is_overtaken_in_a_line() -> None:
    assert await fare(Overload(Random(1), rate=2.0), Even()) == (0, 0, 0.0)


@pytest.mark.asyncio_only
async def test_the_first_are_the_last_in_a_stack() -> None:
    overtaken, places, seconds = await fare(Overload(Random(1), rate=2.0), Even(newest_first=True))
    assert overtaken > 100
    assert places > 100
    assert seconds > 50.0


@pytest.mark.asyncio_only
async def test_a_delete_waits_for_all_creates_unless_it_goes_first() -> None:
    in_turn = await fare(Deletes(Random(1), creates=1000, pollers=0), Even())
    first = await fare(Deletes(Random(1), creates=1000, pollers=0), Even(urgent_first=True))
    assert min(in_turn) > 200.0
    assert max(first) <= 0.5


@pytest.mark.asyncio_only
async def test_polls_go_on_while_deletes_wait() -> None:
    without = await fare(Deletes(Random(1), creates=500, pollers=0), Even())
    beside = await fare(Deletes(Random(1), creates=500, pollers=10), Even())
    assert beside[1] > without[1]


def test_the_loop_is_late_but_never_more_than_it_may() -> None:
    async def main() -> list[float]:
        late: list[float] = []
        for _ in range(50):
            due = anyio.current_time() + 1.0
            await anyio.sleep_until(due)
            late.append(anyio.current_time() - due)
        return late

    loop = {"loop_factory": lambda: LateLoop(0.01, Random(1))}
    late = anyio.run(main, backend_options=loop)
    assert 0.0 <= min(late) < 0.002
    assert 0.008 < max(late) <= 0.01 + 1e-5
