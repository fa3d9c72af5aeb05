"""[L1] [L3] Lists with something odd in them: the rest is read, and nothing is absent for it."""

import logging
import math
import pickle
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest
from attrs import define

from tests.lab import SPEC, Lab, client_of, in_both_generations, make_lab
from yotta_async import Listing, Pod, Unreadable
from yotta_async._resources.making.claims import Claim
from yotta_async.errors import (
    InvalidResponseError,
    UnresolvedCreateError,
    WaitTimeoutError,
    YottaError,
)
from yotta_async.events import ItemRepeated, ItemUnreadable
from yotta_async.simulator import Faults


SECRET = "SECRET-tr0ub4dor"
STRANGER: dict[str, Any] = {
    "id": 77,
    "name": "theirs",
    "podName": "theirs",
    "status": "RUNNING",
    "environmentVars": [{"key": "TOKEN", "value": SECRET}],
}
# What may be wrong with somebody else's pod whose id can be read all the same, and without one.
ODD_FIELDS: list[tuple[str, Any]] = [
    ("gpuCount", "two"),
    ("gpuCount", -1),
    ("createdAt", ""),
    ("createdAt", "0000-01-01T00:00:00Z"),
    ("createdAt", "99999-01-01T00:00:00Z"),
    ("singleCardPrice", "NaN"),
    ("singleCardPrice", math.inf),
    ("singleCardPrice", "1e999999"),
    ("singleCardPrice", -1),
    ("status", None),
    ("status", {"word": "RUNNING"}),
    ("expose", "nested garbage"),
    ("unheardOf", [[[[math.nan]]]]),
]
WITHOUT_ID: dict[str, Any] = {
    "no id": {"name": "theirs", "status": "RUNNING"},
    "id null": STRANGER | {"id": None},
    "id empty": STRANGER | {"id": ""},
    "id no whole number": STRANGER | {"id": 7.5},
    "id an array": STRANGER | {"id": []},
    "null": None,
    "a string": "a pod",
    "an array": [STRANGER],
    "an empty object": {},
}
ODD: dict[str, tuple[Any, bool]] = {
    f"{name} {value}": (STRANGER | {name: value}, True) for name, value in ODD_FIELDS
} | {name: (item, False) for name, item in WITHOUT_ID.items()}
odd_items = pytest.mark.parametrize(("odd", "has_id"), ODD.values(), ids=ODD)


@odd_items
@in_both_generations
async def test_l1_all_pods_but_the_odd_one_are_listed(
    api_version: str, odd: Any, has_id: bool
) -> None:
    """[L1] In both generations, with and without an id that can be read."""
    lab = make_lab(api_version=api_version)
    mine = await lab.client.pods.create(SPEC)
    lab.cloud.plant(odd)
    listing = await lab.client.pods.list()
    assert [pod.id for pod in listing] == [mine.id]
    (unreadable,) = listing.unreadable
    assert unreadable.id == ("77" if has_id else None)
    assert unreadable.path.startswith("[1]")
    assert unreadable.may_be("77")
    assert unreadable.may_be("78") is not has_id
    for shown in (repr(listing.unreadable), str(unreadable), repr(lab.events)):
        assert SECRET not in shown
    await lab.close()


@odd_items
async def test_l1_a_fleet_starts_and_lives_beside_a_stranger_s_odd_pod(
    odd: Any, has_id: bool
) -> None:
    """[L1] And ends, though that pod is still there."""
    assert has_id in (True, False)
    lab = make_lab()
    lab.cloud.plant(odd)
    async with lab.client.fleet("beside") as fleet:
        await fleet.up([SPEC] * 3)
        await anyio.sleep(600.0)
        assert len(lab.living) == len(fleet.status().ready) == 3
    assert lab.living == set()
    assert lab.cloud.operations["createPod"] == 3
    await lab.close()


