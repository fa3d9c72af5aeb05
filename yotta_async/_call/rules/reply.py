"""What came back over the wire, whole, and what its headers say."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache

from attrs import field, frozen


__all__ = ["Reply"]

# ASCII digits only: float() would read "nan", "inf", "1e9" and the digits of every script.
_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?", re.ASCII)


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
