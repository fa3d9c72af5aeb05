"""A watch at rest: what holds for a minute holds for a day, and for counts that a year brings."""

import anyio
import pytest
from attrs import frozen

from tests.lab import SPEC, make_lab
from yotta_async._call.watch import ListWatch
from yotta_async._scheduling.rules.lanes import Lane


INTERVAL = 2.0
SLOWEST = 6 * INTERVAL
A_DAY = 86_000.0  # seconds, within the horizon of a test


@frozen
class Thing:
    id: str = "1"
    status: str = "RUNNING"


@frozen
class Server:
    """Answers with the same list each time, and notes when it was asked."""

    asked: list[float]

    async def fetch(self, _: Lane) -> list[Thing]:
        self.asked.append(anyio.current_time())
        return [Thing()]


def watch_of(server: Server) -> ListWatch[Thing]:
    return ListWatch(server.fetch, lambda: INTERVAL, lambda thing: thing.status)


async def follow(watch: ListWatch[Thing]) -> None:
    asked = anyio.current_time()
    while True:
        asked = (await watch.next(asked)).sent_at


async def test_a_watch_at_rest_goes_on_for_a_day() -> None:
    server = Server([])
    with anyio.move_on_after(A_DAY):
        await follow(watch_of(server))
    assert server.asked[-1] >= anyio.current_time() - SLOWEST
    gaps = [b - a for a, b in zip(server.asked[10:], server.asked[11:], strict=False)]
    assert set(gaps) == {SLOWEST}


@pytest.mark.parametrize("quiet", [1751, 10**9, 10**18])
async def test_a_watch_that_was_quiet_for_years_goes_on(quiet: int) -> None:
    server = Server([])
    watch = watch_of(server)
    await watch.next(-1.0)
    watch.quiet = quiet
    with anyio.move_on_after(10 * SLOWEST + 1.0):
        await follow(watch)
    assert len(server.asked) == 1 + 10


async def test_a_wait_without_an_end_outlasts_any_number_of_quiet_lists() -> None:
    lab = make_lab()
    pod = await lab.client.pods.create(SPEC)
    await lab.client.pods.wait(pod.id)
    lab.client._account.pods.watch.quiet = 10**9
    with anyio.move_on_after(3600.0) as scope:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lambda: lab.client.pods.wait(pod.id, "PAUSED", timeout=None))
            await anyio.sleep(600.0)
            lab.client._account.pods.watch.quiet = 10**9
            await anyio.sleep(600.0)
            await lab.client.pods.pause(pod.id)
    assert not scope.cancelled_caught
    assert lab.cloud.pods[0].status == "PAUSED"
