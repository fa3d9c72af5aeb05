"""What is not an answer: the base of all errors, and mistakes found before anything is sent."""

from typing import Any

from ._text import harmless


__all__ = [
    "ClientClosedError",
    "ConfigurationError",
    "InvalidCallbackError",
    "QueueTimeoutError",
    "UnexpectedError",
    "UnsupportedOperationError",
    "YottaError",
]


class YottaError(Exception):
    """
    The base of every error that this package raises.

    Attributes:
        hint: What to do about it; empty where there is nothing to say.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint: str = hint

    def __str__(self) -> str:
        message = super().__str__()
        return harmless(f"{message} {self.hint}" if self.hint else message)

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


class QueueTimeoutError(YottaError):
    """
    A call waited for its turn longer than ``Limits.queue_timeout``; nothing was sent.

    Attributes:
        waited: Seconds that it waited.
    """

    def __init__(self, message: str, *, waited: float, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.waited: float = waited


class UnexpectedError(YottaError):
    """
    Something went wrong that this package has no error for; ``__cause__`` is what was raised.

    It comes out of work that goes on beside its user, as a fleet's does: a hook, a library or this
    package itself has failed there.
    """


class InvalidCallbackError(YottaError, ValueError):
    """A call to a webhook that does not carry the key, or is not the notice of a task."""
