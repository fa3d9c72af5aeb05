"""The client as a whole: its options, its books, its events, and how it ends."""

import gc
import threading
import warnings

import anyio
import httpx
import pytest

from tests.lab import SPEC, make_lab
from yotta_async import AsyncYotta, Event, Lane, Limits, RetryPolicy
from yotta_async.errors import (
    ClientClosedError,
    ConfigurationError,
    QueueTimeoutError,
    RateLimitError,
)
from yotta_async.events import Adapted, Answered, Refused, Retrying
from yotta_async.simulator import Faults, PodLife, ServerLimits, SimulatedYotta, WireStyle
from yotta_async.testing import run_virtual


def client_of(cloud: SimulatedYotta, **options: object) -> AsyncYotta:
    http = httpx.AsyncClient(transport=cloud.transport())
    return AsyncYotta("key", base_url="http://localhost", http_client=http, **options)  # type: ignore[arg-type]


async def test_the_books_tell_what_was_sent_and_what_waits() -> None:
    lab = make_lab(requests=60)
    await lab.client.pods.create(SPEC)
    await lab.client.pods.list()
    books = lab.client.statistics()
    assert (books.sent, books.answered, books.refused, books.retried) == (2, 2, 0, 0)
    assert (books.requests, books.burst, books.operation_span) == (60, None, "call")
    assert (books.credits, books.in_flight, books.waiting) == (58, 0, (0, 0, 0))
    assert books.next_credit == pytest.approx(60.06, abs=1.0)


def test_the_books_can_be_read_without_an_event_loop() -> None:
    assert AsyncYotta("key", limits=Limits(requests=90)).statistics().credits == 90


async def test_a_refusal_closes_the_window_for_everyone_until_the_server_says() -> None:
    cloud = SimulatedYotta(limits=ServerLimits(requests=10, per=60.0, kind="fixed"))
    events: list[Event] = []
    client = client_of(cloud, limits=Limits(requests=60), on_event=events.append)
    async with anyio.create_task_group() as tasks:
        for _ in range(15):
            tasks.start_soon(client.pods.list)
    refusals = [event for event in events if isinstance(event, Refused)]
    last_refusal = max(v.instant for v in cloud.violations)
    assert 1 <= cloud.refusals <= 5
    assert cloud.requests[-1].code == 10000
    after = [r.instant for r in cloud.requests if r.instant > last_refusal]
    assert min(after) >= refusals[0].at + refusals[0].pause - 1e-6
    assert client.statistics().refused == cloud.refusals
    assert [event for event in events if isinstance(event, Adapted)]


@pytest.mark.parametrize("style", ["seconds", "date"])
@pytest.mark.parametrize("status", [200, 429])
async def test_a_refusal_is_understood_in_all_its_forms(style: str, status: int) -> None:
    wire = WireStyle(refusal_status=status, retry_after=style)  # type: ignore[arg-type]
    cloud = SimulatedYotta(limits=ServerLimits(requests=1, per=30.0), wire=wire)
    client = client_of(cloud)
    await client.pods.list()
    await client.pods.list()
    assert [record.code for record in cloud.requests] == [10000, 429, 10000]


async def test_a_server_that_only_refuses_is_given_up_after_the_patience() -> None:
    cloud = SimulatedYotta(
        limits=ServerLimits(requests=1, per=1000.0), wire=WireStyle(retry_after="off")
    )
    client = client_of(cloud, retry=RetryPolicy(patience=50.0))
    await client.pods.list()
    began = anyio.current_time()
    with pytest.raises(RateLimitError):
        await client.pods.list()
    assert 10.0 < anyio.current_time() - began <= 60.0


async def test_a_pause_longer_than_a_call_is_patient_is_an_error_and_not_a_silence() -> None:
    cloud = SimulatedYotta(limits=ServerLimits(requests=1, per=1000.0))
    client = client_of(cloud, retry=RetryPolicy(patience=300.0))
    await client.pods.list()
    with pytest.raises(RateLimitError) as caught:
        await client.pods.list()
    assert caught.value.retry_after is not None
    assert caught.value.retry_after > 120.0


async def test_a_server_whose_operations_last_until_the_pod_is_at_rest_is_understood() -> None:
    limits = ServerLimits(requests=600, operation_span="settled")
    lab = make_lab(limits=limits)
    async with anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(lab.client.pods.create, SPEC)
    assert len(lab.living) == 20
    assert lab.client.statistics().operation_span == "settled"
    assert lab.told(Adapted)[0].operation_span == "settled"
    assert lab.cloud.refusals <= 15
    await lab.close()


@pytest.mark.parametrize("takes", [0.0, 20.0])
async def test_a_deleted_pod_that_leaves_the_lists_keeps_no_slot(takes: float) -> None:
    """Most lists never show a pod TERMINATED, and a quick end shows nothing at all."""
    limits = ServerLimits(requests=600, operation_span="settled")
    life = PodLife(delete=(takes, takes))
    cloud = SimulatedYotta(limits=limits, life=life)
    client = client_of(cloud, limits=Limits(requests=600, operation_span="settled"))
    pods = [await client.pods.create(SPEC) for _ in range(12)]
    for pod in pods:
        await client.pods.wait(pod.id)
    began = anyio.current_time()
    async with anyio.create_task_group() as tasks:
        for pod in pods:
            tasks.start_soon(client.pods.delete, pod.id)
    assert anyio.current_time() - began < 200.0
    assert cloud.refusals == 0
    await client.aclose()


