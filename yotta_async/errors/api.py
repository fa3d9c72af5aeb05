"""Calls that did not succeed."""

from collections.abc import Iterable, Mapping
from typing import Self

from .base import YottaError


__all__ = [
    "APIConnectionError",
    "APIError",
    "APIStatusError",
    "APITimeoutError",
    "AuthenticationError",
    "BadRequestError",
    "ConcurrencyLimitError",
    "ConflictError",
    "InsufficientBalanceError",
    "InternalServerError",
    "InvalidResponseError",
    "MaybeSentError",
    "NotFoundError",
    "NotSentError",
    "OutOfCapacityError",
    "PermissionDeniedError",
    "RateLimitError",
    "UnresolvedCreateError",
]


class APIError(YottaError):
    """
    A call that did not succeed.

    Attributes:
        operation: The operation's id, such as ``"createPod"``, or the method and path of a call by
            `AsyncYotta.request`; empty where the data of no operation was read.
        attempts: How many attempts were made; the notes say how the earlier ones ended.
        unclear: Whether an earlier attempt may have done what was asked.
    """

    def __init__(self, message: str, *, operation: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.operation: str = operation
        self.attempts: int = 1
        self.unclear: bool = False

    def __str__(self) -> str:
        text = super().__str__()
        return f"{self.operation}: {text}" if self.operation else text

    def after(self, attempts: int, earlier: Iterable[str] = ()) -> Self:
        """
        Note how many attempts were made and how the earlier ones ended.

        Args:
            attempts: How many attempts were made.
            earlier: How each of the earlier ones ended, as a sentence.

        Returns:
            The error itself.
        """
        self.attempts = attempts
        for note in earlier:
            self.add_note(note)
        return self


class APIConnectionError(APIError):
    """The exchange broke before a whole answer came."""


class NotSentError(APIConnectionError):
    """The server cannot have seen the request; repeating it is safe."""


class MaybeSentError(APIConnectionError):
    """The server may have seen, and done, all of it."""


class APITimeoutError(MaybeSentError):
    """No whole answer came in time; the server may have seen, and done, all of it."""


class UnresolvedCreateError(MaybeSentError):
    """
    It could not be found out whether something was made: it may exist, and bill.

    Attributes:
        name: The name that it was to have; look for it.
        candidates: The things that are listed and may be it: their names by id. Empty where none
            was seen.
    """

    def __init__(
        self,
        message: str,
        *,
        name: str,
        candidates: Mapping[str, str] | None = None,
        operation: str = "",
        hint: str = "",
    ) -> None:
        super().__init__(message, operation=operation, hint=hint)
        self.name: str = name
        self.candidates: dict[str, str] = dict(candidates or {})


class InvalidResponseError(APIError):
    """
    An answer that breaks the API's contract: HTML, cut short, the wrong shape, a redirect.

    Attributes:
        status: The HTTP status; 0 if the envelope was sound and its data has the wrong shape.
        path: Where in ``data`` it went wrong, such as ``"[3].expose[0].port"``; empty if that is
            not known.
        excerpt: The beginning of a body that is a page, at most 200 characters; empty for other
            bodies.
    """

    def __init__(
        self,
        message: str,
        *,
        operation: str = "",
        status: int = 0,
        path: str = "",
        excerpt: str = "",
        hint: str = "",
    ) -> None:
        super().__init__(message, operation=operation, hint=hint)
        self.status: int = status
        self.path: str = path
        self.excerpt: str = excerpt[:200]


class APIStatusError(APIError):
    """
    A well-formed refusal, with any HTTP status.

    Attributes:
        status: The HTTP status.
        code: The envelope's code. None if the answer was no envelope.
        data: The envelope's data. None if there was none.
        request_id: The server's ``x-request-id``. None if it sent none.
        retry_after: Seconds that the server asked to wait. None if it did not ask.
    """

    def __init__(
        self,
        message: str,
        *,
        operation: str = "",
        status: int,
        code: int | None = None,
        data: object = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        hint: str = "",
    ) -> None:
        super().__init__(message, operation=operation, hint=hint)
        self.status: int = status
        self.code: int | None = code
        self.data: object = data
        self.request_id: str | None = request_id
        self.retry_after: float | None = retry_after


class AuthenticationError(APIStatusError):
    """The key is missing, wrong or revoked."""


class PermissionDeniedError(APIStatusError):
    """The key is valid but may not do this."""


class BadRequestError(APIStatusError):
    """The server did not accept the request's content."""


class NotFoundError(APIStatusError):
    """The thing does not exist, or no longer."""


class ConflictError(APIStatusError):
    """The thing is in the wrong state for this, or in use."""


class RateLimitError(APIStatusError):
    """Too many requests; ``retry_after`` has the seconds that the server asked to wait."""


class ConcurrencyLimitError(RateLimitError):
    """Too many pod operations at once."""


class OutOfCapacityError(APIStatusError):
    """No such GPU is free in the regions that were asked for."""


class InsufficientBalanceError(APIStatusError):
    """The account cannot pay for this."""


class InternalServerError(APIStatusError):
    """The server failed; it may or may not have done what was asked."""
