"""Requests, replies and their switches."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yotta_async.errors import ConfigurationError
from yotta_async.simulator import WireStyle
from yotta_async.simulator.cloud.problems import CloudError, Problem
from yotta_async.simulator.style import refusal
from yotta_async.simulator.wire import Request, envelope, http_date


NOON = datetime(2026, 1, 1, 12, 0, 0, 250_000, tzinfo=UTC)


@given(st.text(), st.text(), st.lists(st.tuples(st.binary(), st.binary())), st.binary())
def test_nothing_a_client_sends_makes_reading_it_raise(
    method: str, target: str, headers: list[tuple[bytes, bytes]], body: bytes
) -> None:
    assert Request.parse(method, target, headers, body).body == body


def test_a_request_is_unquoted_and_its_headers_are_found_by_lower_case() -> None:
    request = Request.parse("get", "/a%20b/c?x=1%2C2&y=", [(b"X-Api-KEY", b"k")], b"")
    assert (request.method, request.path) == ("GET", "/a b/c")
    assert request.query == (("x", "1,2"), ("y", ""))
    assert request.headers == {"x-api-key": "k"}


@pytest.mark.parametrize("query", ["s=1&s=3", "s=1,3", "s=1%2C3", "s=1&t=9&s=%203", "s=,1,&s=3"])
def test_list_parameters_come_in_either_style(query: str) -> None:
    assert Request.parse("GET", f"/?{query}", [], b"").values("s") == ("1", "3")


def test_a_reply_does_not_show_its_body() -> None:
    assert "secret" not in repr(envelope("secret"))


def test_a_request_shows_neither_headers_nor_body() -> None:
    shown = repr(Request.parse("GET", "/", [(b"x-api-key", b"secret")], b"secret"))
    assert "secret" not in shown


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("ms", 1767268800250),
        ("ms-string", "1767268800250"),
        ("seconds", 1767268800),
        ("iso", "2026-01-01T12:00:00.250Z"),
    ],
)
def test_times_come_in_four_styles(style: Any, expected: object) -> None:
    assert WireStyle(times=style).time(NOON) == expected


@pytest.mark.parametrize(("style", "expected"), [("number", 7), ("string", "7")])
def test_ids_come_in_two_styles(style: Any, expected: object) -> None:
    assert WireStyle(ids=style).v1_pod_id(7) == expected


NOUNS: tuple[Any, ...] = ("pod", "endpoint", "vm", "volume", "credential")


@pytest.mark.parametrize("noun", NOUNS)
def test_v4_each_noun_of_v2_can_have_ids_of_its_own(noun: Any) -> None:
    """V4: numbers for one, strings for the others; and as `v2_ids` says where nothing else is."""
    switch: dict[str, Any] = {f"v2_{noun}_ids": "number"}
    style = WireStyle(**switch)
    assert {each: style.v2_id(each, 7) for each in NOUNS} == dict.fromkeys(NOUNS, "7") | {noun: 7}
    assert WireStyle(v2_ids="number").v2_id(noun, 7) == 7


def test_the_envelope_is_the_documented_one() -> None:
    assert json.loads(envelope(43264375788654).body) == {
        "message": "success",
        "code": 10000,
        "data": 43264375788654,
    }


CODES = [
    (Problem.INVALID, 10001, 400),
    (Problem.NOT_FOUND, 13000, 404),
    (Problem.WRONG_STATE, 12001, 409),
    (Problem.NO_CAPACITY, 12002, 409),
]


@pytest.mark.parametrize(("problem", "code", "status"), CODES)
def test_a_failure_has_its_code_and_a_status_by_style(
    problem: Problem, code: int, status: int
) -> None:
    error = CloudError(problem, "why")
    plain, strict = WireStyle().failure(error), WireStyle(statuses="by-code").failure(error)
    assert (plain.status, plain.code, strict.status, strict.code) == (200, code, status, code)
    assert json.loads(plain.body) == {"message": "why", "code": code, "data": None}


def test_the_undocumented_codes_can_be_chosen() -> None:
    style = WireStyle(not_found_code=12000, capacity_code=777)
    assert style.code(Problem.NOT_FOUND) == 12000
    assert style.code(Problem.NO_CAPACITY) == 777


@pytest.mark.parametrize("status", [200, 429])
def test_a_refusal_says_429_in_its_envelope_whatever_its_status(status: int) -> None:
    reply = refusal(WireStyle(refusal_status=status), "too many requests", 3.2, NOON)
    assert (reply.status, reply.code) == (status, 429)
    assert json.loads(reply.body) == {"message": "too many requests", "code": 429, "data": None}
    assert reply.extra == (("Retry-After", "4"),)


def test_a_refusal_never_tells_to_come_back_at_once() -> None:
    assert refusal(WireStyle(), "too many", 0.0001, NOON).extra == (("Retry-After", "1"),)


def test_retry_after_as_a_date_lies_the_whole_seconds_after_the_date_header() -> None:
    reply = refusal(WireStyle(retry_after="date"), "too many requests", 3.2, NOON)
    when = parsedate_to_datetime(dict(reply.extra)["Retry-After"])
    assert when - parsedate_to_datetime(http_date(NOON)) == timedelta(seconds=4)


def test_retry_after_can_be_left_out() -> None:
    assert refusal(WireStyle(retry_after="off"), "too many requests", 3.2, NOON).extra == ()


def test_left_alone_a_style_takes_the_sides_that_are_likelier() -> None:
    assert WireStyle() == WireStyle(
        ids="number",
        v1_endpoint_ids="string",
        v2_ids="string",
        times="ms",
        vm_times="ms-string",
        v2_vm_times="iso",
        credential_times="iso",
        statuses="always-200",
        not_found_code=13000,
        v1_pod_not_found_code=12000,
        capacity_code=12002,
        bad_key_status=401,
        bad_key_code=40101,
        refusal_status=429,
        retry_after="seconds",
        missing="null",
        acknowledgement="true",
        v1_endpoint_acknowledgement="null",
        scaling="any",
        pod_name_required=False,
        variables_by_name=True,
        gpu_aliases=True,
        pages="flat",
        starting="INITIALIZE",
        paused="PAUSED",
        vm_statuses="lower",
        v1_vm_statuses="capitalized",
        v1_vm_gpu_types="name",
        in_use="object",
        v1_credential="detail",
        credential_type_required=False,
        volumes="guide",
        r2_region_required=False,
        latest_total="series",
    )


@pytest.mark.parametrize(("style", "left_out"), [("null", False), ("absent", True)])
def test_no_data_may_be_null_or_left_out(style: Any, *, left_out: bool) -> None:
    wire = WireStyle(missing=style)
    assert ("data" not in json.loads(wire.envelope(None).body)) is left_out
    assert ("data" not in json.loads(refusal(wire, "too many", 1.0, NOON).body)) is left_out
    assert json.loads(wire.envelope(False).body)["data"] is False
    assert ("a" not in wire.members({"a": None, "b": 0})) is left_out
    assert wire.members({"a": 1, "b": 0}) == {"a": 1, "b": 0}


def test_an_unknown_word_is_refused_by_name() -> None:
    with pytest.raises(ConfigurationError, match="times") as caught:
        WireStyle(times="stardate")  # type: ignore[arg-type]
    assert "'ms-string'" in str(caught.value)
