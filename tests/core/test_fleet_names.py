"""The names of a fleet's pods say whose they are, and nobody else's names do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yotta_async._core.fleet_names import FleetPodName, check_fleet_name, check_key
from yotta_async.errors import ConfigurationError


LONGEST_NAME = 255  # the API's bound
FLEETS = st.from_regex(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,98}[A-Za-z0-9])?", fullmatch=True)
KEYS = st.from_regex(r"[A-Za-z0-9_.]{1,64}", fullmatch=True)
GENERATIONS = st.integers(1, 999_999_999)


@given(FLEETS, KEYS, GENERATIONS)
def test_a_name_is_read_as_it_was_written(fleet: str, key: str, generation: int) -> None:
    name = FleetPodName(check_fleet_name(fleet), check_key(key), generation)
    assert FleetPodName.parse(str(name)) == name
    assert len(str(name)) <= LONGEST_NAME


@given(FLEETS, FLEETS, KEYS, KEYS, GENERATIONS)
def test_no_two_fleets_share_a_name(
    one: str, other: str, key: str, other_key: str, generation: int
) -> None:
    names = {str(FleetPodName(one, key, generation)), str(FleetPodName(other, other_key, 1))}
    same = (one, key, generation) == (other, other_key, 1)
    assert len(names) == 2 - same


@pytest.mark.parametrize(
    ("name", "fleet", "key", "generation"),
    [
        ("a-0-1", "a", "0", 1),
        ("a-b-1-1", "a-b", "1", 1),
        ("a--1-1", "a-", "1", 1),  # no fleet has this name
        ("sweep-42-lr_0.1-17", "sweep-42", "lr_0.1", 17),
    ],
)
def test_the_last_two_words_are_the_key_and_the_generation(
    name: str, fleet: str, key: str, generation: int
) -> None:
    assert FleetPodName.parse(name) == FleetPodName(fleet, key, generation)


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
        "a-k-1\n",
        "a--1",
        "a-ü-1",
        "a-k-\u0661",
        "a-k-1234567890",
    ],
)
def test_other_names_are_no_fleets(name: str) -> None:
    assert FleetPodName.parse(name) is None


@given(st.text())
def test_any_text_can_be_read(name: str) -> None:
    found = FleetPodName.parse(name)
    assert found is None or str(found) == name


@pytest.mark.parametrize("name", ["a", "0", "a-b", "a_b.c", "A" * 100])
def test_a_fleet_may_be_called(name: str) -> None:
    assert check_fleet_name(name) == name


@pytest.mark.parametrize("name", ["", "-a", "a-", ".", "a b", "a\n", "ä", "A" * 101, None, 5])
def test_a_fleet_may_not_be_called(name: object) -> None:
    with pytest.raises(ConfigurationError, match="is no fleet's name") as caught:
        check_fleet_name(name)
    assert caught.value.field == "name"


@pytest.mark.parametrize("key", ["0", "_", "lr_0.1", "k" * 64])
def test_a_key_may_be(key: str) -> None:
    assert check_key(key) == key


@pytest.mark.parametrize("key", ["", "a-b", "a b", "k\n", "é", "k" * 65, None, 0])
def test_a_key_may_not_be(key: object) -> None:
    with pytest.raises(ConfigurationError, match="is no key") as caught:
        check_key(key)
    assert caught.value.field == "name"
