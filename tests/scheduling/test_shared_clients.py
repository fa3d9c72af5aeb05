"""Clients that share a key's budget on one simulated cloud, and one that does without."""

import subprocess
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import anyio
import anyio.to_thread
import pytest
from attrs import evolve

from tests.lab import SPEC, client_of
from tests.scheduling.processes import World
from yotta_async import AsyncYotta, Lane, Limits
from yotta_async._resources.account import Account
from yotta_async._scheduling.shared import SharedScheduler
from yotta_async._scheduling.stores.opening import book_name
from yotta_async._scheduling.turnstile import LIFETIME
from yotta_async.errors import ConfigurationError
from yotta_async.simulator import ServerLimits, SimulatedYotta


ALONE = """
import sys
from yotta_async import AsyncYotta, Limits, PodSpec
from yotta_async.testing import run_virtual

async def main():
    async with AsyncYotta.simulated() as client:
        await client.pods.create(PodSpec(image="a", gpu_type="NVIDIA_RTX_5090_32G"))

run_virtual(main)
parts = ("_scheduling.shared", "_scheduling.asker", "_scheduling.stores", "rules.book")
print([name for name in sys.modules if any(part in name for part in parts)])
"""


def test_a_client_of_its_own_key_imports_nothing_of_a_shared_budget() -> None:
    program = [sys.executable, "-c", ALONE]
    assert subprocess.run(program, capture_output=True, text=True, check=True).stdout == "[]\n"


def sharing(world: World, cloud: SimulatedYotta) -> AsyncYotta:
    """Return a client on a cloud that is a process of its own, as far as the budget goes."""
    client = client_of(cloud)
    account = client._account
    scheduler = world.process()
    scheduler._look = client._look
    caller = evolve(account.caller, scheduler=scheduler)
    client._bind(Account(caller, account.api, account.options, scheduler))
    return client


@pytest.mark.parametrize("kind", ["sliding-strict", "fixed"])
async def test_two_clients_that_make_pods_are_never_refused(kind: str) -> None:
    cloud = SimulatedYotta(limits=ServerLimits(kind=kind))  # type: ignore[arg-type]
    world = World()
    async with sharing(world, cloud) as one, sharing(world, cloud) as other:
        async with anyio.create_task_group() as tasks:
            for client in (one, other):
                for _ in range(30):
                    tasks.start_soon(client.pods.create, SPEC)
        assert len(cloud.pods) == 60
    assert cloud.refusals == 0
    assert cloud.worst_window <= 60
    assert cloud.worst_concurrency <= 5


async def test_two_fleets_of_two_processes_are_ready_without_a_refusal() -> None:
    cloud = SimulatedYotta()
    world = World()
    ready: list[int] = []

    async def run(client: AsyncYotta, name: str) -> None:
        async with client, client.fleet(name) as fleet:
            outcomes = [each async for each in fleet.launch([SPEC] * 5)]
            ready.append(sum(each.pod is not None for each in outcomes))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run, sharing(world, cloud), "one")
        tasks.start_soon(run, sharing(world, cloud), "other")
    assert ready == [5, 5]
    assert cloud.refusals == 0
    assert [pod for pod in cloud.pods if pod.status not in ("TERMINATING", "TERMINATED")] == []


async def test_slots_that_pods_in_motion_keep_are_found_to_be_free_by_looking() -> None:
    limits = ServerLimits(operation_span="settled")
    cloud = SimulatedYotta(limits=limits)
    world = World(Limits(operation_span="settled"))
    async with sharing(world, cloud) as one, sharing(world, cloud) as other:
        async with anyio.create_task_group() as tasks:
            for client in (one, other):
                for _ in range(6):
                    tasks.start_soon(client.pods.create, SPEC)
        assert len(cloud.pods) == 12
    assert cloud.refusals == 0


async def test_a_longer_time_out_makes_leases_longer(tmp_path: Path) -> None:
    limits = Limits(shared=f"file://{tmp_path}/budget")
    client = AsyncYotta("key", base_url="http://localhost", limits=limits)
    scheduler = client._account.caller.scheduler
    assert isinstance(scheduler, SharedScheduler)
    assert scheduler._ledger.lease == 30.0 + LIFETIME
    client.with_options(timeout=100.0)
    assert scheduler._ledger.lease == 100.0 + LIFETIME
    client.with_options(timeout=1.0)
    assert scheduler._ledger.lease == 100.0 + LIFETIME


async def test_what_the_client_shows_has_no_password() -> None:
    limits = Limits(shared="unix://user:hush@/run/redis.sock")
    assert "hush" not in repr(limits)
    assert "/run/redis.sock" in repr(limits)


def test_a_book_is_named_by_key_and_service_and_tells_neither() -> None:
    name = book_name("sk-canary-0123456789", "https://api.yottalabs.ai")
    assert "canary" not in name
    assert name == book_name("sk-canary-0123456789", "https://api.yottalabs.ai")
    assert name != book_name("another", "https://api.yottalabs.ai")
    assert name != book_name("sk-canary-0123456789", "http://localhost")


