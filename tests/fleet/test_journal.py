"""The journal of a map: what is done stays done, whatever the file or the program goes through."""

# ruff: noqa: ASYNC240  # files of a few lines

import json
import logging
import os
import resource
import stat
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import anyio
import pytest
from attrs import frozen

from tests.fleet.fleets import make_fleet_lab
from tests.lab import SPEC
from yotta_async import Journal, Pod, read_journal
from yotta_async.errors import (
    ConfigurationError,
    JournalError,
    JournalLockedError,
    JournalMismatchError,
    YottaError,
)


class Runs:
    """A map that is made again and again with the same journal."""

    def __init__(self, journal: Any) -> None:
        self.lab, self.journal, self.begun = make_fleet_lab(), journal, list[Any]()

    async def work(self, _pod: Pod, item: Any) -> Any:
        self.begun.append(item)
        await anyio.sleep(10.0)
        if item == "bad":
            raise ValueError("the token is hunter2")
        return {"made of": item}

    async def run(self, items: Any, most: int = 1_000, **options: Any) -> list[Any]:
        """Return the outcomes, of which so many are taken before the fleet is left."""
        outcomes: list[Any] = []
        async with self.lab.client.fleet("sweep") as fleet:
            fleet.launch([SPEC] * 2)
            async for outcome in fleet.map(self.work, items, journal=self.journal, **options):
                outcomes.append(outcome)
                if len(outcomes) == most:
                    break
        return outcomes


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sweep.jsonl"


async def test_what_was_done_before_comes_at_once_and_is_not_done_again(path: Path) -> None:
    runs = Runs(path)
    first = await runs.run(range(10), most=4)
    begun = list(runs.begun)
    second = await runs.run(range(10))
    known = [each.index for each in second[:4] if each.from_journal]
    assert sorted(known) == sorted(each.index for each in first)
    assert {each.index: each.result for each in second} == {n: {"made of": n} for n in range(10)}
    # Of those that were at hand when the fleet was left there was one a pod.
    assert len(begun) <= 4 + 2
    assert sorted(runs.begun[len(begun) :]) == sorted(
        set(range(10)) - {each.index for each in first}
    )


async def test_a_journal_can_be_read_while_it_is_written(path: Path) -> None:
    runs = Runs(path)
    async with runs.lab.client.fleet("sweep") as fleet:
        await fleet.up(SPEC)
        working = fleet.map(runs.work, ["a", "b"], journal=path)
        outcome = await anext(working)
        [entry] = read_journal(path)
    assert (entry.index, entry.result, entry.error) == (0, {"made of": "a"}, None)
    assert (entry.tries, entry.pod_id, entry.seconds) == (1, outcome.pod_id, 10.0)
    assert entry.cost == outcome.cost
    assert isinstance(entry.cost, Decimal)
    assert entry.at


async def test_outcomes_of_a_journal_tell_what_their_items_took(path: Path) -> None:
    runs = Runs(path)
    [first] = await runs.run(["a"])
    [second] = await runs.run(["a"])
    assert (second.seconds, second.cost, second.pod_id) == (
        first.seconds,
        first.cost,
        first.pod_id,
    )
    assert (second.pod, second.tries) == (None, 1)


async def test_what_has_failed_is_tried_again(path: Path) -> None:
    runs = Runs(path)
    for _ in range(2):
        good, bad = sorted(await runs.run(["good", "bad"]), key=lambda each: each.index)
        assert isinstance(bad.error, ValueError)
        assert good.error is None
    assert sorted(runs.begun) == ["bad", "bad", "good"]
    assert [entry.is_done for entry in read_journal(path)].count(False) == 2


async def test_no_secret_of_a_foreign_error_and_no_item_is_in_the_file(path: Path) -> None:
    await Runs(path).run(["bad"])
    text = path.read_text()
    assert "ValueError" in text
    assert "hunter2" not in text
    assert '"bad"' not in text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_an_error_of_this_package_is_there_with_its_text(path: Path) -> None:
    runs = Runs(path)

    async def lose(_pod: Pod, _item: int) -> None:
        raise YottaError("no such thing.", hint="Look elsewhere.")

    async with runs.lab.client.fleet("sweep") as fleet:
        fleet.launch(SPEC)
        await anext(fleet.map(lose, [1], journal=path))
    [entry] = read_journal(path)
    assert entry.error
    assert entry.error == "YottaError: no such thing. Look elsewhere."


