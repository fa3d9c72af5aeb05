"""[L4] What is believed of a pod, as a table: of what is known and what the newest list says."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yotta_async._call.watch import Snapshot, snapshot_of
from yotta_async._resources.pods.known import UNREADABLE, KnownPods
from yotta_async.models import Listing, Pod, PodStatus, Unreadable


LAG = 15.0
TICK = 3.0
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
MINUTES_AGO = NOON - timedelta(minutes=10)


def pod(status: str, updated_at: datetime | None = None, **fields: Any) -> Pod:
    return Pod(id="1", name="mine", status=PodStatus.parse(status), updated_at=updated_at, **fields)


def odd(status: str | None = None, thing_id: str | None = "1") -> Unreadable:
    return Unreadable(id=thing_id, name="mine", status=status, path="[0]", reason="odd", value=None)


class Lists:
    """Lists of one after the other, and what is believed of them."""

    def __init__(self) -> None:
        self.known = KnownPods(LAG)
        self.now = 0.0

    def take(self, *things: Pod | Unreadable, after: float = TICK) -> Snapshot[Pod]:
        self.now += after
        unreadable = [each for each in things if isinstance(each, Unreadable)]
        pods = [each for each in things if isinstance(each, Pod)]
        return self.known.take_in(snapshot_of(Listing(pods, unreadable), self.now))


def believed(*lists: Pod | Unreadable | None) -> str | None:
    """Return the status that is believed after lists of one pod, or of nothing, each."""
    one = Lists()
    for listed in lists:
        snapshot = one.take(*([] if listed is None else [listed]))
    if "1" in snapshot.missing:
        return "missing"
    return str(snapshot.items["1"].status) if "1" in snapshot.items else None


UNDATED = [
    (["INITIALIZE"], "INITIALIZING"),
    (["INITIALIZE", "RUNNING"], "RUNNING"),
    (["RUNNING", "INITIALIZE"], "RUNNING"),
    (["RUNNING", "PAUSING", "PAUSED", "INITIALIZE"], "INITIALIZING"),
    (["RUNNING", "PAUSED", "RUNNING"], "RUNNING"),
    (["RUNNING", "HIBERNATING"], "HIBERNATING"),
    (["HIBERNATING", "INITIALIZE"], "INITIALIZING"),
    (["RUNNING", "FAILED", "RUNNING"], "FAILED"),
    (["FAILED", "TERMINATING"], "TERMINATING"),
    (["RUNNING", "TERMINATING", "RUNNING"], "TERMINATING"),
    (["TERMINATING", "TERMINATED", "TERMINATING"], "TERMINATED"),
    (["RUNNING", None], "missing"),
    (["RUNNING", None, "INITIALIZE"], "RUNNING"),
    (["RUNNING", None, "RUNNING"], "RUNNING"),
    (["FAILED", None], "missing"),
    (["TERMINATING", None], None),
    (["TERMINATING", None, "RUNNING"], None),
    (["TERMINATED", None, None, "INITIALIZE"], None),
]


@pytest.mark.parametrize(("statuses", "expected"), UNDATED, ids=str)
def test_l4_lists_without_dates(statuses: list[str | None], expected: str | None) -> None:
    """[L4] What was seen is not taken back for one list that says less."""
    assert believed(*[pod(status) if status else None for status in statuses]) == expected


DATED = [
    (("RUNNING", NOON), ("INITIALIZE", MINUTES_AGO), "RUNNING"),
    (("RUNNING", MINUTES_AGO), ("INITIALIZE", NOON), "INITIALIZING"),
    (("RUNNING", NOON), ("INITIALIZE", NOON), "RUNNING"),
    (("RUNNING", NOON), ("INITIALIZE", None), "RUNNING"),
    (("RUNNING", None), ("INITIALIZE", NOON), "RUNNING"),
    (("PAUSED", NOON), ("RUNNING", MINUTES_AGO), "PAUSED"),
    (("PAUSED", MINUTES_AGO), ("RUNNING", NOON), "RUNNING"),
    (("RUNNING", NOON), ("FAILED", MINUTES_AGO), "FAILED"),
    (("TERMINATED", MINUTES_AGO), ("RUNNING", NOON), "RUNNING"),
    (("TERMINATED", NOON), ("RUNNING", MINUTES_AGO), "TERMINATED"),
    (("INITIALIZE", NOON), ("RUNNING", MINUTES_AGO), "INITIALIZING"),
]


@pytest.mark.parametrize(("was", "now", "expected"), DATED, ids=str)
def test_l4_lists_with_dates(was: tuple[str, Any], now: tuple[str, Any], expected: str) -> None:
    """[L4] The server's own date of a change says which of two lists is older."""
    assert believed(pod(*was), pod(*now)) == expected


