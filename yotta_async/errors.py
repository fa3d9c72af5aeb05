"""
Everything this package raises.

    YottaError
    ├─ ConfigurationError             an argument or setting that cannot work; nothing was sent
    ├─ UnsupportedOperationError      this API version lacks it; nothing was sent
    ├─ ClientClosedError              the client was closed; nothing was sent
    ├─ APIError
    │  ├─ APIConnectionError          the exchange broke; what the server can have seen:
    │  │  ├─ NotSentError                nothing
    │  │  └─ MaybeSentError              perhaps all of it
    │  │     ├─ APITimeoutError             no whole answer in time
    │  │     └─ UnresolvedCreateError       a pod of this name may exist
    │  ├─ InvalidResponseError        an answer that is not the API's contract
    │  └─ APIStatusError              a well-formed refusal, whatever the HTTP status
    │     ├─ AuthenticationError · PermissionDeniedError · BadRequestError
    │     ├─ NotFoundError · ConflictError
    │     ├─ RateLimitError ─ ConcurrencyLimitError
    │     └─ OutOfCapacityError · InsufficientBalanceError · InternalServerError
    ├─ QueueTimeoutError              waited longer than allowed for a credit or a slot
    └─ WaitTimeoutError · PodFailedError · PodVanishedError

All of them pickle, and none holds a key, a token or an environment value.
"""

from typing import Any, Self


__all__ = [
    "APIConnectionError",
    "APIError",
    "APIStatusError",
    "APITimeoutError",
    "AuthenticationError",
    "BadRequestError",
    "ClientClosedError",
    "ConcurrencyLimitError",
    "ConfigurationError",
    "ConflictError",
    "InsufficientBalanceError",
    "InternalServerError",
    "InvalidResponseError",
    "MaybeSentError",
    "NotFoundError",
    "NotSentError",
    "OutOfCapacityError",
    "PermissionDeniedError",
    "PodError",
    "PodFailedError",
    "PodVanishedError",
    "QueueTimeoutError",
    "RateLimitError",
    "UnresolvedCreateError",
    "UnsupportedOperationError",
    "WaitTimeoutError",
    "YottaError",
]


class YottaError(Exception):
    """The base of every error this package raises; ``hint`` says what to do, where that helps."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint: str = hint

    def __str__(self) -> str:
        message = super().__str__()
        return f"{message} {self.hint}" if self.hint else message

    def __reduce__(self) -> tuple[Any, ...]:
        return _revive, (type(self), self.args, self.__dict__.copy())


def _revive(kind: type[YottaError], args: tuple[Any, ...], state: dict[str, Any]) -> YottaError:
    # Keyword arguments of ``__init__`` do not survive ``BaseException.__reduce__``.
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class ConfigurationError(YottaError, ValueError):
    """
    An argument or a setting that cannot work; raised before anything is sent.

    Attributes:
        field: The argument, setting or environment variable at fault.
        value: What was given, as text; ``"(hidden)"`` where it may be a secret.
    """

    def __init__(self, field: str, value: object, problem: str, *, hint: str) -> None:
        shown = value if isinstance(value, str) else repr(value)
        super().__init__(f"{field}={_shorten(shown)!s}: {problem}.", hint=hint)
        self.field: str = field
        self.value: str = _shorten(shown)


def _shorten(text: str, limit: int = 80) -> str:
    return text if len(text) <= limit else f"{text[:limit]}... ({len(text)} characters)"


class UnsupportedOperationError(YottaError):
    """The API version in use has no such operation; raised before anything is sent."""


class ClientClosedError(YottaError):
    """The client was closed before or while the call waited; nothing was sent."""


class APIError(YottaError):
    """
    A call that did not succeed.

    Attributes:
        operation: The operation's id, such as ``"createPod"``.
        attempts: How many times it was sent, or tried to be.
    """

    def __init__(self, message: str, *, operation: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.operation: str = operation
        self.attempts: int = 1

    def __str__(self) -> str:
        text = super().__str__()
        return f"{self.operation}: {text}" if self.operation else text

    def after(self, attempts: int) -> Self:
        """Note how many attempts were made, and return the error itself."""
        self.attempts = attempts
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
    """It was not found out whether a pod was made: one named ``pod_name`` may exist, and bill."""

    def __init__(self, message: str, *, pod_name: str, operation: str = "", hint: str = "") -> None:
        super().__init__(message, operation=operation, hint=hint)
        self.pod_name: str = pod_name


class InvalidResponseError(APIError):
    """
    An answer that is not the API's contract: HTML, cut short, the wrong shape, a redirect.

    Attributes:
        status: The HTTP status.
        path: Where in ``data`` it went wrong, such as ``"[3].expose[0].port"``, or ``""``.
        excerpt: The beginning of a body that is a page, at most 200 characters, or ``""``.
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
    A well-formed refusal, whatever its HTTP status.

    Attributes:
        status: The HTTP status.
        code: The envelope's code, or None where the answer was no envelope.
        data: The envelope's data.
        request_id: The server's ``x-request-id``, or None.
        retry_after: Seconds the server asked to wait, or None.
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
    """No such thing, or no longer."""


class ConflictError(APIStatusError):
    """The thing is in the wrong state for this, or in use."""


class RateLimitError(APIStatusError):
    """Too many requests; ``retry_after`` has the seconds the server asked for, if it did."""


class ConcurrencyLimitError(RateLimitError):
    """Too many pod operations at once."""


class OutOfCapacityError(APIStatusError):
    """No such GPU is free in the regions that were asked for."""


class InsufficientBalanceError(APIStatusError):
    """The account cannot pay for this."""


class InternalServerError(APIStatusError):
    """The server failed; it may or may not have done what was asked."""


class QueueTimeoutError(YottaError):
    """A call waited ``waited`` seconds, longer than allowed, for its turn; nothing was sent."""

    def __init__(self, message: str, *, waited: float, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.waited: float = waited


class PodError(YottaError):
    """
    A pod did not become what was waited for.

    Attributes:
        pod_id: The pod.
        last_seen: The pod as last listed, or None if no list ever showed it.
        history: The statuses it went through, oldest first, each with the instant it was first
            seen.
    """

    def __init__(
        self,
        message: str,
        *,
        pod_id: str,
        last_seen: object = None,
        history: tuple[tuple[float, str], ...] = (),
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.pod_id: str = pod_id
        self.last_seen: object = last_seen
        self.history: tuple[tuple[float, str], ...] = history


class WaitTimeoutError(PodError, TimeoutError):
    """The pod was not there in time; it exists still, and may bill."""


class PodFailedError(PodError):
    """The pod ended in a state from which what was waited for cannot come."""


class PodVanishedError(PodError):
    """The pod was listed once and has been missing from the lists for longer than they lag."""
