"""What the server shows proves no more than it can: nothing bills that is neither got nor named."""

import zlib
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import anyio
import pytest
from attrs import evolve, frozen

from tests.lab import SPEC, Lab, make_lab
from yotta_async import Pod, RetryPolicy, YottaError
from yotta_async.errors import (
    ConflictError,
    MaybeSentError,
    NotFoundError,
    UnresolvedCreateError,
    WaitTimeoutError,
)
from yotta_async.events import PodLeft, PodRemoved
from yotta_async.simulator import Faults, Latency, PodLife, WireStyle
from yotta_async.simulator.cloud.problems import CloudError, Problem


ON_THE_TICK = Latency(low=0.5, high=0.5, cold=(0.0, 0.0))


async def create_named(lab: Lab, count: int, errors: list[YottaError]) -> list[Pod]:
    pods: list[Pod] = []

    async def create(name: str) -> None:
        try:
            pods.append(await lab.client.pods.create(SPEC.evolve(name=name)))
        except YottaError as error:
            errors.append(error)

    async with anyio.create_task_group() as tasks:
        for number in range(count):
            tasks.start_soon(create, f"n{number}")
    return pods


def unnamed(lab: Lab, pods: list[Pod], errors: list[YottaError]) -> set[str]:
    """Return the pods that bill, and that no caller got and no word names."""
    named = {*lab.client.left_behind, *(getattr(error, "name", "") for error in errors)}
    got = {pod.id for pod in pods}
    living = [pod for pod in lab.cloud.pods if pod.id in lab.living]
    return {pod.id for pod in living if pod.id not in got and pod.name not in named}


@pytest.mark.parametrize(
    "clock",
    [{}, {"date": "off"}, *({"date_offset": each} for each in (3600.0, -3600.0, 9.0, -9.0, 3e7))],
    ids=str,
)
@pytest.mark.parametrize("generation", ["v1", "v2"])
@pytest.mark.asyncio_only
async def test_no_twin_of_a_chosen_name_is_unnamed_whatever_the_clocks_say(
    generation: str, clock: dict[str, Any]
) -> None:
    """[N4] 120 creates, all faults at 30 %, lists 3 s late."""
    lab = make_lab(
        api_version=generation,
        faults=Faults.everything(0.3, list_lag=3.0),
        wire=WireStyle(**clock),
        seed=4,
    )
    errors: list[YottaError] = []
    pods = await create_named(lab, 120, errors)
    await lab.client.aclose()
    assert unnamed(lab, pods, errors) == set()
    assert len({pod.id for pod in pods}) == len(pods) >= 100


async def test_what_cannot_be_told_apart_is_named_with_its_candidates() -> None:
    """[N4] No clock, and no list before: the pod may be anybody's."""
    faults = Faults(operations={"createPod"}, reset_after=1.0)
    lab = make_lab(faults=faults, wire=WireStyle(date="off"))
    with pytest.raises(UnresolvedCreateError, match="nothing tells") as caught:
        await lab.client.pods.create(SPEC.evolve(name="trainer"))
    (pod,) = lab.cloud.pods
    assert caught.value.candidates == {pod.id: "trainer"}
    assert pod.id in str(caught.value)
    await lab.close()


async def test_a_list_before_the_create_tells_its_pod_without_a_clock() -> None:
    """[N4]."""
    faults = Faults(operations={"createPod"}, reset_after=1.0)
    lab = make_lab(faults=faults, wire=WireStyle(date="off"))
    await lab.client.pods.list()
    pod = await lab.client.pods.create(SPEC.evolve(name="trainer"))
    assert lab.living == {pod.id}
    await lab.close()


# A create that was cancelled, and deletes.


async def cancelled_create(lab: Lab) -> None:
    """Cancel a create while its answer is on its way."""
    with anyio.move_on_after(0.3):
        await lab.client.pods.create(SPEC)


@pytest.mark.parametrize("lists", [0.0, 3.0])
@pytest.mark.parametrize("lag", [0.3, 0.6, 1.0, 4.0, 10.0, 14.0])
async def test_a_404_to_a_young_pod_s_delete_proves_nothing(lag: float, lists: float) -> None:
    """[N1]."""
    lab = make_lab(faults=Faults(id_lag=lag, list_lag=lists), latency=ON_THE_TICK)
    await cancelled_create(lab)
    await lab.client.aclose()
    assert lab.living == set()
    assert lab.client.left_behind == {}


