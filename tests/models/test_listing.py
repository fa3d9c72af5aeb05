"""[L1] [L3] Lists read item by item: what one of them is does not matter to the others."""

import json
from datetime import UTC, datetime, timedelta
from itertools import permutations
from random import Random
from typing import Any

import pytest

from tests.campaign import tries
from tests.models.bodies import EXAMPLES, SECRET, Example
from tests.models.mutations import mutated
from yotta_async._call.rules.reply import decode_list
from yotta_async.errors import InvalidResponseError
from yotta_async.models import ExposedPort, Pod, PodStatus, Unreadable, structure
from yotta_async.models._listing import read_list, unique
from yotta_async.models._progress import contradict, furthest, step_of
from yotta_async.models._statuses import EndpointStatus, TaskStatus, VMStatus, VolumeStatus


MUTATIONS = tries(100)  # of each of the twelve bodies
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
EARLIER = NOON - timedelta(minutes=10)


@pytest.mark.campaign
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_l1_whatever_one_item_becomes_all_others_are_read(example: Example) -> None:
    """[L1] And no secret of it is shown."""
    dice, whole = Random(example.name), json.dumps(example.body)
    expected, odd = structure(example.body, example.kind), 0
    for _ in range(MUTATIONS):
        texts = [whole, whole, whole, mutated(example.body, dice)]
        dice.shuffle(texts)
        try:
            data = decode_list(f"[{', '.join(texts)}]".encode())
        except ValueError:
            continue  # no JSON at all
        listing = read_list(data, example.kind, operation="anyList")
        assert len(listing) + len(listing.unreadable) == 4
        assert listing.count(expected) >= 3
        assert SECRET not in f"{listing.unreadable!r} {[str(each) for each in listing.unreadable]}"
        odd += len(listing.unreadable)
    assert odd > MUTATIONS // 10


@pytest.mark.parametrize("data", [None, 5, "[]", {"items": []}], ids=repr)
def test_l1_what_is_no_array_is_refused(data: object) -> None:
    """[L1] It is never read as an empty list."""
    with pytest.raises(InvalidResponseError, match="expected an array"):
        read_list(data, Pod)


def test_l1_the_value_is_kept_as_it_came() -> None:
    """[L1] For those who want to see what is wrong; not what is deeper than can be copied."""
    value: dict[str, Any] = {"id": 1, "status": 1, "gpuCount": "two", "more": [{"a": None}]}
    (odd,) = read_list([value], Pod).unreadable
    assert odd.value == {"id": 1, "status": 1, "gpuCount": "two", "more": ({"a": None},)}
    deep: Any = []
    for _ in range(200):
        deep = [deep]
    (odd,) = read_list([{**value, "more": deep}], Pod).unreadable
    assert (odd.id, odd.value) == ("1", None)


def test_l1_a_name_of_ten_megabytes_is_shortened_where_it_is_shown() -> None:
    """[L1] And kept."""
    name = "x" * 10_000_000
    (odd,) = read_list([{"id": 1, "name": name, "status": []}], Pod).unreadable
    assert odd.name == name
    assert len(str(odd)) < 300


@pytest.mark.parametrize("name", ["\x1b[2J", "\ud83d", "two\nlines", "\u202e"])
def test_l1_what_a_terminal_would_obey_is_escaped(name: str) -> None:
    """[L1] The message goes to a log."""
    (odd,) = read_list([{"id": name, "name": name, "status": []}], Pod).unreadable
    assert str(odd).isascii()
    assert str(odd).isprintable()


def test_l1_what_it_is_does_not_depend_on_where_it_stands() -> None:
    """[L1] So that it is told once, though other items come and go before it."""
    odd: list[Any] = [{"id": 1, "status": []}, {"status": 1, "x": [1]}, None]
    good = {"id": 5, "status": 1}
    before = [each.fingerprint for each in read_list(odd, Pod).unreadable]
    after = [each.fingerprint for each in read_list([good, *odd], Pod).unreadable]
    assert before == after
    assert len(set(before)) == 3


def pod(status: str, updated_at: datetime | None = None, **fields: Any) -> Pod:
    return Pod(id="1", status=PodStatus.parse(status), updated_at=updated_at, **fields)


