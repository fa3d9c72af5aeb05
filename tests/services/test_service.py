"""What the services share, in virtual time: the wish survives, failures are told, all ends."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest

from examples.fastapi_app.problems import STATUSES, RefusedError, problem_of
from examples.fastapi_app.service import FLEET, SPEC, Service, Wish, running
from tests.fleet.fleets import QUICK, keys, make_fleet_lab, once_each
from tests.lab import Lab, client_of
from yotta_async import AsyncYotta, Limits, YottaError, errors
from yotta_async.errors import (
    APITimeoutError,
    ConcurrencyLimitError,
    FleetLeftoverError,
    NotFoundError,
    RateLimitError,
    UnresolvedCreateError,
)


@pytest.fixture
def wish(tmp_path: Path) -> Wish:
    return Wish(tmp_path / "wanted")


def another(lab: Lab) -> AsyncYotta:
    return client_of(lab.cloud, limits=Limits(requests=600))


@asynccontextmanager
async def serving(lab: Lab, wish: Wish) -> AsyncIterator[Service]:
    async with another(lab) as client, running(client, wish) as service:
        yield service


async def has_ready(service: Service, number: int) -> None:
    with anyio.fail_after(600.0):
        while f'"ready": {number},'.encode() not in service.board.state:
            await anyio.sleep(1.0)


async def left_by_a_kill(lab: Lab, number: int) -> set[str]:
    """Leave a fleet and a single pod as a service does that is killed; return the fleet's ids."""
    async with another(lab) as client, client.fleet(FLEET, on_exit="keep") as fleet:
        report = await fleet.up([SPEC] * number)
        await client.pods.create(SPEC.evolve(name="web.single-1"))
        await client.pods.create(SPEC.evolve(name="somebody-else-s"))
    await anyio.sleep(60.0)
    return {pod.id for pod in report.ready}


async def test_it_begins_with_nothing_and_leaves_nothing(wish: Wish) -> None:
    lab = make_fleet_lab()
    async with serving(lab, wish) as service:
        assert service.wanted == 0
        service.begin(3)
        await service.create(SPEC)
        await has_ready(service, 3)
        assert len(lab.living) == 4
        assert wish.read() == 3
    assert lab.living == set()
    assert wish.read() is None


async def test_what_was_asked_for_is_asked_for_again_after_a_kill(wish: Wish) -> None:
    lab = make_fleet_lab()
    before = await left_by_a_kill(lab, 4)
    wish.write(6)
    async with serving(lab, wish) as service:
        await has_ready(service, 6)
        assert keys(lab) == once_each(6)
        assert before < lab.living
    assert len(lab.living) == 1  # somebody else's


async def test_without_the_file_the_names_tell_how_many_there_were(wish: Wish) -> None:
    lab = make_fleet_lab()
    before = await left_by_a_kill(lab, 4)
    async with serving(lab, wish) as service:
        await has_ready(service, 4)
        assert before < lab.living
        assert wish.read() == 4


@pytest.mark.parametrize("content", [b"", b"seven", b"-5", b"5.0", b"\xff\xfe"])
async def test_a_file_that_holds_no_number_is_as_none(wish: Wish, content: bytes) -> None:
    lab = make_fleet_lab()
    before = await left_by_a_kill(lab, 4)
    wish.path.write_bytes(content)
    async with serving(lab, wish) as service:
        await has_ready(service, 4)
        assert before < lab.living


async def test_a_number_written_by_hand_is_read(wish: Wish) -> None:
    wish.path.write_text("7\n")
    assert wish.read() == 7


async def test_a_second_instance_is_refused_and_touches_nothing(wish: Wish) -> None:
    lab = make_fleet_lab()
    async with serving(lab, wish) as service:
        service.begin(3)
        await has_ready(service, 3)
        before = lab.living
        with pytest.raises(RuntimeError, match="Another instance"):
            async with serving(lab, wish):
                raise AssertionError
        assert lab.living == before
        assert wish.read() == 3
    async with serving(lab, wish):  # what has ended holds nothing
        pass


async def test_without_a_place_for_its_file_it_does_not_begin(tmp_path: Path) -> None:
    lab = make_fleet_lab()
    with pytest.raises(OSError, match="nowhere"):
        async with serving(lab, Wish(tmp_path / "nowhere" / "wanted")):
            raise AssertionError


async def test_a_file_that_cannot_be_written_makes_nothing_and_keeps_nothing(
    wish: Wish, caplog: pytest.LogCaptureFixture
) -> None:
    lab = make_fleet_lab()
    async with serving(lab, wish) as service:
        service.begin(2)
        await service.create(SPEC)
        await has_ready(service, 2)
        wish.path.with_suffix(".new").mkdir()  # nothing can be written there any more
        with pytest.raises(OSError, match="wanted"):
            service.scale(9)
        assert service.wanted == 2
        await service.end()
        assert len(lab.living) == 1
    assert lab.living == set()
    assert "deleting 1 pods" in caplog.text


async def test_from_the_first_it_shows_a_whole_state(wish: Wish) -> None:
    lab = make_fleet_lab()
    async with serving(lab, wish) as service:
        state = json.loads(service.board.state)
    assert (state["wanted"], state["pods"], state["deleting"]) == (0, [], False)


async def test_killed_while_it_deletes_it_goes_on_deleting(wish: Wish) -> None:
    lab = make_fleet_lab()
    await left_by_a_kill(lab, 4)
    wish.write(0)
    async with serving(lab, wish):
        await anyio.sleep(60.0)
        assert keys(lab) == once_each(0)