@pytest.mark.parametrize("lag", [20.0, 60.0, 1e6])
async def test_a_pod_that_was_made_and_is_never_shown_is_named(
    lag: float, caplog: pytest.LogCaptureFixture
) -> None:
    """[N1] Ids and lists lag for longer than `settle`."""
    lab = make_lab(faults=Faults(id_lag=lag, list_lag=lag), latency=ON_THE_TICK)
    await cancelled_create(lab)
    await lab.client.aclose()
    (pod,) = lab.cloud.pods
    assert lab.client.left_behind == {pod.name: pod.id}
    assert pod.id in caplog.text


async def test_a_pod_that_was_named_is_deleted_when_a_later_list_shows_it() -> None:
    """[N1]."""
    lab = make_lab(faults=Faults(id_lag=20.0, list_lag=20.0), latency=ON_THE_TICK)
    await cancelled_create(lab)
    await anyio.sleep(30.0)
    assert list(lab.client.left_behind.values()) == list(lab.living)
    await lab.client.pods.list()
    await anyio.sleep(5.0)
    assert lab.living == set()
    assert lab.client.left_behind == {}
    await lab.close()


async def test_a_user_s_delete_of_a_young_pod_is_asked_again() -> None:
    """[N1]."""
    lab = make_lab(faults=Faults(id_lag=5.0))
    pod = await lab.client.pods.create(SPEC)
    await lab.client.pods.delete(pod.id)
    assert lab.living == set()
    with pytest.raises(NotFoundError):
        await lab.client.pods.delete("1")
    await lab.close()


PERSISTENT = RetryPolicy(attempts=100, budget=None, maximum=8.0, jitter=False)


@pytest.mark.parametrize("jitter", [False, True])
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("lost_for", [5.0, 16.0, 40.0, 70.0])
async def test_a_delete_of_a_pod_that_was_never_shown_is_done_however_long_answers_are_lost(
    lost_for: float, seed: int, jitter: bool
) -> None:
    """[N1] The first answer is lost, and the next one that arrives is a 404."""
    faults = Faults(operations={"deletePod"}, reset_after=1.0)
    lab = make_lab(faults=faults, retry=evolve(PERSISTENT, jitter=jitter), seed=seed)
    pod = await lab.client.pods.create(SPEC)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lab.client.pods.delete, pod.id)
        await anyio.sleep(lost_for)
        lab.cloud._server.faults = Faults()
    assert lab.living == set()
    await lab.close()


@pytest.mark.parametrize("lag", [20.0, 40.0, 50.0])
async def test_a_404_after_a_lost_delete_proves_nothing_of_a_pod_whose_id_lags_for_longer(
    lag: float,
) -> None:
    """[N1] The answer is lost, and the delete was not done, for a replica did not know the pod."""
    faults = Faults(operations={"deletePod"}, reset_before=1.0, id_lag=lag)
    lab = make_lab(faults=faults, retry=PERSISTENT)
    pod = await lab.client.pods.create(SPEC)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lab.client.pods.delete, pod.id)
        await anyio.sleep(2.0)
        lab.cloud._server.faults = Faults(id_lag=lag)
    assert lab.living == set()
    await lab.close()


async def test_a_delete_that_is_called_again_remembers_that_the_first_answer_was_lost() -> None:
    """[N1] Each call has one attempt, as a fleet's end would make one a tick."""
    faults = Faults(operations={"deletePod"}, reset_after=1.0)
    lab = make_lab(faults=faults, retry=RetryPolicy(attempts=1))
    pod = await lab.client.pods.create(SPEC)
    with pytest.raises(MaybeSentError):
        await lab.client.pods.delete(pod.id)
    lab.cloud._server.faults = Faults()
    await anyio.sleep(20.0)
    await lab.client.pods.delete(pod.id)
    assert lab.living == set()
    await lab.close()


async def test_a_404_without_a_lost_delete_is_no_proof_at_any_age() -> None:
    """[N1] The pod was made and never shown, and no delete of ours can have ended it."""
    lab = make_lab(faults=Faults(id_lag=1e6, list_lag=1e6))
    pod = await lab.client.pods.create(SPEC)
    await anyio.sleep(120.0)
    with pytest.raises(NotFoundError, match="may exist all the same"):
        await lab.client.pods.delete(pod.id)
    assert lab.living == {pod.id}
    await lab.close()


