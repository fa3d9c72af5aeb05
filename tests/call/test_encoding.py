"""Bodies: strict JSON, or an error that names the place and hides the value."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yotta_async._call.rules.operation import encode_body
from yotta_async.errors import ConfigurationError


UNICODE = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | UNICODE,
    lambda inner: st.lists(inner) | st.dictionaries(UNICODE, inner),
    max_leaves=20,
)


@given(st.dictionaries(UNICODE, JSON))
def test_json_is_written_and_read_back(body: dict[str, Any]) -> None:
    assert json.loads(encode_body(body)) == body


def test_whole_numbers_keep_all_their_digits() -> None:
    assert encode_body({"id": 2**63 - 1}) == b'{"id": 9223372036854775807}'


SURROGATE = "secret\ud800"
CASES = [
    ({"a": SURROGATE}, "a", "Unicode"),
    ({"a": [1, {"b": SURROGATE}]}, "a[1].b", "Unicode"),
    ({"a": {SURROGATE: 1}}, "a", "key"),
    ({7: SURROGATE}, "body", "key"),
    ({"a": float("nan")}, "a", "finite"),
    ({"a": [float("inf")]}, "a[0]", "finite"),
    ({"a": {"b": {1, 2}}}, "a.b", "JSON"),
    ({"a": b"secret"}, "a", "JSON"),
]


@pytest.mark.parametrize(("body", "where", "problem"), CASES, ids=range(len(CASES)))
def test_what_json_lacks_is_refused_with_its_place(body: Any, where: str, problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem) as caught:
        encode_body(body)
    assert caught.value.field == where
    assert "secret" not in str(caught.value)
    assert caught.value.__context__ is None or "secret" not in repr(caught.value.__context__)


def test_a_body_in_itself_is_refused() -> None:
    body: dict[str, Any] = {}
    body["a"] = body
    with pytest.raises(ConfigurationError, match="nested"):
        encode_body(body)


def test_a_body_of_endless_depth_is_refused() -> None:
    body: dict[str, Any] = {}
    for _ in range(100_000):
        body = {"a": body}
    with pytest.raises(ConfigurationError, match="nested"):
        encode_body(body)
