"""`client.map`: a fleet for one batch, from nothing to nothing, by itself."""

import gc
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.fleet.fleets import DOOMED, REGIONS, make_fleet_lab, names, stocked
from tests.lab import SPEC, Lab, client_of
from yotta_async import Budget, Placement, Pod, ReplacePolicy
from yotta_async.errors import (
    BudgetExceededError,
    ClientClosedError,
    ConfigurationError,
    FleetExpiredError,
    JournalLockedError,
    NoPodLeftError,
)


async def twice(_pod: Pod, item: int) -> int:
    await anyio.sleep(30.0)
    return 2 * item


async def gone(lab: Lab) -> bool:
    """Wait until no pod is left; False if that takes longer than a fleet may need for it."""
    with anyio.move_on_after(120.0):
        while lab.living:  # noqa: ASYNC110  # the cloud has no event
            await anyio.sleep(1.0)
        return True
    return False


async def test_a_batch_is_done_and_leaves_no_pod() -> None:
    lab = make_fleet_lab()
    outcomes = [each async for each in lab.client.map(twice, range(10), spec=SPEC, pods=4)]
    assert {each.index: each.result for each in outcomes} == {n: 2 * n for n in range(10)}
    assert len(lab.cloud.all_pods) == 4
    assert not lab.living
    await lab.close()


async def test_no_more_pods_are_made_than_the_items_need() -> None:
    lab = make_fleet_lab()
    batch = lab.client.map(twice, range(10), spec=SPEC, pods=50, per_pod=3)
    assert len([each async for each in batch]) == 10
    assert len(lab.cloud.all_pods) == 4


async def test_for_no_items_no_pod_is_made() -> None:
    lab = make_fleet_lab()
    assert [each async for each in lab.client.map(twice, list[int](), spec=SPEC, pods=4)] == []
    assert not lab.cloud.all_pods


@pytest.mark.parametrize("items", [0, 7])
async def test_a_stream_is_done_like_a_collection(items: int) -> None:
    async def numbers() -> AsyncIterator[int]:
        for number in range(items):
            await anyio.sleep(1.0)
            yield number

    lab = make_fleet_lab()
    outcomes = [each async for each in lab.client.map(twice, numbers(), spec=SPEC, pods=2)]
    assert sorted(each.result or 0 for each in outcomes) == [2 * n for n in range(items)]
    assert len(lab.cloud.all_pods) == (2 if items else 0)
    assert not lab.living


async def test_nothing_is_sent_before_the_first_outcome_is_asked_for() -> None:
    lab = make_fleet_lab()
    batch = lab.client.map(twice, range(10), spec=SPEC, pods=4)
    await anyio.sleep(60.0)
    assert not lab.cloud.requests
    assert batch.fleet is None
    await batch.aclose()


async def test_its_settings_are_those_of_its_fleet() -> None:
    lab = make_fleet_lab()
    placement = Placement(regions=REGIONS[2:3])
    batch = lab.client.map(twice, [1], spec=SPEC, pods=1, name="sweep", placement=placement)
    [outcome] = [each async for each in batch]
    assert outcome.pod
    assert outcome.pod.region == REGIONS[2]
    assert outcome.pod.name.startswith("sweep-0-")
    assert batch.fleet
    assert batch.fleet.status().end
    assert batch.fleet.name == batch.status().fleet == "sweep"


# Ways to leave it.


async def test_after_a_break_the_fleet_ends_beside_what_follows() -> None:
    lab = make_fleet_lab()
    async for _ in lab.client.map(twice, range(100), spec=SPEC, pods=4):
        assert len(lab.living) == 4
        break
    gc.collect()
    assert await gone(lab)
    await lab.close()


async def test_a_block_around_it_waits_for_the_end() -> None:
    lab = make_fleet_lab()
    async with lab.client.map(twice, range(100), spec=SPEC, pods=4) as batch:
        async for _ in batch:
            break
    assert not lab.living
    assert "4 at work" not in repr(batch)
    await lab.close()


async def test_an_exception_of_the_loop_s_body_ends_the_fleet() -> None:
    lab = make_fleet_lab()
    with pytest.raises(KeyError):
        async with lab.client.map(twice, range(100), spec=SPEC, pods=4) as batch:
            async for outcome in batch:
                raise KeyError(outcome.index)
    assert not lab.living


