"""What a cloud is asked at the end of a test, and what it says."""

from decimal import Decimal

import anyio
import httpx
import pytest

from tests.lab import SPEC, make_lab
from yotta_async.errors import ConfigurationError
from yotta_async.simulator import ServerLimits, SimulatedYotta
from yotta_async.simulator.leftovers import Leftover, span, usd


def message(raised: pytest.ExceptionInfo[AssertionError]) -> list[str]:
    return str(raised.value).splitlines()


async def test_an_empty_cloud_passes_all_asserts() -> None:
    cloud = SimulatedYotta()
    cloud.assert_nothing_left()
    cloud.assert_never_refused()
    cloud.assert_spent_at_most(0)


async def test_a_running_pod_is_named_with_its_price_and_its_age() -> None:
    lab = make_lab()
    pod = await lab.client.pods.create(SPEC)
    await lab.client.pods.wait(pod.id)
    began = lab.cloud.pods[0].created_at
    await anyio.sleep_until(began + 7200.0)
    with pytest.raises(AssertionError) as raised:
        lab.cloud.assert_nothing_left()
    head, wanted, found, origin = message(raised)
    assert head == "1 thing left behind, 0.65 USD an hour:"
    assert wanted == "  - nothing left"
    assert found.startswith(
        f"  + pod {pod.name!r} ({pod.id}) is RUNNING at 0.65 USD an hour, 2 h 00"
    )
    assert origin.startswith("      made by createPod at 0.0 s")
    await lab.close()


async def test_a_pod_that_starts_is_left_at_the_price_that_it_will_have() -> None:
    lab = make_lab()
    await lab.client.pods.create(SPEC)
    with pytest.raises(AssertionError, match=r"INITIALIZE at 0\.65 USD an hour once it runs"):
        lab.cloud.assert_nothing_left()
    await lab.close()


async def test_a_pod_that_is_being_deleted_is_not_left() -> None:
    lab = make_lab()
    pod = await lab.client.pods.create(SPEC)
    await lab.client.pods.delete(pod.id)
    lab.cloud.assert_nothing_left()
    await lab.close()


async def test_failed_and_paused_pods_are_left() -> None:
    lab = make_lab()
    paused = await lab.client.pods.create(SPEC.evolve(regions=["us-east-1"]))
    failed = await lab.client.pods.create(SPEC.evolve(regions=["eu-1"]))
    await lab.client.pods.wait(paused.id)
    await lab.client.pods.pause(paused.id)
    await lab.client.pods.wait(paused.id, "PAUSED")
    lab.cloud.burn_down("eu-1")
    assert {each.id: each.status for each in lab.cloud.leftovers} == {
        paused.id: "PAUSED",
        failed.id: "FAILED",
    }
    assert [each.price for each in lab.cloud.leftovers] == [None, None]
    await lab.close()


async def test_endpoints_machines_and_volumes_are_left_too() -> None:
    lab = make_lab(api_version="v2")
    await lab.endpoint()
    kind = (await lab.client.vms.types())[0]
    place = next(each for each in kind.regions if each.available)
    await lab.client.vms.create(name="build", vm_type_id=place.vm_type_id or 0, region=place.region)
    await lab.client.volumes.create(name="weights", storage_type="S3")
    kinds = [each.kind for each in lab.cloud.leftovers]
    assert kinds == ["endpoint", "VM", "volume"]
    with pytest.raises(AssertionError, match="3 things left behind"):
        lab.cloud.assert_nothing_left()
    await lab.close()


@pytest.mark.parametrize("but", ["keep-*", ["keep-me"], ("other", "keep-?e"), {"keep-[a-m]e"}])
async def test_what_may_be_left_is_named_or_fits_a_pattern(but: str | list[str]) -> None:
    lab = make_lab()
    await lab.client.pods.create(SPEC.evolve(name="keep-me"))
    lab.cloud.assert_nothing_left(but=but)
    await lab.close()


async def test_a_name_means_itself_alone() -> None:
    lab = make_lab()
    pod = await lab.client.pods.create(SPEC.evolve(name="keep-me"))
    lab.cloud.assert_nothing_left(but=pod.id)
    with pytest.raises(AssertionError):
        lab.cloud.assert_nothing_left(but="keep")
    await lab.close()


async def test_of_many_only_the_first_are_told() -> None:
    lab = make_lab()
    for _ in range(23):
        await lab.client.pods.create(SPEC)
    with pytest.raises(AssertionError) as raised:
        lab.cloud.assert_nothing_left()
    lines = message(raised)
    assert lines[0].startswith("23 things left behind, 14.95 USD")
    assert sum(line.startswith("  + ") for line in lines) == 20
    assert lines[-1] == "  and 3 more"
    await lab.close()


async def test_a_refusal_is_told_with_operation_and_instant() -> None:
    lab = make_lab(limits=ServerLimits(requests=3))
    cloud = lab.cloud
    await lab.client.pods.list()
    async with httpx.AsyncClient(transport=cloud.transport()) as rude:
        for _ in range(3):
            await rude.get("http://localhost/openapi/v1/pods/list", headers={"x-api-key": "k"})
    with pytest.raises(AssertionError) as raised:
        cloud.assert_never_refused()
    head, wanted, found = message(raised)
    assert head == "1 request refused for a limit:"
    assert wanted == "  - never refused"
    assert found.startswith("  + listPods at ")
    assert "(rate)" in found
    await lab.close()


async def test_what_was_spent_is_told_with_the_dearest_pods() -> None:
    lab = make_lab()
    for _ in range(2):
        pod = await lab.client.pods.create(SPEC)
        await lab.client.pods.wait(pod.id)
    await anyio.sleep(3600)
    spent = lab.cloud.billing()
    lab.cloud.assert_spent_at_most(spent)
    with pytest.raises(AssertionError) as raised:
        lab.cloud.assert_spent_at_most("1.10")
    head, wanted, *pods = message(raised)
    assert head == f"{spent:.2f} USD spent:"
    assert wanted == "  - at most 1.10 USD"
    costs = [Decimal(line.split()[1]) for line in pods]
    assert costs == sorted(costs, reverse=True)
    assert len(costs) == 2
    await lab.close()


@pytest.mark.parametrize("most", [-1, "much", float("nan")])
async def test_what_is_no_amount_is_refused(most: float | str) -> None:
    with pytest.raises(ConfigurationError, match="must be an amount, 0 or more"):
        SimulatedYotta().assert_spent_at_most(most)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0, "0.0 s"),
        (59.9, "59.9 s"),
        (60.0, "1 min"),
        (3599.0, "1 h 00 min"),
        (11100.0, "3 h 05 min"),
    ],
)
def test_spans_are_told_as_people_say_them(seconds: float, words: str) -> None:
    assert span(seconds) == words


@pytest.mark.parametrize(
    ("amount", "words"), [("0", "0.00"), ("0.0123", "0.0123"), ("0.1", "0.10"), ("12.345", "12.34")]
)
def test_small_amounts_are_told_more_exactly(amount: str, words: str) -> None:
    assert usd(Decimal(amount)) == words


def test_a_thing_of_which_the_maker_is_not_known_has_one_line() -> None:
    left = Leftover(
        kind="VM", id="1", name="a", status="running", age=5.0, price=None, cost=Decimal(0)
    )
    assert str(left) == "VM 'a' (1) is running, 5.0 s old, 0.00 USD so far"
