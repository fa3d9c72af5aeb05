"""How a map is to be done."""

from collections.abc import Awaitable, Callable
from functools import partial
from inspect import isasyncgenfunction, isawaitable, isgeneratorfunction
from typing import Final, Literal, TypeAlias, TypeVar, cast

from attrs import field, frozen

from ..._checks import is_async, is_finite, is_whole
from ...errors import ConfigurationError
from .journal import Journal, journal_of


__all__ = [
    "DEFAULT_TRIES",
    "Errors",
    "Retried",
    "WorkSettings",
    "awaitable",
    "check_number",
    "check_work",
]

# Times that an item is begun at most; of the second pod in a row that is lost it may be the cause.
DEFAULT_TRIES: Final = 3

Errors: TypeAlias = Literal["return", "raise"]
Retried: TypeAlias = type[Exception] | tuple[type[Exception], ...]

R = TypeVar("R")

_WANTED: Final = "must be an async function of a pod and an item"
_HINT: Final = "Write `async def`; what blocks belongs into `anyio.to_thread.run_sync`."


def _kinds(value: object) -> tuple[type[Exception], ...]:
    shown = repr(value)
    kinds = cast("tuple[object, ...]", value if isinstance(value, tuple) else (value,))
    if all(isinstance(kind, type) and issubclass(kind, Exception) for kind in kinds):
        return cast("tuple[type[Exception], ...]", kinds)
    problem, hint = "must be a class of exceptions, or a tuple of them", "For example OSError."
    raise ConfigurationError("retry_on", shown, problem, hint=hint)


@frozen(kw_only=True)
class WorkSettings:
    """
    How the items of a map are done; each as in `Fleet.map`.

    Raises:
        ConfigurationError: A setting that cannot work.
    """

    tries: int = DEFAULT_TRIES
    item_timeout: float | None = None
    per_pod: int = 1
    ordered: bool = False
    errors: Errors = "return"
    retry_on: tuple[type[Exception], ...] = field(default=(), converter=_kinds)
    ahead: int | None = None
    release: bool = False
    journal: Journal | None = field(default=None, converter=journal_of)
    progress: bool = False

    def __attrs_post_init__(self) -> None:
        check_number("tries", self.tries, "pods", "1 is for no second try.")
        check_number("per_pod", self.per_pod, "items", "1 is for one after the other.")
        if self.ahead is not None:
            hint = "Leave it out for as many as the pods need."
            check_number("ahead", self.ahead, "items", hint)
        seconds: object = self.item_timeout
        if seconds is not None and not (is_finite(seconds) and seconds > 0):
            problem, hint = "must be seconds, more than 0", "Leave it out for as long as it takes."
            raise ConfigurationError("item_timeout", seconds, problem, hint=hint)
        if self.errors not in ("return", "raise"):
            hint = "It says what becomes of what the work raises."
            raise ConfigurationError(
                "errors", self.errors, 'must be "return" or "raise"', hint=hint
            )
        for name in ("ordered", "release", "progress"):
            if not isinstance(value := getattr(self, name), bool):
                hint = "It is off unless you say otherwise."
                raise ConfigurationError(name, value, "must be True or False", hint=hint)


def check_number(name: str, value: object, what: str, hint: str) -> None:
    """
    Check a number of things.

    Raises:
        ConfigurationError: It is not a whole number of 1 or more.
    """
    if not is_whole(value) or value < 1:
        problem = f"must be a whole number of {what}, 1 or more"
        raise ConfigurationError(name, value, problem, hint=hint)


def check_work(work: object) -> None:
    """
    Check that work is an async function, as far as can be seen.

    Raises:
        ConfigurationError: It is none.
    """
    if is_async(work) or (callable(work) and _may_return_awaitables(work)):
        return
    shown = getattr(work, "__qualname__", None) or type(work).__name__
    raise ConfigurationError("work", shown, _WANTED, hint=_HINT)


def _may_return_awaitables(work: Callable[..., object]) -> bool:
    """Whether it may call an async function, as a lambda does, or what a decorator has made."""
    while isinstance(work, partial):
        work = cast("partial[object]", work).func
    if isgeneratorfunction(work) or isasyncgenfunction(work):
        return False
    return getattr(work, "__name__", "") == "<lambda>" or hasattr(work, "__wrapped__")


def awaitable(value: Awaitable[R]) -> Awaitable[R]:
    """
    Return what work has returned.

    Raises:
        TypeError: It cannot be awaited.
    """
    given: object = value
    if isawaitable(given):
        return value
    raise TypeError(f"work returned {type(given).__name__}: it {_WANTED}. {_HINT}")
