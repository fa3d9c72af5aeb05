"""Virtual machines: their verbs in both generations."""

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from tests.lab import Lab, in_both_generations, make_lab
from yotta_async import VM, RetryPolicy, VMStatus
from yotta_async.errors import (
    BadRequestError,
    ConfigurationError,
    ConflictError,
    NotFoundError,
    OutOfCapacityError,
    UnresolvedCreateError,
    VMFailedError,
    WaitTimeoutError,
)
from yotta_async.simulator import FaultKind, Faults, VMType, WireStyle


NOBODY = "100000000000000001"
PATIENT = RetryPolicy(attempts=50, budget=None)
ONE = VMType(
    id=7,
    gpu_type="NVIDIA_RTX_A6000_48G",
    gpu_count=1,
    cpu_cores=6,
    memory=24,
    storage=256,
    price=Decimal(1),
    regions={"us-west-1": 1},
)


async def create(lab: Lab, name: str = "box", **more: Any) -> VM:
    return await lab.client.vms.create(name=name, vm_type_id=1, region="us-east-1", **more)


@in_both_generations
async def test_a_machine_lives_from_create_to_its_end(api_version: str) -> None:
    lab = make_lab(api_version=api_version)
    vms = lab.client.vms
    made = await create(lab, spot=True)
    assert (made.name, made.status, made.spot) == ("box", VMStatus.INITIALIZING, True)
    running = await vms.wait(made.id)
    assert running == await vms.get(made.id)
    # V4: a real answer of v1 has the GPU's name, where v2's guide has its code.
    gpu = "RTX 5090" if api_version == "v1" else "NVIDIA_RTX_5090_32G"
    assert (running.status, running.region, running.gpu_type) == ("running", "us-east-1", gpu)
    assert running.ssh_template is not None
    await vms.terminate(made.id)
    ended = await vms.wait(made.id, until="terminated")
    assert ended.terminated_at is not None
    assert [vm.status.value for vm in lab.cloud.vms] == ["terminated"]
    await lab.close()


@in_both_generations
@pytest.mark.parametrize("style", ["lower", "capitalized"])
async def test_machines_can_be_listed_by_status(style: Any, api_version: str) -> None:
    lab = make_lab(api_version=api_version, wire=WireStyle(vm_statuses=style))
    vms = lab.client.vms
    first, second = await create(lab, "first"), await create(lab, "second")
    await vms.wait(first.id)
    await vms.wait(second.id)
    await vms.terminate(first.id)
    await vms.wait(first.id, until="terminated")
    assert [vm.id async for vm in vms.list(page_size=1)] == [second.id, first.id]
    assert [vm.id async for vm in vms.list(status="running")] == [second.id]
    assert await vms.list(status="initializing").all() == []


@in_both_generations
async def test_types_tell_what_can_be_had_where(api_version: str) -> None:
    lab = make_lab(api_version=api_version, vm_types=[ONE])
    (kind,) = await lab.client.vms.types()
    (place,) = kind.regions
    assert kind.gpu_type == "NVIDIA_RTX_A6000_48G"
    assert (place.region, place.available, place.vm_type_id) == ("us-west-1", True, 7)
    await lab.client.vms.create(name="box", vm_type_id=7, region="us-west-1")
    (kind,) = await lab.client.vms.types()
    assert kind.regions[0].available is False
    with pytest.raises(OutOfCapacityError):
        await lab.client.vms.create(name="box", vm_type_id=7, region="us-west-1")


async def test_a_machine_can_be_renamed() -> None:
    lab = make_lab(api_version="v2")
    vm = await create(lab)
    assert (await lab.client.vms.rename(vm.id, "crate")).name == "crate"
    assert [each.name for each in lab.cloud.vms] == ["crate"]


@pytest.mark.parametrize("name", ["", "n" * 256, 7, None], ids=["empty", "long", "number", "none"])
async def test_what_is_no_name_is_refused_before_anything_is_sent(name: Any) -> None:
    lab = make_lab(api_version="v2")
    with pytest.raises(ConfigurationError, match="name="):
        await lab.client.vms.rename(NOBODY, name)
    with pytest.raises(ConfigurationError, match="name="):
        await create(lab, name)
    assert lab.cloud.requests == ()


@in_both_generations
@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"vm_type_id": -1}, "vm_type_id"),
        ({"vm_type_id": "1"}, "vm_type_id"),
        ({"region": ""}, "region"),
        ({"spot": 1}, "spot"),
        ({"volume_mounts": {"abc": "/data"}}, "volume_mounts"),
        ({"volume_mounts": {"7": ""}}, "volume_mounts['7']"),
    ],
)
async def test_a_bad_field_is_refused_before_anything_is_sent(
    fields: dict[str, Any], named: str, api_version: str
) -> None:
    lab = make_lab(api_version=api_version)
    sound: dict[str, Any] = {"name": "box", "vm_type_id": 1, "region": "us-east-1"}
    with pytest.raises(ConfigurationError) as caught:
        await lab.client.vms.create(**sound | fields)
    assert caught.value.field == named
    assert lab.cloud.requests == ()


