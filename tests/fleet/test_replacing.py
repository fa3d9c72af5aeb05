"""Pods that fail, vanish or never get ready are replaced, up to a bound."""

from collections.abc import Callable

import anyio
import httpx
import pytest

from tests.fleet.fleets import ANYWHERE, DOOMED, QUICK, keys, make_fleet_lab, once_each
from tests.lab import SPEC, Lab
from yotta_async import AsyncYotta, Limits, ReplacePolicy
from yotta_async._call.transport import client_over
from yotta_async.errors import (
    FleetLeftoverError,
    InsufficientBalanceError,
    InternalServerError,
    NotSentError,
    PodFailedError,
)
from yotta_async.events import FleetPodChanged
from yotta_async.fleet import ReasonKind
from yotta_async.simulator import Faults, Latency, PodLife


STUCK = PodLife(start_median=3000.0, start_span=(3000.0, 3000.0))
DEAF = PodLife(start_median=10.0, start_span=(5.0, 20.0), ports=(3000.0, 3000.0))


def remove(lab: Lab, *pod_ids: str) -> None:
    """Have pods vanish behind the API's back, as if somebody had deleted them long ago."""
    for pod_id in pod_ids:
        del lab.cloud._cloud.pods.all[int(pod_id)]


async def test_failed_pods_are_replaced_and_deleted() -> None:
    life = PodLife(start_median=10.0, start_span=(5.0, 20.0), ports=(0.0, 2.0), failing=0.3)
    lab = make_fleet_lab(life=life, seed=5)
    async with lab.client.fleet("sweep", replace=ReplacePolicy(replacements=9)) as fleet:
        report = await fleet.up([SPEC] * 20)
        assert len(report.ready) == 20
        replaced = [member for member in report.members if member.reasons]
        assert replaced
        assert all(ReasonKind.FAILED in member.reason_kinds for member in replaced)
        await anyio.sleep(60.0)
        assert keys(lab) == once_each(20)


@pytest.mark.parametrize(
    ("life", "kind"),
    [
        (STUCK, ReasonKind.NOT_STARTED),
        (DEAF, ReasonKind.UNHEALTHY),
        (DOOMED, ReasonKind.FAILED),
    ],
)
async def test_a_pod_that_never_gets_ready_is_given_up_with_the_reasons(
    life: PodLife, kind: ReasonKind
) -> None:
    lab = make_fleet_lab(life=life)
    policy = ReplacePolicy(replacements=2, starting=60.0, health=30.0)
    async with lab.client.fleet("sweep", replace=policy) as fleet:
        report = await fleet.up([SPEC.evolve(expose=[8888])] * 2)
        for outcome in report.failed:
            assert isinstance(outcome.error, PodFailedError)
            assert outcome.reason_kinds == (kind,) * 3
            assert "; ".join(outcome.reasons) in str(outcome.error)
        assert len(report.failed) == 2
        await anyio.sleep(30.0)
        assert lab.living == set()


async def test_a_pod_that_vanishes_is_replaced_once_the_server_has_said_so() -> None:
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep") as fleet:
        report = await fleet.up([SPEC] * 10)
        gone = report.ready[3]
        remove(lab, gone.id)
        await anyio.sleep(20.0)
        assert lab.cloud.operations["getPod"] == 0  # lists may lag
        await anyio.sleep(40.0)
        assert lab.cloud.operations["getPod"] == 1
        await anyio.sleep(80.0)
        assert keys(lab) == once_each(10)
        assert fleet.status().members[3].reason_kinds == (ReasonKind.VANISHED,)


async def test_a_pod_that_vanished_is_asked_for_until_it_is_counted_no_more() -> None:
    """[R1] Three denials, over as many lists as prove that it is gone; and then no more."""
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep") as fleet:
        report = await fleet.up([SPEC] * 3)
        remove(lab, report.ready[0].id)
        await anyio.sleep(3600.0)
        asked = lab.cloud.operations["getPod"]
        assert 3 <= asked <= 8
        await anyio.sleep(5 * 3600.0)
        assert lab.cloud.operations["getPod"] == asked


async def test_a_pod_that_somebody_deletes_is_replaced() -> None:
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep") as fleet:
        report = await fleet.up([SPEC] * 5)
        await lab.client.pods.delete(report.ready[0].id)
        await anyio.sleep(120.0)
        assert len(fleet.status().ready) == 5
        assert keys(lab) == once_each(5)


async def test_a_place_where_somebody_deleted_pods_is_as_good_as_before() -> None:
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep") as fleet:
        report = await fleet.up([SPEC] * 5, placement=ANYWHERE)
        for pod in report.ready[:3]:
            await lab.client.pods.delete(pod.id)
        await anyio.sleep(120.0)
        after = fleet.status()
        assert {pod.region for pod in after.ready} == {pod.region for pod in report.ready}
        assert [each.reason_kinds for each in after.members] == [(ReasonKind.ENDED,)] * 3 + [()] * 2


async def test_a_pod_that_somebody_pauses_is_resumed() -> None:
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep") as fleet:
        report = await fleet.up([SPEC] * 3)
        await lab.client.pods.pause(report.ready[0].id)
        await anyio.sleep(300.0)
        assert [pod.id for pod in fleet.status().ready] == [pod.id for pod in report.ready]


async def test_changes_are_told_as_events_with_their_reason() -> None:
    lab = make_fleet_lab(life=DOOMED)
    async with lab.client.fleet("sweep", replace=ReplacePolicy(replacements=1)) as fleet:
        await fleet.up(SPEC)
    events = lab.told(FleetPodChanged)
    told = [(each.stage, each.reason_kind) for each in events]
    assert ("starting", "") in told
    assert ("wanted", "failed") in told
    assert told[-1] == ("lost", "failed")
    assert all(bool(each.reason) == bool(each.reason_kind) for each in events)


