"""The front in the process: httpx and httpx2, asyncio and trio, in virtual time."""

from types import ModuleType
from typing import Any

import anyio
import httpx
import pytest

from yotta_async.simulator import (
    Faults,
    Latency,
    PodLife,
    ServerLimits,
    SimulatedYotta,
)


PODS = "/openapi/v1/pods"
SPEC = {"image": "image", "gpuType": "NVIDIA_L4_24G", "gpuCount": 1}
TWO_SECONDS = Latency(low=2.0, high=2.0)


def client(simulated: SimulatedYotta, library: ModuleType = httpx, **options: Any) -> Any:
    settings = {"base_url": "https://api.yottalabs.ai", "headers": {"x-api-key": "key"}}
    return library.AsyncClient(transport=simulated.transport(library), **settings | options)


@pytest.mark.parametrize("name", ["httpx", "httpx2"])
async def test_either_library_gets_its_own_kind_of_answer(name: str) -> None:
    library: ModuleType = pytest.importorskip(name)
    simulated = SimulatedYotta()
    async with client(simulated, library) as http:
        reply = await http.post(f"{PODS}/create", json=SPEC)
        listed = await http.get(f"{PODS}/list", params={"statusList": "0,1"})
    assert isinstance(reply, library.Response)
    assert reply.json() == {
        "message": "success",
        "code": 10000,
        "data": int(simulated.pods[0].id),
    }
    assert listed.json()["data"][0]["status"] == "INITIALIZE"


async def test_an_exchange_takes_the_latency_and_counts_in_the_middle() -> None:
    simulated = SimulatedYotta(latency=TWO_SECONDS)
    began = anyio.current_time()
    async with client(simulated) as http:
        await http.get(f"{PODS}/list")
    assert anyio.current_time() - began == pytest.approx(2.0)
    assert simulated.requests[0].instant - began == pytest.approx(1.0)


async def test_a_pod_runs_after_a_while_of_virtual_time() -> None:
    simulated = SimulatedYotta()
    async with client(simulated) as http:
        await http.post(f"{PODS}/create", json=SPEC)
        assert not simulated.pods[0].ready
        await anyio.sleep(250)
        assert simulated.pods[0].ready


FAILURES = [
    ("refuse", "ConnectError", 0),
    ("reset_before", "ReadError", 0),
    ("reset_after", "ReadError", 1),
    ("timeout_after", "ReadTimeout", 1),
    ("truncated", "RemoteProtocolError", 1),
]


@pytest.mark.parametrize("name", ["httpx", "httpx2"])
@pytest.mark.parametrize(("fault", "error", "pods"), FAILURES)
async def test_a_fault_is_the_librarys_own_error(
    name: str, fault: str, error: str, pods: int
) -> None:
    library: ModuleType = pytest.importorskip(name)
    settings: dict[str, Any] = {fault: 1.0}
    simulated = SimulatedYotta(faults=Faults(**settings))
    async with client(simulated, library) as http:
        with pytest.raises(getattr(library, error)) as caught:
            await http.post(f"{PODS}/create", json=SPEC)
    assert caught.value.request.url.path == f"{PODS}/create"
    assert len(simulated.pods) == pods


async def test_silence_lasts_until_the_read_timeout() -> None:
    simulated = SimulatedYotta(latency=TWO_SECONDS, faults=Faults(timeout_after=1.0))
    async with client(simulated, timeout=30.0) as http:
        began = anyio.current_time()
        with pytest.raises(httpx.ReadTimeout):
            await http.get(f"{PODS}/list")
    assert anyio.current_time() - began == pytest.approx(30.0)


async def test_silence_without_a_timeout_lasts_for_ever() -> None:
    simulated = SimulatedYotta(faults=Faults(timeout_after=1.0))
    async with client(simulated, timeout=None) as http:
        with anyio.move_on_after(5000) as scope:
            await http.get(f"{PODS}/list")
    assert scope.cancelled_caught


async def test_an_answer_that_is_late_is_a_timeout_and_done_all_the_same() -> None:
    simulated = SimulatedYotta(latency=TWO_SECONDS)
    async with client(simulated, timeout=1.5) as http:
        began = anyio.current_time()
        with pytest.raises(httpx.ReadTimeout):
            await http.post(f"{PODS}/create", json=SPEC)
    assert anyio.current_time() - began == pytest.approx(1.5)
    assert len(simulated.pods) == 1