class Starting:
    """A cloud that refuses to delete pods for some seconds after they were made."""

    def __init__(self, lab: Lab, seconds: float) -> None:
        pods = lab.cloud._cloud.pods
        delete = pods.delete

        def refuse(pod_id: int, now: float) -> Any:
            if pods.get(pod_id, now).created_at + seconds > now:
                raise CloudError(Problem.WRONG_STATE, f"pod [{pod_id}] is INITIALIZE")
            return delete(pod_id, now)

        lab.cloud._cloud.pods = _Refusing(pods, refuse)  # type: ignore[assignment]


class _Refusing:
    def __init__(self, pods: Any, delete: Any) -> None:
        self._pods, self.delete = pods, delete

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pods, name)


@pytest.mark.parametrize("seconds", [2.0, 20.0, 120.0, 250.0])
@pytest.mark.asyncio_only
async def test_the_clean_up_repeats_a_delete_that_is_refused_while_the_pod_starts(
    seconds: float,
) -> None:
    """[N5]."""
    lab = make_lab(latency=ON_THE_TICK)
    Starting(lab, seconds)
    await cancelled_create(lab)
    await anyio.sleep(seconds + 60.0)
    assert lab.living == set()
    assert lab.client.left_behind == {}
    assert lab.told(PodRemoved)
    assert not lab.told(PodLeft)
    await lab.close()


async def test_what_is_refused_still_when_the_client_closes_is_named() -> None:
    """[N5]."""
    lab = make_lab(latency=ON_THE_TICK)
    Starting(lab, 1e6)
    await cancelled_create(lab)
    await lab.client.aclose()
    (pod,) = lab.cloud.pods
    assert lab.client.left_behind == {pod.name: pod.id}


@pytest.mark.parametrize(("attempts", "deleted"), [(1, False), (2, False), (4, True)])
async def test_a_user_s_delete_is_repeated_as_often_as_the_policy_says(
    attempts: int, deleted: bool
) -> None:
    """[N5]."""
    lab = make_lab(latency=ON_THE_TICK, retry=RetryPolicy(attempts=attempts))
    Starting(lab, 7.0)
    pod = await lab.client.pods.create(SPEC)
    if deleted:
        await lab.client.pods.delete(pod.id)
    else:
        with pytest.raises(ConflictError):
            await lab.client.pods.delete(pod.id)
    assert lab.living == (set() if deleted else {pod.id})
    await lab.close()


# Every list, for whatever purpose.


LATE_TWINS = Faults(operations={"createPod"}, reset_after=0.5, late_commit=(40.0, 40.0))


@pytest.mark.parametrize("way", ["list", "some", "get", "watch", "request", "request one"])
async def test_a_late_twin_is_deleted_whatever_a_list_was_read_for(way: str) -> None:
    """[T9]."""
    lab = make_lab(faults=LATE_TWINS, retry=RetryPolicy(attempts=200, budget=None), seed=2)
    pod = await lab.client.pods.create(SPEC)
    await anyio.sleep(60.0)
    twins = lab.living - {pod.id}
    assert twins
    match way:
        case "list":
            await lab.client.pods.list()
        case "some":
            await lab.client.pods.list(statuses=["INITIALIZING", "RUNNING"])
        case "get":
            for twin in twins:
                await lab.client.pods.get(twin)
        case "request":
            await lab.client.request("GET", "/openapi/v1/pods/list")
        case "request one":
            for twin in twins:
                await lab.client.request("GET", f"/v2/pods/{twin}")
        case _:
            with anyio.move_on_after(5.0):
                async for _ in lab.client.pods.watch():
                    pass
    await anyio.sleep(5.0)
    assert lab.living == {pod.id}
    await lab.close()


@pytest.mark.asyncio_only
async def test_a_list_of_the_user_s_is_not_delayed_by_the_deleting() -> None:
    """[T9]."""
    lab = make_lab(
        faults=LATE_TWINS,
        retry=RetryPolicy(attempts=200, budget=None),
        latency=ON_THE_TICK,
        seed=2,
    )
    await lab.client.pods.create(SPEC)
    await anyio.sleep(60.0)
    began = anyio.current_time()
    await lab.client.pods.list()
    assert anyio.current_time() - began == pytest.approx(0.5)
    assert len(lab.living) > 1
    await lab.close()


# Refusals that are none, and creates that are sent twice.


@pytest.mark.parametrize("seed", range(4))
async def test_what_a_refused_create_has_made_is_deleted(seed: int) -> None:
    """[N6] Refused by 400, 429, or a code; a 429 is followed by another attempt."""
    faults = Faults(operations={"createPod"}, refused_after=0.5, list_lag=3.0)
    lab = make_lab(faults=faults, seed=seed)
    got = set[str]()
    for _ in range(8):
        with suppress(YottaError):
            got.add((await lab.client.pods.create(SPEC)).id)
    assert lab.living > got
    await anyio.sleep(4.0)
    await lab.client.aclose()
    assert lab.living == got