async def test_a_volume_can_be_mounted() -> None:
    lab = make_lab(api_version="v2")
    volume = await lab.client.volumes.create(
        name="data", storage_type="CEPH", region="us-east-1", size_in_gb=10
    )
    with pytest.raises(ConflictError):
        await create(lab, volume_mounts={volume.id: "/data"})
    while (await lab.client.volumes.get(volume.id)).status != "active":
        pass
    await create(lab, volume_mounts={int(volume.id): "/data"})
    assert (await lab.client.volumes.get(volume.id)).mount_count == 1


@in_both_generations
async def test_what_is_not_there_is_not_found(api_version: str) -> None:
    lab = make_lab(api_version=api_version)
    with pytest.raises(NotFoundError):
        await lab.client.vms.get(NOBODY)
    with pytest.raises(NotFoundError):
        await lab.client.vms.terminate(NOBODY)
    with pytest.raises(NotFoundError):
        await lab.client.vms.wait(NOBODY)
    with pytest.raises(NotFoundError):
        await lab.client.vms.create(name="box", vm_type_id=99, region="us-east-1")
    with pytest.raises(BadRequestError):
        await lab.client.vms.create(name="box", vm_type_id=1, region="mars")


@in_both_generations
@pytest.mark.parametrize("vm_id", ["", "..", "a\nb"], ids=ascii)
async def test_what_is_no_id_is_refused_before_anything_is_sent(
    vm_id: str, api_version: str
) -> None:
    lab = make_lab(api_version=api_version)
    vms = lab.client.vms
    for verb in (vms.get, vms.terminate, vms.wait):
        with pytest.raises(ConfigurationError, match="vm_id"):
            await verb(vm_id)
    assert lab.cloud.requests == ()


@in_both_generations
@pytest.mark.parametrize("kind", [FaultKind.RESET_AFTER, FaultKind.HTML, FaultKind.TRUNCATED])
async def test_a_create_with_a_lost_answer_is_never_repeated_and_named(
    kind: FaultKind, api_version: str
) -> None:
    lab = make_lab(
        api_version=api_version,
        faults=Faults(operations={"createVM"}, **{kind.value: 1.0}),  # type: ignore[arg-type]
    )
    with pytest.raises(UnresolvedCreateError) as caught:
        await create(lab)
    assert (caught.value.name, caught.value.operation) == ("box", "createVM")
    assert lab.cloud.operations == Counter(createVM=1)
    assert [vm.name for vm in lab.cloud.vms] == ["box"]


@in_both_generations
async def test_an_end_whose_answer_is_lost_is_told_again_and_done(api_version: str) -> None:
    faults = Faults(operations={"terminateVM"}, reset_after=0.7)
    lab = make_lab(api_version=api_version, faults=faults, retry=PATIENT, seed=1)
    vm = await create(lab)
    await lab.client.vms.terminate(vm.id)
    assert lab.cloud.operations["terminateVM"] > 1
    assert (await lab.client.vms.wait(vm.id, until="terminated")).id == vm.id


@in_both_generations
async def test_a_machine_that_is_on_its_way_out_is_as_good_as_ended(api_version: str) -> None:
    lab = make_lab(api_version=api_version)
    vm = await create(lab)
    for _ in range(2):
        await lab.client.vms.terminate(vm.id)
    await lab.client.vms.wait(vm.id, until="terminated")
    await lab.client.vms.terminate(vm.id)


@in_both_generations
async def test_a_machine_that_ends_ends_the_wait(api_version: str) -> None:
    lab = make_lab(api_version=api_version)
    vm = await create(lab)
    await lab.client.vms.terminate(vm.id)
    with pytest.raises(VMFailedError, match="is terminated and will not be running") as caught:
        await lab.client.vms.wait(vm.id)
    assert caught.value.subject == vm.id
    assert [status for _, status in caught.value.history] == ["stopped", "terminated"]


@in_both_generations
async def test_a_wait_that_takes_too_long_tells_what_was_last_seen(api_version: str) -> None:
    lab = make_lab(api_version=api_version)
    vm = await create(lab)
    with pytest.raises(WaitTimeoutError, match="initializing") as caught:
        await lab.client.vms.wait(vm.id, timeout=5.0)
    assert isinstance(caught.value.last_seen, VM)
    seen = await lab.client.vms.wait(vm.id, until=lambda vm: vm.ip_address is not None)
    assert seen.status == "running"


async def test_a_wait_for_nothing_is_refused_before_anything_is_sent() -> None:
    lab = make_lab()
    with pytest.raises(ConfigurationError, match="until=sleepy"):
        await lab.client.vms.wait(NOBODY, until="sleepy")
    assert lab.cloud.requests == ()


async def test_what_opens_a_machine_is_in_no_repr() -> None:
    lab = make_lab(api_version="v1")
    vm = await lab.client.vms.wait((await create(lab)).id)
    assert vm.notebook_url is not None
    assert "token" not in repr(vm)
