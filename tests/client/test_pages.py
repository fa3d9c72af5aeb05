"""Lists in pages: every item once, however the list moves meanwhile."""

from collections.abc import Awaitable, Callable, Iterable
from decimal import Decimal
from typing import Any

import anyio
import pytest
from attrs import define, evolve, field

from tests.lab import ENDPOINT, Lab, in_both_generations, make_lab
from yotta_async import AsyncYotta, Page, Unreadable, Volume, VolumeStatus
from yotta_async._resources.pages import Pages
from yotta_async.errors import ConfigurationError, InternalServerError, InvalidResponseError
from yotta_async.simulator import Faults, VMType, WireStyle


PLENTY = VMType(
    id=7,
    gpu_type="NVIDIA_L4_24G",
    gpu_count=1,
    cpu_cores=6,
    memory=24,
    storage=256,
    price=Decimal(1),
    regions={"us-west-1": 100},
)


@define
class Shelf:
    """A list of numbers in pages of three, newest first, and the pages that were asked for."""

    items: list[int]
    asked: list[int] = field(factory=list[int])
    between: Callable[["Shelf"], object] = lambda _: None

    async def fetch(self, number: int) -> Page[int]:
        await anyio.sleep(1.0)
        self.asked.append(number)
        begin, pages = (number - 1) * 3, -(-len(self.items) // 3)
        cut = tuple(self.items[begin : begin + 3])
        page = Page(items=cut, number=number, size=3, total=len(self.items), pages=pages)
        self.between(self)
        return page

    def pages(self) -> Pages[int]:
        return pages_of(self.fetch)


def pages_of(fetch: Callable[[int], Awaitable[Page[int]]]) -> Pages[int]:
    return Pages("listTasks", fetch, lambda item: item)


@pytest.mark.parametrize(("count", "asked"), [(0, 1), (1, 1), (3, 1), (4, 2), (9, 3), (10, 4)])
async def test_every_item_comes_once_and_in_order_for_one_request_a_page(
    count: int, asked: int
) -> None:
    shelf = Shelf(list(range(count)))
    assert await shelf.pages().all() == list(range(count))
    assert shelf.asked == list(range(1, asked + 1))


async def test_nothing_is_asked_for_before_it_is_needed() -> None:
    shelf = Shelf(list(range(9)))
    walk = aiter(shelf.pages())
    assert shelf.asked == []
    assert [await anext(walk) for _ in range(3)] == [0, 1, 2]
    assert shelf.asked == [1]
    assert await anext(walk) == 3
    assert shelf.asked == [1, 2]


async def test_an_item_that_moved_on_to_the_next_page_comes_once() -> None:
    shelf = Shelf(
        list(range(9)), between=lambda shelf: shelf.items.insert(0, 100 + len(shelf.items))
    )
    assert await shelf.pages().all() == list(range(9))


async def test_a_whole_page_that_moved_on_does_not_end_the_list() -> None:
    shelf = Shelf(list(range(9)), between=_insert_a_page_once)
    assert await shelf.pages().all() == list(range(9))


def _insert_a_page_once(shelf: Shelf) -> None:
    if len(shelf.asked) == 1:
        shelf.items[:0] = [100, 101, 102]


async def test_a_list_that_shrinks_ends() -> None:
    shelf = Shelf(list(range(9)), between=lambda shelf: shelf.items.clear())
    assert await shelf.pages().all() == [0, 1, 2]


async def test_a_page_holds_what_the_server_counted() -> None:
    pages = Shelf(list(range(7))).pages()
    page = await pages.page(3)
    assert (page.items, page.number, page.size, page.total, page.pages) == ((6,), 3, 3, 7, 3)
    assert (await pages.page()).items == (0, 1, 2)
    assert (await pages.page(4)).items == ()


@pytest.mark.parametrize("number", [0, -1, 1.0, "1", True, None], ids=repr)
async def test_what_is_no_pages_number_is_refused(number: Any) -> None:
    shelf = Shelf([1])
    with pytest.raises(ConfigurationError, match="number="):
        await shelf.pages().page(number)
    assert shelf.asked == []


async def test_two_ways_through_the_same_pages_do_not_know_of_each_other() -> None:
    pages = Shelf(list(range(7))).pages()
    first, second = aiter(pages), aiter(pages)
    mixed = [await anext(each) for _ in range(7) for each in (first, second)]
    assert mixed == [item for item in range(7) for _ in range(2)]
    assert [item async for item in pages] == list(range(7))


def _endless(items: Callable[[int], Iterable[int]]) -> Callable[[int], Awaitable[Page[int]]]:
    async def fetch(number: int) -> Page[int]:
        cut = tuple(items(number))
        return Page(items=cut, number=number, size=3, total=10**6, pages=10**6)

    return fetch


async def _all_into(found: list[int], pages: Pages[int]) -> None:
    async for item in pages:
        found.append(item)  # noqa: PERF401  # it ends with an error


async def test_a_server_that_does_not_heed_the_number_is_found_out() -> None:
    found, asked = list[int](), list[int]()

    def same(number: int) -> tuple[int, ...]:
        asked.append(number)
        return 1, 2, 3

    with pytest.raises(InvalidResponseError, match="there is no end") as caught:
        await _all_into(found, pages_of(_endless(same)))
    assert found == [1, 2, 3]
    assert len(asked) <= 5
    assert caught.value.operation == "listTasks"


async def test_a_server_that_always_has_more_is_found_out() -> None:
    found: list[int] = []
    with pytest.raises(InvalidResponseError):
        await _all_into(found, pages_of(_endless(lambda number: (number,))))
    assert found == list(range(1, 10_001))


async def test_a_server_that_serves_its_one_page_for_all_ends_with_it() -> None:
    async def fetch(_: int) -> Page[int]:
        return Page(items=(1, 2, 3), number=1, size=3, total=3, pages=3)

    assert await pages_of(fetch).all() == [1, 2, 3]


async def test_after_a_page_that_failed_the_way_goes_on_with_it() -> None:
    shelf, failing = Shelf(list(range(9))), iter([False, True, True, False, True])

    async def fetch(number: int) -> Page[int]:
        if next(failing, False):
            raise InternalServerError("out of order.", status=500)
        return await shelf.fetch(number)

    walk, found, errors = aiter(pages_of(fetch)), list[int](), 0
    while True:
        try:
            found.append(await anext(walk))
        except InternalServerError:
            errors += 1
        except StopAsyncIteration:
            break
    assert (found, errors) == (list(range(9)), 3)


async def test_a_cancelled_way_can_be_taken_up_again() -> None:
    shelf, found, cut_short = Shelf(list(range(9))), list[int](), 0
    walk = aiter(shelf.pages())
    while -1 not in found:
        for patience in (0.4, 5.0):
            with anyio.move_on_after(patience) as scope:
                found.append(await anext(walk, -1))
            cut_short += scope.cancelled_caught
    assert [item for item in found if item >= 0] == list(range(9))
    assert cut_short > 0


async def _fill(lab: Lab, count: int) -> str:
    endpoint = await lab.client.serverless.create(ENDPOINT)
    for number in range(count):
        await lab.client.tasks.submit(
            endpoint.id, number + 1, worker_port=80, process_uri="/", task_id=f"task_{number}"
        )
    return endpoint.id


@in_both_generations
@pytest.mark.parametrize("style", ["flat", "pagination"])
@pytest.mark.parametrize("count", [0, 1, 5, 7])
async def test_lists_of_either_shape_come_whole(count: int, style: Any, api_version: str) -> None:
    lab = make_lab(api_version=api_version, wire=WireStyle(pages=style))
    endpoint_id = await _fill(lab, count)
    tasks = lab.client.tasks.list(endpoint_id, page_size=5)
    newest_first = [f"task_{number}" for number in reversed(range(count))]
    assert [task.id async for task in tasks] == newest_first
    assert lab.cloud.operations["listTasks"] == max(1, -(-count // 5))
    page = await tasks.page(2)
    assert [task.id for task in page.items] == newest_first[5:]
    assert (page.number, page.size, page.total, page.pages) == (2, 5, count, -(-count // 5))


@in_both_generations
async def test_a_task_that_is_submitted_while_paging_hides_none(api_version: str) -> None:
    lab = make_lab(api_version=api_version)
    endpoint_id = await _fill(lab, 6)
    found: list[str] = []
    async for task in lab.client.tasks.list(endpoint_id, page_size=2):
        found.append(task.id)
        await lab.client.tasks.submit(endpoint_id, 1, worker_port=80, process_uri="/")
        assert len(found) < 20
    assert [each for each in found if each.startswith("task_")] == [
        f"task_{number}" for number in (5, 4, 3, 2, 1, 0)
    ]
    assert len(found) == len(set(found))


@in_both_generations
async def test_a_page_that_goes_wrong_is_asked_for_again(api_version: str) -> None:
    faults = Faults(operations={"listTasks"}, html=0.2, error_before=0.2, refuse=0.2)
    lab = make_lab(api_version=api_version, faults=faults, seed=4)
    endpoint_id = await _fill(lab, 9)
    assert len(await lab.client.tasks.list(endpoint_id, page_size=2).all()) == 9
    assert sum(lab.cloud.faults_fired.values()) > 0


@pytest.mark.parametrize("size", [0, -1, 1.0, "5", True, None], ids=repr)
@pytest.mark.parametrize(
    "pages",
    [
        lambda client, size: client.vms.list(page_size=size),
        lambda client, size: client.volumes.list("S3", page_size=size),
        lambda client, size: client.tasks.list("1", page_size=size),
    ],
    ids=["vms", "volumes", "tasks"],
)
async def test_what_is_no_pages_size_is_refused(
    pages: Callable[[AsyncYotta, Any], Pages[Any]], size: Any
) -> None:
    lab = make_lab(api_version="v2")
    with pytest.raises(ConfigurationError, match="page_size="):
        await pages(lab.client, size).all()
    assert lab.cloud.requests == ()


async def test_a_list_from_which_the_caller_takes_items_away_is_gone_through_again() -> None:
    """[P1] What moves on to a page that was seen already is not passed over."""
    shelf, found = Shelf(list(range(20))), list[int]()
    async for item in shelf.pages():
        found.append(item)
        shelf.items.remove(item)
    assert sorted(found) == list(range(20))
    assert shelf.items == []


async def test_a_list_that_shrinks_for_good_ends_once_a_round_brings_nothing_new() -> None:
    shelf = Shelf(list(range(30)), between=lambda shelf: shelf.items.pop())
    assert await shelf.pages().all() == list(range(23))
    assert shelf.asked == [*range(1, 9), *range(1, 7)]


@pytest.mark.parametrize("page_size", [10, 50])
async def test_every_machine_of_a_status_can_be_ended_while_they_are_listed(page_size: int) -> None:
    """[P1]."""
    lab = make_lab(api_version="v2", vm_types=[PLENTY])
    for number in range(66):
        made = await lab.client.vms.create(name=f"{number}", vm_type_id=7, region="us-west-1")
    await lab.client.vms.wait(made.id)
    await anyio.sleep(600.0)
    async for vm in lab.client.vms.list(status="running", page_size=page_size):
        await lab.client.vms.terminate(vm.id)
    assert {vm.status.value for vm in lab.cloud.vms} <= {"stopped", "terminated"}


async def test_every_volume_can_be_deleted_while_they_are_listed() -> None:
    """[P1]."""
    lab = make_lab(api_version="v2")
    for number in range(30):
        await lab.client.volumes.create(name=f"{number}", storage_type="S3")
    await anyio.sleep(600.0)
    async for volume in lab.client.volumes.list("S3", page_size=10):
        await lab.client.volumes.delete(volume.id)
    await anyio.sleep(600.0)
    assert await lab.client.volumes.list("S3").all() == []


def twice_listed(*versions: tuple[int, str]) -> Pages[Volume]:
    """Return pages of one volume each, with an id and a status."""

    async def fetch(number: int) -> Page[Volume]:
        thing_id, status = versions[number - 1]
        volume = Volume(id=str(thing_id), status=VolumeStatus(status))
        count = len(versions)
        return Page(items=(volume,), number=number, size=1, total=count, pages=count)

    return Pages("listVolumes", fetch, lambda volume: volume.id)


async def test_l3_a_thing_on_two_pages_is_one_thing_as_it_was_furthest_on() -> None:
    """[L3] The first page may have the stale copy, or the last."""
    for order in (("deleting", "active"), ("active", "deleting")):
        listing = await twice_listed((1, order[0]), (2, "active"), (1, order[1])).all()
        assert [(each.id, each.status) for each in listing] == [("1", "deleting"), ("2", "active")]


async def test_l1_pages_of_nothing_but_what_cannot_be_read_have_an_end() -> None:
    """[L1] Each is news, until a page shows the same again."""
    odd = [
        Unreadable(id=None, name=None, status=None, path="[0]", reason="odd", value=number)
        for number in range(3)
    ]

    async def fetch(number: int) -> Page[int]:
        page = Page[int](items=(), number=number, size=1, total=3, pages=3)
        return evolve(page, unreadable=(odd[number - 1],))

    listing = await pages_of(fetch).all()
    assert (listing, listing.unreadable) == ([], tuple(odd))
