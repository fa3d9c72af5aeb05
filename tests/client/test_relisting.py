"""A list that is read again: what did not change is the same object, and no fault is overlooked."""

import copy
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.models.bodies import POD
from yotta_async._resources.pods.relisting import Relisting
from yotta_async.errors import InvalidResponseError
from yotta_async.models import Pod, structure


Raw = dict[str, Any]


def raw(number: int, **changes: object) -> Raw:
    return copy.deepcopy(POD) | {"id": number} | changes


def fresh(body: list[Raw]) -> list[Raw]:
    """Return a list as the decoder would make it once more."""
    return copy.deepcopy(body)


def same(before: Sequence[object], after: Sequence[object]) -> list[bool]:
    return [was is now for was, now in zip(before, after, strict=True)]


def test_what_did_not_change_is_the_same_object() -> None:
    listing, body = Relisting(Pod), [raw(number) for number in range(5)]
    before = listing.read(fresh(body))
    body[3]["expose"][1]["healthy"] = True
    after = listing.read(fresh(body))
    assert same(before, after) == [True, True, True, False, True]
    assert after == structure(body, list[Pod])
    assert (before[3].is_ready, after[3].is_ready) == (False, True)


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        (lambda body: body[1:], "1234"),
        (lambda body: body[:2] + body[3:], "0134"),
        (lambda body: [raw(9), *body], "01234"),
        (lambda body: [*body, raw(9)], "01234"),
        (lambda body: body[::-1], "01234"),
        (lambda _: [], ""),
        (lambda body: [{**body[4], "id": 0}, *body[1:]], "1234"),
    ],
    ids=["first gone", "one gone", "first new", "last new", "reversed", "none", "another id"],
)
def test_what_only_moved_is_the_same_object(
    change: Callable[[list[Raw]], list[Raw]], kept: str
) -> None:
    listing, body = Relisting(Pod), [raw(number, name=f"pod-{number}") for number in range(5)]
    before = {id(pod): pod.id for pod in listing.read(fresh(body))}
    after = listing.read(fresh(change(body)))
    assert sorted(before[id(pod)] for pod in after if id(pod) in before) == list(kept)
    assert after == structure(change(body), list[Pod])


def test_a_list_belongs_to_whoever_asked_for_it() -> None:
    listing, body = Relisting(Pod), [raw(1), raw(2)]
    listing.read(fresh(body)).clear()
    assert len(listing.read(fresh(body))) == 2


def test_an_item_that_cannot_be_read_is_refused_with_its_place_and_the_last_list_kept() -> None:
    listing, body = Relisting(Pod), [raw(number) for number in range(5)]
    before = listing.read(fresh(body))
    spoilt = fresh(body)
    spoilt[3]["expose"][0]["port"] = "x"
    for _ in range(2):
        with pytest.raises(InvalidResponseError) as caught:
            listing.read(fresh(spoilt), "listPods")
        assert caught.value.path == "[3].expose[0].port"
        assert caught.value.operation == "listPods"
    assert all(same(before, listing.read(fresh(body))))


@pytest.mark.parametrize("value", [None, 5, "[]", {"id": 1}], ids=repr)
def test_what_is_no_array_is_refused(value: object) -> None:
    with pytest.raises(InvalidResponseError, match="data: expected an array"):
        Relisting(Pod).read(value)


@pytest.mark.parametrize("item", [None, 5, [], {}, {"id": []}, {"id": {}}], ids=repr)
def test_what_is_no_pod_is_refused(item: object) -> None:
    listing = Relisting(Pod)
    listing.read([raw(1)])
    for body in ([item], [raw(1), item], [item, raw(1)]):
        with pytest.raises(InvalidResponseError):
            listing.read(body)


changing = st.fixed_dictionaries(
    {"id": st.integers(0, 4), "status": st.integers(0, 2)},
    optional={"gpuCount": st.integers(0, 2), "unheardOf": st.lists(st.integers(0, 1), max_size=2)},
)


@given(st.lists(st.lists(changing, max_size=6), max_size=6))
def test_whatever_came_before_a_list_is_read_as_it_is(bodies: list[list[Raw]]) -> None:
    listing = Relisting(Pod)
    for body in bodies:
        read, expected = listing.read(fresh(body)), structure(body, list[Pod])
        assert read == expected
        assert [pod.extra for pod in read] == [pod.extra for pod in expected]
