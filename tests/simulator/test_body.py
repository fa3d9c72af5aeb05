"""Reading a body field by field."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yotta_async.simulator.api.body import INT64, Body, whole_number
from yotta_async.simulator.cloud.problems import CloudError, Problem


def body(**values: Any) -> Body:
    return Body.parse(json.dumps(values).encode())


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("-7", -7),
        ("420522713875330018", 420522713875330018),
        (str(INT64), INT64),
        (str(INT64 + 1), None),
        ("1" * 5000, None),
        ("", None),
        ("1.0", None),
        ("1e3", None),
        (" 1", None),
        ("+1", None),
        ("1\n", None),
        ("\u0661", None),
        ("\u00b2", None),
    ],
)
def test_a_whole_number_is_plain_digits_of_at_most_64_bits(text: str, number: int | None) -> None:
    assert whole_number(text) == number


@given(st.text())
def test_no_text_makes_reading_a_number_raise(text: str) -> None:
    whole_number(text)


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
def test_a_number_that_json_cannot_say_is_no_json(text: str) -> None:
    with pytest.raises(CloudError, match="not valid JSON") as caught:
        Body.parse(b'{"input": [%s]}' % text.encode())
    assert caught.value.problem is Problem.INVALID


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, None), (7, 7), ("8", 8), (str(INT64), INT64), (0, 0)],
)
def test_an_id_is_a_number_or_digits(value: Any, expected: int | None) -> None:
    assert body(id=value).id("id") == expected


@pytest.mark.parametrize("value", ["", "x", "-1", -2, 1.0, True, INT64 + 1, str(INT64 + 2), [7]])
def test_what_is_no_id_is_refused_by_its_field(value: Any) -> None:
    with pytest.raises(CloudError, match="credentialId must be an id"):
        body(credentialId=value).id("credentialId")


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({}, "a"),
        ({"a": 1}, "a"),
        ({"b": 1}, "b"),
        ({"a": None, "b": 1}, "b"),
        ({"a": 1, "b": 2}, "a"),
    ],
)
def test_of_two_names_the_one_in_use_is_taken(values: dict[str, Any], name: str) -> None:
    assert body(**values).either("a", "b") == name


def test_a_word_is_one_of_the_known() -> None:
    assert body(kind="X").word("kind", {"X", "Y"}) == "X"
    assert body().word("kind", {"X", "Y"}, "Y") == "Y"
    with pytest.raises(CloudError, match="kind must be one of X, Y"):
        body(kind="Z").word("kind", {"X", "Y"})
    with pytest.raises(CloudError, match="kind must not be blank"):
        body().word("kind", {"X", "Y"})


def test_a_required_number_may_be_zero_but_not_left_out() -> None:
    assert body(size=0).required_whole("size") == 0
    with pytest.raises(CloudError, match="size is required"):
        body(size=None).required_whole("size")


@pytest.mark.parametrize("value", [[], "text", 1, True])
def test_an_inner_object_is_an_object(value: Any) -> None:
    with pytest.raises(CloudError, match="search must be an object"):
        body(search=value).inner("search")


def test_an_inner_objects_fields_are_named_by_their_path() -> None:
    with pytest.raises(CloudError, match=r"search\.status must be a string"):
        body(search={"status": 1}).inner("search").text("status")


@pytest.mark.parametrize(("value", "flag"), [(True, True), (False, False), (None, False)])
def test_a_flag_is_true_or_false(value: Any, *, flag: bool) -> None:
    assert body(backup=value).flag("backup") is flag


def test_a_flag_is_no_number() -> None:
    with pytest.raises(CloudError, match="backup must be true or false"):
        body(backup=1).flag("backup")
