"""`fleet up` and `plan`: the plan, the question, the fleet, its end, the exit code."""

import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from yotta_async import AsyncYotta, YottaError
from yotta_async.cli._commands import run
from yotta_async.cli._session import Session, World
from yotta_async.fleet.rules.reasons import Reason, ReasonKind
from yotta_async.simulator import Faults, PodLife


GPU = "NVIDIA_RTX_5090_32G"
UP = ("fleet", "up", "--name", "sweep", "--image", "a", "--gpu-type", GPU)


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    return lambda text: monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_a_plan_needs_no_key_and_is_data(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--image", "a", "--gpu-type", GPU, "--count", "4", "--regions", "us-east-1")
    assert run(["plan", *words, "--name", "sweep", "--detach", "--yes"]) == 0
    told = capsys.readouterr()
    assert told.out.startswith("fleet sweep: 4 pods, 1 GPU each, a\n")
    assert f"4 x {GPU} in us-east-1" in told.out
    assert "$2.60 an hour" in told.out
    assert run(["plan", *words, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["pods"], data["price_per_hour"]) == (4, "2.60")
    assert data["places"] == [{"region": "us-east-1", "gpu_type": GPU, "pods": 4}]
    assert 0 < data["least_seconds"] < data["likely_seconds"]


@pytest.mark.parametrize(
    ("options", "warning"),
    [
        (["--gpu-type", "NVIDIA_RTX_509_32G"], f"Did you mean {GPU}"),
        (["--gpu-type", "nvidia_l4_24g"], "'NVIDIA_L4_24G' is known"),
        (["--gpu-type", GPU, "--max-per-hour", "$0.5"], "must be at least $0.65, which"),
    ],
)
def test_a_plan_tells_what_is_odd(
    options: list[str], warning: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["plan", "--image", "a", *options]) == 0
    assert warning in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--max-lifetime", "2x"], "must be seconds"),
        (["--max-total", "much"], "must be an amount in USD"),
        (["--min-ready", "most"], "a share such as 0.9"),
        (["--regions", "a,,b"], "different names"),
        (["--on-exit", "dleete"], "'delete', 'pause', 'keep'"),
        (["--detach", "--on-exit", "delete"], "leave --on-exit out"),
        (["--detach", "--max-lifetime", "2h"], "goes with neither max_lifetime nor max_total"),
        (["--detach", "--max-total", "3"], "goes with neither max_lifetime nor max_total"),
    ],
)
def test_a_misspelt_option_is_wrong_usage(
    options: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*UP, *options]) == 2
    assert words in capsys.readouterr().err
    assert run(["fleet", "up"]) == 2
    assert "give a fleet FILE" in capsys.readouterr().err


def test_detached_it_leaves_when_all_are_ready(bench: Any) -> None:
    code, out, err = bench(*UP, "--count", "3", "--detach")
    assert (code, out) == (0, "")
    assert err.startswith("fleet sweep: 3 pods")
    assert "$1.95 an hour" in err  # as the service tells it
    assert "ends by   itself, when all are ready or given up; its pods run on" in err
    assert "3 of 3 ready" in err
    assert "yotta-async fleet down sweep --yes" in err
    assert len(bench.names) == 3
    assert bench.cloud.violations == ()


def test_json_is_a_line_for_each_pod(bench: Any, tmp_path: Path) -> None:
    path = tmp_path / "fleet.toml"
    pod = f'[pod]\nimage = "a"\ngpu_type = "{GPU}"\nexpose = [8888]\n'
    path.write_text(f'name = "web"\ncount = 2\n{pod}environment = {{ TOKEN = "hush" }}\n')
    code, out, err = bench("fleet", "up", str(path), "--detach", "--json")
    told = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert sorted(each["key"] for each in told) == ["0", "1"]
    assert all(re.fullmatch(r".+:\d+", each["endpoints"]["8888"]) for each in told)
    assert "hush" not in out + err


def test_ctrl_c_deletes_all(bench: Any) -> None:
    bench.signals = (200.0,)
    code, _out, err = bench(*UP, "--count", "3")
    assert code == 130
    assert "Ctrl-C ends it, deleting its pods." in err
    assert "SIGINT: deleting its pods (fleet sweep); once more to leave at once" in err
    assert "all of its pods are deleted" in err
    assert bench.names == []


