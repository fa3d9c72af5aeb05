"""What follows a failed attempt: another one after so many seconds, or the error."""

from typing import Protocol, TypeVar

from attrs import define, field, frozen

from ..._checks import is_finite, is_whole
from ...errors import (
    APIError,
    ConfigurationError,
    InternalServerError,
    InvalidResponseError,
    MaybeSentError,
    NotSentError,
    RateLimitError,
)
from .backoff import Backoff
from .operation import Operation, Repeat


__all__ = [
    "Attempts",
    "Dice",
    "Failure",
    "RetryBudget",
    "RetryPolicy",
    "may_have_happened",
    "pause_after",
    "wait_before_next",
]

E = TypeVar("E", bound=APIError)

# A server that asks for longer than this is better answered by an error than by silence.
LONGEST_RETRY_AFTER = 120.0
RETRY_COST = 5.0
SUCCESS_REFUND = 1.0


class Dice(Protocol):
    """A source of random numbers, such as `random.Random.random`."""

    def __call__(self) -> float:
        """Return a float of at least 0 and less than 1."""
        ...


@frozen(kw_only=True)
class RetryPolicy:
    """
    How often, and after what waits, a failed call is tried again.

    Attributes:
        attempts: How many attempts in all, the first included.
        initial: The ceiling of the first wait, in seconds.
        factor: The factor by which the ceiling grows with each wait.
        maximum: The highest ceiling, in seconds.
        jitter: Whether each wait is drawn between zero and its ceiling, so that clients do not move
            in step.
        budget: How many retries the whole client has in hand; a success earns back a fifth of one.
            None for no such bound.
        settle: Seconds for which a list may lag behind a create; after an unclear answer a pod
            counts as not created once a list that was sent so much later does not show it.
        patience: Seconds for which one call keeps trying against refusals for too many requests.
        longest_pause: Seconds for which a refusal stops all requests at the most, whatever the
            server asks for.

    Raises:
        ConfigurationError: A number that is not allowed.

    Source: the API page advises 1 s, 2 s, 4 s.
    """

    attempts: int = 4
    initial: float = 1.0
    factor: float = 2.0
    maximum: float = 30.0
    jitter: bool = True
    budget: int | None = 20
    settle: float = 15.0
    patience: float = 3900.0
    longest_pause: float = 3600.0

    def __attrs_post_init__(self) -> None:
        _whole("attempts", self.attempts, least=1)
        if self.budget is not None:
            _whole("budget", self.budget, least=0)
        _at_least("factor", self.factor, 1)
        for name in ("initial", "maximum", "settle", "patience", "longest_pause"):
            _at_least(name, getattr(self, name), 0)

    @classmethod
    def none(cls) -> "RetryPolicy":
        """
        Return the policy by which no failed call is tried again; refusals for too many requests are
        still waited out.

        Returns:
            The policy.
        """
        return cls(attempts=1)

    def ceiling(self, attempt: int) -> float:
        """
        Return the longest wait after an attempt.

        Args:
            attempt: Which attempt, counted from 1.

        Returns:
            The wait in seconds.
        """
        growing = Backoff(initial=self.initial, factor=self.factor, maximum=self.maximum)
        return growing.after(attempt - 1)


def _whole(name: str, value: object, *, least: int) -> None:
    if not is_whole(value) or not is_finite(value) or value < least:
        raise _bad(name, value, f"must be a whole number of at least {least}")


def _at_least(name: str, value: object, least: float) -> None:
    if not is_finite(value) or value < least:
        raise _bad(name, value, f"must be a finite number of at least {least}")


def _bad(name: str, value: object, problem: str) -> ConfigurationError:
    return ConfigurationError(
        f"RetryPolicy.{name}", value, problem, hint="Leave it out for the default."
    )


