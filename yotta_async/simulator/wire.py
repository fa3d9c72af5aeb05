"""HTTP as both fronts speak it: requests, replies, the envelope; open questions are switches."""

import json
import math
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Literal
from urllib.parse import parse_qsl, unquote

from attrs import field, frozen

from yotta_async.simulator._checks import one_of
from yotta_async.simulator.problems import CloudError, Problem


__all__ = ["Reply", "Request", "WireStyle", "envelope", "page", "refusal"]

SUCCESS = 10000

IdStyle = Literal["number", "string"]
TimeStyle = Literal["ms", "ms-string", "seconds", "iso"]
RetryAfterStyle = Literal["seconds", "date", "off"]
StatusStyle = Literal["always-200", "by-code"]

_BY_CODE = {
    Problem.INVALID: 400,
    Problem.NOT_FOUND: 404,
    Problem.WRONG_STATE: 409,
    Problem.NO_CAPACITY: 409,
}


@frozen(kw_only=True)
class Request:
    """
    A request as it arrives.

    Attributes:
        method: In capitals.
        path: Unquoted, without the query.
        query: Keys and values in their order.
        headers: By lower-case name; of several with one name the last.
        body: All of it.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(factory=dict[str, str], repr=False)
    body: bytes = field(default=b"", repr=False)

    @classmethod
    def parse(
        cls, method: str, target: str, headers: Iterable[tuple[bytes, bytes]], body: bytes
    ) -> "Request":
        """Read what came over a wire; nothing a client can send makes it raise."""
        path, _, query = target.partition("?")
        return cls(
            method=method.upper(),
            path=unquote(path),
            query=tuple(parse_qsl(query, keep_blank_values=True)),
            headers={
                name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers
            },
            body=body,
        )

    def values(self, name: str) -> tuple[str, ...]:
        """Return a list parameter in either style: the key repeated, or values joined by commas."""
        given = (value for key, value in self.query if key == name)
        return tuple(part.strip() for value in given for part in value.split(",") if part.strip())


@frozen(kw_only=True)
class Reply:
    """An answer as it is sent; `code` is the envelope's, None where the body is no envelope."""

    status: int
    body: bytes = field(repr=False)
    code: int | None = None
    content_type: str = "application/json"
    extra: tuple[tuple[str, str], ...] = ()


@frozen(kw_only=True)
class WireStyle:
    """
    What Yotta's documentation leaves open or says in two ways; each default is one of them.

    Attributes:
        ids: Pod ids as JSON numbers or as strings.
        times: Times as epoch milliseconds, the same in a string, epoch seconds, or ISO 8601.
        statuses: Business failures come with HTTP 200, or with the status that fits the code.
        not_found_code: 13000, or 12000 as older clients expect.
        capacity_code: The code for lack of stock; none is documented, the message tells.
        bad_key_status: HTTP status for a missing or wrong key.
        bad_key_code: Envelope code for it; 40001 is known too.
        refusal_status: HTTP status for a broken limit; the envelope's code is 429 either way.
        retry_after: Whether and how a refusal says when to come back.
    """

    ids: IdStyle = field(default="number", validator=one_of(IdStyle))
    times: TimeStyle = field(default="ms", validator=one_of(TimeStyle))
    statuses: StatusStyle = field(default="always-200", validator=one_of(StatusStyle))
    not_found_code: int = 13000
    capacity_code: int = 12002
    bad_key_status: int = 401
    bad_key_code: int = 40101
    refusal_status: int = 429
    retry_after: RetryAfterStyle = field(default="seconds", validator=one_of(RetryAfterStyle))

    def id(self, number: int) -> int | str:
        return number if self.ids == "number" else str(number)

    def time(self, when: datetime) -> int | str:
        milliseconds = round(when.timestamp() * 1000)
        if self.times == "seconds":
            return milliseconds // 1000
        if self.times == "iso":
            return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return milliseconds if self.times == "ms" else str(milliseconds)

    def code(self, problem: Problem) -> int:
        return {
            Problem.INVALID: 10001,
            Problem.NOT_FOUND: self.not_found_code,
            Problem.WRONG_STATE: 12001,
            Problem.NO_CAPACITY: self.capacity_code,
        }[problem]

    def failure(self, error: CloudError) -> Reply:
        status = 200 if self.statuses == "always-200" else _BY_CODE[error.problem]
        code = self.code(error.problem) if error.code is None else error.code
        return envelope(error.data, code=code, message=error.message, status=status)


def envelope(
    data: object, *, code: int = SUCCESS, message: str = "success", status: int = 200
) -> Reply:
    body = json.dumps({"message": message, "code": code, "data": data}, separators=(",", ":"))
    return Reply(status=status, body=body.encode("ascii"), code=code)


def refusal(style: WireStyle, message: str, wait: float, now: datetime) -> Reply:
    """Return the answer to a request over a limit, which would pass in `wait` seconds."""
    seconds = max(1, math.ceil(wait))
    extra: tuple[tuple[str, str], ...] = ()
    if style.retry_after == "seconds":
        extra = (("Retry-After", str(seconds)),)
    elif style.retry_after == "date":
        # The Date header beside it is cut to whole seconds too, so the difference is never short.
        extra = (("Retry-After", http_date(now + timedelta(seconds=seconds))),)
    body = envelope(None, code=429, message=message).body
    return Reply(status=style.refusal_status, body=body, code=429, extra=extra)


def page(status: int, title: str) -> Reply:
    """Return an HTML page, as a gateway sends one."""
    body = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\r\n"
    return Reply(status=status, body=body.encode("ascii"), content_type="text/html")


def http_date(when: datetime) -> str:
    return format_datetime(when.replace(microsecond=0), usegmt=True)
