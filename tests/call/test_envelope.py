"""The envelope: which error a reply is, and that no reply is ever anything worse."""

import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yotta_async import errors
from yotta_async._call.rules.envelope import SUCCESS, open_envelope
from yotta_async._call.rules.operation import Operation
from yotta_async._call.rules.reply import Reply
from yotta_async.errors import APIError, APIStatusError, InvalidResponseError


CALL = Operation(id="listPods", method="GET", path="/pods").call()
LONGEST_MESSAGE = 600


def reply(body: object, status: int = 200, **headers: str) -> Reply:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(status, {name.replace("_", "-"): text for name, text in headers.items()}, raw)


def envelope(code: object, message: object = "no", data: object = None) -> dict[str, object]:
    return {"message": message, "code": code, "data": data}


def refusal(answer: Reply) -> APIError:
    with pytest.raises(APIError) as caught:
        open_envelope(CALL, answer)
    return caught.value


CODES = [
    (429, errors.RateLimitError),
    (9999, errors.InternalServerError),
    (10001, errors.BadRequestError),
    (10002, errors.InternalServerError),
    (10004, errors.PermissionDeniedError),
    (10007, errors.NotFoundError),
    (11000, errors.NotFoundError),
    (11001, errors.ConflictError),
    (11002, errors.PermissionDeniedError),
    (12000, errors.NotFoundError),
    (12001, errors.ConflictError),
    (13000, errors.NotFoundError),
    (14000, errors.NotFoundError),
    (24000, errors.InternalServerError),
    (24001, errors.NotFoundError),
    (24002, errors.ConflictError),
    (24011, errors.NotFoundError),
    (25002, errors.ConflictError),
    (40001, errors.BadRequestError),
    (40101, errors.AuthenticationError),
    (40400, errors.NotFoundError),
    (40402, errors.NotFoundError),
    (44003, errors.NotFoundError),
    (50000, errors.InternalServerError),
    (50001, errors.InternalServerError),
]
STATUSES = [
    (400, errors.BadRequestError),
    (401, errors.AuthenticationError),
    (402, errors.InsufficientBalanceError),
    (403, errors.PermissionDeniedError),
    (404, errors.NotFoundError),
    (405, errors.BadRequestError),
    (408, errors.InternalServerError),
    (409, errors.ConflictError),
    (410, errors.NotFoundError),
    (413, errors.BadRequestError),
    (415, errors.BadRequestError),
    (422, errors.BadRequestError),
    (425, errors.RateLimitError),
    (429, errors.RateLimitError),
    (500, errors.InternalServerError),
    (502, errors.InternalServerError),
    (503, errors.InternalServerError),
    (504, errors.InternalServerError),
    (599, errors.InternalServerError),
]
WORDS = [
    ("Insufficient balance.", errors.InsufficientBalanceError),
    ("the account's Balance is not enough", errors.InsufficientBalanceError),
    ("No capacity in us-east-1", errors.OutOfCapacityError),
    ("GPU out of stock", errors.OutOfCapacityError),
    ("insufficient resources", errors.OutOfCapacityError),
    ("Invalid API key", errors.AuthenticationError),
]


@pytest.mark.parametrize("code", [SUCCESS, str(SUCCESS)], ids=repr)
@pytest.mark.parametrize("data", [None, True, 7, "text", [1, 2], {"id": "1"}])
def test_success_gives_the_data(code: object, data: object) -> None:
    assert open_envelope(CALL, reply(envelope(code, "success", data))) == data


@pytest.mark.parametrize("status", [200, 400, 404, 500, 503])
@pytest.mark.parametrize("spelled", [int, str])
@pytest.mark.parametrize(("code", "kind"), CODES)
def test_the_code_decides_whatever_the_status(
    code: int, kind: type[APIStatusError], spelled: type, status: int
) -> None:
    error = refusal(reply(envelope(spelled(code), "no luck", {"a": 1}), status))
    assert type(error) is kind
    assert isinstance(error, APIStatusError)
    assert (error.code, error.status, error.data) == (code, status, {"a": 1})
    assert (error.operation, error.attempts) == ("listPods", 1)
    assert str(error).startswith(f"listPods: no luck (code {code}, HTTP {status}).")


def test_an_unknown_code_is_a_plain_refusal_that_names_it() -> None:
    error = refusal(reply(envelope(31337, "odd")))
    assert type(error) is APIStatusError
    assert error.code == 31337


@pytest.mark.parametrize(("status", "kind"), STATUSES)
@pytest.mark.parametrize("code", [31337, SUCCESS])
def test_the_status_decides_where_the_code_says_nothing(
    code: int, status: int, kind: type[APIStatusError]
) -> None:
    assert type(refusal(reply(envelope(code), status))) is kind


