"""HTTP as both fronts speak it: requests, replies, the envelope."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import parse_qsl, unquote

from attrs import field, frozen


__all__ = ["SUCCESS", "Reply", "Request", "envelope", "http_date", "page"]

SUCCESS = 10000


@frozen(kw_only=True)
class Request:
    """
    A request as it arrives.

    Attributes:
        method: In capitals.
        path: Unquoted, without the query.
        segments: The path cut at its slashes and then unquoted, so that ``%2F`` cuts nothing.
        query: Keys and values in their order.
        headers: By lower-case name; of several with one name the last.
        body: All of it.
    """

    method: str
    path: str
    segments: tuple[str, ...]
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
            segments=tuple(unquote(segment) for segment in path.split("/")),
            query=tuple(parse_qsl(query, keep_blank_values=True)),
            headers={
                name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers
            },
            body=body,
        )

    def value(self, name: str) -> str:
        """Return a query parameter, the first if it is given twice, or an empty string."""
        return next((value.strip() for key, value in self.query if key == name), "")

    def values(self, name: str) -> tuple[str, ...]:
        """Return a list parameter in either style: the key repeated, or values joined by commas."""
        given = (value for key, value in self.query if key == name)
        return tuple(part.strip() for value in given for part in value.split(",") if part.strip())


@frozen(kw_only=True)
class Reply:
    """
    An answer of the simulated server.

    Attributes:
        status: The HTTP status.
        body: The body.
        code: The envelope's code. None for a body without an envelope.
        content_type: The type of the body.
        extra: Further headers, as names and values.
    """

    status: int
    body: bytes = field(repr=False)
    code: int | None = None
    content_type: str = "application/json"
    extra: tuple[tuple[str, str], ...] = ()


def envelope(
    data: object,
    *,
    code: int = SUCCESS,
    message: str = "success",
    status: int = 200,
    leave_out: bool = False,
) -> Reply:
    """Return an answer of the API; without `data` if that is to be left out."""
    members = {"message": message, "code": code} | ({} if leave_out else {"data": data})
    body = json.dumps(members, separators=(",", ":"))
    return Reply(status=status, body=body.encode("ascii"), code=code)


def page(status: int, title: str) -> Reply:
    """Return an HTML page, as a gateway sends one."""
    body = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\r\n"
    return Reply(status=status, body=body.encode("ascii"), content_type="text/html")


def http_date(when: datetime) -> str:
    return format_datetime(when.replace(microsecond=0), usegmt=True)
