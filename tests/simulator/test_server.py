"""What arrives when, and what comes of it, by instants alone."""

import json
import random
from typing import Any

import pytest

from yotta_async.errors import ConfigurationError
from yotta_async.simulator import (
    FaultKind,
    Faults,
    Latency,
    PodLife,
    PodStatus,
    ServerLimits,
    SimulatedYotta,
)
from yotta_async.simulator.exchange import Break, Exchange
from yotta_async.simulator.server import Server
from yotta_async.simulator.wire import Request


PODS = "/openapi/v1/pods"
HEADERS = [(b"x-api-key", b"key")]
SPEC = json.dumps({"image": "image", "gpuType": "NVIDIA_L4_24G", "gpuCount": 1}).encode()
CREATE = Request.parse("POST", f"{PODS}/create", HEADERS, SPEC)
LIST = Request.parse("GET", f"{PODS}/list", HEADERS, b"")

# An exchange takes 2 seconds: one out, one back.
TWO_SECONDS = Latency(low=2.0, high=2.0)
AFTER_COMMIT = sorted(set(FaultKind) - {"refuse", "reset_before", "error_before"})


def simulate(**options: Any) -> tuple[SimulatedYotta, Server]:
    defaults: dict[str, Any] = {"limits": ServerLimits.none(), "latency": TWO_SECONDS}
    simulated = SimulatedYotta(clock=lambda: simulated._cloud.now, **defaults | options)
    return simulated, simulated._server


def fault(kind: str, **settings: Any) -> Faults:
    return Faults(**{kind: 1.0, **settings})


def statuses(simulated: SimulatedYotta) -> list[int | None]:
    return [record.status for record in simulated.requests]


def finish(server: Server, exchange: Exchange) -> Exchange:
    server.advance(exchange.ready_at)
    assert exchange.answer is not None
    return exchange


def delete(pod_id: str) -> Request:
    return Request.parse("DELETE", f"{PODS}/{pod_id}", HEADERS, b"")


def test_a_request_counts_and_acts_in_the_instant_of_its_arrival() -> None:
    simulated, server = simulate()
    exchange = server.send(CREATE, 10.0)
    server.advance(10.9)
    assert (exchange.answer, simulated.requests, simulated.pods) == (None, (), ())
    server.advance(500.0)
    assert exchange.answer is not None
    assert exchange.answer.ready_at == 12.0
    assert simulated.requests[0].instant == 11.0
    assert simulated.pods[0].created_at == 11.0


def test_requests_arrive_in_the_order_of_their_arrivals_not_of_their_sending() -> None:
    simulated, server = simulate(latency=Latency(low=0.0, high=60.0))
    for _ in range(20):
        server.send(LIST, 0.0)
    server.advance(60.0)
    instants = [record.instant for record in simulated.requests]
    assert len(set(instants)) == 20
    assert instants == sorted(instants)


def test_cold_connections_shake_hands_first() -> None:
    _, server = simulate(latency=Latency(low=2.0, high=2.0, cold=(5.0, 5.0), cold_requests=2))
    sent = [server.send(LIST, 0.0).arrives_at for _ in range(3)]
    assert sent == [6.0, 6.0, 1.0]


def test_every_answer_has_a_date_of_the_simulators_clock_and_an_id_of_its_own() -> None:
    _, server = simulate()
    first = finish(server, server.send(LIST, 100.0))
    second = finish(server, server.send(LIST, 3700.0))
    assert first.answer is not None
    assert second.answer is not None
    one, two = dict(first.answer.headers), dict(second.answer.headers)
    assert one["Date"] == "Thu, 01 Jan 2026 00:00:01 GMT"
    assert two["Date"] == "Thu, 01 Jan 2026 01:00:01 GMT"
    assert one["x-request-id"] != two["x-request-id"]


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        ("refusals", 1),
        ("worst_window", 2),
        ("worst_concurrency", 1),
        ("operations", {"createPod": 2}),
        ("faults_fired", {"empty": 1}),
    ],
)
def test_every_view_lets_happen_first_what_is_due(view: str, expected: object) -> None:
    clock = [0.0]
    simulated = SimulatedYotta(
        clock=lambda: clock[0],
        latency=TWO_SECONDS,
        limits=ServerLimits(requests=1),
        faults=Faults(empty=1.0),
    )
    for _ in range(2):
        simulated._server.send(CREATE, 0.0)
    assert getattr(simulated, view) in (0, {})
    clock[0] = 1.0
    assert getattr(simulated, view) == expected