async def test_a_cancellation_waits_for_the_end() -> None:
    lab = make_fleet_lab()
    with anyio.move_on_after(70.0) as scope:
        async for _ in lab.client.map(twice, range(100), spec=SPEC, pods=4):
            pass
    assert scope.cancelled_caught
    assert len(lab.cloud.all_pods) == 4
    assert not lab.living
    await lab.close()


async def test_closing_the_client_ends_it() -> None:
    lab = make_fleet_lab()
    batch = lab.client.map(twice, range(100), spec=SPEC, pods=4)
    await anext(batch)
    await lab.close()
    assert not lab.living
    with pytest.raises(ClientClosedError):
        async for _ in batch:
            pass


async def test_it_can_be_closed_at_any_time() -> None:
    lab = make_fleet_lab()
    batch = lab.client.map(twice, range(100), spec=SPEC, pods=4)
    await anext(batch)
    await batch.aclose()
    await batch.aclose()
    assert not lab.living
    await lab.close()


async def test_the_first_error_ends_it_where_errors_are_raised() -> None:
    async def divide(_pod: Pod, number: int) -> float:
        await anyio.sleep(10.0)
        return 1 / number

    lab = make_fleet_lab()
    with pytest.raises(ZeroDivisionError):
        async for _ in lab.client.map(divide, range(20), spec=SPEC, pods=2, errors="raise"):
            pass
    assert not lab.living


async def test_an_error_of_an_item_is_not_taken_for_the_end() -> None:
    async def misled(_pod: Pod, _item: int) -> None:
        raise ClientClosedError("another client was closed.")

    lab = make_fleet_lab()
    with pytest.raises(ClientClosedError, match="another client"):
        async for _ in lab.client.map(misled, range(20), spec=SPEC, pods=2, errors="raise"):
            pass
    assert not lab.living


async def test_outcomes_that_were_not_taken_are_there_after_the_fleet_has_ended() -> None:
    lab = make_fleet_lab()
    batch = lab.client.map(twice, range(4), spec=SPEC, pods=4)
    first = await anext(batch)
    await anyio.sleep(300.0)
    assert batch.fleet
    assert batch.fleet.status().end
    assert sorted([first.index, *[each.index async for each in batch]]) == [0, 1, 2, 3]


# What goes wrong.


async def test_without_any_pod_the_outcomes_say_why() -> None:
    lab = make_fleet_lab(life=DOOMED)
    replace = ReplacePolicy(replacements=0)
    batch = lab.client.map(twice, range(4), spec=SPEC, pods=2, replace=replace)
    errors = [each.error async for each in batch]
    assert [type(error) for error in errors] == [NoPodLeftError] * 4


async def test_what_the_fleet_ends_by_is_raised_after_the_outcomes() -> None:
    lab, seen = make_fleet_lab(), list[int]()
    with pytest.raises(FleetExpiredError):
        async for each in lab.client.map(twice, range(99), spec=SPEC, pods=2, max_lifetime=100.0):
            seen.append(each.index)
    assert seen
    assert not lab.living


async def test_a_budget_that_does_not_do_is_told_before_a_pod_is_made() -> None:
    lab = make_fleet_lab()
    budget = Budget(max_per_hour=1)
    with pytest.raises(BudgetExceededError):
        async for _ in lab.client.map(twice, range(9), spec=SPEC, pods=2, budget=budget):
            pass
    assert not lab.cloud.all_pods


async def test_an_error_that_nothing_waits_for_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    lab = make_fleet_lab()
    batch = lab.client.map(twice, range(99), spec=SPEC, pods=2, exit_timeout=0.001)
    await anext(batch)
    with caplog.at_level(logging.ERROR):
        del batch
        gc.collect()
        await anyio.sleep(60.0)
    assert "not all is deleted for certain" in caplog.text


@pytest.mark.parametrize(
    ("setting", "problem"),
    [
        ({"pods": 0}, "pods=0: must be a whole number of pods, 1 or more"),
        ({"spec": "image"}, r"spec=\(str\): must be a PodSpec"),
        ({"placement": "eu-1"}, "placement=.*: must be a Placement"),
        ({"name": "a/b"}, "name=a/b"),
        ({"max_lifetime": -1}, "max_lifetime=-1: must be seconds, more than 0"),
        ({"tries": 0}, "tries=0: must be a whole number"),
        ({"work": print}, "work=print: must be an async function"),
    ],
    ids=str,
)
async def test_settings_that_cannot_be_are_refused_at_the_call(
    setting: dict[str, Any], problem: str
) -> None:
    lab = make_fleet_lab()
    given = {"work": twice, "items": [1], "spec": SPEC, "pods": 1, **setting}
    with pytest.raises(ConfigurationError, match=problem):
        lab.client.map(**given)