@pytest.mark.parametrize("instant", [0.01, 0.3, 0.6, 0.9, 1.2, 1.5, 1.8, 2.4, 5.0, 30.0, 60.0])
def test_whenever_ctrl_c_comes_nothing_is_left(bench: Any, instant: float) -> None:
    bench.signals = (instant,)
    code, _out, err = bench(*UP, "--count", "7")
    assert (code, bench.names) == (130, [])
    made = bool(bench.cloud.all_pods)
    assert ("all of its pods are deleted" in err) >= made
    assert "Traceback" not in err


def test_ctrl_c_keeps_them_if_that_was_agreed(bench: Any) -> None:
    bench.signals = (20.0,)
    code, _out, err = bench(*UP, "--count", "2", "--on-exit", "keep")
    assert code == 130
    assert "its 2 pods are left running" in err
    assert len(bench.names) == 2


def test_pausing_is_an_end_as_well(bench: Any) -> None:
    bench.signals = (200.0,)
    code, _out, err = bench(*UP, "--on-exit", "pause")
    assert code == 130
    assert "its pod is paused" in err
    [pod] = bench.cloud.pods
    assert pod.status in ("PAUSING", "PAUSED")


def test_a_lifetime_ends_it(bench: Any) -> None:
    code, _out, err = bench(*UP, "--max-lifetime", "10m")
    assert code == 1
    assert "has lived for 600 s" in err
    assert bench.names == []


def test_many_pods_are_asked_for_first(bench: Any, answer: Callable[[str], None]) -> None:
    many = (*UP, "--count", "9", "--detach")
    answer("n\n")
    code, _out, err = bench(*many)
    assert (code, bench.names) == (1, [])
    assert "Go on? [y/N]" in err
    assert "nothing was made" in err
    answer("")
    code, _out, err = bench(*many)
    assert (code, bench.names) == (2, [])
    assert "Add --yes" in err
    answer("y\n")
    assert bench(*many)[0] == 0
    assert len(bench.names) == 9


def test_what_is_there_is_taken_over_and_what_is_no_more_asked_for_is_asked_about(
    bench: Any, answer: Callable[[str], None]
) -> None:
    assert bench(*UP, "--count", "3", "--detach")[0] == 0
    before = bench.names
    code, _out, err = bench(*UP, "--count", "3", "--detach")
    assert (code, bench.names) == (0, before)
    assert "3 pods of it already, taken over\n" in err
    answer("n\n")
    code, _out, err = bench(*UP, "--count", "2", "--detach")
    assert (code, bench.names) == (1, before)
    assert "2 pods of it already, taken over, 1 deleted, being none of these" in err
    assert bench(*UP, "--count", "2", "--detach", "--yes")[0] == 0
    bench.pass_time(60)
    assert bench.names == before[:2]


def test_a_wrong_gpu_ends_it(bench: Any) -> None:
    words = ["NVIDIA_RTX_509_32G" if word == GPU else word for word in UP]
    code, _out, err = bench(*words, "--count", "3")
    assert code == 1
    assert "no GPU type NVIDIA_RTX_509_32G is on offer. Did you mean" in err
    assert "3 pods given up: createPod" in err


def test_a_wrong_region_is_warned_of_and_waited_for(bench: Any) -> None:
    bench.signals = (30.0,)
    code, _out, err = bench(*UP, "--regions", "us-est-1")
    assert code == 130
    assert "no region us-est-1 is on offer. Did you mean us-" in err
    assert "waits: createPod: no capacity" in err


def test_only_a_part_is_not_success(make_bench: Any, tmp_path: Path) -> None:
    bench = make_bench(stock={"eu-1": {GPU: 1}})
    path = tmp_path / "fleet.toml"
    path.write_text("name = 'sweep'\ncount = 2\n[replace]\npatience = 30\n")
    code, _out, err = bench(*UP[:2], str(path), *UP[4:], "--detach")
    assert (code, len(bench.names)) == (3, 1)
    assert "1 of 2 ready, 0 pending, 1 failed" in err
    assert bench("fleet", "down", "sweep", "--yes")[0] == 0
    bench.pass_time(60)
    code, _out, err = bench(*UP[:2], str(path), *UP[4:], "--detach", "--min-ready", "1")
    assert (code, len(bench.names)) == (0, 1)


