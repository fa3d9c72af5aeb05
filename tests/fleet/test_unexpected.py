"""What this package has no error for, in a fleet's own work: borne for a while, then classified."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest

from tests.fleet.fleets import keys, make_fleet_lab, once_each
from tests.lab import SPEC, Lab
from yotta_async import Fleet, Pod
from yotta_async.errors import FleetLeftoverError, UnexpectedError, YottaError
from yotta_async.fleet._tasks import classified


FOREIGN = [OverflowError(34, "Result too large"), KeyError("key"), RuntimeError("no"), OSError(5)]


def failing(
    work: Callable[..., Awaitable[Any]], error: BaseException, times: float
) -> Callable[..., Awaitable[Any]]:
    """Return work that raises an error a number of times before it is done."""
    left = [times]

    async def fail(*args: Any, **named: Any) -> Any:
        if left[0] <= 0:
            return await work(*args, **named)
        left[0] -= 1
        raise error

    return fail


def break_lists(lab: Lab, error: BaseException, times: float) -> None:
    watch = lab.client._account.pods.watch
    watch._fetch = failing(watch._fetch, error, times)


class Broken:
    """Another object, but for one of its methods."""

    def __init__(self, sound: object, method: str, error: BaseException, times: float) -> None:
        self._sound = sound
        setattr(self, method, failing(getattr(sound, method), error, times))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sound, name)


def executor(fleet: Fleet) -> Any:
    """Return what carries out the fleet's steps."""
    assert fleet._life.driver is not None
    return fleet._life.driver.executor


@pytest.mark.parametrize("error", FOREIGN, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("times", [1, 4])
async def test_a_passing_failure_of_a_tick_leaves_a_fleet_at_rest(
    error: Exception, times: int
) -> None:
    """[T2]."""
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep") as fleet:
        await fleet.up([SPEC] * 3)
        before = lab.living
        break_lists(lab, error, times)
        await anyio.sleep(600.0)
        assert fleet.failure is None
        assert lab.living == before
    assert lab.living == set()


async def test_ticks_that_fail_on_and_on_end_the_fleet_with_a_classified_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """[T2] The traceback is in the log; the block raises one error, and no group of it."""
    lab = make_fleet_lab()
    planted = OverflowError(34, "Result too large")
    with pytest.raises(UnexpectedError) as caught:
        async with lab.client.fleet("sweep") as fleet:
            await fleet.up([SPEC] * 3)
            break_lists(lab, planted, 20)
            await anyio.sleep_forever()
    assert caught.value is fleet.failure
    assert caught.value.__cause__ is planted
    assert "Result too large" in caplog.text
    assert anyio.current_time() > 30.0


async def test_the_end_of_a_fleet_outlasts_what_is_unexpected() -> None:
    """[T2] Its pods are deleted as soon as it passes."""
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep") as fleet:
        await fleet.up([SPEC] * 3)
        break_lists(lab, KeyError("planted"), 5)
    assert lab.living == set()


async def test_an_end_that_meets_the_unexpected_to_its_last_second_names_the_pods() -> None:
    """[T2]."""
    lab = make_fleet_lab()
    with pytest.raises(FleetLeftoverError) as caught:
        async with lab.client.fleet("sweep", exit_timeout=60.0) as fleet:
            await fleet.up([SPEC] * 3)
            break_lists(lab, KeyError("planted"), 1e9)
    assert set(caught.value.pods.values()) == lab.living


@pytest.mark.parametrize("times", [1, 3])
async def test_a_step_that_fails_unexpectedly_is_tried_again(times: int) -> None:
    """[T2]."""
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep") as fleet:
        await fleet.up([SPEC] * 2)
        steps = executor(fleet)
        steps._pods = Broken(steps._pods, "delete", TypeError("planted"), times)
        await fleet.scale(1)
        await anyio.sleep(300.0)
        assert fleet.failure is None
        assert keys(lab) == once_each(1)


async def test_a_create_that_fails_unexpectedly_is_its_pod_s_error_and_no_group() -> None:
    """[T2]."""
    lab = make_fleet_lab()
    planted = TypeError("planted")
    async with lab.client.fleet("sweep") as fleet:
        steps = executor(fleet)
        steps._making = Broken(steps._making, "make", planted, 1e9)
        report = await fleet.up(SPEC)
        assert fleet.failure is None
    [outcome] = report.failed
    assert isinstance(outcome.error, UnexpectedError)
    assert outcome.error.__cause__ is planted


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
async def test_an_interruption_of_the_process_in_a_worker_stays_itself(
    kind: type[BaseException],
) -> None:
    """[T2]."""
    lab = make_fleet_lab()

    async def work(_pod: Pod, _item: int) -> None:
        raise kind

    with pytest.raises(kind):
        async with lab.client.fleet("sweep") as fleet:
            await fleet.up([SPEC] * 2)
            async for _ in fleet.map(work, range(3)):
                pass
    assert lab.living == set()


async def test_a_group_of_the_user_s_own_stays_a_group() -> None:
    """[T2] What the block raises is the block's."""
    lab = make_fleet_lab()
    planted = ExceptionGroup("mine", [ValueError("a")])
    with pytest.raises(ExceptionGroup) as caught:
        async with lab.client.fleet("sweep") as fleet:
            await fleet.up(SPEC)
            raise planted
    assert caught.value is planted


def test_a_group_of_one_is_classified_by_that_one() -> None:
    """[T2]."""
    own = YottaError("own")
    assert classified(ExceptionGroup("", [ExceptionGroup("", [own])]), "it") is own
    foreign = ValueError("secret")
    unexpected = classified(ExceptionGroup("", [foreign]), "it")
    assert isinstance(unexpected, UnexpectedError)
    assert unexpected.__cause__ is foreign
    assert "secret" not in str(unexpected)


async def test_a_hook_that_raises_changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """[T2]."""
    caplog.set_level(logging.CRITICAL)
    lab = make_fleet_lab()

    def hook(_event: object) -> None:
        raise OverflowError

    lab.client._account.caller.on_event = hook
    async with lab.client.fleet("sweep") as fleet:
        assert len((await fleet.up([SPEC] * 3)).ready) == 3
    assert lab.living == set()
