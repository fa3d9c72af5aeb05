"""A server that bans a key: nothing is sent for minutes, and few find out when it ends."""

from collections import Counter
from functools import partial

import anyio
import httpx
import pytest
from attrs import define, field

from tests.fleet.fleets import ANYWHERE, make_fleet_lab
from tests.lab import SPEC, Lab, make_lab
from yotta_async._call.transport import client_over
from yotta_async.errors import QueueTimeoutError, RateLimitError
from yotta_async.simulator import ServerLimits


BAN = 600.0


@define
class Banning(httpx.AsyncBaseTransport):
    """Answers 429 from one instant to another, and notes what was asked meanwhile."""

    inner: httpx.AsyncBaseTransport
    begins: float = 0.0
    ends: float = BAN
    header: str = "600"
    came: list[tuple[float, str]] = field(factory=list[tuple[float, str]])
    under_way: Counter[str] = field(factory=Counter[str])
    most_after: Counter[str] = field(factory=Counter[str])

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        now = anyio.current_time()
        self.came.append((now, request.method))
        if not self.begins <= now < self.ends:
            return await self.inner.handle_async_request(request)
        if now > self.begins + BAN / 2:
            self.under_way[request.method] += 1
            most = max(self.under_way[request.method], self.most_after[request.method])
            self.most_after[request.method] = most
        await anyio.sleep(0.2)
        if now > self.begins + BAN / 2:
            self.under_way[request.method] -= 1
        return httpx.Response(429, headers={"retry-after": self.header})

    def between(self, low: float, high: float) -> list[float]:
        return [instant for instant, _ in self.came if low < instant < high]


def banned(lab: Lab, **options: float) -> Banning:
    began = anyio.current_time()
    begins = began + options.pop("begins", 0.0)
    ban = Banning(lab.cloud.transport(), begins, begins + options.pop("lasts", BAN))
    lab.client._account.caller.transport.new_client = partial(client_over, ban)
    return ban


async def test_during_a_ban_nothing_is_sent_and_all_that_wait_succeed() -> None:
    """[T6]."""
    lab = make_lab()
    ban = banned(lab)

    async def work() -> None:
        for _ in range(8):
            await lab.client.pods.list()

    async with anyio.create_task_group() as tasks:
        for _ in range(10):
            tasks.start_soon(work)
    assert len(ban.between(-1.0, ban.begins + 1.0)) == 10
    assert ban.between(ban.begins + 1.0, ban.ends) == []
    await lab.close()


@pytest.mark.parametrize("lasts", [3 * BAN - 30.0, 5 * BAN + 100.0])
async def test_one_request_a_lane_finds_out_whether_a_ban_has_ended(lasts: float) -> None:
    """[T6] The ban is longer than the server said: each time few ask, and the others wait."""
    lab = make_lab(limits=ServerLimits(requests=600))
    ban = banned(lab, lasts=lasts)
    async with anyio.create_task_group() as tasks:
        for _ in range(30):
            tasks.start_soon(lab.client.pods.list)
            tasks.start_soon(lab.client.pods.create, SPEC)
    assert ban.most_after["GET"] <= 1
    assert ban.most_after["POST"] <= 1
    await lab.close()


async def test_a_caller_whose_deadline_is_within_a_ban_is_told_so_at_once() -> None:
    """[T6] By the refusal itself, or if the ban began before, by an error that nothing was sent."""
    lab = make_lab()
    ban = banned(lab)
    for error in (RateLimitError, QueueTimeoutError):
        with pytest.raises(error, match=r"60[01] s|429") as caught, anyio.fail_after(60.0):
            await lab.client.pods.list()
        assert not isinstance(caught.value, TimeoutError)
    assert len(ban.came) == 1
    assert anyio.current_time() < ban.begins + 1.0
    await lab.close()


@pytest.mark.parametrize("begins", [0.0, 20.0, 400.0])
async def test_a_fleet_outlasts_a_ban_and_comes_up_afterwards(begins: float) -> None:
    """[T6] It is launching into the ban, in the middle of it, or at rest."""
    lab = make_fleet_lab(limits=ServerLimits(requests=60))
    ban = banned(lab, begins=begins, lasts=2 * BAN)
    async with lab.client.fleet("sweep") as fleet:
        report = await fleet.up([SPEC] * 40, placement=ANYWHERE)
        assert len(report.ready) == 40
        await anyio.sleep_until(max(anyio.current_time(), ban.ends + BAN))
        assert len(fleet.status().ready) == len(lab.living) == 40
        assert lab.cloud.operations["createPod"] == 40
    assert ban.most_after["GET"] <= 1
    assert ban.most_after["POST"] <= 1
    await lab.close()