DEAF = (ExposedPort(80),)
HEARING = (ExposedPort(80, healthy=True),)
# The last of each counts, in whatever order they are listed.
ORDERED: dict[str, list[Pod]] = {
    "on the way": [pod(each) for each in ("NEWS", "INITIALIZE", "RUNNING", "PAUSING", "PAUSED")],
    "ends": [pod(each) for each in ("PAUSED", "FAILED", "TERMINATING", "TERMINATED")],
    "started anew": [pod("RUNNING", EARLIER), pod("INITIALIZE", NOON)],
    "resumed": [pod("PAUSED", EARLIER), pod("RUNNING", NOON)],
    "of one date": [pod("INITIALIZE", NOON), pod("RUNNING", NOON)],
    "one without a date": [pod("INITIALIZE", NOON), pod("RUNNING", None)],
    "ended before": [pod("RUNNING", NOON), pod("TERMINATED", EARLIER)],
    "ready": [pod("RUNNING", expose=DEAF), pod("RUNNING", expose=HEARING)],
    "no longer ready": [
        pod("RUNNING", EARLIER, expose=HEARING),
        pod("RUNNING", NOON, expose=DEAF),
    ],
}
STATUSES = {
    str(status).upper()
    for kind in (PodStatus, EndpointStatus, TaskStatus, VMStatus, VolumeStatus)
    for status in kind
}


@pytest.mark.parametrize("copies", ORDERED.values(), ids=ORDERED)
def test_l3_the_further_of_two_counts_in_any_order(copies: list[Pod]) -> None:
    """[L3] Ends first, then the date of the change, then the way there."""
    orders = [copies, copies[::-1], *map(list, permutations(copies[-3:]))]
    assert all(furthest(order) is copies[-1] for order in orders)


@pytest.mark.parametrize(
    ("copies", "expected"),
    [
        ([pod("RUNNING"), pod("INITIALIZE")], False),
        ([pod("TERMINATING"), pod("TERMINATED")], False),
        ([pod("PAUSING"), pod("PAUSED")], False),
        ([pod("RUNNING"), pod("TERMINATED")], True),
        ([pod("TERMINATING"), pod("INITIALIZE")], True),
        ([pod("RUNNING"), pod("PAUSED")], True),
        ([pod("PAUSED"), pod("TERMINATED")], True),
        ([pod("RUNNING"), pod("FAILED")], True),
        ([pod("FAILED"), pod("TERMINATED")], True),
        ([pod("RUNNING", EARLIER), pod("TERMINATED", NOON)], False),
        ([pod("RUNNING", NOON), pod("TERMINATED", EARLIER)], True),
        ([pod("RUNNING", NOON), pod("TERMINATED", NOON)], True),
        ([pod("RUNNING", NOON), pod("TERMINATED", None)], True),
        ([pod("PAUSED", EARLIER), pod("RUNNING", NOON)], False),
    ],
    ids=str,
)
def test_l3_copies_contradict_unless_their_dates_agree(copies: list[Pod], expected: bool) -> None:
    """[L3] On whether the thing runs, rests or has ended."""
    assert contradict(copies) is contradict(copies[::-1]) is expected


@pytest.mark.parametrize("status", sorted(STATUSES))
def test_l3_every_status_has_its_place(status: str) -> None:
    """[L3] In the one table."""
    assert step_of(status) != step_of("a word that is not known")


def test_l3_each_thing_is_listed_once_where_it_stands_first() -> None:
    """[L3] And what was there more than once is told apart."""
    pods = [pod("INITIALIZE"), Pod(id="2", status=PodStatus.PAUSED), pod("RUNNING")]
    once, repeated = unique(pods)
    assert once == [pods[2], pods[1]]
    assert repeated == {"1": [pods[0], pods[2]]}


def test_l3_a_list_without_repetitions_is_left_as_it_is() -> None:
    """[L3] As most are, and as those of things without an id."""
    pods = [pod("RUNNING"), Pod(id="2", status=PodStatus.PAUSED)]
    points = [ExposedPort(1), ExposedPort(1)]
    assert unique(pods)[0] is pods
    assert unique(points)[0] is points


def test_l1_an_unreadable_item_may_be_whatever_it_does_not_deny() -> None:
    """[L1] By its id, and by its name."""
    odd = Unreadable(id="1", name=None, status=None, path="[0]", reason="odd", value=None)
    assert (odd.may_be("1"), odd.may_be("2")) == (True, False)
    assert odd.may_have_name("any")
