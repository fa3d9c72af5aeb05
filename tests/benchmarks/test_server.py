"""The server that only counts, and our own client and scheduler before it."""

from collections.abc import Awaitable, Callable
from random import Random

import anyio
import pytest

from benchmarks.bound import least_makespan
from benchmarks.limiters_ours import Load, send_with_client, send_with_scheduler
from benchmarks.limiters_server import Server
from yotta_async.simulator import Latency, ServerLimits


LATENCY = Latency(low=0.2, high=0.2, cold=(1.0, 1.0), cold_requests=1)
CREATES, READS = Load(count=45, slots=5), Load(count=45, slots=None)

Job = Callable[[Server, Load], Awaitable[None]]


def server(requests: int = 20) -> Server:
    return Server(ServerLimits(requests=requests), LATENCY, Random(1))


async def test_a_request_takes_its_latency_and_the_first_a_handshake() -> None:
    one = server()
    assert await one.request()
    assert anyio.current_time() == pytest.approx(1.2)
    assert await one.request()
    assert anyio.current_time() == pytest.approx(1.4)


async def test_what_is_over_the_limit_is_refused_and_counted() -> None:
    one = server(requests=2)
    assert [await one.request() for _ in range(4)] == [True, True, False, False]
    assert (one.sent, one.refused, one.rate.worst) == (4, 2, 4)


def test_the_wire_times_are_those_that_the_requests_would_have() -> None:
    assert server().wire_times(3) == pytest.approx([1.2, 0.2, 0.2])


@pytest.mark.parametrize("load", [CREATES, READS])
@pytest.mark.parametrize("job", [send_with_client, send_with_scheduler])
async def test_ours_is_never_refused_and_close_to_the_least(job: Job, load: Load) -> None:
    one = server()
    await job(one, load)
    least = least_makespan(one.limits, server().wire_times(45), load.slots or 45)
    assert (one.sent, one.refused) == (45, 0)
    assert one.rate.worst <= 20
    assert least <= anyio.current_time() <= 1.05 * least


@pytest.mark.parametrize("job", [send_with_client, send_with_scheduler])
async def test_ours_gets_through_when_it_is_refused(job: Job) -> None:
    one = Server(ServerLimits(requests=20, kind="bucket", burst=2), LATENCY, Random(1))
    await job(one, CREATES)
    assert one.refused > 0
    # A client of which a create was refused looks once more when it is closed.
    assert one.sent - one.refused in {45, 46}
