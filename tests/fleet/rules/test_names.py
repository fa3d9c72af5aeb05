"""The names of a fleet's pods say whose they are, and nobody else's names do."""

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yotta_async.errors import ConfigurationError
from yotta_async.fleet.rules.names import (
    FleetPodName,
    check_fleet_name,
    check_key,
    owner_token,
)


LONGEST_NAME = 255  # the API's bound
MARK, OWNER = "0a1b2c", "69c67140beef"
FLEETS = st.from_regex(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,98}[A-Za-z0-9])?", fullmatch=True)
KEYS = st.from_regex(r"[A-Za-z0-9_.]{1,64}", fullmatch=True)
MARKS = st.from_regex(r"[0-9a-f]{6}", fullmatch=True)
OWNERS = st.from_regex(r"[0-9a-f]{12}", fullmatch=True)
NAMES = st.builds(FleetPodName, FLEETS, KEYS, st.integers(1, 999_999_999), MARKS, OWNERS)
# The word for a run holds its second in 32 bits.
INSTANTS = st.datetimes(datetime(1970, 1, 2), datetime(2106, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
DICE = st.integers(0, 0xFFFF)


@given(NAMES)
def test_a_name_is_read_as_it_was_written(name: FleetPodName) -> None:
    assert (check_fleet_name(name.fleet), check_key(name.key)) == (name.fleet, name.key)
    assert FleetPodName.parse(str(name)) == name
    assert len(str(name)) <= LONGEST_NAME


@given(NAMES, NAMES)
def test_no_two_pods_share_a_name(one: FleetPodName, other: FleetPodName) -> None:
    assert (str(one) == str(other)) is (one == other)


@pytest.mark.parametrize(
    ("name", "fleet", "key", "generation"),
    [
        ("a-0-1", "a", "0", 1),
        ("a-b-1-1", "a-b", "1", 1),
        ("a--1-1", "a-", "1", 1),  # no fleet has this name
        ("sweep-42-lr_0.1-17", "sweep-42", "lr_0.1", 17),
        (f"a-k-1-{MARK}-{OWNER}-x-2", f"a-k-1-{MARK}-{OWNER}", "x", 2),
    ],
)
def test_the_last_four_words_are_key_generation_mark_and_owner(
    name: str, fleet: str, key: str, generation: int
) -> None:
    expected = FleetPodName(fleet, key, generation, MARK, OWNER)
    assert FleetPodName.parse(f"{name}-{MARK}-{OWNER}") == expected


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a",
        "a-1",
        "-1-1",
        "a-k-",
        "a-k-0",
        "a-k-01",
        "a-k-x",
        "a-k-+1",
        "a-k-1 ",
        "a--1",
        "a-ü-1",
        "a-k-\u0661",
        "a-k-1234567890",
    ],
)
def test_other_names_are_no_fleets(name: str) -> None:
    assert FleetPodName.parse(f"{name}-{MARK}-{OWNER}") is None


@pytest.mark.parametrize(
    "ending",
    [
        "",
        MARK,
        f"{MARK}-",
        f"{MARK[1:]}-{OWNER}",
        f"{MARK}0-{OWNER}",
        f"{MARK}-{OWNER[1:]}",
        f"{MARK}-{OWNER}0",
        f"{MARK.upper()}-{OWNER}",
        f"{MARK}-{OWNER.upper()}",
        f"{MARK}-{OWNER}\n",
        f"{MARK}{OWNER}",
        f"{OWNER}-{MARK}",
        f"0a1b2g-{OWNER}",
    ],
)
def test_a_name_without_a_mark_and_an_owner_is_no_fleet_s(ending: str) -> None:
    assert FleetPodName.parse(f"a-k-1-{ending}") is None


@given(st.text())
def test_any_text_can_be_read(name: str) -> None:
    found = FleetPodName.parse(name)
    assert found is None or str(found) == name


@pytest.mark.parametrize("name", ["a", "0", "a-b", "a_b.c", "A" * 100])
def test_a_fleet_may_be_called(name: str) -> None:
    assert check_fleet_name(name) == name


@pytest.mark.parametrize("name", ["", "-a", "a-", ".", "a b", "a\n", "ä", "A" * 101, None, 5])
def test_a_fleet_may_not_be_called(name: object) -> None:
    with pytest.raises(ConfigurationError, match="must be 1 to 100 letters") as caught:
        check_fleet_name(name)
    assert caught.value.field == "name"


@pytest.mark.parametrize("key", ["0", "_", "lr_0.1", "k" * 64])
def test_a_key_may_be(key: str) -> None:
    assert check_key(key) == key


@pytest.mark.parametrize("key", ["", "a-b", "a b", "k\n", "é", "k" * 65, None, 0])
def test_a_key_may_not_be(key: object) -> None:
    with pytest.raises(ConfigurationError, match="must be 1 to 64 letters") as caught:
        check_key(key)
    assert caught.value.field == "name"


# The word for a run.


@given(INSTANTS, DICE, INSTANTS, DICE)
def test_the_run_that_began_earlier_has_the_lesser_word(
    one: datetime, one_s_dice: int, other: datetime, other_s_dice: int
) -> None:
    """And of two that began in one second, the one whose dice fell lower."""
    earlier = (int(one.timestamp()), one_s_dice) < (int(other.timestamp()), other_s_dice)
    assert (owner_token(one, one_s_dice) < owner_token(other, other_s_dice)) is earlier


@given(INSTANTS, DICE)
def test_the_word_for_a_run_can_stand_in_a_name(began: datetime, dice: int) -> None:
    name = FleetPodName("a", "k", 1, MARK, owner_token(began, dice))
    assert FleetPodName.parse(str(name)) == name


def test_the_word_for_a_run_is_its_second_and_its_dice() -> None:
    assert owner_token(datetime(2026, 3, 27, 12, 0, 0, 999_999, UTC), 0xBEEF) == "69c67140beef"


def test_an_instant_has_one_word_whatever_the_time_zone() -> None:
    began = datetime(2026, 3, 27, 12, tzinfo=UTC)
    elsewhere = began.astimezone(timezone(timedelta(hours=9)))
    assert owner_token(began, 0) == owner_token(elsewhere, 0)


@pytest.mark.parametrize(
    "began", [datetime(1970, 1, 1, tzinfo=UTC), datetime(2105, 1, 1, tzinfo=UTC)]
)
@pytest.mark.parametrize("after", ["", "000000000001", "6955b8ff265b", "fffffffffffe"])
def test_a_run_s_word_is_greater_than_all_that_were_found(began: datetime, after: str) -> None:
    """[T7] Whatever the clock says."""
    word = owner_token(began, 7, after=after)
    assert word > after
    assert re.fullmatch(r"[0-9a-f]{12}", word)


def test_after_the_greatest_word_the_clock_s_is_taken() -> None:
    assert owner_token(datetime(2026, 1, 1, tzinfo=UTC), 7, after=12 * "f") < 12 * "f"
