"""Decoding again gives what decoding once gives, and the same objects for the same text."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yotta_async._call.rules.decoding import ListDecoder, NumberError, decode


Items = list[dict[str, object]]

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
)
values = st.recursive(
    scalars | st.text(max_size=4) | st.sampled_from(["data", '"data": [{', "[{", "]}"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["data", "id", "code", ""]), inner, max_size=3)
    ),
    max_leaves=8,
)
items = st.dictionaries(st.sampled_from(["id", "data", "name"]), values, max_size=3)
envelopes = st.dictionaries(
    st.sampled_from(["code", "message", "data", "", "more"]),
    st.lists(items, max_size=5) | values,
    max_size=4,
)
layouts: st.SearchStrategy[dict[str, object]] = st.sampled_from(
    [{}, {"separators": (",", ":")}, {"indent": 1}, {"ensure_ascii": False}]
)


def body(*pods: object, **more: object) -> bytes:
    return json.dumps({"code": 10000, "data": pods, **more}).encode()


def pod(number: int, status: str = "RUNNING") -> dict[str, object]:
    return {"id": number, "status": status, "expose": [{"port": 22}]}


def items_of(decoded: object) -> Items:
    assert isinstance(decoded, dict)
    found: Items = decoded["data"]
    return found


def same(before: object, after: object) -> list[int]:
    """Return the ids of the items of one answer that are the same objects in another."""
    ours = {id(item) for item in items_of(before)}
    return [int(str(item["id"])) for item in items_of(after) if id(item) in ours]


@given(st.lists(st.tuples(envelopes, layouts), max_size=4))
def test_what_it_gives_is_what_decoding_once_gives(
    answers: list[tuple[dict[str, object], dict[str, object]]],
) -> None:
    decoder = ListDecoder()
    for envelope, layout in [*answers, *answers]:
        content = json.dumps(envelope, **layout).encode()  # type: ignore[arg-type]
        assert decoder(content) == decode(content)


@given(st.lists(st.binary(max_size=3), max_size=4), st.integers(0, 200))
def test_whatever_is_wrong_it_says_what_decoding_once_says(parts: list[bytes], cut: int) -> None:
    decoder, whole = ListDecoder(), body(pod(1), pod(2))
    decoder(whole)
    spoilt = whole[:cut] + b"".join(parts) + whole[cut + 1 :]
    try:
        expected: object = decode(spoilt)
    except ValueError as error:
        with pytest.raises(type(error)):
            decoder(spoilt)
    else:
        assert decoder(spoilt) == expected
    assert decoder(whole) == decode(whole)


@pytest.mark.parametrize(
    "text",
    [
        '{"data": [{"a": 1}], "data": []}',
        '{"data": [{"a": 1}], "d\\u0061ta": []}',
        '{"data": [{"a": 1}], "data": [{"b": 2}]}',
        '{"data": 1, "data": [{"b": 2}]}',
        '{"meta": {"data": [{"a": 1}]}, "data": []}',
        '{"meta": {"data": [{"a": 1}]}, "data": [{"b": 2}]}',
        '{"meta": [{"data": [{"a": 1}]}]}',
        '{"data": {"data": [{"a": 1}]}}',
        '{"message": "\\"data\\": [{", "data": [{"a": 1}]}',
        '{"data": [{"a": 1}, 7, {"b": 2}]}',
        '{"data": [[{"a": 1}]]}',
        '{"data": [{"a": 1}], "": [1]}',
        ' {\n"data" :\t[ {"a": 1} , {"b": 2} ] } ',
        '[{"data": [{"a": 1}]}]',
        '{"data": [{"a": 1}, {"a": 1}]}',
        '{"data": []}',
    ],
)
def test_a_list_counts_only_as_the_envelope_s_own(text: str) -> None:
    decoder = ListDecoder()
    for _ in range(2):
        assert decoder(text.encode()) == json.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        '{"data": [{"a": 1}}',
        '{"data": [{"a": 1},]}',
        '{"data": [{"a": 1} {"b": 2}]}',
        '{"data": [{"a": 1}]} x',
        '{"data": [{"a": 1}',
        '{"data": [{"a": NaN}]}',
        '{"data": [{"a": 1e999}]}',
        '{"data": [{"a": ' + "7" * 1001 + "}]}",
        '{"data": [{"a": ' + "7" * 5000 + "}]}",
        '{"data": [{"a": ' + "[" * 100_000 + "}]}",
    ],
    ids=lambda text: f"{text[:30]} of {len(text)}",
)
def test_what_is_no_json_is_refused_each_time(text: str) -> None:
    decoder = ListDecoder()
    decoder(b'{"data": [{"a": 1}]}')
    with pytest.raises((ValueError, RecursionError)) as expected:
        decode(text.encode())
    for _ in range(2):
        with pytest.raises(expected.type) as caught:
            decoder(text.encode())
        assert str(caught.value) == str(expected.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_any_encoding_that_json_may_have_is_read(encoding: str) -> None:
    decoder, content = ListDecoder(), body(pod(1), note="ü").decode().encode(encoding)
    assert decoder(content) == decoder(content) == decode(content)


def test_a_number_that_is_too_long_is_named() -> None:
    with pytest.raises(NumberError, match="the number 7777"):
        ListDecoder()(b'{"data": [{"a": ' + b"7" * 1001 + b"}]}")


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        (lambda pods: pods, [0, 1, 2, 3, 4]),
        (lambda pods: [pod(0, "PAUSED"), *pods[1:]], [1, 2, 3, 4]),
        (lambda pods: [*pods[:2], pod(2, "PAUSED"), *pods[3:]], [0, 1, 3, 4]),
        (lambda pods: pods[1:], [1, 2, 3, 4]),
        (lambda pods: pods[:-1], [0, 1, 2, 3]),
        (lambda pods: [pod(9), *pods], [0, 1, 2, 3, 4]),
        (lambda pods: [*pods[:2], pod(9), *pods[2:]], [0, 1, 2, 3, 4]),
        (lambda pods: pods[::-1], [4, 3, 2, 1, 0]),
        (lambda _: [], []),
    ],
    ids=["all", "first", "middle", "without", "shorter", "before", "between", "turned", "none"],
)
def test_an_item_with_the_same_text_is_the_same_object(
    change: Callable[[Items], Items], kept: list[int]
) -> None:
    decoder, pods = ListDecoder(), [pod(number) for number in range(5)]
    before = decoder(body(*pods))
    content = body(*change(pods))
    after = decoder(content)
    assert same(before, after) == kept
    assert after == decode(content)


def test_an_envelope_may_change_around_a_list_that_does_not() -> None:
    decoder, pods = ListDecoder(), [pod(number) for number in range(3)]
    before, after = (decoder(body(*pods, trace=trace)) for trace in (1, 2))
    assert same(before, after) == [0, 1, 2]
    assert after == decode(body(*pods, trace=2))


def test_a_refused_answer_in_between_is_forgotten() -> None:
    decoder, pods = ListDecoder(), [pod(number) for number in range(3)]
    before = decoder(body(*pods))
    with pytest.raises(ValueError, match="Expecting"):
        decoder(body(*pods)[:-5])
    assert decoder(b'{"code": 429, "data": null}') == {"code": 429, "data": None}
    assert same(before, decoder(body(*pods))) == [0, 1, 2]


def test_a_list_belongs_to_whoever_asked_for_it() -> None:
    decoder = ListDecoder()
    items_of(decoder(body(pod(1)))).clear()
    assert len(items_of(decoder(body(pod(1))))) == 1
