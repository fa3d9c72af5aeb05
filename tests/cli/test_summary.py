"""What a demo's numbers mean: the verdict, the exit code, the words."""

import io
import json
from decimal import Decimal

import attrs
import pytest
from rich.console import Console

from yotta_async.cli.demo.report import show
from yotta_async.cli.demo.summary import Served, Summary


SERVED = Served(
    least_possible=100.0,
    refusals=0,
    sixth_operations=0,
    worst_window=60,
    worst_concurrency=5,
    faults={"html": 2, "empty": 1},
    faulty_operations={"listPods": 1},
    cost=Decimal("1.234"),
)
GOOD = Summary(
    pods_wanted=3,
    pods_ready=3,
    regions=("eu-1",),
    requests_per_minute=60,
    pod_operations=5,
    speed=30.0,
    makespan=125.0,
    real_seconds=4.5,
    requests_sent=20,
    polls=9,
    refused=0,
    retried=2,
    unclear_creates=1,
    recovered=1,
    removed=0,
    pods_made=4,
    pods_failed=1,
    out_of_stock=0,
    left={},
    cost_at_most=None,
    served=SERVED,
)
CASES = [
    ({}, 0),
    ({"pods_ready": 2}, 3),
    ({"left": {"7": "ya-1"}}, 1),
    ({"refused": 1}, 1),
    ({"served": attrs.evolve(SERVED, refusals=1)}, 1),
    ({"served": attrs.evolve(SERVED, sixth_operations=1)}, 1),
    ({"error": "no such key"}, 1),
    ({"signal": 2}, 130),
    ({"signal": 15, "left": {"7": "ya-1"}}, 143),
]


def text_of(summary: Summary) -> str:
    out = io.StringIO()
    show(summary, Console(file=out, width=80))
    return out.getvalue()


@pytest.mark.parametrize(("changes", "code"), CASES)
def test_only_a_complete_and_clean_run_ends_with_0(changes: dict[str, object], code: int) -> None:
    summary: Summary = attrs.evolve(GOOD, **changes)  # type: ignore[arg-type]  # a table
    assert summary.exit_code == code
    assert summary.ok == (code == 0)
    assert json.loads(summary.to_json())["ok"] == (code == 0)


def test_the_json_has_what_follows_from_the_fields() -> None:
    data = json.loads(attrs.evolve(GOOD, left={"7": "ya-1"}).to_json())
    assert (data["pods_left"], data["left"], data["ratio"]) == (1, {"7": "ya-1"}, 1.25)
    assert data["served"]["cost"] == "1.234"


def test_the_text_tells_the_result_and_the_trouble() -> None:
    text = text_of(GOOD)
    assert text.startswith("3 of 3 pods ready; 0 pods left\n")
    assert "125 s, 1.25 x the least possible had nothing gone wrong" in text
    assert "3: 1 empty, 2 html" in text
    assert "1 creates unclear, 1 of them found by name" in text
    assert "1 pod failed" in text
    assert "$1.23" in text


def test_the_text_names_what_is_left() -> None:
    text = text_of(attrs.evolve(GOOD, left={"7": "ya-1"}))
    assert "1 pod, which may bill: ya-1 (7)" in text


def test_text_for_a_pipe_has_no_escapes_and_fits() -> None:
    text = text_of(attrs.evolve(GOOD, left={str(n): f"ya-{n:016x}" for n in range(20)}))
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) <= 80