UNREAD = [
    ([odd()], UNREADABLE),
    ([odd("TERMINATED")], "TERMINATED"),
    (["RUNNING", odd()], "RUNNING"),
    (["RUNNING", odd("INITIALIZE")], "RUNNING"),
    (["RUNNING", odd("TERMINATING")], "TERMINATING"),
    ([odd(), "RUNNING"], "RUNNING"),
    (["TERMINATING", None, odd()], None),
]


@pytest.mark.parametrize(("lists", "expected"), UNREAD, ids=str)
def test_l1_what_cannot_be_read_is_there(lists: list[Any], expected: str | None) -> None:
    """[L1] As it was known, or in a state that is not known; an end is an end."""
    things = [pod(each) if isinstance(each, str) else each for each in lists]
    assert believed(*things) == expected


def test_l1_an_item_without_an_id_may_be_any() -> None:
    """[L1] So the list proves no absence by itself."""
    lists = Lists()
    snapshot = lists.take(pod("RUNNING"), odd(thing_id=None))
    assert not snapshot.lacks("2")
    assert not snapshot.lacks("1")
    assert lists.take(pod("RUNNING")).lacks("2")
    assert not lists.take(odd(thing_id="3")).lacks("3")
    assert snapshot.hides_name("mine")
    assert not snapshot.hides_name("another")


def test_l4_what_a_list_does_not_show_as_it_is_now_is_said() -> None:
    """[L4] For those that ask by the id then."""
    lists = Lists()
    assert lists.take(pod("RUNNING")).unconfirmed == set()
    assert lists.take(pod("INITIALIZE")).unconfirmed == {"1"}
    assert lists.take(odd()).unconfirmed == {"1"}
    assert lists.take(pod("RUNNING")).unconfirmed == set()


def test_l4_an_end_that_a_list_denied_is_confirmed_by_no_list_for_a_while() -> None:
    """[L4] As where two lists come in turn."""
    lists = Lists()
    assert lists.take(pod("TERMINATED")).unconfirmed == set()
    assert lists.take(pod("RUNNING")).unconfirmed == {"1"}
    assert lists.take(pod("TERMINATED")).unconfirmed == {"1"}
    assert lists.take(pod("TERMINATED"), after=4 * LAG).unconfirmed == set()


def test_l4_a_pod_that_did_not_change_stays_the_same_object() -> None:
    """[L4] So that a list that goes back is no change."""
    lists, running = Lists(), pod("RUNNING")
    lists.take(running)
    assert lists.take(pod("INITIALIZE")).items["1"] is running


@pytest.mark.parametrize(("dated", "until"), [(False, 60.0), (True, 3600.0)])
def test_l4_the_server_is_believed_in_the_end(dated: bool, until: float) -> None:
    """[L4] What every list says for long enough is so, whatever was seen before."""
    lists = Lists()
    lists.take(pod("RUNNING", NOON if dated else None))
    contrary = pod("INITIALIZE", MINUTES_AGO if dated else None)
    statuses = [lists.take(contrary).items["1"].status for _ in range(int(until / TICK) + 3)]
    assert statuses[: int(until / TICK)] == ["RUNNING"] * int(until / TICK)
    assert statuses[-1] == "INITIALIZING"


