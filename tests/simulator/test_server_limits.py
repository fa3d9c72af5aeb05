"""The limit models against slow and obvious counting."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yotta_async.errors import ConfigurationError
from yotta_async.simulator import ServerLimits
from yotta_async.simulator.server_limits import (
    FixedWindows,
    OperationSlots,
    RateModel,
    SlidingLog,
    TokenBucket,
)


# Quarters are exact in binary and make ties and window edges common.
GAPS = st.lists(st.integers(0, 12).map(lambda quarters: quarters / 4), max_size=60)
REQUESTS = st.integers(1, 5)
PER = st.sampled_from([1.0, 2.5, 4.0])


def arrivals(gaps: list[float]) -> list[float]:
    return [sum(gaps[: index + 1]) for index in range(len(gaps))]


def within(instants: list[float], now: float, per: float) -> int:
    return sum(1 for instant in instants if now - per < instant <= now)


@given(GAPS, REQUESTS, PER)
def test_sliding_log_admits_exactly_while_fewer_than_the_limit_were_admitted(
    gaps: list[float], requests: int, per: float
) -> None:
    model, admitted = SlidingLog(requests=requests, per=per), list[float]()
    for now in arrivals(gaps):
        room = within(admitted, now, per) < requests
        assert (model.admit(now) is None) is room
        if room:
            admitted.append(now)


@given(GAPS, REQUESTS, PER)
def test_strict_sliding_log_counts_refused_requests_too(
    gaps: list[float], requests: int, per: float
) -> None:
    model, seen = SlidingLog(requests=requests, per=per, counts_refused=True), list[float]()
    for now in arrivals(gaps):
        room = within(seen, now, per) < requests
        assert (model.admit(now) is None) is room
        seen.append(now)


@given(GAPS, REQUESTS, PER, st.sampled_from([0.0, 0.25, 3.75]))
def test_fixed_windows_admit_the_limit_in_each_window(
    gaps: list[float], requests: int, per: float, phase: float
) -> None:
    model, admitted = FixedWindows(requests=requests, per=per, phase=phase), dict[int, int]()
    instants = arrivals(gaps)
    for now in instants:
        window = math.floor((now - instants[0] - phase) / per)
        room = admitted.get(window, 0) < requests
        assert (model.admit(now) is None) is room
        admitted[window] = admitted.get(window, 0) + room


@given(GAPS, REQUESTS, PER, st.integers(1, 7))
def test_token_bucket_admits_no_more_than_burst_and_refill_in_any_span(
    gaps: list[float], requests: int, per: float, burst: int
) -> None:
    model = TokenBucket(requests=requests, per=per, burst=burst)
    admitted = [now for now in arrivals(gaps) if model.admit(now) is None]
    for first, begin in enumerate(admitted):
        for last in range(first, len(admitted)):
            span = admitted[last] - begin
            assert last - first + 1 <= burst + span * requests / per + 1e-6


@given(GAPS, REQUESTS, PER, st.integers(1, 7))
def test_token_bucket_refuses_only_when_the_tokens_are_gone(
    gaps: list[float], requests: int, per: float, burst: int
) -> None:
    model, tokens, before = TokenBucket(requests=requests, per=per, burst=burst), float(burst), 0.0
    for now in arrivals(gaps):
        tokens = min(burst, tokens + (now - before) * requests / per)
        before = now
        admitted = model.admit(now) is None
        if admitted:
            tokens -= 1
        assert admitted or tokens < 1
        assert tokens > -1e-6


MODELS = [
    ServerLimits(requests=3, per=4.0),
    ServerLimits(requests=3, per=4.0, kind="sliding-strict"),
    ServerLimits(requests=3, per=4.0, kind="fixed", phase=1.5),
    ServerLimits(requests=3, per=4.0, kind="bucket"),
    ServerLimits(requests=3, per=4.0, kind="bucket", burst=2),
]


@pytest.mark.parametrize("limits", MODELS, ids=lambda limits: f"{limits.kind}-{limits.burst}")
@given(gaps=GAPS)
def test_who_waits_as_long_as_told_is_admitted_and_not_a_moment_earlier(
    limits: ServerLimits, gaps: list[float]
) -> None:
    history = list[float]()

    def replay() -> RateModel:
        model = limits.rate_model()
        for instant in history:
            model.admit(instant)
        return model

    for now in arrivals(gaps):
        history.append(now)
        wait = limits_answer(limits, history)
        if wait is not None:
            assert wait > 0
            assert replay().admit(now + wait + 1e-6) is None
            # One that is merely early must still be refused.
            assert replay().admit(now + wait - 1e-3) is not None


def limits_answer(limits: ServerLimits, history: list[float]) -> float | None:
    model = limits.rate_model()
    return [model.admit(instant) for instant in history][-1]


@given(GAPS, REQUESTS, PER)
def test_worst_window_is_the_fullest_of_all_spans(
    gaps: list[float], requests: int, per: float
) -> None:
    model, instants = SlidingLog(requests=requests, per=per), arrivals(gaps)
    for now in instants:
        model.admit(now)
    assert model.worst == max((within(instants, now, per) for now in instants), default=0)


def test_no_limit_admits_all_and_counts_them() -> None:
    model = ServerLimits.none().rate_model()
    assert [model.admit(0.0) for _ in range(500)] == [None] * 500
    assert model.worst == 500


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("sliding", SlidingLog),
        ("sliding-strict", SlidingLog),
        ("fixed", FixedWindows),
        ("bucket", TokenBucket),
    ],
)
def test_each_kind_is_its_own_model(kind: Any, expected: type[RateModel]) -> None:
    model = ServerLimits(kind=kind).rate_model()
    assert isinstance(model, expected)
    assert (model.requests, model.per) == (60, 60.0)


def test_a_slot_is_free_again_in_the_instant_its_operation_ends() -> None:
    slots = OperationSlots(limit=2)
    assert slots.admit(0.0) is None
    slots.hold("a", until=5.0)
    assert slots.admit(0.0) is None
    slots.hold("b", until=3.0)
    assert slots.admit(2.0) == 1.0
    assert slots.admit(3.0) is None


def test_a_later_note_moves_the_end_of_an_operation() -> None:
    slots = OperationSlots(limit=1)
    slots.hold("a", until=1.0)
    slots.hold("a", until=9.0)
    assert slots.admit(5.0) == 4.0


def test_worst_concurrency_counts_the_refused_one() -> None:
    slots = OperationSlots(limit=1)
    slots.hold("a", until=1.0)
    assert slots.admit(0.0) is not None
    assert slots.worst == 2


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"requests": 0}, "requests"),
        ({"per": 0.0}, "per"),
        ({"per": math.inf}, "per"),
        ({"kind": "leaky"}, "kind"),
        ({"phase": -1.0}, "phase"),
        ({"burst": 0}, "burst"),
        ({"pod_operations": 0}, "pod_operations"),
        ({"operation_span": "eternal"}, "operation_span"),
    ],
)
def test_impossible_limits_are_refused_by_name(settings: dict[str, object], field: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        ServerLimits(**settings)  # type: ignore[arg-type]
    assert caught.value.field == field
