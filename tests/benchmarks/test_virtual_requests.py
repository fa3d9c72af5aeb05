"""The library `requests` on the simulated cloud, without a socket and without waiting."""

import pytest
import requests

from benchmarks.virtual_requests import SimulatedAdapter
from benchmarks.virtual_threads import StuckError, VirtualThreads
from yotta_async.simulator import Faults, Latency, ServerLimits, SimulatedYotta


LIST = "https://api.yottalabs.ai/openapi/v1/pods/list"
HALF = Latency(low=0.5, high=0.5)


def session_on(threads: VirtualThreads, faults: Faults, requests_: int = 60) -> requests.Session:
    cloud = SimulatedYotta(
        clock=lambda: threads.now,
        faults=faults,
        latency=HALF,
        limits=ServerLimits(requests=requests_),
    )
    session = requests.Session()
    session.mount("https://", SimulatedAdapter(cloud, threads))
    session.headers["x-api-key"] = "key"
    return session


def test_an_exchange_takes_its_latency() -> None:
    threads = VirtualThreads()
    reply = session_on(threads, Faults()).get(LIST, params={"statusList": "RUNNING"})
    assert (reply.status_code, reply.json()["data"]) == (200, [])
    assert reply.headers["content-type"] == "application/json"
    assert threads.now == 0.5


def test_a_refusal_is_a_reply() -> None:
    session = session_on(VirtualThreads(), Faults(), requests_=1)
    assert [session.get(LIST).status_code for _ in range(2)] == [200, 429]


def test_a_lost_answer_ends_at_the_timeout() -> None:
    threads = VirtualThreads()
    with pytest.raises(requests.ReadTimeout):
        session_on(threads, Faults(timeout_after=1.0)).get(LIST, timeout=30.0)
    assert threads.now == 30.0


def test_a_lost_answer_without_a_timeout_never_ends() -> None:
    with pytest.raises(StuckError):
        session_on(VirtualThreads(), Faults(timeout_after=1.0)).get(LIST)


@pytest.mark.parametrize("kind", ["refuse", "reset_before", "reset_after", "truncated"])
def test_a_broken_connection_is_the_librarys_own_error(kind: str) -> None:
    with pytest.raises(requests.ConnectionError):
        session_on(VirtualThreads(), Faults(**{kind: 1.0})).get(LIST)  # type: ignore[arg-type]
