"""One create, one pod: whatever happens to the answer."""

from collections import Counter
from datetime import timedelta

import anyio
import httpx
import pytest

from tests.lab import SPEC, Lab, make_lab
from yotta_async import Pod, RetryPolicy, YottaError
from yotta_async._call.transport import client_over
from yotta_async.errors import (
    APIError,
    BadRequestError,
    MaybeSentError,
    NotSentError,
    OutOfCapacityError,
    UnresolvedCreateError,
)
from yotta_async.events import CreateUnclear, PodLeft, PodRecovered, PodRemoved
from yotta_async.simulator import FaultKind, Faults, WireStyle


AFTER_COMMIT = [
    FaultKind.RESET_AFTER,
    FaultKind.TIMEOUT_AFTER,
    FaultKind.ERROR_AFTER,
    FaultKind.HTML,
    FaultKind.TRUNCATED,
    FaultKind.EMPTY,
]
BEFORE_COMMIT = [FaultKind.REFUSE, FaultKind.RESET_BEFORE, FaultKind.ERROR_BEFORE]
PATIENT = RetryPolicy(attempts=200, budget=None, patience=3600.0)


def broken(*kinds: FaultKind, chance: float = 1.0, **more: object) -> Faults:
    """Break creates, in these ways."""
    chances = {kind.value: chance / len(kinds) for kind in kinds}
    return Faults(operations={"createPod"}, **chances, **more)  # type: ignore[arg-type]


async def test_a_create_returns_the_pod_with_what_is_known_of_it() -> None:
    lab = make_lab()
    pod = await lab.client.pods.create(SPEC.evolve(regions=["us-east-1"], environment={"A": "1"}))
    assert lab.living == {pod.id}
    assert (pod.status, pod.region, pod.gpu_type) == ("INITIALIZING", "us-east-1", SPEC.gpu_type)
    assert pod.environment == {"A": "1"}
    assert [each.name for each in lab.cloud.pods] == [pod.name]


async def test_fields_do_as_well_as_a_spec() -> None:
    lab = make_lab()
    pod = await lab.client.pods.create(image="a/b", gpu_type="NVIDIA_H100_80G", gpu_count=2)
    assert (pod.image, pod.gpu_count) == ("a/b", 2)


@pytest.mark.parametrize("kind", AFTER_COMMIT)
async def test_a_pod_whose_answer_is_lost_is_found_by_its_name(kind: FaultKind) -> None:
    lab = make_lab(faults=broken(kind, list_lag=3.0))
    pod = await lab.client.pods.create(SPEC)
    assert lab.living == {pod.id}
    assert lab.cloud.operations["createPod"] == 1
    assert lab.told(PodRecovered)[0].pod_id == pod.id
    await lab.close()


@pytest.mark.parametrize("kind", BEFORE_COMMIT)
async def test_a_create_that_made_nothing_is_repeated_and_then_given_up(kind: FaultKind) -> None:
    lab = make_lab(faults=broken(kind), retry=RetryPolicy(attempts=3))
    with pytest.raises(APIError) as caught:
        await lab.client.pods.create(SPEC)
    assert caught.value.attempts == 3
    assert isinstance(caught.value, NotSentError) == (kind is FaultKind.REFUSE)
    assert lab.cloud.all_pods == ()
    await lab.close()


async def test_an_unsent_create_is_repeated_without_looking_for_it() -> None:
    lab = make_lab(faults=broken(FaultKind.REFUSE, chance=0.5), retry=PATIENT, seed=1)
    for _ in range(10):
        await lab.client.pods.create(SPEC)
    assert lab.cloud.faults_fired["refuse"] > 0
    assert lab.lists() == 0
    assert len(lab.living) == 10