async def test_l1_an_item_is_told_once_however_many_lists_show_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """[L1] In the log and as an event."""
    lab = make_lab()
    lab.cloud.plant(STRANGER | {"gpuCount": "two", "name": "an\x1b[31m" + "y" * 5000})
    with caplog.at_level(logging.WARNING, "yotta_async"):
        for _ in range(5):
            await lab.client.pods.list()
        await lab.client.pods.create(SPEC)
        await lab.client.pods.list()
    (message,) = [record.getMessage() for record in caplog.records]
    assert "[0].gpuCount: expected a whole number" in message
    assert "'77'" in message
    assert "\x1b" not in message
    assert len(message) < 400
    (event,) = lab.told(ItemUnreadable)
    assert (event.operation, event.item_id, event.path) == ("listPods", "77", "[0].gpuCount")
    await lab.close()


LISTS: dict[str, Callable[[Lab, str], Awaitable[Listing[Any]]]] = {
    "listPods": lambda lab, _: lab.client.pods.list(),
    "listGpus": lambda lab, _: lab.client.gpus.list(),
    "listCredentials": lambda lab, _: lab.client.credentials.list(),
    "listEndpoints": lambda lab, _: lab.client.serverless.list(),
    "listWorkers": lambda lab, endpoint: lab.client.serverless.workers(endpoint),
    "listVMTypes": lambda lab, _: lab.client.vms.types(),
    "listVMs": lambda lab, _: lab.client.vms.list().all(),
    "listVolumes": lambda lab, _: lab.client.volumes.list("S3").all(),
    "listTasks": lambda lab, endpoint: lab.client.tasks.list(endpoint).all(),
}
ONLY_IN = {"listGpus": "v1", "listVolumes": "v2", "listVMTypes": "v2"}
EACH_LIST = [
    (name, version)
    for name in LISTS
    for version in ("v1", "v2")
    if ONLY_IN.get(name, version) == version
]
NO_THING = {"id": "9", "status": [], "createdAt": []}


@pytest.mark.parametrize(("operation", "api_version"), EACH_LIST)
@pytest.mark.parametrize(
    "odd", [5, {"id": "9", "status": [], "createdAt": []}, {"x": math.nan}], ids=repr
)
async def test_l1_every_noun_s_list_keeps_what_it_cannot_read(
    operation: str, odd: Any, api_version: str
) -> None:
    """[L1] In a list, and in pages."""
    lab = make_lab(api_version=api_version)
    endpoint = await lab.endpoint()
    before = await LISTS[operation](lab, endpoint.id)
    lab.cloud.plant(odd, operation=operation)
    after = await LISTS[operation](lab, endpoint.id)
    assert type(after) is Listing
    assert len(after) == len(before)
    assert len(after.unreadable) == 1
    await lab.close()


async def test_l1_pages_tell_what_they_could_not_read() -> None:
    """[L1] The page itself, and the iteration over all."""
    lab = make_lab(api_version="v2")
    lab.cloud.plant(5, {"id": 8, "status": []}, operation="listVolumes")
    pages = lab.client.volumes.list("S3", page_size=2)
    page = await pages.page(1)
    assert (page.items, len(page.unreadable)) == ((), 2)
    assert not pages.unreadable
    assert [item async for item in pages] == []
    assert [odd.id for odd in pages.unreadable] == [None, "8"]
    await lab.close()


async def test_l1_one_thing_that_cannot_be_read_is_an_error_when_it_is_asked_for() -> None:
    """[L1] Only lists have a rest that is worth having."""
    lab = make_lab()
    pod = await lab.client.pods.create(SPEC)
    spoil(lab, "getPod", Broken())
    with pytest.raises(InvalidResponseError, match="gpuCount"):
        await lab.client.pods.get(pod.id)


class Broken:
    """An answer to a get in which a field is spoilt."""

    def among(self, data: dict[str, Any]) -> dict[str, Any]:
        return {**data, "gpuCount": "two"}


def spoil(lab: Lab, operation: str, how: Any) -> None:
    """Have the answers of an operation changed by what has the method of a `Planted`."""
    lab.cloud._server.planted[operation] = how


async def test_l1_a_wait_for_the_end_does_not_take_an_unreadable_pod_for_gone() -> None:
    """[L1] It is there, and by its id the server says so."""
    lab = make_lab()
    pod = await lab.client.pods.create(SPEC)
    await lab.client.pods.wait(pod.id)
    lab.cloud.plant({"id": pod.id, "status": []}, instead=True)
    with pytest.raises(WaitTimeoutError):
        await lab.client.pods.wait(pod.id, "gone", timeout=120.0)
    await lab.client.pods.delete(pod.id)
    assert (await lab.client.pods.wait(pod.id, "gone", timeout=120.0)).status == "TERMINATED"
    await lab.close()


