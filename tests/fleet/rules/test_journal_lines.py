"""The lines of a journal: what is written is read again, and a torn end takes no other along."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from yotta_async.fleet.rules.journal import (
    JournalEntry,
    UnreadableJournal,
    digest_of,
    header,
    line_of,
    parsed,
)


TEXTS = st.text(max_size=6)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)
RESULTS = st.builds(
    JournalEntry,
    index=st.integers(0, 10_000),
    digest=st.from_regex(r"[0-9a-f]{32}", fullmatch=True),
    result=JSON,
    tries=st.integers(1, 5),
    pod_id=st.none() | st.from_regex(r"[0-9]{1,19}", fullmatch=True),
    seconds=st.integers(0, 10**6).map(lambda number: number / 1000),
    idle_seconds=st.integers(0, 10**6).map(lambda number: number / 1000),
    cost=st.none() | st.decimals(0, 1000, places=6),
    at=st.none() | st.datetimes(timezones=st.just(UTC)),
)
FAILURES = st.builds(
    JournalEntry, index=st.integers(0, 99), digest=st.just("ab"), error=st.text(min_size=1)
)
ENTRIES = st.lists(RESULTS | FAILURES, max_size=4)


def file_of(entries: list[JournalEntry]) -> bytes:
    return header("sweep") + b"".join(line_of(entry) for entry in entries)


@given(ENTRIES)
def test_what_is_written_is_read_again(entries: list[JournalEntry]) -> None:
    contents = parsed(file_of(entries))
    assert contents.entries == tuple(entries)
    assert contents.fleet == "sweep"


@given(ENTRIES, st.data())
def test_a_file_that_is_cut_anywhere_has_all_lines_that_are_whole(
    entries: list[JournalEntry], data: st.DataObject
) -> None:
    whole = file_of(entries)
    cut = whole[: data.draw(st.integers(0, len(whole)))]
    contents = parsed(cut)
    ends = cut.count(b"\n")
    assert contents.entries[: max(0, ends - 1)] == tuple(entries[: max(0, ends - 1)])
    assert len(contents.entries) <= max(0, ends - 1) + 1
    kept = cut[: contents.length] + b"\n" * contents.is_open
    assert parsed(kept).entries == contents.entries
    assert not kept or kept.endswith(b"\n")


@given(ENTRIES, RESULTS)
def test_after_a_mended_end_more_can_be_written(
    entries: list[JournalEntry], more: JournalEntry
) -> None:
    torn = file_of(entries) + line_of(more)[:-2]
    mended = torn[: parsed(torn).length] + line_of(more)
    assert parsed(mended).entries == (*entries, more)


def test_a_last_line_that_lacks_its_end_only_counts() -> None:
    entry = JournalEntry(index=1, digest="ab", result=[1])
    contents = parsed(file_of([entry])[:-1])
    assert contents.entries == (entry,)
    assert contents.is_open


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"accuracy,loss\n1,2\n", "is no journal"),
        (b"some notes", "is no journal"),
        (b'{"journal": "another"}\n', "is no journal"),
        (b"\n\n", "is no journal"),
        (b"\x00\x00\n", "is no journal"),
        (b'{"journal": "yotta_async", "version": 2}\n', "is of version 2, and this package reads"),
        (header("x") + b"nonsense\n" + b'{"index": 1}\n', "cannot be read: line 2"),
        (header("x") + b'{"index": "one", "digest": "", "result": 1}\n', "read: line 2"),
        (header("x") + b"[]\n", "cannot be read: line 2"),
        (header("x") + b"\xff\xfe\n", "cannot be read: line 2"),
    ],
)
def test_what_this_package_did_not_write_is_refused(data: bytes, problem: str) -> None:
    with pytest.raises(UnreadableJournal, match=problem):
        parsed(data)


def test_of_two_lines_about_one_item_the_first_result_counts() -> None:
    lines = [
        JournalEntry(index=0, digest="ab", error="OSError"),
        JournalEntry(index=0, digest="ab", result=1),
        JournalEntry(index=0, digest="ab", result=2),
    ]
    assert parsed(file_of(lines)).done()[0].result == 1


def test_each_line_is_json() -> None:
    lines = file_of([JournalEntry(index=0, digest="ab", result={"ä": "\n"})]).splitlines()
    assert [type(json.loads(line)) for line in lines] == [dict, dict]


# Digests.


class Colour(Enum):
    RED = 1
    BLUE = 2


@frozen
class Rate:
    value: float


@dataclass
class Size:
    value: float


@given(JSON, JSON)
def test_different_items_have_different_digests(one: Any, other: Any) -> None:
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (digest_of(one) == digest_of(other)) is same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b"ab", b"ac"),
        ("ab", b"ab"),
        (PurePosixPath("a"), PurePosixPath("b")),
        (Decimal("1.0"), Decimal("1.00")),
        ({1, 2}, {1, 3}),
        (date(2026, 1, 1), date(2026, 1, 2)),
        (datetime(2026, 1, 1, tzinfo=UTC), date(2026, 1, 1)),
        (UUID(int=1), UUID(int=2)),
        (Colour.RED, Colour.BLUE),
        (Rate(1.0), Rate(2.0)),
        (Size(1.0), Size(2.0)),
        (Rate(1.0), Size(1.0)),
        (range(3), range(4)),
        ((1, [2]), (1, [3])),
    ],
)
def test_what_python_has_and_json_lacks_is_told_apart(one: object, other: object) -> None:
    assert digest_of(one) != digest_of(other)
    assert len(digest_of(one)) == 32


@pytest.mark.parametrize(
    "make",
    [
        lambda: {"b": 1, "a": {2, 1, 3}},
        lambda: Rate(0.1),
        lambda: frozenset({"x", "y", "z"}),
    ],
    ids=["dict", "attrs", "set"],
)
def test_a_digest_is_the_same_each_time(make: Callable[[], object]) -> None:
    assert digest_of(make()) == digest_of(make())


def test_the_digest_is_what_it_was_in_earlier_versions() -> None:
    """Else a journal of an earlier version would be of other items."""
    assert digest_of({"lr": 0.1, "name": "é"}) == "b7b51650bbdc42475ad8a23fa52139a2"


class Numbers:
    """As numpy's arrays are asked."""

    def tolist(self) -> list[int]:
        return [1, 2]


class Record:
    """As pydantic's models are asked."""

    def model_dump(self) -> dict[str, int]:
        return {"a": 1}


@pytest.mark.parametrize("value", [Numbers(), Record()])
def test_what_says_what_it_holds_has_a_digest(value: object) -> None:
    assert digest_of(value)


@pytest.mark.parametrize("value", [object(), open, {1: 1, "a": 2}])
def test_what_cannot_be_told_apart_has_no_digest(value: object) -> None:
    with pytest.raises(TypeError):
        digest_of(value)
