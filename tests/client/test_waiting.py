"""Waiting and watching: one list a tick, whoever waits, and bad news at once."""

import anyio
import httpx
import pytest

from tests.lab import SPEC, Lab, make_lab
from yotta_async import AsyncYotta, Limits, Pod, PodChange, PodStatus
from yotta_async.errors import (
    AuthenticationError,
    ConfigurationError,
    NotFoundError,
    PodFailedError,
    PodVanishedError,
    WaitTimeoutError,
)
from yotta_async.simulator import FaultKind, Faults, PodLife, ServerLimits, SimulatedYotta


async def create_all(lab: Lab, count: int) -> list[Pod]:
    pods: list[Pod] = []

    async def create() -> None:
        pods.append(await lab.client.pods.create(SPEC))

    async with anyio.create_task_group() as tasks:
        for _ in range(count):
            tasks.start_soon(create)
    return pods


async def test_two_hundred_waiters_cost_one_list_a_tick() -> None:
    lab = make_lab(requests=60)
    pods = await create_all(lab, 200)
    began, before = anyio.current_time(), lab.lists()
    async with anyio.create_task_group() as tasks:
        for pod in pods:
            tasks.start_soon(lab.client.pods.wait, pod.id)
    ticks = (
        anyio.current_time() - began
    ) / 2.0  # half of the window of 60: one tick in two seconds
    assert 1 <= lab.lists() - before <= ticks + 1
    assert lab.cloud.operations["getPod"] == 0
    assert lab.cloud.refusals == 0


async def test_while_creating_the_polls_take_at_most_a_tenth_of_the_window() -> None:
    lab = make_lab(requests=60)

    async def create_and_wait() -> None:
        await lab.client.pods.wait((await lab.client.pods.create(SPEC)).id)

    async with anyio.create_task_group() as tasks:
        for _ in range(200):
            tasks.start_soon(create_and_wait)
    last_create = max(r.instant for r in lab.cloud.requests if r.operation == "createPod")
    polls = [r for r in lab.cloud.requests if r.operation == "listPods" and r.instant < last_create]
    first = lab.cloud.requests[0].instant
    assert 3 <= len(polls) <= (last_create - first) / 60.0 * 6 + 1
    assert lab.cloud.refusals == 0
    assert all(pod.ready for pod in lab.cloud.pods)


async def test_ready_means_running_with_every_port_healthy() -> None:
    life = PodLife(ports=(30.0, 30.0))
    lab = make_lab(life=life)
    pod = await lab.client.pods.create(SPEC.evolve(expose=[22, 8888]))
    running = await lab.client.pods.wait(pod.id, until=PodStatus.RUNNING)
    assert not running.is_ready
    ready = await lab.client.pods.wait(pod.id)
    assert ready.is_ready
    assert all(port.healthy for port in ready.expose)


async def test_a_condition_of_ones_own_can_be_waited_for() -> None:
    lab = make_lab()
    pod = await lab.client.pods.create(SPEC.evolve(expose=[22]))
    found = await lab.client.pods.wait(pod.id, until=lambda pod: pod.endpoint(22) is not None)
    assert found.endpoint(22) is not None


async def test_a_pod_that_fails_ends_the_wait_at_once() -> None:
    lab = make_lab(life=PodLife(failing=1.0))
    pod = await lab.client.pods.create(SPEC)
    with pytest.raises(PodFailedError, match="FAILED") as caught:
        await lab.client.pods.wait(pod.id)
    assert caught.value.subject == pod.id
    assert [status for _, status in caught.value.history] == ["INITIALIZING", "FAILED"]


async def test_a_wait_that_takes_too_long_tells_what_was_last_seen() -> None:
    lab = make_lab()
    pod = await lab.client.pods.create(SPEC)
    with pytest.raises(WaitTimeoutError, match="INITIALIZING") as caught:
        await lab.client.pods.wait(pod.id, timeout=10.0)
    assert isinstance(caught.value.last_seen, Pod)
    assert isinstance(caught.value, TimeoutError)


async def test_a_pod_that_disappears_is_reported_after_the_lists_have_had_time() -> None:
    lab = make_lab()
    pod = await lab.client.pods.create(SPEC)
    await lab.client.pods.wait(pod.id)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_expect_vanished, lab, pod.id)
        await anyio.sleep(5.0)
        await lab.client.pods.delete(pod.id)


async def _expect_vanished(lab: Lab, pod_id: str) -> None:
    with pytest.raises(PodVanishedError) as caught:
        await lab.client.pods.wait(pod_id, until=lambda _: False, timeout=600.0)
    assert "TERMINATING" in str(caught.value)


async def test_a_list_that_lags_is_no_disappearance() -> None:
    lab = make_lab(faults=Faults(list_lag=12.0))
    pod = await lab.client.pods.create(SPEC)
    assert (await lab.client.pods.wait(pod.id)).is_ready
    assert lab.cloud.operations["getPod"] == 0


async def test_waiting_for_a_pod_that_never_was_ends_with_not_found() -> None:
    lab = make_lab()
    with pytest.raises(NotFoundError):
        await lab.client.pods.wait("419430400000000003")