@pytest.mark.parametrize("view", ["violations", "requests", "pods", "all_pods"])
def test_every_list_lets_happen_first_what_is_due(view: str) -> None:
    clock = [0.0]
    simulated = SimulatedYotta(
        clock=lambda: clock[0], latency=TWO_SECONDS, limits=ServerLimits(requests=1)
    )
    for _ in range(2):
        simulated._server.send(CREATE, 0.0)
    assert getattr(simulated, view) == ()
    clock[0] = 1.0
    assert getattr(simulated, view)


def test_the_rate_limit_refuses_and_records() -> None:
    simulated, server = simulate(limits=ServerLimits(requests=2, per=60.0))
    for _ in range(3):
        server.send(CREATE, 0.0)
    server.advance(1.0)
    assert statuses(simulated) == [200, 200, 429]
    assert simulated.worst_window == 3
    assert len(simulated.pods) == 2
    violation = simulated.violations[0]
    assert (violation.kind, violation.operation, violation.instant) == ("rate", "createPod", 1.0)


def test_a_wrong_key_is_not_counted_against_the_limit() -> None:
    simulated, server = simulate(limits=ServerLimits(requests=1, per=60.0), api_key="other")
    server.send(LIST, 0.0)
    server.send(LIST, 0.0)
    server.advance(1.0)
    assert statuses(simulated) == [401, 401]


def test_a_sixth_pod_operation_is_refused_and_reads_are_not() -> None:
    simulated, server = simulate(limits=ServerLimits())
    sent = [server.send(CREATE, 0.0) for _ in range(6)] + [server.send(LIST, 0.0)]
    server.advance(1.0)
    assert statuses(simulated) == [200] * 5 + [429, 200]
    assert simulated.violations[0].kind == "concurrency"
    assert simulated.worst_concurrency == 6
    assert sent[5].answer is not None
    assert sent[5].answer.reply is not None
    assert b"too many concurrent pod operations" in sent[5].answer.reply.body


def test_by_the_call_a_slot_is_free_when_the_answer_has_come() -> None:
    simulated, server = simulate(limits=ServerLimits(pod_operations=1))
    server.send(CREATE, 0.0)  # there at 1, back at 2
    server.send(CREATE, 0.5)  # there at 1.5
    server.send(CREATE, 1.0)  # there at 2
    server.advance(10.0)
    assert statuses(simulated) == [200, 429, 200]


SETTLED = ServerLimits(pod_operations=1, operation_span="settled")
LIFE = PodLife(start_span=(90.0, 90.0), delete=(30.0, 30.0))


def test_by_the_pod_a_slot_is_free_when_it_stands_still() -> None:
    simulated, server = simulate(limits=SETTLED, life=LIFE)
    server.send(CREATE, 0.0)  # runs at 91
    server.send(CREATE, 89.9)
    server.send(CREATE, 90.0)
    server.advance(100.0)
    assert statuses(simulated) == [200, 429, 200]


def test_by_the_pod_a_create_is_one_operation_while_it_is_answered_too() -> None:
    limits = ServerLimits(pod_operations=2, operation_span="settled")
    simulated, server = simulate(limits=limits, life=LIFE)
    server.send(CREATE, 0.0)
    server.send(CREATE, 0.5)
    server.advance(10.0)
    assert statuses(simulated) == [200, 200]


def test_by_the_pod_deleting_one_that_starts_makes_them_one_operation() -> None:
    limits = ServerLimits(pod_operations=2, operation_span="settled")
    simulated, server = simulate(limits=limits, life=LIFE)
    finish(server, server.send(CREATE, 0.0))
    server.send(delete(simulated.pods[0].id), 20.0)  # gone at 51
    server.send(CREATE, 30.0)
    server.advance(40.0)
    assert statuses(simulated) == [200, 200, 200]


def test_a_refused_operation_holds_no_slot() -> None:
    simulated, server = simulate(limits=ServerLimits(requests=1, per=1.5, pod_operations=1))
    server.send(CREATE, 0.0)  # holds the slot from 1 to 2
    server.send(CREATE, 0.25)  # refused for the rate
    server.send(CREATE, 1.5)  # there at 2.5
    server.advance(10.0)
    assert statuses(simulated) == [200, 429, 200]


@pytest.mark.parametrize("kind", AFTER_COMMIT)
def test_after_commit_the_pod_is_there(kind: FaultKind) -> None:
    simulated, server = simulate(faults=fault(kind))
    finish(server, server.send(CREATE, 0.0))
    assert len(simulated.pods) == 1
    assert simulated.faults_fired == {kind.value: 1}
    assert simulated.requests[0].fault == kind.value