@pytest.mark.parametrize("seed", range(2))
async def test_the_second_pod_of_a_create_that_was_sent_twice_is_deleted(seed: int) -> None:
    """[X3]."""
    lab = make_lab(faults=Faults(repeated=0.5, list_lag=3.0), seed=seed)
    got = {(await lab.client.pods.create(SPEC)).id for _ in range(8)}
    assert lab.living > got
    await anyio.sleep(4.0)
    await lab.client.pods.list()
    await anyio.sleep(5.0)
    assert lab.living == got
    await lab.close()


async def test_the_second_pod_of_a_chosen_name_is_told_and_not_deleted() -> None:
    """[X3]."""
    lab = make_lab(faults=Faults(repeated=1.0))
    pod = await lab.client.pods.create(SPEC.evolve(name="trainer"))
    await lab.client.pods.list()
    assert len(lab.living) == 2
    assert set(lab.client.left_behind.values()) == lab.living - {pod.id}
    await lab.close()


async def test_each_of_several_pods_of_one_chosen_name_is_told() -> None:
    """[X3] A proxy that sends a create three times."""
    lab = make_lab(faults=Faults(repeated=1.0))
    pod = await lab.client.pods.create(SPEC.evolve(name="trainer"))
    other = await lab.client.pods.create(SPEC.evolve(name="trainer"))
    await lab.client.pods.list()
    twins = lab.living - {pod.id, other.id}
    assert len(twins) == 2
    assert set(lab.client.left_behind.values()) == twins
    await lab.close()


async def test_another_program_s_pod_of_a_chosen_name_is_not_told() -> None:
    lab = make_lab()
    await lab.client.pods.create(SPEC.evolve(name="trainer"))
    await anyio.sleep(10.0)
    await lab.client.request(
        "POST",
        "/openapi/v1/pods/create",
        body={"podName": "trainer", "image": "a/b", "gpuType": SPEC.gpu_type, "gpuCount": 1},
    )
    await lab.client.pods.list()
    assert Counter(pod.name for pod in lab.cloud.pods) == {"trainer": 2}
    assert lab.client.left_behind == {}
    await lab.close()


# Waits.


@pytest.mark.parametrize("until", ["gone", "TERMINATED"])
async def test_a_young_pod_that_is_not_known_by_its_id_yet_is_not_gone(until: str) -> None:
    """[N7] A list shows it, the next one does not, and its id is answered with a 404."""
    lab = make_lab(faults=Faults(id_lag=10.0))
    pod = await lab.client.pods.create(SPEC)
    watch = lab.client._account.pods.watch
    await watch.next(anyio.current_time())
    fetch = watch._fetch

    async def nothing(_: Any) -> list[Pod]:
        return []

    watch._fetch = nothing
    with pytest.raises(WaitTimeoutError):
        await lab.client.pods.wait(pod.id, until, timeout=8.0)
    watch._fetch = fetch
    assert lab.living == {pod.id}
    await lab.close()


async def test_a_pod_that_was_made_and_never_shown_is_not_said_to_be_gone() -> None:
    """[N7]."""
    lab = make_lab(faults=Faults(id_lag=1e6, list_lag=1e6))
    pod = await lab.client.pods.create(SPEC)
    with pytest.raises(NotFoundError):
        await lab.client.pods.wait(pod.id, "gone")
    assert lab.living == {pod.id}


async def test_a_pod_that_was_deleted_before_any_list_showed_it_is_gone() -> None:
    """[N3]."""
    lab = make_lab(life=PodLife.instant())
    pod = await lab.client.pods.create(SPEC)
    await lab.client.pods.delete(pod.id)
    assert (await lab.client.pods.wait(pod.id, "gone")).status == "TERMINATED"
    await lab.close()


# Names that the server alters.


@frozen(kw_only=True)
class Hashing(WireStyle):
    """A server whose names have nothing in common with those that were sent."""

    def name(self, sent: str) -> str:
        return f"pod{zlib.crc32(sent.encode()):x}"


