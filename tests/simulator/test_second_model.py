"""The simulator against a second model of the cloud: any requests, in any order, at any instant."""

from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as some
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.campaign import tries
from tests.simulator.bench import Bench
from tests.simulator.second_model import (
    BOOT,
    DELETE,
    GPU,
    MOVING,
    NUMBERS,
    PAUSE,
    RESUME,
    Answer,
    Cloud,
    Pod,
)
from yotta_async.simulator import PodLife, ServerLimits


REQUESTS, OPERATIONS, STOCK = 12, 3, 8
RIGHT = {"requests": REQUESTS, "operations": OPERATIONS, "stock": STOCK}
V1, V2 = "v1", "v2"
LIFE = PodLife(
    start_median=BOOT,
    start_span=(BOOT, BOOT),
    pause=(PAUSE, PAUSE),
    resume=(RESUME, RESUME),
    delete=(DELETE, DELETE),
)
LIMITS = ServerLimits(
    requests=REQUESTS, pod_operations=OPERATIONS, operation_span="settled", kind="sliding"
)
# In each generation: how a verb is spelt.
VERBS = {
    (V1, "get"): ("GET", "/openapi/v1/pods/{}"),
    (V1, "pause"): ("POST", "/openapi/v1/pods/pause/{}"),
    (V1, "resume"): ("POST", "/openapi/v1/pods/resume/{}"),
    (V1, "delete"): ("DELETE", "/openapi/v1/pods/{}"),
    (V2, "get"): ("GET", "/v2/pods/{}"),
    (V2, "pause"): ("POST", "/v2/pods/{}/pause"),
    (V2, "resume"): ("POST", "/v2/pods/{}/resume"),
    (V2, "delete"): ("DELETE", "/v2/pods/{}"),
}
generations = some.sampled_from([V1, V2])
# Seconds: on both sides of a window, and of each change.
pauses = some.sampled_from([0.0, 0.25, 9.75, 10.5, 29.75, 59.5, 60.5, 90.25])


class Clouds(RuleBasedStateMachine):
    """
    Two clouds that are asked the same.

    Attributes:
        changes: What the model has otherwise than it should.
    """

    changes: ClassVar[dict[str, Any]] = {}

    def __init__(self) -> None:
        super().__init__()
        stock = {"us-east-1": {GPU: STOCK}}
        self.bench = Bench({"limits": LIMITS, "life": LIFE, "stock": stock})
        self.model = Cloud(**{**RIGHT, **self.changes})

    @property
    def now(self) -> float:
        return self.bench.now

    @rule(seconds=pauses)
    def time_passes(self, seconds: float) -> None:
        self.bench.now += seconds

    @rule(
        generation=generations,
        name=some.sampled_from([None, "one", "two"]),
        gpus=some.sampled_from([1, 2, 4]),
    )
    def create(self, generation: str, name: str | None, gpus: int) -> None:
        name = name or (None if generation == V1 else "three")  # v2's has to have one
        body = {"image": "image", "gpuType": GPU, "gpuCount": gpus}
        body |= {"podName" if generation == V1 else "name": name} if name else {}
        path = "/openapi/v1/pods/create" if generation == V1 else "/v2/pods"
        expected, pod = self.model.create(self.now, name, gpus)
        data = self.ask(expected, "POST", path, body)
        if pod is not None:
            pod.id = str(data if generation == V1 else data["id"])
            others = {each.id for each in self.model.pods if each is not pod}
            assert pod.id.isdecimal()
            assert pod.id not in others

    @precondition(lambda self: self.model.pods)
    @rule(
        generation=generations,
        verb=some.sampled_from(["get", "pause", "pause", "resume", "delete"]),
        data=some.data(),
    )
    def one_pod(self, generation: str, verb: str, data: some.DataObject) -> None:
        # The first is likeliest: one that is there, and at rest.
        pod: Pod = data.draw(some.sampled_from(sorted(self.model.pods, key=self.liveliness)[:3]))
        expected: Answer = getattr(self.model, verb)(self.now, pod)
        method, path = VERBS[generation, verb]
        shown = self.ask(expected, method, path.format(pod.id))
        if verb == "get" and expected.shown is not None:
            assert seen(shown) == expected.shown
        elif shown is not None and verb != "get":
            assert shown is True

    @rule(generation=generations, statuses=some.frozensets(some.sampled_from(sorted(NUMBERS))))
    def list_pods(self, generation: str, statuses: frozenset[str]) -> None:
        expected = self.model.list(self.now, statuses)
        asked = sorted(statuses) if generation == V2 else sorted(NUMBERS[each] for each in statuses)
        query = f"?statusList={','.join(map(str, asked))}" if asked else ""
        path = "/openapi/v1/pods/list" if generation == V1 else "/v2/pods"
        data = self.ask(expected, "GET", path + query)
        if expected.shown is None:
            return
        assert {str(item["id"]): seen(item) for item in data} == expected.shown
        if generation == V1:
            updates = [pod.changed(self.now) for pod in map(self.by_id, data)]
            assert updates == sorted(updates, reverse=True), "newest first"

    @invariant()
    def costs_are_the_same(self) -> None:
        mine, theirs = self.model.bill(self.now), self.bench.simulated.billing()
        assert abs(mine - theirs) < 1e-9

    def liveliness(self, pod: Pod) -> tuple[bool, bool, int]:
        status = pod.status(self.now)
        return status == "TERMINATED", status in MOVING, -pod.number

    def by_id(self, item: dict[str, Any]) -> Pod:
        return next(pod for pod in self.model.pods if pod.id == str(item["id"]))

    def ask(self, expected: Answer, method: str, path: str, body: object = None) -> Any:
        """Ask the simulator; return its data, or None if it refuses, as it should."""
        status, code, data = self.bench.ask(method, path, body)
        assert code in expected.codes, (method, path, data)
        if code == 10000:
            assert status == 200
            return data
        assert expected.shown is None or str(expected.shown) in data
        return None


