"""The verdict on a failed attempt, as a table, and the arithmetic around it."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yotta_async import errors
from yotta_async._call.rules.operation import Operation, Repeat
from yotta_async._call.rules.retry import (
    LONGEST_RETRY_AFTER,
    Attempts,
    Failure,
    RetryBudget,
    RetryPolicy,
    jittered,
    may_have_happened,
    pause_after,
    wait_before_next,
)
from yotta_async.errors import APIError, APIStatusError, RateLimitError


POLICY = RetryPolicy()
NO_DICE = RetryPolicy(jitter=False)
CHANCES = st.floats(0.0, 1.0, exclude_max=True)


def operation(repeat: Repeat) -> Operation:
    return Operation(id="anything", method="POST", path="/", repeat=repeat)


def made(kind: type[APIError]) -> APIError:
    if issubclass(kind, APIStatusError):
        return kind("no.", status=200)
    if issubclass(kind, errors.UnresolvedCreateError):
        return kind("perhaps.", name="pod")
    return kind("no.")


def always(chance: float) -> Callable[[], float]:
    return lambda: chance


# Nothing can have reached the server; it may have been done; it was not done.
NOT_SENT: set[type[APIError]] = {errors.NotSentError}
UNCLEAR: set[type[APIError]] = {
    errors.MaybeSentError,
    errors.APITimeoutError,
    errors.UnresolvedCreateError,
    errors.InvalidResponseError,
    errors.InternalServerError,
}
REFUSED: set[type[APIError]] = {
    errors.APIStatusError,
    errors.AuthenticationError,
    errors.BadRequestError,
    errors.ConcurrencyLimitError,
    errors.ConflictError,
    errors.InsufficientBalanceError,
    errors.NotFoundError,
    errors.OutOfCapacityError,
    errors.PermissionDeniedError,
    errors.RateLimitError,
}
BASES: set[type[APIError]] = {errors.APIError, errors.APIConnectionError}
ALL = {
    kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, APIError)
}
KINDS = sorted({*NOT_SENT, *UNCLEAR, *REFUSED, *BASES}, key=str)


def test_the_table_knows_every_error() -> None:
    assert set(KINDS) == ALL


@pytest.mark.parametrize("repeat", Repeat)
@pytest.mark.parametrize("kind", KINDS)
def test_an_attempt_is_repeated_when_it_cannot_have_happened_or_may_happen_twice(
    kind: type[APIError], repeat: Repeat
) -> None:
    wait = wait_before_next(NO_DICE, operation(repeat), made(kind), attempt=1, dice=always(0))
    repeated = kind in NOT_SENT or (kind in UNCLEAR and repeat is Repeat.FREELY)
    assert wait == (1.0 if repeated else None)


@pytest.mark.parametrize("repeat", Repeat)
@pytest.mark.parametrize("kind", KINDS)
def test_whatever_is_looked_at_first_is_repeated_unless_it_was_refused(
    kind: type[APIError], repeat: Repeat
) -> None:
    wait = wait_before_next(
        NO_DICE, operation(repeat), made(kind), attempt=1, dice=always(0), looks=True
    )
    assert wait == (1.0 if kind in NOT_SENT | UNCLEAR else None)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("earlier", [None, errors.NotSentError("no."), errors.MaybeSentError("?")])
def test_a_failure_is_unclear_after_any_attempt_that_was(
    kind: type[APIError], earlier: APIError | None
) -> None:
    attempts = Attempts()
    if earlier is not None:
        attempts.again(earlier, 1.0)
    failure = Failure(made(kind), attempts, repeats=False)
    assert failure.is_unclear is (kind in UNCLEAR or isinstance(earlier, errors.MaybeSentError))


@pytest.mark.parametrize("kind", KINDS)
def test_only_unclear_answers_leave_it_open_whether_it_happened(kind: type[APIError]) -> None:
    assert may_have_happened(made(kind)) is (kind in UNCLEAR)


@pytest.mark.parametrize(("attempt", "wait"), [(1, 1.0), (2, 2.0), (3, 4.0), (4, None), (5, None)])
def test_the_waits_double_and_the_attempts_run_out(attempt: int, wait: float | None) -> None:
    call, error = operation(Repeat.BY_NAME), errors.NotSentError("no.")
    assert wait_before_next(NO_DICE, call, error, attempt=attempt, dice=always(0)) == wait


def test_without_retries_every_failure_is_the_callers() -> None:
    call, error = operation(Repeat.FREELY), errors.NotSentError("no.")
    assert wait_before_next(RetryPolicy.none(), call, error, attempt=1, dice=always(0)) is None


@given(attempt=st.integers(1, 200), chance=CHANCES)
def test_jitter_stays_between_zero_and_the_ceiling(attempt: int, chance: float) -> None:
    ceiling = min(30.0, 2.0 ** (attempt - 1))
    assert 0.0 <= jittered(POLICY, attempt, always(chance)) <= ceiling
    assert jittered(POLICY, attempt, always(0.5)) == ceiling / 2
    assert jittered(NO_DICE, attempt, always(chance)) == ceiling


@pytest.mark.parametrize("factor", [2, 2.0, 1e308])
def test_absurd_attempts_wait_the_longest(factor: float) -> None:
    policy = RetryPolicy(factor=factor)
    assert policy.ceiling(10**6) == policy.maximum


def test_no_wait_stays_no_wait_however_often_it_is_multiplied() -> None:
    assert RetryPolicy(initial=0.0).ceiling(10**6) == 0.0


@pytest.mark.parametrize(
    ("asked", "chance", "wait"),
    [
        (None, 0.25, 0.25),
        (0.0, 0.25, 0.25),
        (0.1, 0.25, 0.25),
        (7.0, 0.25, 7.0),
        (LONGEST_RETRY_AFTER, 0.0, LONGEST_RETRY_AFTER),
        (LONGEST_RETRY_AFTER + 0.001, 0.0, None),
        (1e9, 0.0, None),
    ],
)
def test_what_the_server_asks_for_is_a_floor_and_too_much_is_given_up(
    asked: float | None, chance: float, wait: float | None
) -> None:
    error = errors.InternalServerError("no.", status=503, retry_after=asked)
    call = operation(Repeat.FREELY)
    assert wait_before_next(POLICY, call, error, attempt=1, dice=always(chance)) == wait


@given(asked=st.none() | st.floats(0.0, 120.0), streak=st.integers(1, 50), chance=CHANCES)
def test_a_pause_is_never_shorter_than_asked_and_spread_by_a_second_at_most(
    asked: float | None, streak: int, chance: float
) -> None:
    error = RateLimitError("no.", status=200, retry_after=asked)
    pause = pause_after(POLICY, error, streak=streak, dice=always(chance))
    least = max(asked or 0.0, min(30.0, 2.0 ** (streak - 1)))
    assert pause is not None
    assert least <= pause <= least + 1.0


def test_two_clients_that_are_refused_together_do_not_come_back_together() -> None:
    error = RateLimitError("no.", status=200, retry_after=10.0)
    pauses = {pause_after(POLICY, error, streak=1, dice=always(each)) for each in (0.0, 0.5, 0.9)}
    assert pauses == {10.0, 10.5, 10.9}
    assert pause_after(NO_DICE, error, streak=1, dice=always(0.9)) == 10.0


@pytest.mark.parametrize(
    ("asked", "pause"), [(121.0, 121.0), (600.0, 600.0), (3600.0, 3600.0), (1e15, 3600.0)]
)
def test_a_pause_is_as_long_as_the_server_asks_up_to_the_longest(
    asked: float, pause: float
) -> None:
    """[T6]."""
    error = RateLimitError("no.", status=200, retry_after=asked)
    assert pause_after(POLICY, error, streak=1, dice=always(0.0)) == pause


def test_the_longest_pause_is_a_setting() -> None:
    policy = RetryPolicy(longest_pause=50.0, jitter=False)
    error = RateLimitError("no.", status=200, retry_after=600.0)
    assert pause_after(policy, error, streak=1, dice=always(0.5)) == 50.0


def test_a_budget_is_spent_and_earned_back_by_five_successes_each() -> None:
    budget = RetryBudget(2)
    assert [budget.spend() for _ in range(3)] == [True, True, False]
    for _ in range(4):
        budget.succeeded()
    assert not budget.spend()
    budget.succeeded()
    assert [budget.spend(), budget.spend()] == [True, False]


def test_successes_save_up_no_more_than_the_budget() -> None:
    budget = RetryBudget(1)
    for _ in range(100):
        budget.succeeded()
    assert [budget.spend(), budget.spend()] == [True, False]


@pytest.mark.parametrize(("retries", "granted"), [(0, 0), (3, 3), (None, 50)])
def test_a_budget_holds_what_it_says(retries: int | None, granted: int) -> None:
    budget = RetryBudget(retries)
    assert sum(budget.spend() for _ in range(50)) == granted
    assert budget.is_spent is (retries is not None)


@given(retries=st.integers(0, 10), history=st.lists(st.booleans(), max_size=200))
def test_retries_never_exceed_the_budget_and_a_fifth_of_the_successes(
    retries: int, history: list[bool]
) -> None:
    budget, spent, succeeded = RetryBudget(retries), 0, 0
    for success in history:
        if success:
            budget.succeeded()
            succeeded += 1
        else:
            spent += budget.spend()
        assert 5 * spent <= 5 * retries + succeeded
