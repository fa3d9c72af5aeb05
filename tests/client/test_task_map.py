"""Many inputs through one endpoint: every one comes back once, whatever happens on the way."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable
from itertools import pairwise
from random import Random
from typing import Any

import anyio
import pytest
from attrs import define, field

from tests.lab import Lab, client_of, in_both_generations, make_lab
from yotta_async import AsyncYotta, RetryPolicy, TaskOutcome
from yotta_async._resources.tasks.mapping import TaskResults
from yotta_async.errors import (
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    InsufficientBalanceError,
    NotFoundError,
    TaskFailedError,
    WaitTimeoutError,
    YottaError,
)
from yotta_async.simulator import (
    EndpointLife,
    Faults,
    Refusing,
    SimulatedYotta,
    TaskLife,
    WireStyle,
)


NOBODY = "100000000000000001"
PLACE: dict[str, Any] = {"worker_port": 8000, "process_uri": "/run"}
PATIENT = RetryPolicy(attempts=100, budget=None, patience=3600.0)
QUICK = TaskLife(duration=(1.0, 3.0))


def mapped(
    client: AsyncYotta, endpoint_id: str, inputs: Any, *, run: str | None = None, **more: Any
) -> TaskResults:
    return client.tasks.map(endpoint_id, inputs, run=run, **PLACE | more)


async def outcomes_of(
    lab: Lab, endpoint_id: str, inputs: Any, *, run: str | None = None, **more: Any
) -> list[TaskOutcome]:
    return [each async for each in mapped(lab.client, endpoint_id, inputs, run=run, **more)]


def all_there(outcomes: Iterable[TaskOutcome], inputs: list[Any]) -> bool:
    """Tell whether each input came back once, with its own result."""
    by_index = {each.index: each.output for each in outcomes}
    return [by_index.pop(index) for index in range(len(inputs))] == [
        {"echo": value} for value in inputs
    ]


def most_at_once(lab: Lab, endpoint_id: str) -> int:
    """Return how many tasks of an endpoint were unfinished at the worst instant."""
    tasks = lab.tasks(endpoint_id).values()
    ends = [(task.finished_at or 0.0, -1) for task in tasks]
    now = most = 0
    for _, step in sorted([(task.created_at, 1) for task in tasks] + ends):
        now += step
        most = max(most, now)
    return most


@in_both_generations
@pytest.mark.parametrize("count", [0, 1, 2, 40])
async def test_every_input_comes_back_once_with_its_result(count: int, api_version: str) -> None:
    lab = make_lab(api_version=api_version, task_life=QUICK)
    endpoint = await lab.endpoint(workers=5)
    inputs = [{"n": number} for number in range(count)]
    outcomes = await outcomes_of(lab, endpoint.id, inputs)
    assert len(outcomes) == count
    assert all_there(outcomes, inputs)
    assert {each.task_id for each in outcomes} == set(lab.tasks(endpoint.id))
    assert lab.cloud.refusals == 0
    await lab.close()


async def test_outcomes_come_as_tasks_end() -> None:
    lab = make_lab(task_life=TaskLife(duration=(1.0, 120.0)))
    endpoint = await lab.endpoint(workers=8)
    outcomes = await outcomes_of(lab, endpoint.id, list(range(8)))
    order = [each.index for each in outcomes]
    ended = {task.id: task.finished_at for task in lab.tasks(endpoint.id).values()}
    instants = [ended[each.task_id] or 0.0 for each in outcomes]
    assert order != sorted(order)
    assert all(later > earlier - 15.0 for earlier, later in pairwise(instants))


@in_both_generations
@pytest.mark.parametrize("in_flight", [1, 5])
async def test_no_more_are_under_way_than_was_asked_for(in_flight: int, api_version: str) -> None:
    lab = make_lab(api_version=api_version, task_life=QUICK)
    endpoint = await lab.endpoint(workers=10)
    inputs = list(range(20))
    outcomes = await outcomes_of(lab, endpoint.id, inputs, in_flight=in_flight)
    assert all_there(outcomes, inputs)
    assert most_at_once(lab, endpoint.id) == in_flight


async def test_inputs_are_taken_as_places_become_free() -> None:
    lab = make_lab(task_life=QUICK)
    endpoint = await lab.endpoint()
    taken: list[int] = []

    def inputs() -> Iterable[int]:
        for number in range(100):
            taken.append(number)
            yield number

    results = mapped(lab.client, endpoint.id, inputs(), in_flight=4)
    for done in range(1, 6):
        await anext(results)
        assert len(taken) <= done + 4
    assert len(lab.tasks(endpoint.id)) <= 9


@in_both_generations
async def test_equal_inputs_are_tasks_of_their_own(api_version: str) -> None:
    lab = make_lab(api_version=api_version, task_life=QUICK)
    endpoint = await lab.endpoint()
    inputs = ["same", "same", "other", "same"]
    outcomes = await outcomes_of(lab, endpoint.id, inputs, run="again")
    assert all_there(outcomes, inputs)
    assert len(lab.tasks(endpoint.id)) == 4


async def test_what_is_merely_alike_is_not_equal() -> None:
    lab = make_lab(task_life=QUICK)
    endpoint = await lab.endpoint()
    inputs = [1, 1.0, True, "1", (1,), ("1",), {"1": 1}, {"1": "1"}, ((1,),)]
    outcomes = await outcomes_of(lab, endpoint.id, inputs, run="alike")
    assert all_there(outcomes, inputs)
    assert not [each for each in outcomes if each.task_id.count("_") > 1]


async def test_the_order_of_an_objects_keys_makes_no_other_task() -> None:
    lab = make_lab(task_life=QUICK)
    endpoint = await lab.endpoint()
    first = await outcomes_of(lab, endpoint.id, [{"a": 1, "b": 2}], run="keys")
    second = await outcomes_of(lab, endpoint.id, [{"b": 2, "a": 1}], run="keys")
    assert first[0].task_id == second[0].task_id


@in_both_generations
async def test_an_input_that_can_be_none_is_an_outcome_and_the_rest_goes_on(
    api_version: str,
) -> None:
    lab = make_lab(api_version=api_version, task_life=QUICK)
    endpoint = await lab.endpoint()
    inputs = [1, None, {"a": {1, 2}}, "", 2, float("inf"), 3]
    outcomes = await outcomes_of(lab, endpoint.id, inputs)
    bad = {each.index: each for each in outcomes if each.error}
    assert set(bad) == {1, 2, 3, 5}
    assert all(isinstance(each.error, ConfigurationError) for each in bad.values())
    assert {each.task_id for each in bad.values()} == {""}
    good = {each.index: each.output for each in outcomes if not each.error}
    assert good == {0: {"echo": 1}, 4: {"echo": 2}, 6: {"echo": 3}}


@in_both_generations
async def test_a_task_that_fails_is_an_outcome_that_tells_why(api_version: str) -> None:
    lab = make_lab(api_version=api_version, task_life=TaskLife(duration=(1.0, 2.0), failing=0.4))
    endpoint = await lab.endpoint()
    outcomes = await outcomes_of(lab, endpoint.id, list(range(20)))
    failed = [each for each in outcomes if each.error]
    assert 0 < len(failed) < 20
    for each in failed:
        assert isinstance(each.error, TaskFailedError)
        assert each.task is not None
        assert (each.task.status, each.error.subject) == ("FAILED", each.task_id)
        with pytest.raises(TaskFailedError, match="HTTP 500"):
            _ = each.output


@in_both_generations
async def test_a_task_that_takes_too_long_is_an_outcome_and_the_rest_goes_on(
    api_version: str,
) -> None:
    lab = make_lab(api_version=api_version, task_life=TaskLife(duration=(1.0, 100.0)), seed=1)
    endpoint = await lab.endpoint(workers=10)
    began = anyio.current_time()
    outcomes = await outcomes_of(lab, endpoint.id, list(range(10)), timeout=40.0)
    late = [each for each in outcomes if each.error]
    assert len(outcomes) == 10
    assert 0 < len(late) < 10
    assert all(isinstance(each.error, WaitTimeoutError) for each in late)
    assert anyio.current_time() - began < 60.0
    finished = lab.tasks(endpoint.id)
    for each in late:
        assert (finished[each.task_id].finished_at or 1e9) - finished[
            each.task_id
        ].created_at > 39.0


async def test_whoever_is_slow_to_ask_gets_what_ended_in_time() -> None:
    lab = make_lab(task_life=QUICK)
    endpoint = await lab.endpoint(workers=5)
    found: list[TaskOutcome] = []
    async for outcome in mapped(lab.client, endpoint.id, list(range(5)), timeout=30.0):
        found.append(outcome)
        await anyio.sleep(60.0)
    assert all_there(found, list(range(5)))


@define
class Feed(AsyncIterator[int]):
    """Numbers that come now and then, to whoever waits for them."""

    count: int
    given: int = 0
    pauses: list[float] = field(factory=list[float])

    async def __anext__(self) -> int:
        if self.given == self.count:
            raise StopAsyncIteration
        await anyio.sleep(3.0)
        self.given += 1
        return self.given


async def test_inputs_may_come_one_by_one() -> None:
    lab = make_lab(task_life=QUICK)
    endpoint = await lab.endpoint()
    outcomes = await outcomes_of(lab, endpoint.id, Feed(10))
    assert all_there(outcomes, list(range(1, 11)))


async def _generated(count: int) -> AsyncIterator[int]:
    for number in range(count):
        await anyio.sleep(0.5)
        yield number


async def test_inputs_may_be_generated() -> None:
    lab = make_lab(task_life=QUICK)
    endpoint = await lab.endpoint()
    assert all_there(await outcomes_of(lab, endpoint.id, _generated(7)), list(range(7)))


@in_both_generations
@pytest.mark.parametrize("patience", [0.05, 0.3, 1.1])
async def test_a_cancelled_iteration_can_be_taken_up_again(
    patience: float, api_version: str
) -> None:
    lab = make_lab(api_version=api_version, task_life=QUICK)
    endpoint = await lab.endpoint(workers=5)
    results, found = mapped(lab.client, endpoint.id, list(range(25)), in_flight=8), []
    cut_short = 0
    for turn in range(10_000):
        with anyio.move_on_after(60.0 if turn % 8 == 7 else patience) as scope:
            outcome = await anext(results, None)
            if outcome is None:
                break
            found.append(outcome)
        cut_short += scope.cancelled_caught
    assert all_there(found, list(range(25)))
    assert len(found) == len(lab.tasks(endpoint.id)) == 25
    assert cut_short > 0
    await lab.close()


async def test_a_cancelled_iteration_loses_no_input_of_a_feed() -> None:
    lab = make_lab(task_life=QUICK)
    endpoint = await lab.endpoint()
    results, found = mapped(lab.client, endpoint.id, Feed(8)), list[TaskOutcome]()
    for turn in range(1000):
        with anyio.move_on_after(60.0 if turn % 3 == 2 else 1.0):
            outcome = await anext(results, None)
            if outcome is None:
                break
            found.append(outcome)
    assert all_there(found, list(range(1, 9)))


@in_both_generations
@pytest.mark.parametrize("seed", range(2))
async def test_lost_answers_lose_nothing_and_submit_nothing_twice(
    seed: int, api_version: str
) -> None:
    faults = Faults.everything(0.4, operations={"submitTask", "getTask", "listTasks"})
    lab = make_lab(
        api_version=api_version, faults=faults, retry=PATIENT, seed=seed, task_life=QUICK
    )
    endpoint = await lab.endpoint(workers=5)
    inputs = list(range(25))
    outcomes = await outcomes_of(lab, endpoint.id, inputs)
    assert all_there(outcomes, inputs)
    assert len(lab.tasks(endpoint.id)) == 25
    assert sum(lab.cloud.faults_fired.values()) > 10
    await lab.close()


async def test_a_submission_that_never_gets_through_is_an_outcome() -> None:
    lab = make_lab(faults=Faults(operations={"submitTask"}, reset_before=0.5), seed=3)
    endpoint = await lab.endpoint(workers=5)
    client = lab.client.with_options(retry=RetryPolicy.none())
    outcomes = [each async for each in mapped(client, endpoint.id, list(range(12)))]
    failed = [each.index for each in outcomes if each.error]
    assert 0 < len(failed) < 12
    assert sorted(each.index for each in outcomes) == list(range(12))
    assert len(lab.tasks(endpoint.id)) == 12 - len(failed)


@in_both_generations
async def test_a_run_that_crashed_is_resumed_by_the_same_call(api_version: str) -> None:
    lab = make_lab(api_version=api_version, task_life=QUICK)
    endpoint = await lab.endpoint(workers=5)
    inputs = [{"n": number} for number in range(20)] + ["same", "same"]
    results = mapped(lab.client, endpoint.id, inputs, run="night_1", in_flight=8)
    early = [await anext(results) for _ in range(5)]
    before = dict(lab.tasks(endpoint.id))
    assert 5 <= len(before) < 22
    other = client_of(lab.cloud, api_version=api_version)
    found = [each async for each in mapped(other, endpoint.id, inputs, run="night_1")]
    assert all_there(found, inputs)
    assert len(lab.tasks(endpoint.id)) == 22
    assert all(task.runs == 1 for task in lab.tasks(endpoint.id).values())
    ids = {each.index: each.task_id for each in found}
    assert [ids[each.index] for each in early] == [each.task_id for each in early]


async def test_a_finished_run_is_resumed_without_any_work() -> None:
    lab = make_lab(task_life=TaskLife(duration=(500.0, 500.0)))
    endpoint = await lab.endpoint(workers=5)
    inputs = list(range(5))
    await outcomes_of(lab, endpoint.id, inputs, run="night")
    began = anyio.current_time()
    assert all_there(await outcomes_of(lab, endpoint.id, inputs, run="night"), inputs)
    assert anyio.current_time() - began < 30.0


@pytest.mark.parametrize(
    "more",
    [{}, {"process_uri": "/other"}, {"worker_port": 9000}, {"headers": {"X-Size": "2"}}],
    ids=["input", "path", "port", "headers"],
)
async def test_what_asks_for_something_else_never_gets_an_older_result(
    more: dict[str, Any],
) -> None:
    lab = make_lab(task_life=QUICK)
    endpoint = await lab.endpoint()
    first = await outcomes_of(lab, endpoint.id, ["a"], run="night")
    second = await outcomes_of(lab, endpoint.id, ["a" if more else "b"], run="night", **more)
    assert first[0].task_id != second[0].task_id
    assert len(lab.tasks(endpoint.id)) == 2


async def test_runs_without_a_name_have_nothing_in_common() -> None:
    lab = make_lab(task_life=QUICK)
    endpoint = await lab.endpoint()
    for _ in range(2):
        await outcomes_of(lab, endpoint.id, ["a"])
    assert len(lab.tasks(endpoint.id)) == 2


@in_both_generations
async def test_a_wrong_key_is_raised_and_no_outcome(api_version: str) -> None:
    cloud = SimulatedYotta(api_key="right")
    results = mapped(client_of(cloud, api_version=api_version), NOBODY, [1, 2, 3])
    for _ in range(2):
        with pytest.raises(AuthenticationError):
            await anext(results)


@in_both_generations
async def test_an_endpoint_that_is_not_there_is_raised_and_no_outcome(api_version: str) -> None:
    lab = make_lab(api_version=api_version)
    with pytest.raises(NotFoundError):
        await outcomes_of(lab, NOBODY, list(range(100)))
    assert lab.cloud.operations["submitTask"] <= 16


@in_both_generations
@pytest.mark.parametrize("count", [2, 10])
async def test_an_endpoint_that_goes_meanwhile_is_raised(count: int, api_version: str) -> None:
    lab = make_lab(api_version=api_version, task_life=TaskLife(duration=(900.0, 900.0)))
    endpoint = await lab.endpoint()

    async def delete() -> None:
        await anyio.sleep(10.0)
        await lab.client.serverless.stop(endpoint.id)
        await lab.client.serverless.wait(endpoint.id, until="STOPPED")
        await lab.client.serverless.delete(endpoint.id)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(delete)
        with pytest.raises(NotFoundError):
            await outcomes_of(lab, endpoint.id, list(range(count)))
    assert anyio.current_time() < 600.0


async def test_what_the_server_refuses_for_each_is_each_ones_outcome() -> None:
    lab = make_lab()
    endpoint = await lab.endpoint(service_mode="CUSTOM")
    outcomes = await outcomes_of(lab, endpoint.id, [1, 2])
    assert [type(each.error) for each in outcomes] == [BadRequestError, BadRequestError]


@in_both_generations
@pytest.mark.parametrize("count", [2, 10])
async def test_one_task_that_is_lost_is_its_own_outcome(count: int, api_version: str) -> None:
    """[L1] Two are asked for by their ids, ten are looked for in the list."""
    lab = make_lab(api_version=api_version, task_life=TaskLife(duration=(60.0, 60.0)))
    endpoint = await lab.endpoint()

    async def lose_one() -> None:
        await anyio.sleep(30.0)
        everything = lab.tasks(endpoint.id)
        del everything[next(iter(everything))]  # type: ignore[attr-defined]

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lose_one)
        outcomes = await outcomes_of(lab, endpoint.id, list(range(count)))
    errors = [each.error for each in outcomes if each.error]
    assert [type(each) for each in errors] == [NotFoundError]
    assert len(outcomes) == count


@pytest.mark.parametrize("status", [401, 403, 404, 407, 451])
async def test_a_firewall_s_page_to_submissions_ends_no_iteration(status: int) -> None:
    """[T8] What comes from in between reaches one try: those inputs fail, and the others go on."""
    lab = make_lab(task_life=QUICK, retry=RetryPolicy(attempts=2))
    endpoint = await lab.endpoint()
    lab.cloud.refuse(Refusing(status=status, operations={"submitTask"}), answers=12)
    outcomes = await outcomes_of(lab, endpoint.id, list(range(10)))
    assert len(outcomes) == 10
    assert sum(each.error is None for each in outcomes) >= 4 - 4 * (status == 404)


async def test_what_all_inputs_would_meet_is_raised_and_no_outcome() -> None:
    """[S1] An account that cannot pay is no fault of an input."""
    lab = make_lab(task_life=QUICK)
    endpoint = await lab.endpoint()
    refusing = Refusing(status=402, code=40200, operations={"submitTask"})
    lab.cloud.refuse(refusing, answers=10)
    results = mapped(lab.client, endpoint.id, list(range(10)))
    with pytest.raises(InsufficientBalanceError):
        await anext(results)
    assert all_there([each async for each in results], list(range(10)))


async def test_after_a_raised_error_the_iteration_can_go_on() -> None:
    """A fault of the key is repaired meanwhile: what was under way comes, nothing twice."""
    lab = make_lab(task_life=QUICK)
    endpoint = await lab.endpoint()
    results, found = mapped(lab.client, endpoint.id, list(range(10)), in_flight=3), []
    found = [await anext(results) for _ in range(3)]
    gate = lab.cloud._gate
    gate.api_key = "another"
    errors: list[YottaError] = []
    while not errors:
        try:
            found.append(await anext(results))
        except AuthenticationError as error:
            errors.append(error)
    gate.api_key = None
    found += [each async for each in results]
    assert all_there(found, list(range(10)))
    assert len(lab.tasks(endpoint.id)) == 10


REFUSED: dict[str, tuple[str, dict[str, Any]]] = {
    "empty run": ("run", {"run": ""}),
    "hyphens": ("run", {"run": "night-1"}),
    "long run": ("run", {"run": "n" * 201}),
    "no places": ("in_flight", {"in_flight": 0}),
    "half a place": ("in_flight", {"in_flight": 1.5}),
    "port": ("worker_port", {"worker_port": 0}),
    "path": ("process_uri", {"process_uri": "/a b"}),
    "headers": ("headers", {"headers": {"a b": "c"}}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_setting_that_cannot_be_is_refused_at_once(name: str) -> None:
    named, given = REFUSED[name]
    with pytest.raises(ConfigurationError) as caught:
        AsyncYotta("key").tasks.map(NOBODY, [1], **PLACE | given)
    assert caught.value.field == named


@in_both_generations
@pytest.mark.asyncio_only
async def test_three_hundred_inputs_take_as_long_as_their_requests(api_version: str) -> None:
    """A submission and a look at each result, 600 requests, need ten minutes; ticks the rest."""
    lab = make_lab(requests=60, api_version=api_version, endpoint_life=EndpointLife.instant())
    endpoint = await lab.endpoint(workers=20)
    inputs, began = list(range(300)), anyio.current_time()
    outcomes = await outcomes_of(lab, endpoint.id, inputs)
    took = anyio.current_time() - began
    assert all_there(outcomes, inputs)
    assert took <= 1.05 * 600.0
    assert lab.cloud.refusals == 0
    assert lab.cloud.operations["submitTask"] == 300
    assert lab.cloud.operations["getTask"] <= 310
    await lab.close()


@in_both_generations
async def test_a_list_that_says_delivered_too_early_misleads_nobody(api_version: str) -> None:
    lab = make_lab(api_version=api_version, wire=WireStyle(delivered=True), task_life=QUICK)
    endpoint = await lab.endpoint(workers=3)
    assert all_there(await outcomes_of(lab, endpoint.id, list(range(12))), list(range(12)))


@in_both_generations
async def test_two_maps_of_one_endpoint_do_not_mix(api_version: str) -> None:
    lab = make_lab(api_version=api_version, task_life=QUICK)
    endpoint = await lab.endpoint(workers=4)
    found: dict[str, list[TaskOutcome]] = {}

    async def work(run: str, inputs: list[str]) -> None:
        found[run] = await outcomes_of(lab, endpoint.id, inputs, run=run)

    inputs = {run: [f"{run}{number}" for number in range(12)] for run in ("a", "b")}
    async with anyio.create_task_group() as tasks:
        for run, values in inputs.items():
            tasks.start_soon(work, run, values)
    assert all(all_there(found[run], values) for run, values in inputs.items())
    assert Counter(task_id[0] for task_id in lab.tasks(endpoint.id)) == {"a": 12, "b": 12}


@in_both_generations
@pytest.mark.parametrize("seed", range(2))
async def test_faults_and_cancellations_together_lose_nothing(seed: int, api_version: str) -> None:
    dice = Random(seed)
    lab = make_lab(
        api_version=api_version,
        faults=Faults.everything(0.3, operations={"submitTask", "getTask", "listTasks"}),
        wire=WireStyle(delivered=seed == 0),
        task_life=TaskLife(duration=(0.5, 20.0), failing=0.1),
        retry=PATIENT,
        seed=seed,
    )
    endpoint = await lab.endpoint(workers=4)
    inputs = [number % 17 for number in range(40)]
    results, found = mapped(lab.client, endpoint.id, inputs, in_flight=10), list[TaskOutcome]()
    outcome: TaskOutcome | None = TaskOutcome(index=-1, task_id="")
    while outcome is not None:
        with anyio.move_on_after(dice.choice([0.0, 0.01, 0.2, 0.5, 3.0, 30.0])):
            outcome = await anext(results, None)
            found += [outcome] if outcome else []
    assert sorted(each.index for each in found) == list(range(40))
    assert len(lab.tasks(endpoint.id)) == 40
    good = [each for each in found if not each.error]
    assert all(each.output == {"echo": inputs[each.index]} for each in good)
    assert {type(each.error) for each in found} <= {type(None), TaskFailedError}
    await lab.close()