# Items that are others.


@pytest.mark.parametrize("as_stream", [False, True])
async def test_a_changed_item_is_an_error_that_names_it(path: Path, *, as_stream: bool) -> None:
    runs = Runs(path)
    await runs.run(["a", "b", "c"])
    changed = ["a", "B", "c"]
    with pytest.raises(JournalMismatchError, match="item 1 is not that of the journal") as raised:
        await runs.run(iter(changed) if as_stream else changed)
    assert raised.value.index == 1
    assert raised.value.path == str(path)


@pytest.mark.parametrize("as_stream", [False, True])
async def test_missing_items_are_an_error(path: Path, *, as_stream: bool) -> None:
    runs = Runs(path)
    await runs.run(["a", "b", "c"])
    with pytest.raises(JournalMismatchError, match="there are 2 items, and the journal") as raised:
        await runs.run(iter(["a", "b"]) if as_stream else ["a", "b"])
    assert raised.value.index == 2


async def test_items_can_be_added_at_the_end(path: Path) -> None:
    runs = Runs(path)
    await runs.run(["a", "b"])
    assert len(await runs.run(["a", "b", "c"])) == 3
    assert sorted(runs.begun) == ["a", "b", "c"]


async def test_an_item_that_has_failed_may_be_another_one(path: Path) -> None:
    runs = Runs(path)
    await runs.run(["a", "bad"])
    outcomes = await runs.run(["a", "good"])
    assert [each.error for each in outcomes] == [None, None]


class Odd:
    def __init__(self, name: str) -> None:
        self.name = name


async def test_items_without_a_digest_are_refused_with_the_remedy(path: Path) -> None:
    [outcome] = await Runs(path).run([Odd("a")])
    assert isinstance(outcome.error, JournalError)
    assert outcome.result
    assert "has no digest: TypeError. Give Journal(path, key=...)" in str(outcome.error)


async def test_a_key_stands_for_an_item(path: Path) -> None:
    runs = Runs(Journal(path, key=lambda item: item.name, encode=lambda _: None))
    await runs.run([Odd("a"), Odd("b")])
    await runs.run([Odd("a"), Odd("b")])
    assert len(runs.begun) == 2
    with pytest.raises(JournalMismatchError):
        await runs.run([Odd("a"), Odd("c")])


# Results.


@frozen
class Loss:
    value: float


async def test_results_are_made_of_json_again_as_is_said(path: Path) -> None:
    async def work(_pod: Pod, item: float) -> Loss:
        return Loss(item)

    journal = Journal(path, encode=lambda loss: loss.value, decode=Loss)
    lab = make_fleet_lab()
    for _ in range(2):
        async with lab.client.fleet("sweep") as fleet:
            fleet.launch(SPEC)
            outcome = await anext(fleet.map(work, [0.5], journal=journal))
        assert outcome.result == Loss(0.5)
    assert outcome.from_journal


async def test_a_result_that_cannot_be_written_is_not_lost(path: Path) -> None:
    lab, begun = make_fleet_lab(), list[int]()

    async def work(_pod: Pod, item: int) -> Loss:
        begun.append(item)
        return Loss(item)

    for _ in range(2):
        async with lab.client.fleet("sweep") as fleet:
            fleet.launch(SPEC)
            outcome = await anext(fleet.map(work, [1], journal=path))
        assert outcome.result == Loss(1)
        assert isinstance(outcome.error, JournalError)
        assert "give Journal(path, encode=...)" in str(outcome.error)
    assert len(begun) == 2  # it is done again, and said so


# The file.


