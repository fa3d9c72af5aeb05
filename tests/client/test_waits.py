"""The same situations over pods, endpoints, machines and tasks: one rule for all waits."""

from math import inf, nan
from typing import Any

import pytest

from tests.client.waits import ABSENT, FAILING, FORBIDDEN, ID, KINDS, SETTLE, Fate
from yotta_async.errors import (
    ConfigurationError,
    InternalServerError,
    NotFoundError,
    PermissionDeniedError,
    WaitError,
    WaitTimeoutError,
)


of_each_kind = pytest.mark.parametrize("kind", KINDS)
of_what_can_go = pytest.mark.parametrize(
    "kind", [name for name, kind in KINDS.items() if kind.terminated]
)


def fate_of(kind: str, *steps: str, every: float = 20.0, **options: Any) -> Fate:
    """Return the fate of a thing to which something happens every so many seconds."""
    told = {number * every: getattr(KINDS[kind], step, step) for number, step in enumerate(steps)}
    return Fate(KINDS[kind], told, **options)


def until(kind: str, status: str) -> dict[str, str]:
    return {} if kind == "task" else {"until": getattr(KINDS[kind], status)}


@of_each_kind
async def test_what_gets_there_is_returned_when_it_is_seen_there(kind: str) -> None:
    fate = fate_of(kind, "start", "goal")
    thing = await fate.wait(**until(kind, "goal"))
    assert (thing.id, thing.status) == (ID, KINDS[kind].goal)
    assert 20.0 <= fate.now < 40.0


@of_each_kind
async def test_what_can_no_longer_get_there_ends_the_wait_with_its_error(kind: str) -> None:
    fate = fate_of(kind, "start", "lost")
    with pytest.raises(KINDS[kind].failed) as caught:
        await fate.wait(**until(kind, "goal"))
    error = caught.value
    assert isinstance(error, WaitError)
    assert error.subject == ID
    assert error.last_seen.status == KINDS[kind].lost  # type: ignore[attr-defined]
    assert [status for _, status in error.history] == [KINDS[kind].start, KINDS[kind].lost]
    assert f"{kind} {ID} is {KINDS[kind].lost} and will not be " in str(error)
    assert error.hint


@of_each_kind
@pytest.mark.parametrize("status", ["start", "HIBERNATING"])
async def test_what_takes_too_long_is_told_with_the_status_that_was_seen(
    kind: str, status: str
) -> None:
    """A status that this version does not know is one that was seen, too [L5]."""
    fate = fate_of(kind, status)
    with pytest.raises(WaitTimeoutError) as caught:
        await fate.wait(**until(kind, "goal"), timeout=50.0)
    error, seen = caught.value, getattr(KINDS[kind], status, status)
    assert fate.now == 50.0
    assert str(error).startswith(f"{kind} {ID} was not ")
    assert f" within 50 s; it was last seen {seen}." in str(error)
    assert error.subject == ID
    assert [status for _, status in error.history] == [seen]
    assert error.__cause__ is None
    assert error.hint


@of_each_kind
async def test_looks_that_fail_in_passing_are_waited_out(kind: str) -> None:
    fate = fate_of(kind, FAILING, "start", FAILING, "goal")
    assert (await fate.wait(**until(kind, "goal"))).status == KINDS[kind].goal
    assert 60.0 <= fate.now < 80.0


@of_each_kind
@pytest.mark.parametrize("seen", [True, False])
async def test_the_failure_of_the_last_look_is_the_cause_of_a_timeout(
    kind: str, seen: bool
) -> None:
    fate = fate_of(kind, *(["start"] if seen else []), FAILING)
    with pytest.raises(WaitTimeoutError) as caught:
        await fate.wait(**until(kind, "goal"), timeout=70.0)
    assert isinstance(caught.value.__cause__, InternalServerError)
    last = f"last seen {KINDS[kind].start}" if seen else "could not be looked at"
    assert last in str(caught.value)


@of_each_kind
@pytest.mark.parametrize("seen", [True, False])
async def test_a_refusal_for_good_ends_the_wait(kind: str, seen: bool) -> None:
    """[T8] At once, or after a minute of asking again where a shared list could be had before."""
    fate = fate_of(kind, *(["start"] if seen else []), FORBIDDEN)
    with pytest.raises(PermissionDeniedError):
        await fate.wait(**until(kind, "goal"))
    assert fate.now < (100.0 if seen else 40.0)


@of_each_kind
async def test_what_never_was_is_not_found_once_no_lag_can_explain_it(kind: str) -> None:
    fate = fate_of(kind, ABSENT)
    with pytest.raises(NotFoundError):
        await fate.wait(**until(kind, "goal"))
    assert SETTLE <= fate.now < 3 * SETTLE


