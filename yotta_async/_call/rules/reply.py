"""
What came back over the wire: its body unpacked, its headers read, its JSON decoded.

Nothing of it is trusted. The body is unpacked piece by piece and counted while it comes, since
httpx unpacks a chunk of any size at once, and 200 kB of gzip may hold 200 MB. The JSON is strict:
no NaN, no infinity, no number that would take seconds to read.
"""

import json
import math
import re
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any, Final, NoReturn

from attrs import define, field, frozen


__all__ = [
    "BODY_CAP",
    "Body",
    "NumberError",
    "Reply",
    "UnusableBodyError",
    "decode",
    "decode_at",
]

# A list of ten thousand pods is half of this.
BODY_CAP = 16 * 2**20
PIECE = 2**18
# ASCII digits only: float() would read "nan", "inf", "1e9" and the digits of every script.
_SECONDS = re.compile(r"[0-9]{1,15}(\.[0-9]{1,9})?", re.ASCII)
_LONGEST_NUMBER: Final = 1000  # digits


class UnusableBodyError(Exception):
    """What is wrong with a body, as the end of a sentence that begins with "It was"."""


@define(eq=False)
class Body:
    """
    The body of one answer.

    Args:
        encoding: The ``Content-Encoding``.

    Raises:
        UnusableBodyError: From all methods.
    """

    _encoding: str
    _whole: bytearray = field(factory=bytearray)
    _gzip: Any = None  # the type of zlib's decompressor is private
    _begun: bool = False

    def __attrs_post_init__(self) -> None:
        encoding = self._encoding.strip().lower()
        if encoding in ("gzip", "x-gzip"):
            self._gzip = zlib.decompressobj(zlib.MAX_WBITS | 16)
        elif encoding not in ("", "identity"):
            raise UnusableBodyError("in a content encoding that was not asked for")

    def feed(self, chunk: bytes) -> None:
        """Take in what has come."""
        self._begun = self._begun or bool(chunk)
        if self._gzip is None:
            self._add(chunk)
        else:
            self._unpack(chunk)

    def end(self) -> bytes:
        """Return the whole of it."""
        if self._gzip is not None and self._begun:
            self._add(self._gzip.flush())
            if not self._gzip.eof:
                raise UnusableBodyError("broken off in the middle of its gzip")
        return bytes(self._whole)

    def _unpack(self, chunk: bytes) -> None:
        try:
            while chunk:
                self._add(self._gzip.decompress(chunk, PIECE))
                chunk = self._gzip.unconsumed_tail
        except zlib.error:
            raise UnusableBodyError("not the gzip that it said it was") from None

    def _add(self, piece: bytes) -> None:
        self._whole += piece
        if len(self._whole) > BODY_CAP:
            raise UnusableBodyError(f"larger than {BODY_CAP // 2**20} MiB")


@frozen
class Reply:
    """
    One answer with its whole body, which is not decoded yet.

    Attributes:
        status: The HTTP status.
        headers: The headers, by lower-case name.
        body: The body, without its content encoding.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def request_id(self) -> str | None:
        """The server's id of the request; None if it sent none."""
        return self.headers.get("x-request-id")

    @property
    def date(self) -> datetime | None:
        """The server's clock, aware and to the second; None if it sent none."""
        return _http_date(self.headers.get("date", ""))

    @property
    def retry_after(self) -> float | None:
        """
        Seconds to wait, from either of the two forms of ``Retry-After``; None if the server sent
        none.

        A date counts from the server's own ``Date``, so that the two clocks need not agree; without
        one it says nothing.
        """
        text = self.headers.get("retry-after", "").strip()
        if _SECONDS.fullmatch(text):
            return float(text)
        until, date = _http_date(text), self.date
        return max(0.0, (until - date).total_seconds()) if until and date else None


@lru_cache(maxsize=8)  # the clock in the headers moves once a second
def _http_date(text: str) -> datetime | None:
    try:
        parsed = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


class NumberError(ValueError):
    """JSON, but for a number; the text says which."""


def decode(body: bytes) -> object:
    """
    Decode a body.

    Raises:
        ValueError: It is not JSON; `NumberError`, if a number is to blame.
        RecursionError: It is nested too deeply.
    """
    text = body.decode(json.detect_encoding(body), "surrogatepass")  # as `json.loads` does
    # To be asked about each whole number would take as long again as all else.
    return (_CAREFUL if _may_hold_long_number(body) else _USUAL).decode(text)


def decode_at(text: str, at: int) -> tuple[object, int]:
    """
    Decode what begins at an offset of a text; return it, and where it ends.

    Raises:
        ValueError: It is not JSON; `NumberError`, if a number is to blame.
        RecursionError: It is nested too deeply.
    """
    value, end = _USUAL.raw_decode(text, at)
    if _may_hold_long_number(text[at:end].encode()):
        raise NumberError(text[at : at + 20])
    return value, end


def _may_hold_long_number(body: bytes) -> bool:
    """Whether there may be a number that `_bounded` refuses: it fills a block of half its size."""
    if len(body) <= _LONGEST_NUMBER:
        return False
    if b"\0" in body[:4]:
        return True  # UTF-16 or UTF-32, where digits stand apart
    block = _LONGEST_NUMBER // 2
    return any(body[at : at + block].isdigit() for at in range(0, len(body), block))


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse_number(text)


def _bounded(text: str) -> int:
    # CPython refuses longer ones too, but in words that tell of its own settings.
    return int(text) if len(text) <= _LONGEST_NUMBER else _refuse_number(text)


def _refuse_number(text: str) -> NoReturn:
    raise NumberError(f"the number {text[:20]}")


# `json.loads` would make one of these for each call.
_USUAL: Final = json.JSONDecoder(parse_constant=_refuse_number, parse_float=_finite)
_CAREFUL: Final = json.JSONDecoder(
    parse_constant=_refuse_number, parse_float=_finite, parse_int=_bounded
)
