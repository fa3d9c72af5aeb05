"""`under`: one test in many worlds."""

import inspect
import json
import random
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.lab import SPEC
from yotta_async import AsyncYotta, Pod
from yotta_async.errors import ConfigurationError, YottaError
from yotta_async.simulator import ServerLimits, SimulatedYotta
from yotta_async.testing import World, under, world_of


@pytest.fixture(autouse=True)
def no_world_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("YOTTA_WORLD", "YOTTA_PAGES"):
        monkeypatch.delenv(name, raising=False)


async def rented(client: AsyncYotta) -> Pod:
    pod = await client.pods.create(SPEC)
    try:
        return await client.pods.wait(pod.id)
    finally:
        with anyio.CancelScope(shield=True):
            await client.pods.delete(pod.id)


def notes_of(error: BaseException) -> str:
    return "\n".join(getattr(error, "__notes__", []))


def test_each_world_is_another_and_the_first_is_calm() -> None:
    seen: list[SimulatedYotta] = []

    @under(5)
    async def test(yotta_cloud: SimulatedYotta, yotta_client: AsyncYotta) -> None:
        assert yotta_client.simulator is yotta_cloud
        assert anyio.current_time() == 0
        seen.append(yotta_cloud)
        await rented(yotta_client)

    test()
    assert len({id(cloud) for cloud in seen}) == 5
    assert world_of(0) == World(requests=60)
    assert len({json.dumps(world_of(number).to_dict()) for number in range(50)}) == 50


def test_a_pod_that_is_left_is_found_in_the_first_world() -> None:
    @under(5)
    async def test() -> None:
        async with AsyncYotta() as client:
            await client.pods.create(SPEC)

    with pytest.raises(AssertionError, match="1 thing left behind") as raised:
        test()
    assert "This was world 0; 0 of 5 passed. The same again: YOTTA_WORLD=0" in notes_of(
        raised.value
    )
    assert "in a calm world, too" in notes_of(raised.value)


def fails_where_lists_lag() -> Any:
    @under(50)
    async def test(yotta_client: AsyncYotta) -> None:
        pod = await yotta_client.pods.create(SPEC)
        listed = [each.id for each in await yotta_client.pods.list()]
        await yotta_client.pods.delete(pod.id)
        assert listed == [pod.id]

    return test


def test_a_world_is_made_simpler_until_only_what_it_takes_is_left() -> None:
    with pytest.raises(AssertionError) as raised:
        fails_where_lists_lag()()
    [fields] = [
        json.loads(line.partition("YOTTA_WORLD='")[2].rstrip("'"))
        for line in notes_of(raised.value).splitlines()
        if "So much of it is enough" in line
    ]
    assert fields.keys() <= {"seed", "list_lag", "stale", "stale_by", "requests"}
    assert fields.keys() & {"list_lag", "stale"}


def number_in(error: BaseException) -> str:
    return notes_of(error).partition("YOTTA_WORLD=")[2].split()[0]


def test_a_world_named_in_the_environment_is_tried_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AssertionError) as raised:
        fails_where_lists_lag()()
    number = number_in(raised.value)
    monkeypatch.setenv("YOTTA_WORLD", number)
    with pytest.raises(AssertionError) as again:
        fails_where_lists_lag()()
    assert f"This was world {number}; 0 of 1 passed" in notes_of(again.value)
    monkeypatch.setenv("YOTTA_WORLD", json.dumps({"list_lag": 5.0}))
    with pytest.raises(AssertionError):
        fails_where_lists_lag()()
    monkeypatch.setenv("YOTTA_WORLD", "{}")
    fails_where_lists_lag()()


@pytest.mark.parametrize("only", [7, World(list_lag=3.0)])
def test_one_world_is_chosen_by_an_argument(only: int | World) -> None:
    seen: list[World] = []

    @under(only=only)
    async def test(yotta_cloud: Any) -> None:
        seen.append(yotta_cloud.world)

    test()
    assert seen == [world_of(only) if isinstance(only, int) else only]


@pytest.mark.parametrize("text", ["seven", "[1]", '{"lag": 1}', "1.5"])
def test_what_names_no_world_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YOTTA_WORLD", text)
    with pytest.raises(ConfigurationError, match="YOTTA_WORLD="):
        fails_where_lists_lag()()


def test_disasters_may_end_the_test_and_leave_nothing() -> None:
    raised: list[str] = []

    @under(40, disasters=True, may_raise=YottaError)
    async def test(yotta_client: AsyncYotta) -> None:
        async with yotta_client.fleet("f") as fleet:
            await fleet.up([SPEC])
            try:
                for _ in range(40):
                    await yotta_client.pods.list()
                    await anyio.sleep(30)
            except YottaError as error:
                raised.append(type(error).__name__)
                raise

    test()
    assert raised


