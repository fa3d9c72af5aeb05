"""
A body as it comes: unpacked piece by piece, and counted while it does.

httpx unpacks a chunk of any size at once, and 200 kB of gzip may hold 200 MB.
"""

import zlib
from typing import Any

from attrs import define, field


__all__ = ["BODY_CAP", "Body", "UnusableBodyError"]

# A list of ten thousand pods is half of this.
BODY_CAP = 16 * 2**20
PIECE = 2**18


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
