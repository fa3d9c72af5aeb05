"""Volumes, which only v2 has."""

from collections import Counter
from typing import Any

import anyio
import pytest

from tests.lab import SPEC, Lab, make_lab
from yotta_async import RetryPolicy, Volume, VolumeMount, VolumeStatus
from yotta_async.errors import (
    ConfigurationError,
    ConflictError,
    NotFoundError,
    UnresolvedCreateError,
)
from yotta_async.simulator import FaultKind, Faults, Latency, VolumeLife, WireStyle


NOBODY = "100000000000000001"
PATIENT = RetryPolicy(attempts=50, budget=None)
CEPH: dict[str, Any] = {"storage_type": "CEPH", "region": "us-east-1", "size_in_gb": 10}


def make(**options: Any) -> Lab:
    return make_lab(api_version="v2", **options)


async def ready(lab: Lab, name: str = "data", **more: Any) -> Volume:
    made = await lab.client.volumes.create(name=name, **CEPH | more)
    await anyio.sleep(15.0)
    return await lab.client.volumes.get(made.id)


@pytest.mark.parametrize("style", ["guide", "reference"])
async def test_a_volume_lives_from_create_to_gone(style: Any) -> None:
    lab = make(wire=WireStyle(volumes=style))
    volumes = lab.client.volumes
    made = await volumes.create(name="data", **CEPH)
    assert (made.name, made.status, made.storage_type) == ("data", VolumeStatus.CREATING, "CEPH")
    await anyio.sleep(15.0)
    assert (await volumes.get(made.id)).status == "active"
    assert (await volumes.rename(made.id, "other")).name == "other"
    await volumes.resize(made.id, 20)
    assert (await volumes.get(made.id)).status == "resizing"
    await anyio.sleep(15.0)
    (kept,) = lab.cloud.volumes
    assert (kept.name, kept.size, kept.status) == ("other", 20, "active")
    await volumes.delete(made.id)
    assert (await volumes.get(made.id)).status == "deleting"
    await anyio.sleep(15.0)
    with pytest.raises(NotFoundError):
        await volumes.get(made.id)
    assert lab.cloud.volumes == ()


@pytest.mark.parametrize("pages", ["flat", "pagination"])
async def test_volumes_of_a_kind_and_region_can_be_listed(pages: Any) -> None:
    lab = make(wire=WireStyle(pages=pages))
    volumes = lab.client.volumes
    for number in range(3):
        await volumes.create(name=f"east{number}", **CEPH)
    west = await volumes.create(name="west", **CEPH | {"region": "us-west-1"})
    bucket = await volumes.create(name="bucket", storage_type="S3")
    names = [volume.name async for volume in volumes.list("CEPH", page_size=2)]
    assert names == ["west", "east2", "east1", "east0"]
    assert [volume.id for volume in await volumes.list("CEPH", region="us-west-1").all()] == [
        west.id
    ]
    assert [volume.id for volume in await volumes.list("S3").all()] == [bucket.id]
    assert await volumes.list("R2").all() == []


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"name": ""}, "name"),
        ({"storage_type": ""}, "storage_type"),
        ({"region": None}, "region"),
        ({"size_in_gb": None}, "size_in_gb"),
        ({"size_in_gb": 0}, "size_in_gb"),
        ({"size_in_gb": 10_241}, "size_in_gb"),
        ({"storage_type": "VENDOR"}, "vendor_volume_type"),
    ],
)
async def test_a_bad_field_is_refused_before_anything_is_sent(
    fields: dict[str, Any], named: str
) -> None:
    lab = make()
    with pytest.raises(ConfigurationError) as caught:
        await lab.client.volumes.create(**{"name": "data", **CEPH, **fields})
    assert caught.value.field == named
    assert lab.cloud.requests == ()


async def test_a_change_that_cannot_be_is_refused_before_anything_is_sent() -> None:
    lab = make()
    volumes = lab.client.volumes
    with pytest.raises(ConfigurationError, match="name="):
        await volumes.rename(NOBODY, "")
    for size in (0, 10_241, 1.5, True):
        with pytest.raises(ConfigurationError, match="size_in_gb="):
            await volumes.resize(NOBODY, size)  # type: ignore[arg-type]  # what untyped callers do
    for call in (
        volumes.get(""),
        volumes.rename("", "n"),
        volumes.resize("..", 9),
        volumes.delete(""),
    ):
        with pytest.raises(ConfigurationError, match="volume_id"):
            await call
    assert lab.cloud.requests == ()