async def test_a_torn_last_line_is_cut_off_and_its_item_done_again(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    runs = Runs(path)
    await runs.run(["a", "b", "c"])
    torn = path.read_bytes()[:-20]
    path.write_bytes(torn)
    with caplog.at_level(logging.WARNING):
        outcomes = await runs.run(["a", "b", "c"])
    assert "its last line is not whole, and is cut off" in caplog.text
    assert sum(each.from_journal for each in outcomes) == 2
    assert len(runs.begun) == 4
    assert [entry.is_done for entry in read_journal(path)] == [True] * 3


async def test_a_foreign_file_is_left_as_it_is(path: Path) -> None:
    path.write_text("my notes, without an end")
    with pytest.raises(JournalError, match="is no journal of this package"):
        await Runs(path).run(["a"])
    assert path.read_text() == "my notes, without an end"


@pytest.mark.parametrize("where", ["", "missing/sweep.jsonl"])
async def test_what_is_no_file_is_refused(tmp_path: Path, where: str) -> None:
    with pytest.raises(JournalError, match=r"cannot be opened: (Is a directory|No such file)"):
        await Runs(tmp_path / where).run(["a"])


def test_reading_what_is_not_there_is_an_error(path: Path) -> None:
    with pytest.raises(JournalError, match="cannot be read: No such file"):
        read_journal(path)


def test_reading_what_is_no_journal_is_an_error(path: Path) -> None:
    path.write_text("a\nb\n")
    with pytest.raises(JournalError, match="is no journal of this package"):
        read_journal(path)


async def test_two_maps_with_one_journal_are_refused(path: Path) -> None:
    runs = Runs(path)
    async with runs.lab.client.fleet("sweep") as fleet:
        working = fleet.map(runs.work, ["a"], journal=path)
        with pytest.raises(JournalLockedError):
            fleet.map(runs.work, ["a"], journal=path)
        fleet.launch(SPEC)
        assert len([each async for each in working]) == 1
        assert len([each async for each in fleet.map(runs.work, ["a"], journal=path)]) == 1


async def test_a_journal_whose_items_are_refused_is_free_again(path: Path) -> None:
    runs = Runs(path)
    await runs.run(["a"])
    async with runs.lab.client.fleet("sweep") as fleet:
        for _ in range(2):
            with pytest.raises(JournalMismatchError):
                fleet.map(runs.work, ["b"], journal=path)


@pytest.fixture
def full_disk() -> Iterator[None]:
    """Have the kernel take no more than so many bytes of a file: part of a line, and then none."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("full_disk")
async def test_a_full_disk_loses_no_result_and_tears_no_line(path: Path) -> None:
    outcomes = await Runs(path).run(["a", "b", "c"])
    assert [each.result for each in outcomes] == [{"made of": each.item} for each in outcomes]
    assert [each.error is None for each in outcomes] == [True, False, False]
    assert "cannot be written: File too large" in str(outcomes[1].error)
    assert len(read_journal(path)) == 1
    assert path.read_bytes().endswith(b"\n")


@pytest.mark.parametrize("fsync", [False, True])
async def test_lines_wait_for_the_disk_where_that_is_wanted(
    path: Path, monkeypatch: pytest.MonkeyPatch, *, fsync: bool
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    await Runs(Journal(path, fsync=fsync)).run(["a", "b"])
    assert len(synced) == (1 + 2) * fsync  # the folder, and each line


async def test_each_line_is_json_that_others_can_read(path: Path) -> None:
    await Runs(path).run(["a", "b"])
    head, *lines = map(json.loads, path.read_text().splitlines())
    assert head == {"journal": "yotta_async", "version": 1, "fleet": "sweep"}
    assert {line["index"] for line in lines} == {0, 1}


@pytest.mark.parametrize(
    ("path", "options", "problem"),
    [
        (3, {}, "journal=3: must be the path of a file"),
        ("", {}, "must be the path of a file"),
        ("x", {"key": "id"}, "key=id: must be a function of one argument"),
        ("x", {"encode": 1}, "encode=1: must be a function"),
        ("x", {"decode": {}}, "decode=.*: must be a function"),
    ],
    ids=str,
)
def test_a_journal_that_cannot_be_is_refused(
    path: Any, options: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        Journal(path, **options)
