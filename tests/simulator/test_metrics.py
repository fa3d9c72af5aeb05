"""What a pod's meters show."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.simulator.bench import Bench
from yotta_async.simulator import WireStyle
from yotta_async.simulator.cloud.metrics import METRICS, STEPS, Window, series_of
from yotta_async.simulator.cloud.pod import PodRequest
from yotta_async.simulator.cloud.problems import CloudError


EPOCH = 1767225600000
HOUR = 3600 * 1000
GB = 1024**3
CPU, GPU = "/v2/metrics/cpu/pods/{}", "/v2/metrics/gpu/pods/{}"
GPU_MEMORY, MEMORY = "/v2/metrics/gpu/pods/{}/memory", "/v2/metrics/memory/pods/{}"
STORAGE = "/v2/metrics/storage/pods/{}"


def running(**options: Any) -> tuple[Bench, int]:
    """Return a bench on which a pod has been for two hours."""
    bench = Bench(options)
    pod_id = bench.create(gpuCount=2, containerVolumeInGb=50)
    bench.now = 7200.0
    return bench, pod_id


def timestamps(series: Any) -> list[int]:
    return [point["timestamp"] for point in series["data_points"]]


def test_the_last_hour_is_shown_when_nothing_is_asked_for() -> None:
    bench, pod_id = running()
    data = bench.get("GET", CPU.format(pod_id))
    assert (data["metric_name"], len(data["series"])) == ("cpu_usage", 1)
    line = data["series"][0]
    assert set(line) == {"labels", "data_points"}
    assert line["labels"] == {"pod_id": str(pod_id)}
    assert timestamps(line) == list(range(EPOCH + HOUR, EPOCH + 2 * HOUR + 1, 30_000))


@pytest.mark.parametrize(
    ("target", "labels", "most", "total"),
    [
        (CPU, [{}], 1.0, None),
        (GPU, [{"gpu": "0"}, {"gpu": "1"}], 100.0, None),
        (GPU_MEMORY, [{"gpu": "0"}, {"gpu": "1"}], 24.0 * GB, 24.0 * GB),
        (MEMORY, [{}], 2 * 119.0 * GB, 2 * 119.0 * GB),
        (STORAGE, [{"disk": "container"}], 50.0 * GB, 50.0 * GB),
    ],
)
def test_each_meter_has_its_lines_and_its_bounds(
    target: str, labels: list[dict[str, str]], most: float, total: float | None
) -> None:
    bench, pod_id = running()
    series = bench.get("GET", target.format(pod_id))["series"]
    assert [line["labels"] for line in series] == [
        label | {"pod_id": str(pod_id)} for label in labels
    ]
    assert {line.get("latest_total") for line in series} == {total}
    values = [point["value"] for line in series for point in line["data_points"]]
    assert 0.0 < min(values) < max(values) < most
    assert max(values) > most / 2


@pytest.mark.parametrize(("target", "total"), [(GPU_MEMORY, 48.0 * GB), (CPU, None)])
def test_the_total_may_stand_beside_the_lines(target: str, total: float | None) -> None:
    bench, pod_id = running(wire=WireStyle(latest_total="metric"))
    data = bench.get("GET", target.format(pod_id))
    assert data.get("latest_total") == total
    assert all("latest_total" not in line for line in data["series"])


def test_a_meter_shows_the_same_whenever_one_looks() -> None:
    bench, pod_id = running()
    target = GPU.format(pod_id) + f"?start={EPOCH}&end={EPOCH + HOUR}"
    first = bench.get("GET", target)
    bench.now += 500.0
    assert bench.get("GET", target) == first
    zero, one = first["series"]
    assert zero["data_points"] != one["data_points"]


def test_a_meter_shows_nothing_before_its_pod_and_nothing_to_come() -> None:
    bench = Bench()
    bench.ask("GET", "/v2/pods")
    bench.now = 100.0
    pod_id = bench.create()
    bench.now = 200.0
    series = bench.get("GET", CPU.format(pod_id) + f"?start={EPOCH}&end={EPOCH + HOUR}")["series"]
    assert timestamps(series[0]) == [EPOCH + 120_000, EPOCH + 150_000, EPOCH + 180_000]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(None, None, (6, 7)), (3, None, (3, 4)), (None, 5, (4, 5)), (2, 4, (2, 4))],
)
def test_a_window_with_one_end_is_an_hour(
    start: int | None, end: int | None, expected: tuple[int, int]
) -> None:
    given_ends = [None if hour is None else hour * HOUR for hour in (start, end)]
    window = Window.of(given_ends[0], given_ends[1], "", 7 * HOUR)
    assert (window.start, window.end) == (expected[0] * HOUR, expected[1] * HOUR)


@pytest.mark.parametrize("step", STEPS)
def test_a_step_is_good_for_its_longest_window(step: str) -> None:
    length, longest = STEPS[step]
    assert Window.of(0, longest, step, 0) == Window(0, longest, length)
    with pytest.raises(CloudError, match=rf"too long for the step \[{step}\]"):
        Window.of(0, longest + 1, step, 0)


@pytest.mark.parametrize(
    ("hours", "step"), [(3, "30s"), (4, "5m"), (13, "15m"), (49, "1h"), (169, "4h"), (721, "1d")]
)
def test_the_finest_step_that_is_allowed_is_taken(hours: int, step: str) -> None:
    assert Window.of(0, hours * HOUR, "", 0).step == STEPS[step][0]


@pytest.mark.parametrize(
    "query",
    [
        "step=10s",
        "step=30S",
        "start=5&end=5",
        "start=6&end=5",
        "start=-1",
        "start=x",
        "end=1.5",
        "start=0&end=99999999999",
        f"start=0&end={2**63}",
    ],
)
def test_a_window_that_cannot_be_is_an_invalid_request(query: str) -> None:
    bench, pod_id = running()
    assert bench.code("GET", f"{CPU.format(pod_id)}?{query}") == 10001


@pytest.mark.parametrize("target", [CPU, GPU, GPU_MEMORY, MEMORY, STORAGE])
def test_no_such_pod_is_13000(target: str) -> None:
    assert Bench().code("GET", target.format(7)) == 13000


def test_a_pod_without_disks_has_no_lines_of_them() -> None:
    request = PodRequest(image="i", gpu_type="NVIDIA_L4_24G", gpu_count=1)
    assert series_of(METRICS["storage"], 7, request, "eu-1") == []


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (0, 60_000, [0, 30_000, 60_000]),
        (0, 59_999, [0, 30_000]),
        (1, 60_000, [30_000, 60_000]),
        (30_001, 59_999, []),
        (0, 10**9, [0, 30_000, 60_000, 90_000]),
    ],
)
def test_both_ends_of_a_life_are_shown(first: int, last: int, expected: list[int]) -> None:
    assert list(Window(0, 90_000, 30_000).instants(first, last)) == expected


@given(
    st.sampled_from(sorted(STEPS)),
    st.integers(0, 2**62),
    st.integers(1, 90 * 24 * HOUR),
    st.integers(0, 2**62),
    st.integers(0, 2**62),
)
def test_instants_lie_on_whole_steps_of_window_and_life(
    step: str, start: int, length: int, first: int, last: int
) -> None:
    window = Window(start, start + length, STEPS[step][0])
    instants = window.instants(first, last)
    for instant in {*instants[:2], *instants[-2:]}:
        assert max(start, first) <= instant <= min(start + length, last)
        assert instant % window.step == 0
    if first <= start <= start + length <= last:
        assert len(instants) in {length // window.step, length // window.step + 1}