def seen(item: dict[str, Any]) -> tuple[str, str, int]:
    """Return what is compared of a pod, in either generation."""
    name = item["name"] if "name" in item else item["podName"]
    return name, item["status"], item["gpuCount"]


def compare(machine: type[Clouds], number: int) -> None:
    """Compare the clouds in so many sequences of requests."""
    options = settings(
        max_examples=number,
        stateful_step_count=40,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
        derandomize=True,
    )
    run_state_machine_as_test(machine, settings=options)


@pytest.mark.campaign
def test_the_simulator_and_the_second_model_agree() -> None:
    compare(Clouds, tries(40))


# What the model would have to be like for each of these to be so.
WRONG: dict[str, dict[str, Any]] = {
    "one request more": {"requests": REQUESTS + 1},
    "one operation more": {"operations": OPERATIONS + 1},
    "one GPU more": {"stock": STOCK + 1},
    "a shorter window": {"per": 50.0},
    "a longer window": {"per": 61.0},
    "a start costs": {"billed": {"RUNNING", "INITIALIZE"}},
    "a pause costs": {"billed": {"RUNNING", "PAUSING"}},
    "an end costs": {"billed": {"RUNNING", "TERMINATING"}},
    "what is paused keeps its GPUs": {"without_gpus": {"TERMINATED"}},
    "what pauses has no GPUs": {"without_gpus": {"PAUSED", "PAUSING", "TERMINATED"}},
    "what ends is not listed": {"unlisted": {"TERMINATED", "TERMINATING"}},
    "what is paused is not listed": {"unlisted": {"TERMINATED", "PAUSED"}},
    "what starts can be paused": {"pausable": {"RUNNING", "INITIALIZE"}},
    "what is paused cannot be deleted": {"deletable": {"RUNNING", "INITIALIZE", "PAUSING"}},
    "what ends can be deleted": {"deletable": set(NUMBERS)},
}


@pytest.mark.parametrize("point", WRONG)
def test_a_model_that_is_wrong_in_one_point_does_not_agree(point: str) -> None:
    wrong = type("Wrong", (Clouds,), {"changes": WRONG[point]})
    with pytest.raises(AssertionError):
        compare(wrong, 200)