@pytest.mark.parametrize(("status", "kind"), STATUSES)
@pytest.mark.parametrize("body", [b"", b"<html>gateway</html>", b"[]", b'{"error": 1}', b"\xff"])
def test_the_status_decides_where_there_is_no_envelope(
    body: bytes, status: int, kind: type[APIStatusError]
) -> None:
    error = refusal(reply(body, status))
    assert type(error) is kind
    assert isinstance(error, APIStatusError)
    assert (error.code, error.data) == (None, None)
    assert error.__cause__ is None
    assert error.__suppress_context__


@pytest.mark.parametrize(("message", "kind"), WORDS)
@pytest.mark.parametrize("code", [10001, 20001, 50000])
def test_words_decide_where_no_code_is_documented(
    message: str, code: int, kind: type[APIStatusError]
) -> None:
    error = refusal(reply(envelope(code, message)))
    assert type(error) is kind
    assert error.hint


@pytest.mark.parametrize(
    "message",
    [
        "Too many concurrent pod operations",
        "max 5 simultaneous operations",
        "too many at the same time",
    ],
)
@pytest.mark.parametrize(("code", "status"), [(429, 200), (31337, 429)])
def test_a_refusal_that_speaks_of_simultaneity_is_about_slots(
    message: str, code: int, status: int
) -> None:
    error = refusal(reply(envelope(code, message), status))
    assert type(error) is errors.ConcurrencyLimitError


def test_simultaneity_alone_makes_no_limit() -> None:
    error = refusal(reply(envelope(12001, "concurrent modification")))
    assert type(error) is errors.ConflictError


@pytest.mark.parametrize(
    ("status", "headers", "kind"),
    [
        (503, {"retry_after": "7"}, errors.RateLimitError),
        (503, {"retry_after": "soon"}, errors.InternalServerError),
        (503, {}, errors.InternalServerError),
        (500, {"retry_after": "7"}, errors.InternalServerError),
    ],
)
def test_a_503_that_says_when_to_come_back_is_a_refusal(
    status: int, headers: dict[str, str], kind: type[APIStatusError]
) -> None:
    assert type(refusal(reply(envelope(50000), status, **headers))) is kind


@pytest.mark.parametrize("body", [envelope(429), b"<html>slow down</html>"])
def test_what_the_server_asks_for_is_in_the_error(body: object) -> None:
    error = refusal(reply(body, 429, retry_after="7", x_request_id="r-1"))
    assert isinstance(error, errors.RateLimitError)
    assert (error.retry_after, error.request_id) == (7.0, "r-1")
    assert ", request r-1." in str(error)


@pytest.mark.parametrize("status", [300, 301, 302, 304, 307, 308, 399])
@pytest.mark.parametrize("body", [b"", json.dumps(envelope(SUCCESS)).encode()])
def test_a_redirect_is_never_an_answer(status: int, body: bytes) -> None:
    error = refusal(reply(body, status, location="https://elsewhere.example"))
    assert type(error) is InvalidResponseError
    assert "Check the base URL." in str(error)


DEEP = b"[" * 1_000_000
NO_ENVELOPE: list[tuple[str, bytes, str]] = [
    ("empty", b"", "an empty body"),
    ("blank", b" \r\n", "an empty body"),
    ("html", b"<!DOCTYPE html><html>", "not JSON"),
    ("words", b"upstream timed out", "not JSON"),
    ("list", b"[]", "not an object"),
    ("null", b"null", "not an object"),
    ("no code", b"{}", "no `code`"),
    ("null code", b'{"code": null}', "no `code`"),
    ("true", b'{"code": true, "data": 1}', "no `code`"),
    ("float code", b'{"code": 10000.0}', "no `code`"),
    ("word code", b'{"code": "ok"}', "no `code`"),
    ("signed code", b'{"code": "-10000"}', "no `code`"),
    ("arabic code", '{"code": "\u0661\u0660\u0660\u0660\u0660"}'.encode(), "no `code`"),
    ("list code", b'{"code": [10000]}', "no `code`"),
    ("long code", b'{"code": 10000000000}', "no `code`"),
    ("long code text", b'{"code": "' + b"1" * 5000 + b'"}', "no `code`"),
    ("nan", b'{"code": 10000, "data": NaN}', "the number NaN"),
    ("infinity", b'{"code": 10000, "data": -Infinity}', "the number -Infinity"),
    ("1e400", b'{"code": 10000, "data": [1e400]}', "the number 1e400"),
    ("huge", b'{"code": 10000, "data": ' + b"7" * 5000 + b"}", "the number 77777777777777777777"),
    ("huge code", b'{"code": ' + b"7" * 5000 + b"}", "the number 77777777777777777777"),
    ("deep", DEEP, "nested too deeply"),
    ("deep objects", b'{"a":' * 200_000, "nested too deeply"),
    ("deep data", b'{"code": 10000, "data": ' + DEEP, "nested too deeply"),
    ("not utf-8", b'{"code": 10000, "data": "\xff"}', "not JSON"),
    ("twice", b'{"code": 10000}{"code": 10000}', "not JSON"),
]


@pytest.mark.parametrize(("body", "why"), [case[1:] for case in NO_ENVELOPE], ids=range(26))
def test_what_is_no_envelope_says_what_it_is(body: bytes, why: str) -> None:
    error = refusal(reply(body))
    assert type(error) is InvalidResponseError
    assert why in str(error)
    assert error.status == 200
    assert error.__suppress_context__