@define(eq=False)
class RetryBudget:
    """
    Retries in hand, so that an outage is not answered by many times the usual load.

    Attributes:
        retries: How many there are when none is spent; None for no bound.
        spent: What those cost that were not earned back yet.
    """

    retries: int | None
    spent: float = 0.0

    @property
    def is_spent(self) -> bool:
        """Whether no retry is left."""
        return self.retries is not None and self.spent + RETRY_COST > self.retries * RETRY_COST

    def spend(self) -> bool:
        """Take one retry; False if there is none."""
        if self.is_spent:
            return False
        if self.retries is not None:
            self.spent += RETRY_COST
        return True

    def succeeded(self) -> None:
        """Earn back a part of what was spent."""
        self.spent = max(0.0, self.spent - SUCCESS_REFUND)


@define(eq=False)
class Attempts:
    """
    The attempts of one call.

    Attributes:
        number: Of the attempt under way, counted from 1.
        unclear: Whether an attempt that failed may have done what was asked.
    """

    number: int = 1
    unclear: bool = False
    _notes: list[str] = field(factory=list[str], init=False)

    def again(self, error: APIError, wait: float) -> None:
        """Note an attempt that failed and is followed by another."""
        name = type(error).__name__
        self._notes.append(f"attempt {self.number}: {name}: {error} Next after {wait:.1f} s.")
        self.number += 1
        self.unclear = self.unclear or may_have_happened(error)

    def note_deadline(self, wait: float) -> None:
        """Note why no other attempt follows."""
        self._notes.append(f"No other attempt: {wait:.1f} s later the caller's deadline is over.")

    def last(self, error: E) -> E:
        """Put on an error what went before it, and return it."""
        error.unclear = self.unclear
        return error.after(self.number, self._notes)


@frozen
class Failure:
    """
    An attempt that has failed, for what looks at the server before another one.

    Attributes:
        attempts: Those so far.
        repeats: Whether another attempt is to follow, unless the look makes it needless.
    """

    error: APIError
    attempts: Attempts
    repeats: bool

    @property
    def is_unclear(self) -> bool:
        """Whether this attempt, or one before it, may have done what was asked."""
        return self.attempts.unclear or may_have_happened(self.error)


def may_have_happened(error: APIError) -> bool:
    """Whether the server may have done what was asked, although it was answered by this error."""
    return isinstance(error, MaybeSentError | InvalidResponseError | InternalServerError)


def wait_before_next(
    policy: RetryPolicy,
    operation: Operation,
    error: APIError,
    *,
    attempt: int,
    dice: Dice,
    looks: bool = False,
) -> float | None:
    """
    Return the seconds from a failure to the next attempt, or None to give up.

    Args:
        attempt: The number of the one that failed, counted from 1.
        looks: Whether the caller finds out what the server did before it repeats anything.
    """
    repeatable = isinstance(error, NotSentError) or (
        may_have_happened(error) and (looks or operation.repeat is Repeat.FREELY)
    )
    if not repeatable or attempt >= policy.attempts:
        return None
    asked = getattr(error, "retry_after", None)
    return _floored(asked, jittered(policy, attempt, dice))


def pause_after(policy: RetryPolicy, error: RateLimitError, *, streak: int, dice: Dice) -> float:
    """
    Return the seconds for which a refusal closes the window.

    Whether the call that was refused waits that long is another question.

    Args:
        streak: How many refusals in a row this is, counted from 1.
    """
    ceiling = policy.ceiling(streak)
    wait = min(max(ceiling, error.retry_after or 0.0), policy.longest_pause)
    # Never less than was asked for, and not all clients of one key at the same instant.
    positive = dice() * min(ceiling, 1.0) if policy.jitter else 0.0
    return wait + positive


def jittered(policy: RetryPolicy, attempt: int, dice: Dice) -> float:
    ceiling = policy.ceiling(attempt)
    return ceiling * dice() if policy.jitter else ceiling


def _floored(asked: float | None, wait: float) -> float | None:
    if asked is None:
        return wait
    return None if asked > LONGEST_RETRY_AFTER else max(asked, wait)