def test_too_few_are_none(make_bench: Any, tmp_path: Path) -> None:
    bench = make_bench(stock={"eu-1": {GPU: 1}})
    path = tmp_path / "fleet.toml"
    path.write_text("name = 'sweep'\ncount = 2\n[replace]\npatience = 30\n")
    code, _out, err = bench(*UP[:2], str(path), *UP[4:], "--min-ready", "1.0")
    assert (code, bench.names) == (1, [])
    assert "at most 1 of 2 pods can become ready" in err
    assert "1 pod given up: " in err


def test_too_dear_is_refused(bench: Any) -> None:
    code, _out, err = bench(*UP, "--count", "2", "--max-per-hour", "1")
    assert (code, bench.cloud.all_pods) == (4, ())
    assert "must be at least $1.30, which" in err


def test_what_is_refused_for_its_price_leaves_what_is_there_alone(bench: Any) -> None:
    assert bench(*UP, "--count", "2", "--detach")[0] == 0
    code, _out, err = bench(*UP, "--count", "2", "--max-per-hour", "1")
    assert (code, len(bench.names)) == (4, 2)
    assert "must be at least" in err


def test_the_pods_that_are_ready_are_counted_one_by_one(bench: Any) -> None:
    code, _out, err = bench(*UP, "--count", "6", "--detach")
    assert code == 0, err
    assert re.findall(r"\((\d) of 6\)", err) == ["1", "2", "3", "4", "5", "6"]


def test_trouble_is_told_and_made_up_for(make_bench: Any) -> None:
    life = PodLife(start_median=40.0, failing=0.2)
    bench = make_bench(faults=Faults.everything(0.1), life=life, seed=1)
    code, _out, err = bench(*UP, "--count", "8", "--detach")
    assert code == 0, err
    assert f"another is made: {Reason.of(ReasonKind.FAILED, 'FAILED')}" in err
    assert "no list of pods for 0 s (" in err
    assert len(bench.names) == 8


def test_v2_is_spoken_as_well(bench: Any) -> None:
    assert bench(*UP, "--detach", "--api-version", "v2")[0] == 0
    assert len(bench.names) == 1


def test_a_pod_that_is_left_is_named_and_no_success(
    bench: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    async def work(client: AsyncYotta) -> int:
        client._account.pods.removal.tell_left(
            "sweep-0", None, YottaError("its create is unclear.")
        )
        return 0

    world = World(client=bench._client, run=bench.do)
    assert Session(requests=60, api_version=None, world=world).do(work) == 1
    told = capsys.readouterr().err
    assert "left, or may be: sweep-0 (id unknown)" in told
    assert "look for them: yotta-async pods" in told


def test_a_plan_as_json_has_the_warnings(bench: Any) -> None:
    """[W2]."""
    words = ("--image", "a", "--gpu-type", "NVIDIA_L4_24g", "--regions", "us-esat-1")
    code, out, _ = bench("plan", *words, "--json")
    warnings = json.loads(out)["warnings"]
    assert code == 0
    assert len(warnings) == 2
    assert "NVIDIA_L4_24G" in warnings[0]
    assert warnings[1].startswith("no region us-esat-1 is known here. Did you mean us-")


def test_a_fleet_as_json_has_the_warnings_first(bench: Any) -> None:
    """[W2]."""
    words = (
        "--name",
        "a",
        "--image",
        "a",
        "--gpu-type",
        "NVIDIA_L4_24G",
        "--regions",
        "us-east-1,us-esat-1",
    )
    _, out, _ = bench("fleet", "up", *words, "--detach", "--yes", "--json")
    first, *others = map(json.loads, out.splitlines())
    assert first["warnings"][0].startswith("no region us-esat-1 is on offer.")
    assert [each["ready"] for each in others] == [True]


def test_where_all_were_given_up_nothing_is_left_running(make_bench: Any) -> None:
    """[W11]."""
    bench = make_bench(life=PodLife(failing=1.0))
    code, _, err = bench(*UP, "--count", "2", "--detach")
    assert code == 1
    assert "left running" not in err
    assert err.endswith("fleet sweep: no pod of it runs\n")


def test_an_end_that_takes_long_says_how_far_it_is(make_bench: Any) -> None:
    """[W3]."""
    faults = Faults(error_before=0.9, operations={"deletePod"})
    bench = make_bench(faults=faults)
    bench.signals = (300.0,)
    _, _, err = bench(*UP, "--count", "7")
    assert re.search(r"\n  fleet sweep: deleting 7 pods, up to \d+ s as a rule, \d+ s at most", err)
    assert re.search(r"\n  fleet sweep: \d of 7 pods are not yet deleted, after \d+ s", err)
