"""What the headers of an answer say, and all that they cannot be made to say."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yotta_async._call.rules.reply import Reply, decode, decode_list
from yotta_async._checks import Unusable


NOON = "Tue, 24 Nov 2026 12:00:00 GMT"


def reply(**headers: str) -> Reply:
    return Reply(503, {name.replace("_", "-"): text for name, text in headers.items()}, b"")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        ("007", 7.0),
        (" 7 ", 7.0),
        ("1.5", 1.5),
        ("999999999", 999_999_999.0),
        ("9" * 15, 999_999_999_999_999.0),
    ],
)
def test_seconds_are_read(text: str, seconds: float) -> None:
    assert reply(retry_after=text).retry_after == seconds


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "nan", "NaN", "inf", "-inf", "Infinity", "-5", "+5", "-0", "1e9", "1e400"),
        *(
            "\u0663\u0660",
            "\uff13\uff10",
            "²",
            "30s",
            "30 s",
            "1_000",
            "1,5",
            ".5",
            "5.",
            "0x10",
            "soon",
            "None",
        ),
        *("1" * 16, "9" * 5000, "1." + "1" * 10, "7\x00", "7;8", "true"),
    ],
)
def test_what_is_no_plain_number_of_seconds_says_nothing(text: str) -> None:
    assert reply(retry_after=text, date=NOON).retry_after is None


def test_without_the_header_nothing_is_said() -> None:
    assert reply(date=NOON).retry_after is None


@pytest.mark.parametrize(
    ("until", "seconds"),
    [
        ("Tue, 24 Nov 2026 12:00:30 GMT", 30.0),
        ("Tue, 24 Nov 2026 13:00:30 +0100", 30.0),
        ("Tue, 24 Nov 2026 12:00:30 -0000", 30.0),
        ("Tue, 24 Nov 2026 12:00:30", 30.0),
        ("Tuesday, 24-Nov-26 12:00:30 GMT", 30.0),
        (NOON, 0.0),
        ("Tue, 24 Nov 2026 11:59:59 GMT", 0.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("Wed, 25 Nov 2026 12:00:00 GMT", 86_400.0),
    ],
)
def test_a_date_counts_from_the_servers_own_clock(until: str, seconds: float) -> None:
    assert reply(retry_after=until, date=NOON).retry_after == seconds


@pytest.mark.parametrize("date", ["", "soon", "Tue, 99 Nov 2026 12:00:00 GMT"])
def test_a_date_says_nothing_where_the_servers_clock_is_unknown(date: str) -> None:
    until = "Tue, 24 Nov 2026 12:00:30 GMT"
    assert reply(retry_after=until).retry_after is None
    assert reply(retry_after=until, date=date).retry_after is None


@pytest.mark.parametrize(
    "text",
    [
        "Tue, 32 Nov 2026 12:00:00 GMT",
        "Tue, 24 Nov 99999 12:00:00 GMT",
        "Tue, 24 Nov 2026 25:00:00 GMT",
        "Tue, 24 Nov 2026 12:00:00 +9999999999",
    ],
)
def test_impossible_dates_say_nothing(text: str) -> None:
    assert reply(retry_after=text, date=NOON).retry_after is None
    assert reply(date=text).date is None


WORDS = st.sampled_from(
    [
        *("Tue,", "24", "Nov", "2026", "12:00:00", "GMT", "+0100", "-0000"),
        *("31", "Feb", "99999", "::", ",", "-", "1.5", "0001", "9999", ""),
    ]
)


@given(
    text=st.text() | st.lists(WORDS, max_size=8).map(" ".join),
    date=st.text() | st.just(NOON) | st.lists(WORDS, max_size=8).map(" ".join),
)
def test_whatever_the_headers_hold_is_read_as_seconds_or_as_nothing(text: str, date: str) -> None:
    seconds = reply(retry_after=text, date=date).retry_after
    assert seconds is None or 0.0 <= seconds < 1e12


def test_the_date_is_aware() -> None:
    assert reply(date=NOON).date == datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize("year", ["1900", "1969", "9001", "9999"])
def test_l2_a_clock_at_the_calendar_s_ends_is_none(year: str) -> None:
    """[L2] Instants are counted from it, and there must be room for them."""
    assert reply(date=f"Tue, 24 Nov {year} 12:00:00 GMT").date is None


LIST = '{"code": 10000, "data": [@, 7]}'
UNUSABLE = [
    "NaN",
    "Infinity",
    "-Infinity",
    "1e400",
    "-1e999999",
    "9" * 5000,
    "[" * 200_000 + "]" * 200_000,  # some Pythons decode five thousand
]


@pytest.mark.parametrize("text", UNUSABLE, ids=lambda text: f"{text[:9]} of {len(text)}")
def test_l1_what_cannot_be_decoded_stands_alone_in_a_list(text: str) -> None:
    """[L1] What is around it is as it was written."""
    decoded: Any = decode_list(LIST.replace("@", text).encode())
    value, other = decoded["data"]
    assert (decoded["code"], other) == (10000, 7)
    while isinstance(value, list):
        (value,) = value
    assert isinstance(value, Unusable)
    assert len(value.text) <= 20


@pytest.mark.parametrize("text", ["", "{", '{"data": [1e400}', "[" * 5000, "]" * 5000, '"\\'])
def test_l1_what_is_no_json_is_no_list_either(text: str) -> None:
    """[L1] However it is read."""
    with pytest.raises((ValueError, RecursionError)):
        decode_list(text.encode())


@given(st.recursive(st.none() | st.text(), st.lists))
def test_l1_json_that_can_be_decoded_is_decoded_as_ever(value: object) -> None:
    """[L1] Brackets in strings are none."""
    content = json.dumps(["[[{", value, '\\"]']).encode()
    assert decode_list(content) == decode(content)
    spoilt = content[:-1] + b", NaN]"
    assert decode_list(spoilt) == [*json.loads(content), Unusable("NaN")]


def test_the_request_id_is_the_servers() -> None:
    assert reply(x_request_id="r-1").request_id == "r-1"
    assert reply().request_id is None


def test_neither_headers_nor_body_are_in_the_repr() -> None:
    shown = repr(Reply(200, {"set-cookie": "session=tasty"}, b"tasty"))
    assert shown == "Reply(status=200)"