async def test_l1_a_fleet_neither_replaces_nor_forgets_a_pod_of_its_own_that_turns_odd() -> None:
    """[L1] Its state is the last that was seen."""
    lab = make_lab()
    async with lab.client.fleet("odd") as fleet:
        await fleet.up([SPEC] * 3)
        (spoilt, *_) = sorted(lab.living)
        name = next(pod.name for pod in lab.cloud.pods if pod.id == spoilt)
        lab.cloud.plant({"id": spoilt, "name": name, "status": []}, instead=True)
        await anyio.sleep(600.0)
        assert lab.cloud.operations["createPod"] == 3
        assert len(fleet.status().ready) == 3
    assert lab.living == set()
    await lab.close()


async def test_l1_a_fleet_that_starts_again_counts_a_pod_of_its_own_that_cannot_be_read() -> None:
    """[L1] It is there already, in a state that is not known: it is not made twice."""
    lab = make_lab()
    async with lab.client.fleet("again", on_exit="keep") as fleet:
        await fleet.up([SPEC] * 3)
    (spoilt, *_) = sorted(lab.living)
    name = next(pod.name for pod in lab.cloud.pods if pod.id == spoilt)
    odd = {"id": spoilt, "name": name, "podName": name, "status": []}
    lab.cloud.plant(odd, instead=True)
    async with client_of(lab.cloud) as client, client.fleet("again") as fleet:
        with anyio.move_on_after(300.0):
            await fleet.up([SPEC] * 3)
        assert lab.cloud.operations["createPod"] == 3
        assert len(fleet.status().ready) == 2
    assert lab.living == set()
    await lab.close()


async def test_l1_a_late_twin_that_cannot_be_read_is_deleted_by_its_id() -> None:
    """[L1] The name is this client's, whatever else is odd."""
    lab = make_lab()
    pod = await lab.client.pods.create(SPEC)
    claims, name = lab.client._account.pods.claims, pod.name
    assert name is not None
    claim = Claim(name, own=True)
    claims.open(claim)
    claims.note_unclear(claim, anyio.current_time())
    claims.close(claim, None, anyio.current_time())
    lab.cloud.plant({"id": pod.id, "name": name, "podName": name, "expose": 5}, instead=True)
    await lab.client.aclose()
    assert lab.living == set()


@in_both_generations
@pytest.mark.parametrize("last", [True, False])
async def test_l3_a_pod_that_is_listed_twice_is_one_pod(api_version: str, last: bool) -> None:
    """[L3] The further state counts, wherever the stale copy stands; it is told once."""
    lab = make_lab(api_version=api_version)
    copies = [
        {"id": 5, "name": "twice", "status": "INITIALIZE"},
        {"id": 5, "name": "twice", "status": "RUNNING"},
    ]
    lab.cloud.plant(*(copies if last else reversed(copies)))
    for _ in range(3):
        (pod,) = await lab.client.pods.list()
        assert pod.status == "RUNNING"
    (event,) = lab.told(ItemRepeated)
    assert (event.item_id, sorted(event.statuses)) == ("5", ["INITIALIZING", "RUNNING"])
    await lab.close()


@pytest.mark.parametrize("status", ["INITIALIZE", "TERMINATED"])
async def test_l3_a_fleet_makes_no_more_than_it_was_asked_for_where_pods_are_listed_twice(
    status: str,
) -> None:
    """[L3] A stale copy of one pod, last in each list: one that has begun, or that has ended."""
    lab = make_lab()
    async with lab.client.fleet("twice", on_exit="keep") as fleet:
        await fleet.up([SPEC] * 3)
        pod = min(lab.cloud.pods, key=lambda each: each.id)
        copy = {"id": pod.id, "name": pod.name, "podName": pod.name, "status": status}
        lab.cloud.plant(copy)
        await anyio.sleep(300.0)
        made = 3 if status == "INITIALIZE" else 4
        assert lab.cloud.operations["createPod"] == made
        assert len(fleet.status().ready) == 3
    await lab.close()