async def test_a_volume_that_is_mounted_is_neither_resized_nor_deleted() -> None:
    lab = make()
    volume = await ready(lab)
    mount = VolumeMount(volume.id, "/data")
    pod = await lab.client.pods.create(SPEC.evolve(persistent_volumes=[mount]))
    assert (await lab.client.volumes.get(volume.id)).mount_count == 1
    for call in (lab.client.volumes.resize(volume.id, 20), lab.client.volumes.delete(volume.id)):
        with pytest.raises(ConflictError, match="mounted") as caught:
            await call
        assert caught.value.attempts == 1
    await lab.client.pods.delete(pod.id)
    await lab.client.pods.wait(pod.id, until="gone")
    await lab.client.volumes.delete(volume.id)


async def test_a_volume_that_is_not_there_is_not_found() -> None:
    lab = make()
    volumes = lab.client.volumes
    for call in (
        volumes.get(NOBODY),
        volumes.rename(NOBODY, "n"),
        volumes.resize(NOBODY, 9),
        volumes.delete(NOBODY),
    ):
        with pytest.raises(NotFoundError) as caught:
            await call
        assert caught.value.attempts == 1


async def test_what_no_attempt_of_ours_can_have_deleted_is_not_found() -> None:
    """An attempt that never reached the server is no reason to take a 404 as done."""
    lab = make(retry=PATIENT, faults=Faults(refuse=0.9), seed=3)
    with pytest.raises(NotFoundError) as caught:
        await lab.client.volumes.delete(NOBODY)
    assert caught.value.attempts > 1
    assert not caught.value.unclear


@pytest.mark.parametrize("operation", ["resizeVolume", "deleteVolume", "renameVolume"])
async def test_a_change_whose_answer_is_lost_is_done_once(operation: str) -> None:
    faults = Faults(operations={operation}, reset_after=0.7)
    life = VolumeLife(resize=(60.0, 60.0), delete=(60.0, 60.0))
    lab = make(faults=faults, retry=PATIENT, volume_life=life, seed=1)
    volume = await ready(lab)
    volumes = lab.client.volumes
    match operation:
        case "resizeVolume":
            await volumes.resize(volume.id, 20)
        case "deleteVolume":
            await volumes.delete(volume.id)
        case _:
            await volumes.rename(volume.id, "other")
    assert sum(lab.cloud.faults_fired.values()) > 0
    (seen,) = lab.cloud.volumes
    assert seen.status == {"resizeVolume": "resizing", "deleteVolume": "deleting"}.get(
        operation, "active"
    )


@pytest.mark.parametrize("life", [(60.0, 60.0), (0.0, 0.0)], ids=["slow", "quick"])
async def test_a_delete_is_repeated_until_it_is_done(life: tuple[float, float]) -> None:
    faults = Faults(operations={"deleteVolume"}, reset_after=0.4, reset_before=0.4)
    lab = make(faults=faults, retry=PATIENT, volume_life=VolumeLife(delete=life), seed=3)
    for number in range(5):
        volume = await ready(lab, f"data{number}")
        await lab.client.volumes.delete(volume.id)
    await anyio.sleep(60.0)
    assert lab.cloud.volumes == ()
    assert lab.cloud.operations["deleteVolume"] > 5


async def test_a_volume_that_goes_already_is_as_good_as_deleted() -> None:
    lab = make(volume_life=VolumeLife(delete=(60.0, 60.0)))
    volume = await ready(lab)
    for _ in range(2):
        await lab.client.volumes.delete(volume.id)


async def test_a_volume_that_is_gone_when_it_is_looked_at_is_deleted() -> None:
    """The second delete arrives while it goes, and the look at it just after."""
    latency = Latency(low=0.5, high=0.5)
    lab = make(latency=latency, volume_life=VolumeLife(delete=(0.8, 0.8)))
    volume = await ready(lab)
    for _ in range(2):
        await lab.client.volumes.delete(volume.id)
    assert [record.code for record in lab.cloud.requests][-2:] == [12001, 10007]


@pytest.mark.parametrize("kind", [FaultKind.RESET_AFTER, FaultKind.HTML, FaultKind.EMPTY])
async def test_a_create_with_a_lost_answer_is_never_repeated_and_named(kind: FaultKind) -> None:
    lab = make(faults=Faults(operations={"createVolume"}, **{kind.value: 1.0}))  # type: ignore[arg-type]
    with pytest.raises(UnresolvedCreateError) as caught:
        await lab.client.volumes.create(name="data", **CEPH)
    assert (caught.value.name, caught.value.operation) == ("data", "createVolume")
    assert lab.cloud.operations == Counter(createVolume=1)
    assert [volume.name for volume in lab.cloud.volumes] == ["data"]