async def test_a_create_that_cannot_be_found_by_its_name_is_unresolved() -> None:
    """[N9]."""
    lab = make_lab(wire=Hashing())
    first = await lab.client.pods.create(SPEC)
    await lab.client.pods.list()
    lab.cloud._server.faults = Faults(operations={"createPod"}, reset_after=1.0)
    with pytest.raises(UnresolvedCreateError, match="cannot be found: this server lists") as caught:
        await lab.client.pods.create(SPEC)
    assert first.name in str(caught.value)
    assert lab.cloud.operations["createPod"] == 2
    await lab.close()


@pytest.mark.parametrize("style", ["cut", "lower", "underscores", "prefixed"])
async def test_a_random_name_is_found_however_it_is_altered(style: Any) -> None:
    """[N9]."""
    faults = Faults(operations={"createPod"}, reset_after=1.0, list_lag=3.0)
    lab = make_lab(faults=faults, wire=WireStyle(names=style))
    pods = [await lab.client.pods.create(SPEC) for _ in range(3)]
    assert lab.living == {pod.id for pod in pods}
    assert lab.cloud.operations["createPod"] == 3
    await lab.close()


@pytest.mark.parametrize("style", ["lower", "underscores", "prefixed"])
async def test_a_chosen_name_that_was_altered_is_a_candidate(style: Any) -> None:
    """[N9]."""
    faults = Faults(operations={"createPod"}, reset_after=1.0, list_lag=3.0)
    lab = make_lab(faults=faults, wire=WireStyle(names=style))
    with pytest.raises(UnresolvedCreateError) as caught:
        await lab.client.pods.create(SPEC.evolve(name="My-Trainer"))
    assert caught.value.candidates == {pod.id: pod.name for pod in lab.cloud.pods}
    assert len(caught.value.candidates) == 1
    await lab.close()


async def test_a_chosen_name_is_found_where_it_is_known_how_names_are_altered() -> None:
    """[N9]."""
    lab = make_lab(faults=Faults(list_lag=3.0), wire=WireStyle(names="prefixed"))
    await lab.client.pods.create(SPEC)
    await anyio.sleep(5.0)
    await lab.client.pods.list()
    lab.cloud._server.faults = Faults(operations={"createPod"}, reset_after=1.0, list_lag=3.0)
    pod = await lab.client.pods.create(SPEC.evolve(name="trainer"))
    assert pod.name == "org-trainer"
    assert len(lab.living) == 2
    await lab.close()


async def test_a_twin_that_is_listed_after_its_end_is_deleted_once() -> None:
    """[T9]."""
    lab = make_lab(
        faults=LATE_TWINS,
        retry=RetryPolicy(attempts=200, budget=None),
        life=PodLife(shows_terminated=True),
        seed=2,
    )
    await lab.client.pods.create(SPEC)
    await anyio.sleep(60.0)
    for _ in range(10):
        await lab.client.pods.list()
        await anyio.sleep(300.0)
    removed = [event.pod_id for event in lab.told(PodRemoved)]
    assert len(removed) == len(set(removed)) == lab.cloud.operations["deletePod"]
    await lab.close()


# Names that a server alters so that they cannot be told apart.


@frozen(kw_only=True)
class AlteringStyle(WireStyle):
    """A server that makes of a name what it likes."""

    alter: Callable[[str], str]

    def name(self, sent: str) -> str:
        return self.alter(sent)


ALTERING: dict[str, Callable[[str], str]] = {
    "ten signs": lambda sent: sent[:10],
    "backwards": lambda sent: sent[::-1],
    "all alike": lambda _: "pod",
    "hashed": lambda sent: f"pod-{zlib.crc32(sent.encode()):x}",
    "without digits": lambda sent: "".join(each for each in sent if not each.isdigit()),
}


@pytest.mark.parametrize("altering", ALTERING)
@pytest.mark.parametrize("lists", [0.0, 3.0])
async def test_a_twin_under_an_unreadable_name_is_named_once_that_is_known(
    lists: float, altering: str
) -> None:
    """[N9] The first answer of all is lost, before any list has shown how names are altered."""
    faults = Faults(operations={"createPod"}, reset_after=1.0, list_lag=lists)
    lab = make_lab(faults=faults, wire=AlteringStyle(alter=ALTERING[altering]))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lab.client.pods.create, SPEC)
        await anyio.sleep(5.0)
        lab.cloud._server.faults = Faults(list_lag=lists)
    await anyio.sleep(20.0)
    await lab.client.pods.create(SPEC)
    await anyio.sleep(4.0)
    await lab.client.pods.list()
    first, *_ = (pod.id for pod in lab.cloud.pods)
    assert list(lab.client.left_behind.values()) == [first]
    assert len(lab.living) == 3  # it may be another program's
    await lab.close()