@pytest.mark.parametrize("kind", ["reset_before", "error_before"])
def test_before_commit_it_is_not_but_the_request_counts(kind: str) -> None:
    simulated, server = simulate(faults=fault(kind), limits=ServerLimits())
    finish(server, server.send(CREATE, 0.0))
    server.advance(1000.0)
    assert not simulated.all_pods
    assert simulated.worst_window == 1


def test_a_refused_connection_is_never_seen() -> None:
    simulated, server = simulate(faults=Faults(refuse=1.0), limits=ServerLimits())
    assert server.send(CREATE, 0.0).refused
    server.advance(1000.0)
    assert not simulated.all_pods
    assert (simulated.requests, simulated.worst_window) == ((), 0)
    assert simulated.faults_fired == {"refuse": 1}


@pytest.mark.parametrize(
    ("kind", "broken", "status"),
    [
        ("reset_before", Break.RESET, None),
        ("reset_after", Break.RESET, None),
        ("timeout_after", Break.SILENCE, None),
        ("truncated", Break.CUT, 200),
        ("empty", None, 200),
        ("html", None, 200),
    ],
)
def test_each_fault_spoils_the_answer_in_its_way(
    kind: str, broken: Break | None, status: int | None
) -> None:
    simulated, server = simulate(faults=fault(kind))
    answer = finish(server, server.send(LIST, 0.0)).answer
    assert answer is not None
    assert answer.broken is broken
    assert (answer.reply.status if answer.reply else None) == status
    assert statuses(simulated) == [status]


def test_server_errors_are_500_502_and_503_in_json_and_in_html() -> None:
    _, server = simulate(faults=Faults(error_after=1.0))
    seen = set[tuple[int, str]]()
    for _ in range(60):
        answer = finish(server, server.send(LIST, 0.0)).answer
        assert answer is not None
        assert answer.reply is not None
        seen.add((answer.reply.status, answer.reply.content_type))
        assert answer.reply.code == (10002 if "json" in answer.reply.content_type else None)
    assert seen == {
        (status, kind) for status in (500, 502, 503) for kind in ("application/json", "text/html")
    }


@pytest.mark.parametrize("kind", ["reset_after", "timeout_after", "error_after", "html"])
def test_behind_a_lost_answer_the_commit_may_come_later(kind: str) -> None:
    faults = fault(kind, late_commit=(5.0, 5.0))
    simulated, server = simulate(faults=faults)
    finish(server, server.send(CREATE, 0.0))
    server.advance(5.9)
    assert not simulated.all_pods
    server.advance(6.0)
    assert simulated.pods[0].created_at == 6.0


@pytest.mark.parametrize("kind", ["truncated", "empty"])
def test_a_spoilt_answer_of_the_servers_own_is_never_late(kind: str) -> None:
    simulated, server = simulate(faults=fault(kind, late_commit=(5.0, 5.0)))
    finish(server, server.send(CREATE, 0.0))
    assert simulated.pods[0].created_at == 1.0


def test_an_operation_that_is_done_late_holds_its_slot_until_then() -> None:
    faults = Faults(timeout_after=1.0, late_commit=(5.0, 5.0))
    simulated, server = simulate(faults=faults, limits=ServerLimits(pod_operations=1))
    server.send(CREATE, 0.0)  # done at 6
    server.send(CREATE, 4.9)
    server.send(CREATE, 5.0)
    server.advance(20.0)
    assert [record.code for record in simulated.requests] == [None, 429, None]


def test_a_late_commit_that_has_become_impossible_does_nothing() -> None:
    faults = Faults(reset_after=1.0, late_commit=(50.0, 50.0), operations={"deletePod"})
    simulated, server = simulate(faults=faults)
    finish(server, server.send(CREATE, 0.0))
    for _ in range(2):
        server.send(delete(simulated.pods[0].id), 10.0)
    server.advance(1000.0)
    assert [pod.status for pod in simulated.all_pods] == [PodStatus.TERMINATED]


def test_a_limit_comes_before_a_fault() -> None:
    simulated, server = simulate(faults=Faults(html=1.0), limits=ServerLimits(requests=1))
    server.send(LIST, 0.0)
    server.send(LIST, 0.0)
    server.advance(1.0)
    assert [record.fault for record in simulated.requests] == ["html", None]
    assert simulated.faults_fired == {"html": 1}