WHOLE = json.dumps(envelope(SUCCESS, "success", [{"id": "1", "name": "päd"}])).encode()


@pytest.mark.parametrize("length", range(len(WHOLE)))
def test_an_answer_cut_short_anywhere_is_no_answer(length: int) -> None:
    assert type(refusal(reply(WHOLE[:length]))) is InvalidResponseError


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_json_is_read_in_every_encoding_it_may_have(encoding: str) -> None:
    body = json.dumps(envelope(SUCCESS, "", "päd"), ensure_ascii=False).encode(encoding)
    assert open_envelope(CALL, reply(body)) == "päd"


def test_a_long_id_keeps_every_digit() -> None:
    body = b'{"code": 10000, "data": 420522713875330018}'
    assert open_envelope(CALL, reply(body)) == 420522713875330018


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("first\nsecond\r\n\tthird", "first second third"),
        ("line\u2028paragraph\u2029end\x85", "line paragraph end"),
        ("\x1b[31mred\x1b[0m\x00", "[31mred [0m"),
        ("lone \ud800 surrogate", "lone surrogate"),
        ("a sentence.", "a sentence"),
        ("x" * 5000, "x" * 200),
        ("", "refused"),
        (None, "refused"),
        (["a", "list"], "refused"),
        ({"an": "object"}, "refused"),
        (7, "refused"),
    ],
)
def test_the_servers_words_are_shown_as_one_short_printable_line(
    message: object, shown: str
) -> None:
    error = refusal(reply(envelope(31337, message)))
    assert str(error) == f"listPods: {shown} (code 31337, HTTP 200)."


def test_a_request_id_is_shown_as_one_short_line() -> None:
    error = refusal(reply(envelope(31337), x_request_id="r\n" + "1" * 500))
    assert str(error) == f"listPods: no (code 31337, HTTP 200), request r {'1' * 78}."


@pytest.mark.parametrize(
    ("body", "excerpt"),
    [
        (b"<html>502 Bad Gateway</html>", "<html>502 Bad Gateway</html>"),
        (b"\n <html>", "<html>"),
        (b"<" + b"x" * 500, "<" + "x" * 199),
        (b'{"environment": {"TOKEN": "tasty"}', ""),
        (b"TOKEN=tasty", ""),
        (b"", ""),
    ],
)
def test_only_of_a_page_is_there_an_excerpt(body: bytes, excerpt: str) -> None:
    error = refusal(reply(body))
    assert isinstance(error, InvalidResponseError)
    assert error.excerpt == excerpt
    assert "tasty" not in repr(error) + str(error)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
SURROGATES = st.text(st.characters(codec=None, categories=["Cs", "Cc", "Lu", "Zl"]), max_size=20)
ENVELOPES = st.fixed_dictionaries(
    {},
    optional={
        "code": st.sampled_from([code for code, _ in CODES]) | JSON,
        "message": st.sampled_from([words for words, _ in WORDS]) | SURROGATES | JSON,
        "data": JSON,
    },
)
BODIES = (
    st.binary()
    | JSON.map(lambda value: json.dumps(value).encode())
    | ENVELOPES.map(lambda value: json.dumps(value).encode())
    | ENVELOPES.map(lambda value: json.dumps(value, ensure_ascii=False).encode("utf-8", "ignore"))
)


@given(
    body=BODIES,
    status=st.integers(100, 599) | st.sampled_from([200, 429, 500, 503]),
    headers=st.dictionaries(
        st.sampled_from(["retry-after", "date", "x-request-id"]),
        st.text() | st.sampled_from(["7", "Tue, 24 Nov 2026 12:00:00 GMT"]),
    ),
)
def test_whatever_comes_is_data_or_an_error_that_can_be_shown(
    body: bytes, status: int, headers: dict[str, str]
) -> None:
    try:
        open_envelope(CALL, Reply(status, headers, body))
    except APIError as error:
        text = str(error)
        assert len(text) <= LONGEST_MESSAGE
        assert text.isprintable()
        revived: Any = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own
        assert str(revived) == text
    else:
        assert status < 300


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("before", range(0, 1100, 99))
@pytest.mark.parametrize(("number", "read"), [("7" * 1000, True), ("7" * 1001, False)])
def test_a_number_is_too_long_wherever_it_stands(
    number: str, before: int, encoding: str, *, read: bool
) -> None:
    data = f'{{"code": 10000, "before": "{"x" * before}", "data": [{number}, 7]}}'.encode(encoding)
    if read:
        assert open_envelope(CALL, reply(data)) == [int(number), 7]
    else:
        assert "the number 77777777777777777777" in str(refusal(reply(data)))


def test_a_sign_counts_as_a_digit() -> None:
    body = b'{"code": 10000, "data": -' + b"7" * 1000 + b"}"
    assert "the number -7777777777777777777" in str(refusal(reply(body)))