async def test_waiting_until_gone_ends_when_the_pod_is_listed_no_more() -> None:
    lab = make_lab()
    pod = await lab.client.pods.create(SPEC)
    await lab.client.pods.wait(pod.id)
    await lab.client.pods.delete(pod.id)
    gone = await lab.client.pods.wait(pod.id, until="gone")
    assert gone.status == "TERMINATED"
    assert lab.cloud.pods == ()


async def test_a_tick_reads_again_only_what_has_changed() -> None:
    lab = make_lab()
    pods = await create_all(lab, 3)
    for pod in pods:
        await lab.client.pods.wait(pod.id)
    watch = lab.client._account.pods.watch
    before = await watch.next(anyio.current_time())
    await lab.client.pods.delete(pods[1].id)
    after = await watch.next(before.sent_at)
    kept = {pod_id for pod_id, pod in after.items.items() if pod is before.items.get(pod_id)}
    assert kept == {pods[0].id, pods[2].id}


async def test_a_poll_that_fails_fails_no_wait() -> None:
    chances = {kind.value: 0.08 for kind in FaultKind}
    faults = Faults(operations={"listPods"}, **chances)  # type: ignore[arg-type]
    lab = make_lab(faults=faults, seed=4)
    pods = await create_all(lab, 5)
    for pod in pods:
        assert (await lab.client.pods.wait(pod.id)).is_ready
    assert sum(lab.cloud.faults_fired.values()) > 3


async def test_a_refused_key_ends_every_wait() -> None:
    cloud = SimulatedYotta(api_key="right")
    http = httpx.AsyncClient(transport=cloud.transport())
    client = AsyncYotta("wrong", base_url="http://localhost", http_client=http)
    errors: list[AuthenticationError] = []

    async def wait() -> None:
        with pytest.raises(AuthenticationError) as caught:
            await client.pods.wait("419430400000000003")
        errors.append(caught.value)

    async with http, anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(wait)
    assert len(errors) == 3


async def test_when_the_waiter_that_polls_is_cancelled_another_one_does() -> None:
    lab = make_lab()
    pod = await lab.client.pods.create(SPEC)
    async with anyio.create_task_group() as tasks:
        with anyio.move_on_after(20.0):
            async with anyio.create_task_group() as leaving:
                leaving.start_soon(lab.client.pods.wait, pod.id)
                await anyio.sleep(1.0)
                tasks.start_soon(lab.client.pods.wait, pod.id)
    assert lab.cloud.pods[0].ready


async def test_polls_slow_down_while_nothing_changes() -> None:
    lab = make_lab(requests=60)
    pod = await lab.client.pods.create(SPEC)
    await lab.client.pods.wait(pod.id)
    before = lab.lists()
    with pytest.raises(WaitTimeoutError):
        await lab.client.pods.wait(pod.id, until="PAUSED", timeout=600.0)
    assert 40 <= lab.lists() - before <= 80


async def test_a_word_that_no_pod_can_become_is_refused_before_anything_is_sent() -> None:
    lab = make_lab()
    with pytest.raises(ConfigurationError, match="until=sleepy"):
        await lab.client.pods.wait("1", until="sleepy")
    assert lab.cloud.requests == ()


async def test_watching_tells_what_appears_changes_and_vanishes() -> None:
    lab = make_lab()
    pod = await lab.client.pods.create(SPEC)
    told: list[PodChange] = []
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_delete_when_ready, lab, pod.id)
        async for change in lab.client.pods.watch():
            told.append(change)
            if change.kind == "vanished":
                break
    assert next(change.kind for change in told) == "appeared"
    statuses = [change.pod.status for change in told if change.kind == "changed"]
    assert statuses[0] == "RUNNING"
    assert statuses[-1] == "TERMINATING"
    assert told[-1].previous == told[-1].pod


async def _delete_when_ready(lab: Lab, pod_id: str) -> None:
    await lab.client.pods.wait(pod_id)
    await lab.client.pods.delete(pod_id)


async def test_watching_some_pods_leaves_out_the_others() -> None:
    lab = make_lab()
    here, there = [
        await lab.client.pods.create(SPEC.evolve(regions=region))
        for region in ("us-east-1", "us-west-1")
    ]
    async for change in lab.client.pods.watch(regions=["us-west-1"]):
        assert change.pod.id == there.id
        break
    async for change in lab.client.pods.watch(ids=[here.id]):
        assert change.pod.id == here.id
        break


async def test_a_waiter_takes_over_a_tick_that_another_loop_left_behind() -> None:
    """The view of one event loop is not taken for news in the next one, whose clock is another."""
    limits = ServerLimits(requests=600)
    lab = make_lab(limits=limits)
    await lab.client.pods.list()
    lab.client._account.pods.watch._loop = object()
    lab.client._account.pods.watch._last_sent = 1e9
    pod = await lab.client.pods.create(SPEC)
    assert (await lab.client.pods.wait(pod.id)).is_ready


def test_the_poll_interval_follows_the_limit() -> None:
    client = AsyncYotta("key", limits=Limits(requests=120))
    assert client._account.caller.scheduler.poll_interval() == 2.0
