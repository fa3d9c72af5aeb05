"""Exactly one of anything: what makes pods makes machines, which it does not know either."""

from decimal import Decimal

import anyio
import pytest
from attrs import evolve

from tests.client.machines import Machines
from tests.lab import make_lab
from yotta_async import VM, RetryPolicy, YottaError
from yotta_async.errors import MaybeSentError, UnresolvedCreateError
from yotta_async.models import VMSpec
from yotta_async.simulator import Faults, VMType


SPEC = VMSpec(name="chosen", vm_type_id=1, region="us-east-1")
PLENTY = [
    VMType(
        id=1,
        gpu_type="NVIDIA_RTX_A6000_48G",
        gpu_count=1,
        cpu_cores=6,
        memory=24,
        storage=256,
        price=Decimal(1),
        regions={"us-east-1": 1000},
    )
]
PATIENT = RetryPolicy(attempts=200, budget=None, patience=3600.0)
LOSING = Faults(
    operations={"createVM"},
    reset_before=0.2,
    reset_after=0.2,
    timeout_after=0.2,
    html=0.1,
    refuse=0.1,
    list_lag=3.0,
)


async def test_a_machine_whose_answer_is_lost_is_found_by_its_name() -> None:
    lab = make_lab(faults=Faults(operations={"createVM"}, reset_after=1.0, list_lag=3.0))
    machines = Machines.of(lab)
    machine = await machines.create(SPEC)
    assert machines.living() == {machine.id}
    assert lab.cloud.operations["createVM"] == 1
    assert (machines.told("unclear"), machines.told("recovered")) == (1, 1)
    await lab.close()


@pytest.mark.parametrize("seed", range(3))
async def test_with_most_answers_lost_as_many_machines_are_made_as_were_asked_for(
    seed: int,
) -> None:
    lab = make_lab(faults=LOSING, retry=PATIENT, seed=seed, vm_types=PLENTY)
    machines, made = Machines.of(lab), list[VM]()

    async def create() -> None:
        made.append(await machines.create(SPEC))

    async with anyio.create_task_group() as tasks:
        for _ in range(30):
            tasks.start_soon(create)
    assert len({machine.id for machine in made}) == 30
    assert machines.living() == {machine.id for machine in made}
    assert lab.cloud.operations["createVM"] > 30
    await lab.close()


async def test_a_late_twin_is_terminated_when_a_later_list_shows_it() -> None:
    faults = Faults(operations={"createVM"}, reset_after=0.5, late_commit=(40.0, 40.0))
    lab = make_lab(faults=faults, retry=PATIENT, seed=2)
    machines = Machines.of(lab)
    machine = await machines.create(SPEC)
    assert lab.cloud.operations["createVM"] > 1
    await anyio.sleep(60.0)
    assert len(machines.living()) > 1
    await machines.watch.next(anyio.current_time())
    await lab.close()
    assert machines.living() == {machine.id}
    assert machines.told("removed") > 0


async def test_a_cancelled_create_leaves_no_machine() -> None:
    lab = make_lab()
    machines = Machines.of(lab)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(machines.create, SPEC)
        while not lab.cloud.operations["createVM"]:  # noqa: ASYNC110  # until it is on the wire
            await anyio.sleep(0.01)
        tasks.cancel_scope.cancel()
    await lab.close()
    assert len(lab.cloud.vms) == 1
    assert machines.living() == set()


async def test_a_machine_that_cannot_be_looked_for_is_named() -> None:
    lab = make_lab(
        faults=Faults(operations={"createVM", "listVMs"}, reset_after=1.0),
        retry=RetryPolicy(patience=60.0),
    )
    machines = Machines.of(lab)
    with pytest.raises(UnresolvedCreateError, match=r"createVM: a machine 'ya-\w+' may") as caught:
        await machines.create(SPEC)
    assert [each.name for each in lab.cloud.vms] == [caught.value.name]


async def test_a_machine_that_was_refused_is_neither_repeated_nor_looked_for() -> None:
    lab = make_lab()
    machines = Machines.of(lab)
    with pytest.raises(YottaError):
        await machines.create(evolve(SPEC, vm_type_id=10**9))
    assert lab.cloud.operations == {"createVM": 1}


async def test_an_older_machine_of_a_chosen_name_is_never_taken_for_the_new_one() -> None:
    faults = Faults(operations={"createVM"}, reset_after=0.5)
    lab = make_lab(faults=faults, retry=PATIENT, seed=5)
    machines, made = Machines.of(lab), list[str]()
    for _ in range(5):
        made.append((await machines.create(SPEC, own=False)).id)
        await anyio.sleep(30.0)
    assert len(set(made)) == 5
    assert machines.living() == set(made)


async def test_a_client_without_retries_sends_a_create_once() -> None:
    faults = Faults(operations={"createVM"}, reset_before=1.0)
    lab = make_lab(faults=faults, retry=RetryPolicy(budget=0))
    with pytest.raises(MaybeSentError):
        await Machines.of(lab).create(SPEC)
    assert lab.cloud.operations["createVM"] == 1