RIGHT = [
    "file:///var/lib/you/yotta.budget",
    "redis://localhost",
    "redis://localhost:6379/0",
    "rediss://user:secret@redis.example.com:6380/1?ssl_ca_certs=/etc/ca.pem",
    "redis://[::1]:6379",
    "unix:///run/redis.sock?db=1",
    "unix://user:secret@/run/redis.sock",
]
WRONG: dict[str, object] = {
    "file://relative/path": "absolute path",
    "file:///": "absolute path",
    "file:///directory/": "absolute path",
    "file:/one/slash": "must be a URL",
    "file:///path?query": "no credentials, query or fragment",
    "/a/path": "must be a URL",
    "http://host": "must be a URL",
    "": "must be a URL",
    "redis://": "must have a host",
    "redis://host:0": "port",
    "redis://host:99999": "port",
    "redis://host/name": "number of a database",
    "redis://ho st": "spaces",
    "unix://": "absolute path",
    "redis://:secret@host:port": "port",
}


@pytest.mark.parametrize("url", RIGHT)
def test_where_a_budget_may_be_shared(url: str) -> None:
    limits = Limits(shared=url)
    assert limits.shared == url
    assert "secret" not in repr(limits)


@pytest.mark.parametrize("url", WRONG)
def test_where_it_cannot_be_is_named_with_what_is_allowed(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Limits(shared=url)
    told = str(caught.value)
    assert caught.value.field == "Limits.shared"
    assert str(WRONG[url]) in told
    assert "secret" not in told
    assert caught.value.hint


@pytest.mark.parametrize("value", [1, True, b"redis://host", Path("/a")])
def test_what_is_no_text_is_no_place_for_a_budget(value: object) -> None:
    with pytest.raises(ConfigurationError, match="must be a URL"):
        Limits(shared=value)  # type: ignore[arg-type]


FORKED = """
import os, sys
import anyio
import anyio.to_thread
from yotta_async import AsyncYotta, Lane, Limits

limits = Limits(shared=sys.argv[1])
client = AsyncYotta("key", base_url="http://localhost", limits=limits)
scheduler = client._account.caller.scheduler

async def use():
    admission = await scheduler.admit(Lane.NORMAL)
    admission.answered()
    await client.aclose()

async def main():
    held = await scheduler.admit(Lane.NORMAL)
    child = await anyio.to_thread.run_sync(forked)
    held.answered()
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    await client.aclose()

def forked():
    # As a prefork server does, but with a call in flight.
    if child := os.fork():
        return child
    anyio.run(use)
    os._exit(0)

anyio.run(main)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
def test_a_client_made_before_a_fork_is_another_process_after_it(tmp_path: Path) -> None:
    program = [sys.executable, "-W", "ignore", "-c", FORKED, f"file://{tmp_path}/budget"]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("0\n", "")


def test_a_client_moves_to_another_event_loop_when_the_last_one_is_over(tmp_path: Path) -> None:
    limits = Limits(shared=f"file://{tmp_path}/budget")
    client = AsyncYotta("key", base_url="http://localhost", limits=limits)
    scheduler = client._account.caller.scheduler
    sessions: list[str] = []

    async def use() -> None:
        admission = await scheduler.admit(Lane.NORMAL)
        assert isinstance(scheduler, SharedScheduler)
        sessions.append(scheduler._ledger.session)
        admission.answered()

    anyio.run(use)
    anyio.run(use)
    assert sessions[0] != sessions[1]


def test_a_client_in_use_on_two_event_loops_at_once_is_an_error_that_says_so(
    tmp_path: Path,
) -> None:
    limits = Limits(shared=f"file://{tmp_path}/budget")
    scheduler = AsyncYotta(
        "key", base_url="http://localhost", limits=limits
    )._account.caller.scheduler

    async def use_twice() -> None:
        held = await scheduler.admit(Lane.NORMAL)
        with pytest.raises(ConfigurationError, match="one event loop at a time"):
            await anyio.to_thread.run_sync(lambda: anyio.run(scheduler.admit, Lane.NORMAL))
        held.refund()

    anyio.run(use_twice)


async def _mean_notice(processes: int, pods: int) -> float:
    """Return how long it takes on average until a process notices that its pod is ready."""
    cloud = SimulatedYotta()
    world = World()
    begun = anyio.current_time()
    noticed: list[float] = []

    async def rent(client: AsyncYotta) -> None:
        made = [await client.pods.create(SPEC) for _ in range(pods // processes)]
        async with anyio.create_task_group() as tasks:
            for pod in made:
                tasks.start_soon(wait, client, pod.id)

    async def wait(client: AsyncYotta, pod_id: str) -> None:
        await client.pods.wait(pod_id)
        noticed.append(anyio.current_time() - begun)

    async with AsyncExitStack() as stack, anyio.create_task_group() as tasks:
        for _ in range(processes):
            tasks.start_soon(rent, await stack.enter_async_context(sharing(world, cloud)))
    assert cloud.refusals == 0
    assert len(noticed) == pods
    return sum(noticed) / pods


async def test_eight_processes_notice_their_pods_about_as_soon_as_one_notices_as_many() -> None:
    """Why lists are not shared: `docs/shared-budget.md`."""
    assert await _mean_notice(8, 32) <= 1.1 * await _mean_notice(1, 32)