def test_lists_lag_when_asked_to() -> None:
    simulated, server = simulate(faults=Faults(list_lag=3.0))
    finish(server, server.send(CREATE, 0.0))
    bodies = list[int]()
    for exchange in (server.send(LIST, 2.0), server.send(LIST, 3.0)):
        answer = finish(server, exchange).answer
        assert answer is not None
        assert answer.reply is not None
        bodies.append(len(json.loads(answer.reply.body)["data"]))
    assert bodies == [0, 1]
    assert len(simulated.pods) == 1


def test_a_request_that_was_given_up_has_no_answer_to_ask_for() -> None:
    _, server = simulate(latency=Latency(cold=(1.0, 1.0), cold_requests=1))
    exchange = server.send(CREATE, 0.0)
    server.give_up(exchange, 0.5)
    with pytest.raises(RuntimeError, match="given up"):
        server.answer(exchange, 9.0)


def test_given_up_before_the_handshake_nothing_arrives() -> None:
    simulated, server = simulate(latency=Latency(cold=(1.0, 1.0), cold_requests=99))
    for _ in range(20):
        server.give_up(server.send(CREATE, 0.0), 0.5)
    server.advance(100.0)
    assert not simulated.requests


def test_given_up_on_its_way_a_request_may_arrive_or_not() -> None:
    simulated, server = simulate()
    for _ in range(100):
        server.give_up(server.send(CREATE, 0.0), 0.5)
    server.advance(100.0)
    assert 20 < len(simulated.requests) < 80


def test_given_up_after_its_arrival_a_request_is_done() -> None:
    simulated, server = simulate()
    for _ in range(20):
        server.give_up(server.send(CREATE, 0.0), 1.0)
    server.advance(100.0)
    assert len(simulated.all_pods) == 20


def test_each_fault_strikes_as_often_as_its_probability_says() -> None:
    chances: dict[str, Any] = {"refuse": 0.1, "html": 0.2, "empty": 0.05}
    simulated, server = simulate(faults=Faults(**chances))
    for _ in range(4000):
        server.send(LIST, 0.0)
    server.advance(1.0)
    assert set(simulated.faults_fired) == set(chances)
    for kind, chance in chances.items():
        assert simulated.faults_fired[kind] == pytest.approx(4000 * chance, rel=0.25)


def test_everything_goes_wrong_equally_often_and_as_often_as_told_in_all() -> None:
    simulated, server = simulate(faults=Faults.everything(0.3))
    for _ in range(6000):
        server.send(LIST, 0.0)
    server.advance(1.0)
    assert set(simulated.faults_fired) == {kind.value for kind in FaultKind}
    assert simulated.faults_fired.total() == pytest.approx(1800, rel=0.1)


def test_faults_keep_to_the_operations_named() -> None:
    simulated, server = simulate(faults=Faults(html=1.0, operations=["createPod"]))
    server.send(LIST, 0.0)
    server.send(CREATE, 0.0)
    server.advance(1.0)
    assert [record.fault for record in simulated.requests] == [None, "html"]


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"refuse": -0.1}, "refuse"),
        ({"html": 1.1}, "html"),
        ({"html": 0.6, "empty": 0.41}, "faults"),
        ({"late_commit": (3.0, 1.0)}, "late_commit"),
        ({"list_lag": float("nan")}, "list_lag"),
    ],
)
def test_impossible_faults_are_refused_by_name(settings: dict[str, Any], field: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Faults(**settings)
    assert caught.value.field == field


def test_a_fault_for_no_operation_of_the_api_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="makePod"):
        SimulatedYotta(faults=Faults(operations={"makePod"}))


@pytest.mark.parametrize("distribution", ["uniform", "log-normal"])
def test_latency_stays_in_its_span(distribution: Any) -> None:
    _, server = simulate(latency=Latency(low=0.1, high=0.5, distribution=distribution))
    trips = [(sent := server.send(LIST, 0.0)).ready_at - sent.sent_at for _ in range(500)]
    assert 0.1 <= min(trips) < 0.2
    assert 0.4 < max(trips) <= 0.5


def test_log_normal_latency_lies_around_its_geometric_mean() -> None:
    latency, dice = Latency(low=0.1, high=0.9, distribution="log-normal"), random.Random(1)
    trips = sorted(latency.draw(dice) for _ in range(1001))
    assert trips[500] == pytest.approx(0.3, rel=0.1)


def test_left_alone_an_exchange_takes_a_tenth_to_half_a_second() -> None:
    assert Latency() == Latency(low=0.1, high=0.5, cold=(0.1, 0.4), cold_requests=0)


@pytest.mark.parametrize("settings", [{"low": 2.0}, {"high": -1.0}, {"cold": (2.0, 1.0)}])
def test_an_impossible_latency_is_refused_by_name(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Latency(**settings)
    assert caught.value.field in settings