@of_each_kind
async def test_what_is_shown_late_is_waited_for(kind: str) -> None:
    """Directly after a create neither a list nor a look by id need show what was made."""
    fate = fate_of(kind, ABSENT, "start", "goal", every=10.0)
    assert (await fate.wait(**until(kind, "goal"))).status == KINDS[kind].goal


@of_each_kind
async def test_what_was_seen_and_is_there_no_more_has_vanished(kind: str) -> None:
    fate = fate_of(kind, "start", ABSENT)
    with pytest.raises(KINDS[kind].vanished) as caught:
        await fate.wait(**until(kind, "goal"))
    assert 20.0 + SETTLE <= fate.now < 20.0 + 3 * SETTLE
    if isinstance(caught.value, WaitError):
        last = f"{kind} {ID} is no longer there; it was last seen {KINDS[kind].start}."
        assert str(caught.value).startswith(last)
        assert isinstance(caught.value.__cause__, NotFoundError)


@of_each_kind
async def test_a_look_by_id_that_fails_in_passing_proves_no_absence(kind: str) -> None:
    """[N7] What a list leaves out is asked for by its id, however often that fails."""
    fate = fate_of(kind, "start", FAILING, "start", "goal", unlisted=(10.0, 50.0))
    assert (await fate.wait(**until(kind, "goal"))).status == KINDS[kind].goal


@of_what_can_go
async def test_what_is_waited_for_until_it_is_gone_is_returned_terminated(kind: str) -> None:
    fate = fate_of(kind, "start", ABSENT)
    gone = await fate.wait(**until(kind, "terminated"))
    assert (gone.id, gone.status) == (ID, KINDS[kind].terminated)
    assert fate.now < 20.0 + SETTLE


@of_what_can_go
async def test_what_was_gone_before_the_first_look_is_gone(kind: str) -> None:
    """[N3] It was deleted, and is there no more when it is first looked for."""
    fate = fate_of(kind, ABSENT)
    gone = await fate.wait(**until(kind, "terminated"))
    assert (gone.id, gone.status) == (ID, KINDS[kind].terminated)
    assert SETTLE <= fate.now < 3 * SETTLE


@of_what_can_go
async def test_what_has_failed_can_still_go(kind: str) -> None:
    fate = fate_of(kind, "lost", "terminated")
    gone = await fate.wait(**until(kind, "terminated"))
    assert gone.status == KINDS[kind].terminated


@of_what_can_go
async def test_a_condition_of_ones_own_is_called_by_its_parameter(kind: str) -> None:
    fate = fate_of(kind, "start")
    with pytest.raises(WaitTimeoutError, match="was not what `until` asks for within 5 s"):
        await fate.wait(until=lambda thing: thing.id == "another", timeout=5.0)


@of_each_kind
@pytest.mark.parametrize(
    "seconds", [nan, -1, -0.5, -inf, True, "5", [], 10**400], ids=lambda value: repr(value)[:9]
)
async def test_what_is_no_timeout_is_refused_before_anything_is_sent(
    kind: str, seconds: Any
) -> None:
    """[X4]."""
    fate = fate_of(kind, "goal")
    with pytest.raises(ConfigurationError, match="must be a number of seconds") as caught:
        await fate.wait(timeout=seconds)
    assert caught.value.field == "timeout"
    assert fate.asked == []


@of_each_kind
@pytest.mark.parametrize("seconds", [None, inf, 60])
async def test_a_timeout_may_be_none_or_without_end(kind: str, seconds: Any) -> None:
    fate = fate_of(kind, "start", "goal")
    assert (await fate.wait(**until(kind, "goal"), timeout=seconds)).id == ID


@of_what_can_go
@pytest.mark.parametrize("wanted", ["sleepy", "", None, 5, []], ids=repr)
async def test_what_it_cannot_become_is_refused_with_what_it_can(kind: str, wanted: Any) -> None:
    fate = fate_of(kind, "goal")
    with pytest.raises(ConfigurationError, match=f"a function of a {kind}") as caught:
        await fate.wait(until=wanted)
    assert caught.value.field == "until"
    assert KINDS[kind].goal in str(caught.value)
    assert fate.asked == []


async def test_a_pod_that_one_list_leaves_out_is_not_gone() -> None:
    """[N7]."""
    fate = fate_of("pod", "start", "goal", ABSENT, unlisted=(5.0, 12.0))
    gone = await fate.wait(until="gone")
    assert gone.status == "TERMINATED"
    assert fate.now >= 40.0


async def test_a_pod_that_the_lists_have_shown_before_is_known() -> None:
    """[N3] What waited before this one has seen it, so its absence needs no time."""
    fate = fate_of("pod", "goal", ABSENT)
    await fate.wait()
    await fate.client.pods.wait(ID, "gone", timeout=60.0)
    assert fate.now < 20.0 + SETTLE