async def test_a_refused_create_is_neither_repeated_nor_looked_for() -> None:
    lab = make_lab(stock={"us-east-1": {}})
    with pytest.raises(OutOfCapacityError, match="Try another region"):
        await lab.client.pods.create(SPEC)
    with pytest.raises(BadRequestError, match="not supported"):
        await lab.client.pods.create(SPEC.evolve(gpu_type="NVIDIA_ABACUS_1G"))
    assert lab.cloud.operations == Counter(createPod=2)


async def test_a_late_twin_is_deleted_when_a_later_list_shows_it() -> None:
    """The first create commits after the settling time, when its repeat has long been answered."""
    faults = broken(FaultKind.RESET_AFTER, chance=0.5, late_commit=(40.0, 40.0))
    lab = make_lab(faults=faults, retry=PATIENT, seed=2)
    pod = await lab.client.pods.create(SPEC)
    assert lab.cloud.operations["createPod"] > 1
    await anyio.sleep(60.0)
    assert len(lab.living) > 1
    await lab.client.pods.wait(pod.id, timeout=600.0)
    await lab.client.aclose()
    assert lab.living == {pod.id}
    assert lab.told(PodRemoved)


class HangingDeletes(httpx.AsyncBaseTransport):
    """Answers no DELETE."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self.inner, self.deletes = inner, 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "DELETE":
            self.deletes += 1
            await anyio.sleep_forever()
        return await self.inner.handle_async_request(request)


@pytest.mark.parametrize("outer", [False, True], ids=["timeout", "scope"])
async def test_a_deadline_holds_whatever_the_waiter_cleans_up_for_others(*, outer: bool) -> None:
    """[T11] The one who fetches the list for all meets a late twin, and deletes hang."""
    faults = broken(FaultKind.RESET_AFTER, chance=0.5, late_commit=(40.0, 40.0))
    lab = make_lab(faults=faults, retry=PATIENT, seed=2)
    pod = await lab.client.pods.create(SPEC)
    await anyio.sleep(60.0)
    hanging = HangingDeletes(lab.cloud.transport())
    transport = lab.client._account.caller.transport
    transport.new_client, transport._made = lambda: client_over(hanging), None
    began = anyio.current_time()
    with pytest.raises(TimeoutError), anyio.fail_after(30.0 if outer else None):
        await lab.client.pods.wait(pod.id, "TERMINATED", timeout=600.0 if outer else 30.0)
    assert hanging.deletes > 0
    assert anyio.current_time() == began + 30.0


async def test_closing_sweeps_once_more_for_twins() -> None:
    faults = broken(FaultKind.RESET_AFTER, chance=0.5, late_commit=(40.0, 40.0))
    lab = make_lab(faults=faults, retry=PATIENT, seed=2)
    async with lab.client:
        pod = await lab.client.pods.create(SPEC)
        await anyio.sleep(60.0)
        assert len(lab.living) > 1
    assert lab.living == {pod.id}


async def test_a_create_that_cannot_be_looked_for_names_the_pod_that_may_exist() -> None:
    faults = Faults(operations={"createPod", "listPods"}, reset_after=1.0)
    lab = make_lab(faults=faults, retry=RetryPolicy(patience=60.0))
    with pytest.raises(UnresolvedCreateError, match="may exist") as caught:
        await lab.client.pods.create(SPEC)
    assert [pod.name for pod in lab.cloud.pods] == [caught.value.name]
    assert caught.value.name in str(caught.value)


async def test_an_exhausted_retry_budget_gives_up_at_once() -> None:
    lab = make_lab(faults=broken(FaultKind.RESET_BEFORE), retry=RetryPolicy(budget=0))
    with pytest.raises(MaybeSentError) as caught:
        await lab.client.pods.create(SPEC)
    assert caught.value.attempts == 1


async def test_a_chosen_name_is_sent_as_it_is() -> None:
    lab = make_lab()
    assert (await lab.client.pods.create(SPEC.evolve(name="trainer"))).name == "trainer"
    assert lab.cloud.pods[0].name == "trainer"


async def test_an_older_pod_of_a_chosen_name_is_never_taken_for_the_new_one() -> None:
    lab = make_lab(faults=broken(FaultKind.RESET_AFTER, chance=0.5), retry=PATIENT, seed=5)
    made = []
    for _ in range(6):
        made.append((await lab.client.pods.create(SPEC.evolve(name="trainer"))).id)
        await anyio.sleep(30.0)
    assert lab.told(PodRecovered)
    assert len(set(made)) == 6
    assert lab.living == set(made)


async def test_a_pod_of_a_chosen_name_without_a_date_proves_nothing() -> None:
    lab = make_lab(faults=broken(FaultKind.RESET_AFTER))
    undated = Pod(id="1", name="trainer", status="RUNNING")
    lab.client._account.pods.watch._fetch = lambda _: _answer([undated])
    with pytest.raises(UnresolvedCreateError, match="nothing tells"):
        await lab.client.pods.create(SPEC.evolve(name="trainer"))


async def _answer(pods: list[Pod]) -> list[Pod]:
    return pods


async def test_a_twin_under_a_chosen_name_is_told_and_not_deleted() -> None:
    faults = broken(FaultKind.RESET_AFTER, chance=0.5, late_commit=(40.0, 40.0))
    lab = make_lab(faults=faults, retry=PATIENT, seed=2)
    pod = await lab.client.pods.create(SPEC.evolve(name="trainer"))
    await anyio.sleep(60.0)
    await lab.client.aclose()
    assert len(lab.living) > 1
    assert "trainer" in lab.client.left_behind
    assert lab.told(PodLeft)[0].pod_id in lab.living - {pod.id}


async def create_all(lab: Lab, count: int) -> tuple[list[Pod], list[YottaError]]:
    pods: list[Pod] = []
    errors: list[YottaError] = []

    async def create() -> None:
        try:
            pods.append(await lab.client.pods.create(SPEC))
        except YottaError as error:
            errors.append(error)

    async with anyio.create_task_group() as tasks:
        for _ in range(count):
            tasks.start_soon(create)
    return pods, errors


def everything(chance: float) -> Faults:
    chances = {kind.value: chance for kind in FaultKind}
    return Faults(list_lag=3.0, late_commit=(0.0, 9.0), **chances)  # type: ignore[arg-type]


@pytest.mark.asyncio_only
async def test_a_thousand_creates_with_every_fault_at_ten_percent_make_a_thousand_pods() -> None:
    """Nine kinds at 10 % each on every request: nine of ten requests go wrong in some way."""
    lab = make_lab(requests=120, faults=everything(0.1), retry=PATIENT, seed=3)
    async with lab.client:
        pods, errors = await create_all(lab, 1000)
    assert errors == []
    assert len({pod.id for pod in pods}) == 1000
    assert lab.living == {pod.id for pod in pods}
    assert set(lab.cloud.faults_fired) == set(FaultKind)
    assert lab.cloud.refusals == 0
    await lab.close()


@pytest.mark.parametrize("seed", range(3))
async def test_with_the_usual_patience_every_failure_is_classified_and_nothing_is_orphaned(
    seed: int,
) -> None:
    lab = make_lab(requests=120, faults=everything(0.05), seed=seed)
    async with lab.client:
        pods, errors = await create_all(lab, 200)
    assert len(pods) + len(errors) == 200
    assert all(isinstance(error, APIError) for error in errors)
    assert lab.living == {pod.id for pod in pods}
    assert lab.told(CreateUnclear)
    await lab.close()


async def test_times_by_any_clock_serve_as_proof() -> None:
    """The server's clock is years off the client's; both its dates and its pods' are by it."""
    lab = make_lab(faults=broken(FaultKind.RESET_AFTER), wire=WireStyle(times="iso"))
    pod = await lab.client.pods.create(SPEC.evolve(name="trainer"))
    assert lab.living == {pod.id}
    assert pod.created_at is not None
    assert pod.created_at.utcoffset() == timedelta(0)