def test_l1_a_listing_is_a_list_and_pickles_with_what_it_has_beside() -> None:
    """[L1] As one program hands it to another."""
    odd = Unreadable(id="1", name=None, status=None, path="[0]", reason="odd", value=None)
    listing = Listing([Pod(id="2", status="RUNNING")], [odd])
    again = pickle.loads(pickle.dumps(listing))  # noqa: S301  # written by the line above
    assert again == listing == [Pod(id="2", status="RUNNING")]
    assert again.unreadable == (odd,)


@pytest.mark.parametrize("name", ["theirs", None])
async def test_l1_an_unclear_create_is_not_repeated_where_it_may_be_what_cannot_be_read(
    name: str | None,
) -> None:
    """[L1] An item of another name is none of it; one without a name may be the pod."""
    lab = make_lab(faults=Faults(reset_before=1.0, operations=["createPod"]))
    lab.cloud.plant({"id": None, "name": name, "podName": name, "status": "RUNNING"})
    with pytest.raises(YottaError) as caught:
        await lab.client.pods.create(SPEC)
    assert isinstance(caught.value, UnresolvedCreateError) is (name is None)
    assert (lab.cloud.operations["createPod"] == 1) is (name is None)
    await lab.client.aclose()


async def watched(lab: Lab, seconds: float) -> list[tuple[str, str]]:
    """Return the kinds of the changes in so many seconds, each with the pod's status."""
    seen: list[tuple[str, str]] = []
    changes = lab.client.pods.watch()
    with anyio.move_on_after(seconds):
        for _ in range(100):
            change = await anext(changes)
            seen.append((change.kind, str(change.pod.status)))
    return seen


async def test_l4_a_watch_does_not_take_a_pod_for_vanished_that_lists_leave_out() -> None:
    """[L4] Whatever they leave out, by its id it is there."""
    lab = make_lab()
    pod = await lab.client.pods.create(SPEC)
    await lab.client.pods.wait(pod.id)
    spoil(lab, "listPods", Without({pod.id}))
    assert await watched(lab, 200.0) == [("appeared", "RUNNING")]
    await lab.close()


async def test_l4_a_watch_tells_once_of_a_pod_that_comes_and_goes_in_lists() -> None:
    """[L4] It appears, and nothing else happens."""
    lab = make_lab()
    pod = await lab.client.pods.create(SPEC)
    await lab.client.pods.wait(pod.id)
    spoil(lab, "listPods", Without({pod.id}, every=2))
    assert await watched(lab, 200.0) == [("appeared", "RUNNING")]
    await lab.close()


async def test_l4_a_watch_tells_of_pods_that_are_gone_once_the_server_denies_them() -> None:
    """[L4] They were running, and no list has shown their end."""
    lab = make_lab()
    pod = await lab.client.pods.create(SPEC)
    await lab.client.pods.wait(pod.id)
    seen: list[str] = []
    with anyio.fail_after(120.0):
        async for change in lab.client.pods.watch():
            seen.append(change.kind)
            if seen == ["appeared"]:
                for region in {each.region for each in lab.cloud.pods}:
                    lab.cloud.burn_down(region, vanish=True)
            if change.kind == "vanished":
                break
    assert seen == ["appeared", "vanished"]
    assert lab.cloud.operations["getPod"] == 1
    await lab.close()


async def test_l4_a_wait_does_not_go_back_with_an_old_list() -> None:
    """[L4] The pod runs; a list that has it starting is not news."""
    lab = make_lab()
    pod = await lab.client.pods.create(SPEC)
    await lab.client.pods.wait(pod.id)
    lab.cloud.plant({"id": pod.id, "status": "INITIALIZE"}, instead=True)
    assert (await lab.client.pods.wait(pod.id, "RUNNING", timeout=60.0)).status == "RUNNING"
    assert (await lab.client.pods.wait(pod.id, timeout=60.0)).is_ready
    await lab.close()


@define
class Without:
    """A list in which pods are missing, always or every so many times."""

    ids: set[str]
    every: int = 1
    asked: int = 0

    def among(self, data: list[dict[str, Any]]) -> list[dict[str, Any]]:
        self.asked += 1
        if self.asked % self.every:
            return data
        return [item for item in data if str(item["id"]) not in self.ids]
