"""The command of the campaign: what it says, counts, keeps and takes up again."""

import json
from pathlib import Path
from typing import Any

import pytest

from yotta_async.errors import ConfigurationError
from yotta_async.testing.campaign.__main__ import main
from yotta_async.testing.campaign.pool import Order, campaign, tried
from yotta_async.testing.campaign.tally import Tally


# A seed whose case takes no time: one pod.
QUICK = ["--seed", "3", "--hours", "0", "--jobs", "1"]


def state(tally: Tally) -> dict[str, Any]:
    found = tally.to_dict()["campaign"]
    return {name: value for name, value in found.items() if name != "cpu"}


def done(runs: int, tally: Tally, stop_at: int | None = None) -> bool:
    def progress(so_far: Tally) -> None:
        if so_far.done == stop_at:
            raise KeyboardInterrupt

    return campaign(Order(runs=runs, jobs=1, hours=0.0), tally, progress)


def test_what_was_interrupted_goes_on_where_it_was(tmp_path: Path) -> None:
    whole, part = Tally.start(3, 0.0), Tally.start(3, 0.0)
    assert done(4, whole)
    assert not done(4, part, stop_at=2)
    part.write(tmp_path / "part.json")
    resumed = Tally.read(tmp_path / "part.json")
    assert resumed.done == 2
    assert done(4, resumed)
    assert state(resumed) == state(whole)


def test_several_processes_count_each_run_once() -> None:
    alone, together = Tally.start(3, 0.0), Tally.start(3, 0.0)
    assert done(3, alone)
    assert campaign(Order(runs=3, jobs=2, hours=0.0), together, lambda _: None)
    assert state(together) == state(alone)


def test_a_campaign_without_a_failure_ends_with_0(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "done.json"
    assert main(["--runs", "1", *QUICK, "--json", str(file)]) == 0
    found = json.loads(file.read_text())
    assert found["summary"]["runs"] == 1
    assert found["campaign"]["totals"]["requests"] > 0
    assert "runs 1, failed 0" in capsys.readouterr().out


def test_what_broke_is_told_with_how_to_see_it_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tally, file = Tally.start(3, 0.0), tmp_path / "failed.json"
    tally.add(3, tried(3, 0.0) | {"broken": "level at 5 s: 0 of 1 are ready"})
    tally.next = 4
    tally.write(file)
    assert main(["--runs", "1", *QUICK, "--resume", str(file)]) == 1
    told = capsys.readouterr().out
    assert "seed 3: level at 5 s" in told
    assert "--replay 3 --hours 0" in told


def test_a_seed_is_replayed_as_a_story(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--replay", "3", "--hours", "0"]) == 0
    told = capsys.readouterr().out
    assert "client 0" in told
    assert "all held" in told


def test_a_case_is_printed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--replay", "3", "--hours", "0", "--case"]) == 0
    assert json.loads(capsys.readouterr().out)["seed"] == 3


def test_a_file_of_another_campaign_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "other.json"
    Tally.start(99, None).write(file)
    assert main(["--runs", "1", *QUICK, "--resume", str(file)]) == 2
    assert "it is of --seed 99" in capsys.readouterr().err


@pytest.mark.parametrize(("runs", "jobs"), [(0, 1), (1, -1)])
def test_numbers_that_cannot_be_are_refused(runs: int, jobs: int) -> None:
    with pytest.raises(ConfigurationError, match="must be at least"):
        Order(runs=runs, jobs=jobs)


def test_extremes_have_the_seed_of_their_run() -> None:
    tally = Tally.start(0, None)
    for seed, pods in enumerate([3, 9, 1]):
        figures = {"seconds": 7200.0, "pods": pods, "faults": {"refuse": 2}}
        tally.add(seed, {"figures": figures, "broken": None, "cpu": 0.5})
    assert tally.least["pods"] == 1
    assert tally.most["pods"] == [9, 1]
    assert tally.faults["refuse"] == 6
    assert tally.lengths == {"an hour": 3}
    assert tally.to_dict()["summary"]["virtual_hours"] == 6.0