# Lists that are not to be believed.


class Interfering(httpx.AsyncBaseTransport):
    """Stands between a client and the simulated cloud, and changes some answers: the lists."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self.inner, self.path = inner, "/pods/list"
        self.change: Callable[[httpx.Response], httpx.Response] | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self.inner.handle_async_request(request)
        if self.change is not None and request.url.path.endswith(self.path):
            await response.aread()
            return self.change(response)
        return response


def interfered(lab: Lab) -> tuple[AsyncYotta, Interfering]:
    between = Interfering(lab.cloud.transport())
    client = AsyncYotta("another", base_url="http://localhost", limits=Limits(requests=600))
    client._account.caller.transport.new_client = lambda: client_over(between)
    return client, between


def answering(body: str) -> Callable[[httpx.Response], httpx.Response]:
    return lambda _: httpx.Response(200, text=body)


@pytest.mark.parametrize(
    "body",
    [
        '{"message": "success", "code": 10000, "data": []}',
        "<html>",
        '{"code": 10000, "data": [{}]}',
    ],
    ids=["empty", "a page", "unreadable"],
)
async def test_a_list_without_the_pods_replaces_none(body: str) -> None:
    lab = make_fleet_lab()
    client, between = interfered(lab)
    async with client, client.fleet("sweep") as fleet:
        await fleet.up([SPEC] * 20)
        before = lab.living
        between.change = answering(body)
        await anyio.sleep(300.0)
        assert lab.living == before
        assert lab.cloud.operations["createPod"] == 20
        assert lab.cloud.operations["getPod"] <= lab.lists()
        between.change = None
        await anyio.sleep(60.0)
        assert len(fleet.status().ready) == 20
    assert lab.living == set()


async def test_an_empty_list_is_not_believed_while_nothing_else_can_be_asked() -> None:
    lab = make_fleet_lab(faults=Faults(operations={"getPod"}, error_before=1.0))
    client, between = interfered(lab)
    async with client, client.fleet("sweep") as fleet:
        await fleet.up([SPEC] * 20)
        between.change = answering('{"message": "success", "code": 10000, "data": []}')
        await anyio.sleep(300.0)
        between.change = None
        await anyio.sleep(60.0)
        assert len(fleet.status().ready) == 20
        assert lab.cloud.operations["createPod"] == 20


@pytest.mark.asyncio_only
async def test_an_outage_of_an_hour_changes_nothing_about_a_fleet_at_rest_and_is_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    lab = make_fleet_lab()
    client, between = interfered(lab)
    async with client, client.fleet("sweep") as fleet:
        await fleet.up([SPEC] * 5)
        between.change = lambda _: httpx.Response(502, text="<html>bad gateway</html>")
        await anyio.sleep(3600.0)
        between.change = None
        await anyio.sleep(60.0)
        assert len(fleet.status().ready) == 5
        assert lab.cloud.operations["createPod"] == 5
    told = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(told) == 2
    assert "5 lists in a row failed" in told[0]
    assert "can be read again" in told[1]


async def test_a_launch_during_an_outage_does_not_hang() -> None:
    lab = make_fleet_lab()
    client, between = interfered(lab)
    with pytest.raises(FleetLeftoverError) as caught:
        async with client, client.fleet("sweep") as fleet:
            between.change = lambda _: httpx.Response(502, text="<html>bad gateway</html>")
            await fleet.up([SPEC] * 5)
    assert isinstance(caught.value.__cause__, InternalServerError)
    assert caught.value.pods == {}  # no list could be read to see what is left
    assert anyio.current_time() < 1800.0


async def test_creates_that_cannot_be_sent_are_tried_again_later() -> None:
    faults = Faults(operations={"createPod"}, refuse=0.7)
    lab = make_fleet_lab(faults=faults, latency=Latency(low=0.1, high=0.2))
    async with lab.client.fleet("sweep") as fleet:
        report = await fleet.up([SPEC] * 10)
        assert len(report.ready) == 10
        assert all(member.reasons == () for member in report.members)


async def test_creates_that_can_never_be_sent_are_given_up() -> None:
    lab = make_fleet_lab(faults=Faults(operations={"createPod"}, refuse=1.0))
    async with lab.client.fleet("sweep") as fleet:
        report = await fleet.up([SPEC] * 3, placement=ANYWHERE)
        assert {type(each.error) for each in report.failed} == {NotSentError}
        assert anyio.current_time() < 1200.0


async def test_a_fleet_of_pods_without_ports_is_ready_when_it_runs() -> None:
    lab = make_fleet_lab(life=QUICK)
    async with lab.client.fleet("sweep") as fleet:
        assert len((await fleet.up([SPEC] * 2)).ready) == 2


async def test_an_account_that_cannot_pay_is_asked_for_few_pods() -> None:
    lab = make_fleet_lab()
    client, between = interfered(lab)
    async with client, client.fleet("sweep") as fleet:
        await fleet.up([SPEC] * 3)
        between.path = "/pods/create"
        between.change = answering('{"message": "insufficient balance", "code": 12003}')
        report = await fleet.up([SPEC] * 100)
        assert {type(each.error) for each in report.failed} == {InsufficientBalanceError}
        assert len(report.ready) == 3
        assert lab.cloud.operations["createPod"] <= 3 + 10
    assert len(lab.cloud.all_pods) <= 3 + 10