def test_without_disasters_nothing_but_the_network_is_bad() -> None:
    for number in range(200):
        world = world_of(number)
        assert (world.failing, world.dying, world.spells) == (0.0, 0.0, ())
        assert world.list_lag <= 10
        assert (world.requests, world.slots, world.api_version) == (60, 5, "v1")
    assert any(world_of(number, disasters=True).spells for number in range(20))


def test_an_error_that_may_not_end_the_test_fails_it() -> None:
    @under(3)
    async def test(yotta_client: AsyncYotta) -> None:
        await yotta_client.pods.get("1")

    with pytest.raises(YottaError) as raised:
        test()
    assert "This was world 0" in notes_of(raised.value)


def test_errors_in_a_group_may_end_it_where_all_of_them_may() -> None:
    def tried(other: Exception) -> Any:
        @under(2, may_raise=YottaError)
        async def test() -> None:
            raise ExceptionGroup("both", [YottaError("a"), other])

        return test

    tried(YottaError("b"))()
    with pytest.raises(ExceptionGroup):
        tried(ValueError("c"))()


def test_a_test_that_does_not_end_fails() -> None:
    @under(1, longest=3600.0)
    async def test() -> None:
        await anyio.sleep(7200)

    with pytest.raises(TimeoutError):
        test()


def test_on_trio_it_does_the_same() -> None:
    @under(3, backend="trio")
    async def test(yotta_client: AsyncYotta) -> None:
        await rented(yotta_client)

    test()


def test_its_options_are_those_of_the_mark() -> None:
    @under(2, leaves="kept", stock={"eu-1": {SPEC.gpu_type: 1}})
    async def test(yotta_client: AsyncYotta) -> None:
        pod = await yotta_client.pods.create(SPEC.evolve(name="kept"))
        assert (await yotta_client.pods.wait(pod.id)).region == "eu-1"

    test()
    with pytest.raises(ConfigurationError, match=r"Did you mean leaves=\?"):
        under(2, leave="kept")


def test_marks_above_and_below_it_count() -> None:
    @pytest.mark.yotta(leaves="kept")
    @under(2)
    @pytest.mark.yotta(limits=ServerLimits(requests=99))
    async def test(yotta_cloud: SimulatedYotta, yotta_client: AsyncYotta) -> None:
        assert yotta_cloud.limits.requests == 99
        await yotta_client.pods.create(SPEC.evolve(name="kept"))

    test()


def test_other_arguments_are_those_of_the_framework() -> None:
    seen: list[object] = []

    @under(2)
    async def test(number: int, yotta_client: AsyncYotta, *, word: str) -> None:
        assert yotta_client.simulator is not None
        seen.append((number, word))

    assert list(inspect.signature(test).parameters) == ["number", "word"]
    test(3, word="x")
    assert seen == [(3, "x")] * 2


def test_chance_of_the_program_is_the_same_in_each_run_of_a_world() -> None:
    drawn: list[float] = []

    @under(only=3)
    async def test() -> None:
        drawn.append(random.random())

    before = random.getstate()
    test()
    test()
    assert drawn[0] == drawn[1]
    assert random.getstate() == before


@pytest.mark.parametrize("wrong", [0, True, "50"])
def test_no_number_of_worlds_is_refused(wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"Write @under\(50\)"):
        under(wrong)


def test_without_parentheses_and_on_a_plain_function_it_is_refused() -> None:
    async def test() -> None:
        """Stand for a test."""

    def plain() -> None:
        """Stand for one that is not asynchronous."""

    decorate: Any = under
    with pytest.raises(ConfigurationError, match=r"Write @under\(50\), with parentheses"):
        decorate(test)
    with pytest.raises(ConfigurationError, match="must be asynchronous"):
        decorate(2)(plain)


def test_a_page_is_written_where_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YOTTA_PAGES", str(tmp_path))

    @under(2)
    async def test(yotta_client: AsyncYotta) -> None:
        await yotta_client.pods.create(SPEC.evolve(environment={"TOKEN": "secret-123"}))

    with pytest.raises(AssertionError) as raised:
        test()
    [page] = tmp_path.iterdir()
    assert f"Its story: {page}" in notes_of(raised.value)
    text = page.read_text("utf-8")
    assert "createPod 200/10000" in text
    assert "secret-123" not in text