async def test_creates_of_one_chosen_name_keep_a_slot_each() -> None:
    cloud = SimulatedYotta(limits=ServerLimits(requests=600, operation_span="settled"))
    client = client_of(cloud, limits=Limits(requests=600, operation_span="settled"))
    async with anyio.create_task_group() as tasks:
        for _ in range(6):
            tasks.start_soon(client.pods.create, SPEC.evolve(name="chosen"))
    await client.aclose()
    assert cloud.refusals == 0


async def test_a_known_settled_span_is_never_refused() -> None:
    cloud = SimulatedYotta(limits=ServerLimits(requests=600, operation_span="settled"))
    client = client_of(cloud, limits=Limits(requests=600, operation_span="settled"))
    async with anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(client.pods.create, SPEC)
    assert cloud.refusals == 0
    assert len(cloud.pods) == 20


async def test_polls_that_free_slots_go_even_while_a_queue_borrows_their_part() -> None:
    """58 creates through five slots, each kept for a boot of 90 s, need a little over 1000 s."""
    cloud = SimulatedYotta(limits=ServerLimits(operation_span="settled"))
    client = client_of(cloud, limits=Limits(operation_span="settled"))
    began = anyio.current_time()
    async with anyio.create_task_group() as tasks:
        for _ in range(58):
            tasks.start_soon(client.pods.create, SPEC)
    assert anyio.current_time() - began < 1500.0
    assert cloud.refusals == 0


async def test_other_options_share_the_limits_and_the_connections() -> None:
    lab = make_lab(requests=60)
    hurried = lab.client.with_options(timeout=1.0, retry=RetryPolicy.none(), lane=Lane.URGENT)
    await hurried.pods.list()
    await lab.client.pods.list()
    assert lab.client.statistics().sent == 2
    lanes = [event.lane for event in lab.told(Answered)]
    assert lanes == ["URGENT", "NORMAL"]


async def test_a_call_of_ones_own_goes_through_the_same_limits() -> None:
    lab = make_lab()
    assert await lab.client.request("GET", "/openapi/v1/pods/list", statusList=[0, 1]) == []
    assert lab.client.statistics().sent == 1


@pytest.mark.parametrize(
    "path", ["pods", "//evil.example/x", "/a/../b", "/a?b=1", "/a b", "/a#b", "/ü"]
)
async def test_a_path_that_leaves_its_place_is_refused(path: str) -> None:
    lab = make_lab()
    with pytest.raises(ConfigurationError, match="path"):
        await lab.client.request("GET", path)
    with pytest.raises(ConfigurationError, match="method"):
        await lab.client.request("BREW", "/openapi/v1/pods/list")
    assert lab.cloud.requests == ()


async def test_a_call_that_waits_too_long_for_its_turn_says_so() -> None:
    cloud = SimulatedYotta()
    client = client_of(cloud, limits=Limits(requests=3, reserve=0, queue_timeout=5.0))
    for _ in range(3):
        await client.pods.list()
    with pytest.raises(QueueTimeoutError) as caught:
        await client.pods.list()
    assert caught.value.waited == pytest.approx(5.0)


async def test_every_attempt_and_retry_is_told() -> None:
    lab = make_lab(faults=Faults(operations={"listPods"}, error_before=0.6), seed=2)
    await lab.client.pods.list()
    outcomes = [event.outcome for event in lab.told(Answered)]
    assert outcomes[-1] == "ok"
    assert len(lab.told(Retrying)) == len(outcomes) - 1 > 0


def test_the_same_seed_gives_the_same_run_of_a_simulated_client() -> None:
    """Retries are at the same instants, too."""

    async def instants(seed: int) -> list[float]:
        patient = RetryPolicy(attempts=50, budget=None)
        lab = make_lab(faults=Faults(error_before=0.5), retry=patient, seed=seed)
        for _ in range(5):
            await lab.client.pods.list()
        return [event.at for event in lab.told(Retrying)]

    first, again, other = (run_virtual(instants, seed) for seed in (1, 1, 2))
    assert len(first) > 2
    assert first == again != other


async def test_a_hook_that_fails_changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def fail(event: Event) -> None:
        raise ZeroDivisionError(event)

    client = AsyncYotta.simulated(on_event=fail)
    assert await client.pods.list() == []
    assert "on_event" in caplog.text


async def test_a_closed_client_sends_nothing_more() -> None:
    lab = make_lab()
    await lab.client.aclose()
    await lab.client.aclose()
    with pytest.raises(ClientClosedError, match="closed"):
        await lab.client.pods.list()
    assert lab.cloud.requests == ()


async def test_a_call_that_still_waits_when_the_client_closes_is_not_sent() -> None:
    lab = make_lab()
    lab.client._account.caller.scheduler.close(30.0)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_expect_closed, lab.client)
        await anyio.sleep(1.0)
        await lab.client.aclose()
    assert lab.cloud.requests == ()
    await lab.close()


async def _expect_closed(client: AsyncYotta) -> None:
    with pytest.raises(ClientClosedError):
        await client.pods.create(SPEC)


async def test_an_error_inside_the_block_stays_what_it_is() -> None:
    with pytest.raises(ZeroDivisionError):
        async with AsyncYotta.simulated():
            raise ZeroDivisionError


def test_the_repr_shows_where_and_how_busy() -> None:
    text = repr(AsyncYotta("sk-canary"))
    assert text.startswith("<AsyncYotta https://api.yottalabs.ai <Scheduler <Dispatcher 0 waiting")
    assert "canary" not in text


def test_an_unused_client_needs_no_closing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        AsyncYotta("key")
        gc.collect()
    assert threading.active_count() < 20