async def test_single_pods_are_known_again_and_those_of_others_are_hidden(wish: Wish) -> None:
    lab = make_fleet_lab()
    await left_by_a_kill(lab, 1)
    ids = {pod.name: pod.id for pod in lab.cloud.pods}
    async with serving(lab, wish) as service:
        assert service.single(ids["web.single-1"]).is_ready
        for name in ids.keys() - {"web.single-1"}:
            with pytest.raises(RefusedError):
                await service.delete(ids[name])


async def test_following_single_pods_costs_no_request(wish: Wish) -> None:
    lab = make_fleet_lab()
    async with serving(lab, wish) as service:
        pods = [await service.create(SPEC) for _ in range(5)]
        await anyio.sleep(120.0)
        assert all(service.single(pod.id).is_ready for pod in pods)
    assert lab.cloud.operations["getPod"] == 0


async def test_single_pods_amid_a_launch_keep_the_limits(wish: Wish) -> None:
    lab = make_fleet_lab(requests=60)
    async with client_of(lab.cloud) as client, running(client, wish) as service:
        service.begin(30)
        async with anyio.create_task_group() as tasks:
            for _ in range(40):
                tasks.start_soon(service.create, SPEC)
        await has_ready(service, 30)
        assert len(lab.living) == 70
    assert lab.living == set()
    assert lab.cloud.violations == ()


async def test_while_it_is_being_deleted_nothing_can_be_asked_for(wish: Wish) -> None:
    lab = make_fleet_lab()
    async with serving(lab, wish) as service:
        service.begin(3)
        await has_ready(service, 3)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(service.end)
            await anyio.sleep(0.1)
            assert b'"deleting": true' in service.board.state
            for number in (1, 2):
                with pytest.raises(RefusedError, match="being deleted"):
                    service.begin(number)
        assert lab.living == set()
        service.begin(2)
        await has_ready(service, 2)


async def test_a_fleet_that_cannot_go_on_is_told_of_and_the_rest_goes_on(wish: Wish) -> None:
    lab = make_fleet_lab(life=QUICK)
    async with another(lab) as client, client.fleet(FLEET) as earlier:
        await earlier.up([SPEC] * 2)
        await anyio.sleep(60.0)
        async with serving(lab, wish) as service:
            await anyio.sleep(60.0)
            pod = earlier.status().ready[0]
            del lab.cloud._cloud.pods.all[int(pod.id)]  # which the earlier run replaces
            with anyio.fail_after(1200.0):
                while b"another program" not in service.board.state:
                    await anyio.sleep(1.0)
            with pytest.raises(RefusedError, match="another program") as caught:
                service.scale(3)
            assert problem_of(caught.value).status == 503
            single = await service.create(SPEC)
            assert single.id in lab.living
        await anyio.sleep(60.0)
        assert single.id not in lab.living
        assert len(earlier.status().ready) == 2


async def test_a_stream_tells_all_and_then_what_changes(wish: Wish) -> None:
    lab = make_fleet_lab()
    async with serving(lab, wish) as service:
        service.begin(2)
        frames = [frame async for frame in service.board.stream(120.0)]
        assert frames[0].startswith(b"retry: 300\n\nevent: all")
        later = [frame for frame in frames[1:] if not frame.startswith(b":")]
        assert all(frame.startswith(b"event: changes") for frame in later)
        assert sum(frame.count(b'"stage": "ready"') for frame in later) == 2


async def test_a_stream_ends_with_the_service(wish: Wish) -> None:
    lab = make_fleet_lab()
    async with anyio.create_task_group() as tasks, serving(lab, wish) as service:

        async def look() -> None:
            async for _ in service.board.stream(86_000.0):
                pass

        tasks.start_soon(look)
        await anyio.sleep(1.0)
    assert anyio.current_time() < 1000.0


# Errors.


def test_every_error_has_a_status() -> None:
    kinds = [getattr(errors, name) for name in errors.__all__]
    assert all(any(each in STATUSES for each in kind.__mro__) for kind in kinds)


def status(kind: type[errors.APIStatusError], *, seconds: float | None = None) -> YottaError:
    return kind("no", status=200, retry_after=seconds)


@pytest.mark.parametrize(
    ("error", "expected", "headers"),
    [
        (status(NotFoundError), 404, {}),
        (status(RateLimitError, seconds=2.5), 503, {"Retry-After": "3"}),
        (status(ConcurrencyLimitError), 503, {"Retry-After": "10"}),
        (status(errors.APIStatusError), 502, {}),
        (status(errors.AuthenticationError), 502, {}),
        (APITimeoutError("late"), 504, {}),
        (errors.ConfigurationError("pods", 0, "too few", hint="More."), 422, {}),
    ],
)
def test_errors_are_told_by_their_nearest_class(
    error: YottaError, expected: int, headers: dict[str, str]
) -> None:
    problem = problem_of(error)
    assert (problem.status, problem.headers) == (expected, headers)
    assert problem.body == {"error": type(error).__name__, "detail": str(error)}


def test_what_may_bill_is_named() -> None:
    unclear = problem_of(UnresolvedCreateError("unclear", name="web.single-1"))
    assert (unclear.status, unclear.body["pod"]) == (504, "web.single-1")
    left = problem_of(FleetLeftoverError("left", pods={"web-0": "7"}, command="down"))
    assert (left.status, left.body["pods"]) == (502, {"web-0": "7"})
