"""
The envelope ``{"message", "code", "data"}``: a reply goes in, its data or the right error comes
out.

The code decides, and not the HTTP status: most refusals come with HTTP 200. The status decides
only where there is no envelope, as behind a gateway.
"""

import re
from collections.abc import Callable
from typing import Any, NoReturn, cast

from attrs import frozen

from ...errors import (
    APIStatusError,
    AuthenticationError,
    BadRequestError,
    ConcurrencyLimitError,
    ConflictError,
    InsufficientBalanceError,
    InternalServerError,
    InvalidResponseError,
    NotFoundError,
    OutOfCapacityError,
    PermissionDeniedError,
    RateLimitError,
)
from .operation import Call
from .redaction import redaction
from .reply import NumberError, Reply, decode


__all__ = ["SUCCESS", "open_envelope"]

SUCCESS = 10000

# Bytes of a page, or of a message, that are looked at: more than is shown, as a secret may be long.
_PAGE = 4000
_LONGEST_CODE = 10  # digits; a Java `int`
_CODE = re.compile(rf"[0-9]{{1,{_LONGEST_CODE}}}")

# The codes that the documentation, the vendor's clients or their tests name, and what each means.
_BY_CODE: dict[int, type[APIStatusError]] = {
    429: RateLimitError,
    9999: InternalServerError,
    10001: BadRequestError,
    10002: InternalServerError,
    10004: PermissionDeniedError,
    10007: NotFoundError,
    11000: NotFoundError,
    11001: ConflictError,
    11002: PermissionDeniedError,
    12000: NotFoundError,
    12001: ConflictError,
    13000: NotFoundError,
    14000: NotFoundError,
    20001: BadRequestError,
    20002: BadRequestError,
    24000: InternalServerError,
    24001: NotFoundError,
    24002: ConflictError,
    24011: NotFoundError,
    25002: ConflictError,
    40001: BadRequestError,
    40101: AuthenticationError,
    40400: NotFoundError,
    40402: NotFoundError,
    44003: NotFoundError,
    50000: InternalServerError,
    50001: InternalServerError,
}
_BY_STATUS: dict[int, type[APIStatusError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    402: InsufficientBalanceError,
    403: PermissionDeniedError,
    404: NotFoundError,
    405: BadRequestError,
    408: InternalServerError,
    409: ConflictError,
    410: NotFoundError,
    413: BadRequestError,
    415: BadRequestError,
    422: BadRequestError,
    425: RateLimitError,
    429: RateLimitError,
}
# No code is documented for these; the words are those of the service's pages and of users' reports.
_BY_WORDS: tuple[tuple[tuple[str, ...], type[APIStatusError]], ...] = (
    (("insufficient balance", "balance is not enough"), InsufficientBalanceError),
    (
        (
            "no capacity",
            "out of capacity",
            "insufficient capacity",
            "insufficient resource",
            "out of stock",
        ),
        OutOfCapacityError,
    ),
    (("invalid api key", "api key is invalid"), AuthenticationError),
)
_CONCURRENCY_WORDS = ("concurrent", "simultaneous", "at the same time")
_HINTS: dict[type[APIStatusError], str] = {
    AuthenticationError: (
        "Check YOTTA_API_KEY, or make a new key in the console under Settings > Access Keys."
    ),
    InsufficientBalanceError: "Top up the account; near zero the platform ends all pods by itself.",
    OutOfCapacityError: "Try another region or GPU type.",
    ConcurrencyLimitError: (
        "Another client may use this key, or `Limits(operation_span='settled')` is needed."
    ),
    RateLimitError: "Another client may use this key; `Limits(requests=...)` must fit the plan.",
}


@frozen
class _Envelope:
    code: int
    message: str
    data: object


def open_envelope(call: Call, reply: Reply, reveal: Callable[[], str] | None = None) -> object:
    """
    Return ``data`` of a successful reply.

    Args:
        reveal: Returns the key, of which nothing is to be in an error; "" for none.

    Raises:
        APIStatusError: The server refused; the subclass says why.
        InvalidResponseError: The reply is no envelope, although its status says success or
            redirect.
    """
    if 300 <= reply.status < 400:
        what, hint = "a redirect, which is never followed", "Check the base URL."
        raise _Refused(call, reply, redaction(call, reveal)).invalid(what, hint=hint)
    try:
        envelope = _parse((call.decode or decode)(reply.body))
    except (ValueError, RecursionError) as error:
        # RecursionError: the decoder recurses, and a body may be a megabyte of brackets.
        _Refused(call, reply, redaction(call, reveal)).without_envelope(error)
    if envelope.code == SUCCESS and reply.status < 400:
        return envelope.data
    raise _Refused(call, reply, redaction(call, reveal)).by(envelope)


class _NoEnvelopeError(ValueError):
    """JSON, or nearly, but no envelope; the text says why."""


def _parse(decoded: object) -> _Envelope:
    if not isinstance(decoded, dict):
        raise _NoEnvelopeError("not an object")
    envelope = cast("dict[str, Any]", decoded)
    message = envelope.get("message")
    text = message if isinstance(message, str) else ""
    return _Envelope(_code(envelope.get("code")), text, envelope.get("data"))


def _code(code: object) -> int:
    if isinstance(code, str) and _CODE.fullmatch(code):
        code = int(code)
    if type(code) is not int or abs(code) >= 10**_LONGEST_CODE:
        raise _NoEnvelopeError("no `code`")
    return code


@frozen
class _Refused:
    """A reply that is no success, and what takes the secrets out of what it says."""

    call: Call
    reply: Reply
    hides: Callable[[Any], Any]

    def without_envelope(self, cause: Exception) -> NoReturn:
        status, body = self.reply.status, self.reply.body
        kind = _BY_STATUS.get(status)
        if kind is None and status >= 500:
            kind = InternalServerError
        if kind is None:
            what = f"a body that is no envelope ({_why(cause)})"
            raise self.invalid(what if body.strip() else "an empty body") from None
        hint = "Is the base URL right?" if status == 404 else ""
        raise self._error(kind, f"HTTP {status} without an envelope", hint=hint) from None

    def by(self, envelope: _Envelope) -> APIStatusError:
        told = _one_line(self.hides(envelope.message[:_PAGE])) or "refused"
        message = f"{told} (code {envelope.code}, HTTP {self.reply.status})"
        kind = _kind_of(envelope, self.reply)
        return self._error(kind, message, code=envelope.code, data=self.hides(envelope.data))

    def invalid(self, what: str, *, hint: str = "") -> InvalidResponseError:
        # JSON may hold environment values; a page from a gateway does not, and says who answered.
        page = self.reply.body[:_PAGE].decode("utf-8", "replace").lstrip()
        method, operation = self.call.operation.method, self.call.operation.id
        status = self.reply.status
        return InvalidResponseError(
            f"the answer to {method} (HTTP {status}) was {self.hides(what)}.",
            operation=operation,
            status=status,
            excerpt=self.hides(page)[:200] if page.startswith("<") else "",
            hint=hint,
        )

    def _error(
        self,
        kind: type[APIStatusError],
        message: str,
        *,
        code: int | None = None,
        data: object = None,
        hint: str = "",
    ) -> APIStatusError:
        reply, request_id = self.reply, self.hides(self.reply.request_id)
        request = f", request {_one_line(request_id, 80)}" if request_id else ""
        return kind(
            f"{message}{request}.",
            operation=self.call.operation.id,
            status=reply.status,
            code=code,
            data=data,
            request_id=request_id,
            retry_after=reply.retry_after,
            hint=hint or _HINTS.get(kind, ""),
        )


def _kind_of(envelope: _Envelope, reply: Reply) -> type[APIStatusError]:
    words = envelope.message.lower()
    kind = next((kind for known, kind in _BY_WORDS if any(word in words for word in known)), None)
    kind = kind or _BY_CODE.get(envelope.code) or _BY_STATUS.get(reply.status)
    if kind is None:
        kind = InternalServerError if reply.status >= 500 else APIStatusError
    if kind is RateLimitError and any(word in words for word in _CONCURRENCY_WORDS):
        return ConcurrencyLimitError
    if reply.status == 503 and reply.retry_after is not None and kind is InternalServerError:
        return RateLimitError
    return kind


def _why(cause: Exception) -> str:
    if isinstance(cause, RecursionError):
        return "nested too deeply"
    return str(cause) if isinstance(cause, _NoEnvelopeError | NumberError) else "not JSON"


def _one_line(text: str, most: int = 200) -> str:
    # The server's words end in logs and terminals: no line ends, no escape sequences.
    printable = "".join(each if each.isprintable() else " " for each in text[: 10 * most])
    return " ".join(printable.split())[:most].rstrip(". ")