def test_l4_a_few_lists_are_not_believed_however_long_they_take() -> None:
    """[L4] A fleet at rest looks seldom."""
    lists = Lists()
    lists.take(pod("RUNNING"))
    for _ in range(8):
        assert lists.take(pod("INITIALIZE"), after=60.0).items["1"].status == "RUNNING"


def test_l4_what_the_client_has_done_itself_explains_what_follows() -> None:
    """[L4] A pod that was paused and resumed between two lists starts again."""
    lists = Lists()
    lists.take(pod("RUNNING"))
    lists.known.note_act("1", lists.now)
    assert lists.take(pod("INITIALIZE")).items["1"].status == "INITIALIZING"


def test_l4_what_the_client_did_long_ago_explains_nothing() -> None:
    """[L4] After as long as it takes to believe the server anyway."""
    lists = Lists()
    lists.known.note_act("1", 0.0)
    lists.take(pod("RUNNING"), after=4 * LAG)
    assert lists.take(pod("INITIALIZE")).items["1"].status == "RUNNING"


def test_l4_what_the_server_shows_by_its_id_is_missing_from_then_on() -> None:
    """[L4] However long lists leave it out."""
    lists = Lists()
    lists.take(pod("RUNNING"))
    for _ in range(5):
        missing = lists.take(after=1800.0).missing
        assert list(missing) == ["1"]
        lists.known.note_there(pod("PAUSED"))
    assert lists.take(pod("PAUSED")).items["1"].status == "PAUSED"


def test_l4_what_the_server_denied_by_its_id_does_not_come_back_in_an_old_list() -> None:
    """[L4] Nor is it missing any longer."""
    lists = Lists()
    lists.take(pod("RUNNING"))
    assert lists.take().missing == {"1": 2 * TICK}
    lists.known.note_gone("1")
    assert lists.take().missing == {}
    snapshot = lists.take(pod("RUNNING"))
    assert (dict(snapshot.items), dict(snapshot.missing)) == ({}, {})


def test_l4_instants_of_another_clock_begin_anew() -> None:
    """[L4] As in another event loop."""
    lists = Lists()
    lists.take(pod("RUNNING"))
    lists.now = -100.0
    assert lists.take(pod("INITIALIZE")).items["1"].status == "INITIALIZING"


@pytest.mark.parametrize("dated", [True, False])
@given(seed=st.integers(0, 2**32))
def test_l4_lists_that_omit_flip_and_lag_do_not_move_what_is_at_rest(
    dated: bool, seed: int
) -> None:
    """[L4] Two of five leave a pod out, some have it starting, and every second one is old."""
    dice, lists = Random(seed), Lists()
    now, old = pod("RUNNING", NOON if dated else None), pod("INITIALIZE", MINUTES_AGO)
    lists.take(now)
    for tick in range(60):
        listed = old if dice.random() < 0.3 else now
        omitted = dice.random() < 0.4 and tick % 7
        snapshot = lists.take(*([] if omitted else [listed] if tick % 2 else [now]))
        seen = snapshot.items.get("1")
        assert seen is None or seen.status == "RUNNING"
        assert seen is not None or "1" in snapshot.missing


@given(st.lists(st.integers(0, 3), max_size=30))
def test_l4_memory_is_for_what_is_there_or_missing(presence: list[int]) -> None:
    """[L4] However pods come and go, none is both, and none is forgotten without an end."""
    lists = Lists()
    for number in presence:
        things = [Pod(id=str(each), status=PodStatus.RUNNING) for each in range(number)]
        snapshot = lists.take(*things)
        assert set(snapshot.items) == {str(each) for each in range(number)}
        assert not set(snapshot.missing) & set(snapshot.items)