# A journal.


async def test_what_is_done_is_not_done_again(tmp_path: Path) -> None:
    lab, begun = make_fleet_lab(), list[int]()

    async def work(_pod: Pod, item: int) -> int:
        begun.append(item)
        await anyio.sleep(30.0)
        return 2 * item

    for _ in range(2):
        batch = lab.client.map(work, range(6), spec=SPEC, pods=2, journal=tmp_path / "j")
        assert sorted([each.result or 0 async for each in batch]) == [0, 2, 4, 6, 8, 10]
    assert sorted(begun) == list(range(6))
    assert len(lab.cloud.all_pods) == 2


async def test_the_next_run_has_the_same_fleet_and_so_takes_over_its_pods(tmp_path: Path) -> None:
    """A killed program leaves pods; here another one keeps them, under the journal's name."""
    lab = make_fleet_lab()
    first = lab.client.map(twice, range(3), spec=SPEC, pods=3, journal=tmp_path / "j")
    assert len([each async for each in first]) == 3
    assert first.fleet
    before = len(lab.cloud.all_pods)
    async with lab.client.fleet(first.fleet.name, on_exit="keep") as left:
        await left.up([SPEC] * 3)
    again = lab.client.map(twice, range(9), spec=SPEC, pods=3, journal=tmp_path / "j")
    assert len([each async for each in again]) == 9
    assert len(lab.cloud.all_pods) == before + 3
    assert not lab.living


async def test_left_pods_are_deleted_though_nothing_is_to_be_done(tmp_path: Path) -> None:
    lab = make_fleet_lab()
    settings: Any = {"spec": SPEC, "pods": 3, "name": "sweep", "journal": tmp_path / "j"}
    assert len([each async for each in lab.client.map(twice, range(3), **settings)]) == 3
    async with lab.client.fleet("sweep", on_exit="keep") as left:
        await left.up([SPEC] * 3)
    assert len(names(lab)) == 3
    assert len([each async for each in lab.client.map(twice, range(3), **settings)]) == 3
    assert not lab.living


async def test_a_journal_in_use_is_refused_and_free_again_afterwards(tmp_path: Path) -> None:
    lab = make_fleet_lab()
    settings: Any = {"spec": SPEC, "pods": 1, "journal": tmp_path / "j"}
    async with lab.client.map(twice, [1, 2], **settings) as batch:
        await anext(batch)
        with pytest.raises(JournalLockedError, match="another map is at work with the journal"):
            await anext(lab.client.map(twice, [1, 2], **settings))
    assert len([each async for each in lab.client.map(twice, [1, 2], **settings)]) == 2


async def test_a_journal_with_a_name_that_no_fleet_has_is_refused_and_left_free(
    tmp_path: Path,
) -> None:
    (tmp_path / "j").write_bytes(b'{"journal": "yotta_async", "version": 1, "fleet": "a/b"}\n')
    lab = make_fleet_lab()
    settings: Any = {"spec": SPEC, "pods": 1, "journal": tmp_path / "j"}
    with pytest.raises(ConfigurationError, match="a/b"):
        await anext(lab.client.map(twice, [1], **settings))
    assert len([each async for each in lab.client.map(twice, [1], name="x", **settings)]) == 1


async def test_a_journal_is_free_again_if_the_fleet_cannot_be_entered(tmp_path: Path) -> None:
    lab = make_fleet_lab(api_key="another")
    settings: Any = {"spec": SPEC, "pods": 1, "journal": tmp_path / "j"}
    for _ in range(2):
        with pytest.raises(Exception, match="key"):
            await anext(lab.client.map(twice, [1, 2], **settings))


async def test_two_batches_at_once_are_two_fleets() -> None:
    lab = make_fleet_lab(stock=stocked(*REGIONS))
    other = client_of(lab.cloud)
    done: list[int] = []

    async def run(client: Any) -> None:
        batch = client.map(twice, range(4), spec=SPEC, pods=2)
        done.extend([each.index async for each in batch])

    async with other, anyio.create_task_group() as tasks:
        tasks.start_soon(run, lab.client)
        tasks.start_soon(run, other)
        tasks.start_soon(run, lab.client)
    assert sorted(done) == sorted([0, 1, 2, 3] * 3)
    assert not lab.living
