"""JSON is decoded strictly, whole or from the middle of a text."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yotta_async._call.rules.reply import NumberError, decode, decode_at


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=4)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=8,
)
LONG = "7" * 1001


@given(values, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]))
def test_what_it_gives_is_what_the_standard_library_gives(value: Any, encoding: str) -> None:
    assert decode(json.dumps(value, ensure_ascii=False).encode(encoding)) == value


@given(values, st.text(max_size=5), st.sampled_from(["", ",", "]", "}", " x"]))
def test_what_begins_at_an_offset_is_decoded_to_where_it_ends(
    value: Any, before: str, after: str
) -> None:
    text = json.dumps({"a": value})
    assert decode_at(before + text + after, len(before)) == ({"a": value}, len(before + text))


REFUSED = ['{"a": 1', '{"a": 1,}', "NaN", '{"a": -Infinity}', '{"a": 1e999}', f'{{"a": {LONG}}}']


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:12])
def test_what_is_no_strict_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # the decoder's own words
        decode(text.encode())
    with pytest.raises(ValueError):  # noqa: PT011
        decode_at(text, 0)


def test_a_number_that_is_too_long_is_named() -> None:
    with pytest.raises(NumberError, match="the number 7777"):
        decode(f"[{LONG}]".encode())


def test_what_is_nested_too_deeply_is_refused() -> None:
    text = "[" * 100_000
    with pytest.raises(RecursionError):
        decode(text.encode())
    with pytest.raises(RecursionError):
        decode_at(text, 0)