async def test_a_timeout_before_the_arrival_does_not_stop_the_request() -> None:
    simulated = SimulatedYotta(latency=TWO_SECONDS)
    async with client(simulated, timeout=0.5) as http:
        with pytest.raises(httpx.ReadTimeout):
            await http.post(f"{PODS}/create", json=SPEC)
        assert not simulated.pods
        await anyio.sleep(0.6)
        assert len(simulated.pods) == 1


async def test_a_handshake_longer_than_allowed_is_a_connect_timeout_and_nothing_is_sent() -> None:
    simulated = SimulatedYotta(latency=Latency(cold=(3.0, 3.0), cold_requests=1))
    async with client(simulated, timeout=1.0) as http:
        began = anyio.current_time()
        with pytest.raises(httpx.ConnectTimeout):
            await http.post(f"{PODS}/create", json=SPEC)
        assert anyio.current_time() - began == pytest.approx(1.0)
        await anyio.sleep(10)
    assert not simulated.requests


async def test_the_read_timeout_begins_after_the_handshake() -> None:
    simulated = SimulatedYotta(latency=Latency(low=2, high=2, cold=(0.9, 0.9), cold_requests=1))
    async with client(simulated, timeout=httpx.Timeout(1.0, read=2.5)) as http:
        assert (await http.get(f"{PODS}/list")).status_code == 200


@pytest.mark.parametrize(("moment", "least", "most"), [(0.5, 3, 17), (1.5, 20, 20)])
async def test_cancelling_stops_what_has_not_arrived_sometimes_and_what_has_never(
    moment: float, least: int, most: int
) -> None:
    simulated = SimulatedYotta(latency=TWO_SECONDS, limits=ServerLimits.none())
    async with client(simulated) as http:
        for _ in range(20):
            with anyio.move_on_after(moment):
                await http.post(f"{PODS}/create", json=SPEC)
        await anyio.sleep(5)
    assert least <= len(simulated.pods) <= most


async def test_the_limits_hold_for_all_transports_of_one_cloud() -> None:
    simulated = SimulatedYotta(limits=ServerLimits(requests=3))
    async with client(simulated) as first, client(simulated) as second:
        replies = [await http.get(f"{PODS}/list") for http in (first, second) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [200, 200, 200, 429]
    assert simulated.refusals == 1


async def test_who_comes_back_when_told_is_let_in() -> None:
    simulated = SimulatedYotta(limits=ServerLimits(requests=1, per=60.0))
    async with client(simulated) as http:
        await http.get(f"{PODS}/list")
        refused = await http.get(f"{PODS}/list")
        await anyio.sleep(float(refused.headers["Retry-After"]))
        assert (await http.get(f"{PODS}/list")).status_code == 200


@pytest.mark.parametrize("seed", [0, 1])
async def test_the_same_seed_and_calls_are_the_same_run(seed: int) -> None:
    async def run() -> tuple[list[Any], list[Any], list[str]]:
        simulated = SimulatedYotta(
            seed=seed, faults=Faults.everything(0.5), life=PodLife(failing=0.3)
        )
        texts = list[str]()
        began = anyio.current_time()
        async with client(simulated) as http:
            for _ in range(30):
                try:
                    texts.append((await http.post(f"{PODS}/create", json=SPEC)).text)
                except httpx.TransportError as error:
                    texts.append(repr(error))
                await anyio.sleep(2)
        requests = [
            (round(record.instant - began, 6), record.status, record.fault)
            for record in simulated.requests
        ]
        return requests, [(pod.id, pod.region, pod.status) for pod in simulated.all_pods], texts

    first, second = await run(), await run()
    assert first == second


async def test_another_seed_is_another_run() -> None:
    lives = set[tuple[float, ...]]()
    for seed in range(3):
        simulated = SimulatedYotta(seed=seed)
        async with client(simulated) as http:
            await http.post(f"{PODS}/create", json=SPEC)
        lives.add(tuple(pod.moves_at or 0.0 for pod in simulated._cloud.pods.all.values()))
    assert len(lives) == 3


def test_a_run_that_is_over_can_still_be_looked_at() -> None:
    async def run() -> None:
        async with client(simulated) as http:
            await http.post(f"{PODS}/create", json=SPEC)

    simulated = SimulatedYotta(latency=Latency.none())
    anyio.run(run)
    assert repr(simulated) == "<SimulatedYotta 1 pods, 1 requests, 0 refusals>"
    assert simulated.operations == {"createPod": 1}
    assert simulated.billing() == 0
