"""The front on a real port: real sockets, broken for real."""

import json
import random
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import anyio.lowlevel
import httpx
import pytest
from anyio.abc import SocketStream

from tests.steps import until
from tests.wire_servers import NO_TLS
from yotta_async.errors import ConfigurationError
from yotta_async.simulator import FaultKind, Faults, Latency, ServerLimits, SimulatedYotta
from yotta_async.simulator.sockets import TcpServer


# Sockets do not know virtual time; no test here depends on how fast they are.
pytestmark = pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])

PODS = "/openapi/v1/pods"
HEADERS = {"x-api-key": "key"}
DAY = 86_400.0
LONG = 300.0  # seconds that no answer takes, however busy the machine is
SPEC = {"image": "image", "gpuType": "NVIDIA_L4_24G", "gpuCount": 1}
BODY = b"""{
    "image": "yottalabsai/pytorch:2.8.0-py3.11-cuda12.8.1-cudnn-devel-ubuntu22.04-2025050802",
    "gpuType": "NVIDIA_L4_24G",
    "gpuCount": 1,
    "environmentVars": [
      { "key": "JUPYTER_PASSWORD", "value": "your_password" }
    ],
    "expose": [
      { "port": 22, "protocol": "SSH" }
    ]
  }"""
CURL = (
    b"POST /openapi/v1/pods/create HTTP/1.1\r\n"
    b"Host: api.yottalabs.ai\r\n"
    b"User-Agent: curl/8.5.0\r\n"
    b"Accept: */*\r\n"
    b"x-api-key: key\r\n"
    b"Content-Type: application/json\r\n"
    b"Content-Length: %d\r\n\r\n%s"
)
DOCUMENTED = CURL % (len(BODY), BODY)
GET = b"GET /openapi/v1/pods/list HTTP/1.1\r\nHost: h\r\nx-api-key: key\r\n\r\n"


def fault(kind: str) -> Faults:
    settings: dict[str, Any] = {kind: 1.0}
    return Faults(**settings)


def simulate(**options: Any) -> SimulatedYotta:
    return SimulatedYotta(latency=Latency.none(), **options)


@asynccontextmanager
async def connect(server: TcpServer) -> AsyncIterator[SocketStream]:
    async with await anyio.connect_tcp(server.host, server.port) as stream:
        yield stream


async def read_reply(stream: SocketStream) -> tuple[bytes, bytes]:
    """Return the head and the whole body of one answer."""
    text = b""
    while b"\r\n\r\n" not in text:
        text += await stream.receive()
    head, _, body = text.partition(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    while len(body) < length:
        body += await stream.receive()
    return head, body


async def read_all(stream: SocketStream) -> bytes:
    text = b""
    try:
        while True:
            text += await stream.receive()
    except anyio.EndOfStream:
        return text


async def still_serves(server: TcpServer) -> bool:
    async with connect(server) as stream:
        await stream.send(GET)
        head, _ = await read_reply(stream)
    return head.startswith(b"HTTP/1.1 200 OK")


async def test_the_documented_request_gets_the_documented_answer() -> None:
    simulated = simulate()
    async with simulated.serve() as server, connect(server) as stream:
        await stream.send(DOCUMENTED)
        head, body = await read_reply(stream)
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"Content-Type: application/json" in head
    pod_id = simulated.pods[0].id
    assert body == b'{"message":"success","code":10000,"data":%s}' % pod_id.encode()


async def test_a_connection_is_kept_and_requests_may_come_in_pieces_or_at_once() -> None:
    simulated = simulate()
    async with simulated.serve() as server, connect(server) as stream:
        for byte in GET:
            await stream.send(bytes([byte]))
        assert (await read_reply(stream))[0].startswith(b"HTTP/1.1 200")
        await stream.send(GET + DOCUMENTED)
        await read_reply(stream)
        assert b'"code":10000' in (await read_reply(stream))[1]
    assert len(simulated.requests) == 3


async def test_expect_100_continue_is_answered() -> None:
    async with simulate().serve() as server, connect(server) as stream:
        head, _, body = DOCUMENTED.partition(b"\r\n\r\n")
        await stream.send(head + b"\r\nExpect: 100-continue\r\n\r\n")
        assert (await stream.receive()).startswith(b"HTTP/1.1 100")
        await stream.send(body)
        assert (await read_reply(stream))[0].startswith(b"HTTP/1.1 200")


async def test_connection_close_and_head_are_honoured() -> None:
    async with simulate().serve() as server, connect(server) as stream:
        await stream.send(
            GET.replace(b"GET", b"HEAD").replace(b"Host", b"Connection: close\r\nHost")
        )
        text = await read_all(stream)
    assert text.startswith(b"HTTP/1.1 405")
    assert text.endswith(b"\r\n\r\n")


HOSTILE: dict[str, bytes] = {
    "nothing": b"",
    "noise": bytes(range(256)) * 8,
    "tls": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "half a head": GET[:40],
    "half a body": DOCUMENTED[:-20],
    "endless header": b"GET / HTTP/1.1\r\nA: " + b"a" * 100_000,
    "bad length": DOCUMENTED.replace(b"Content-Length: ", b"Content-Length: -"),
    "bad version": GET.replace(b"HTTP/1.1", b"HTTP/9.9"),
    "huge body": CURL % (3_000_000, b"x" * 3_000_000),
    "bad chunk": DOCUMENTED.replace(b"Content-Length", b"Transfer-Encoding: chunked\r\nX"),
    "absolute target": GET.replace(b"GET /", b"GET http://[::/"),
    "odd path": GET.replace(b"list", b"%ff%00%zz?statusList=%ff&&=&"),
    "deep json": CURL % (200_000, b"[" * 200_000),
    "connect": b"CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\nx-api-key: key\r\n\r\n",
    "upgrade": GET.replace(b"Host", b"Connection: upgrade\r\nUpgrade: h2c\r\nHost"),
    "http/1.0": GET.replace(b"HTTP/1.1", b"HTTP/1.0"),
}


@pytest.mark.parametrize(
    ("name", "status"), [("noise", b"400"), ("endless header", b"431"), ("huge body", b"413")]
)
async def test_what_is_no_http_is_told_so(name: str, status: bytes) -> None:
    async with simulate().serve() as server, connect(server) as stream:
        await stream.send(HOSTILE[name])
        head, _ = await read_reply(stream)
    assert head.startswith(b"HTTP/1.1 " + status)
    assert b"connection: close" in head.lower()


@pytest.mark.parametrize("faults", [None, Faults(html=1.0)], ids=["sound", "html"])
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
async def test_a_hostile_client_does_not_end_the_server(text: bytes, faults: Faults | None) -> None:
    async with simulate(faults=faults).serve() as server:
        async with connect(server) as stream:
            try:
                await stream.send(text)
                await stream.send_eof()
                await read_all(stream)
            except (anyio.BrokenResourceError, OSError):
                pass
        assert await still_serves(server)


async def test_clients_that_vanish_do_not_end_the_server() -> None:
    dice = random.Random(1)
    async with simulate(limits=ServerLimits.none()).serve() as server:
        for _ in range(50):
            raw = socket.create_connection((server.host, server.port))
            raw.send(DOCUMENTED[: dice.randrange(len(DOCUMENTED) + 1)])
            if dice.random() < 0.5:
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            raw.close()
            await anyio.lowlevel.checkpoint()
        assert await still_serves(server)


async def test_a_request_that_came_whole_is_done_though_its_client_left() -> None:
    simulated = SimulatedYotta(latency=Latency(low=20, high=20))
    async with simulated.serve(speed=100) as server:
        raw = socket.create_connection((server.host, server.port))
        raw.send(DOCUMENTED)
        raw.close()
        await until(lambda: simulated.pods)


async def test_a_reset_is_a_reset() -> None:
    async with simulate(faults=Faults(reset_after=1.0)).serve() as server:
        raw = socket.create_connection((server.host, server.port))
        raw.setblocking(False)
        raw.send(DOCUMENTED)
        await anyio.wait_readable(raw)
        with pytest.raises(ConnectionResetError):
            raw.recv(100)
        raw.close()


async def test_a_truncated_answer_promises_more_than_it_sends() -> None:
    simulated = simulate(faults=Faults(truncated=1.0))
    async with simulated.serve() as server, connect(server) as stream:
        await stream.send(DOCUMENTED)
        head, _, body = (await read_all(stream)).partition(b"\r\n\r\n")
    assert b"Content-Length: 60" in head
    assert len(body) == 30


async def test_silence_sends_not_a_byte_and_keeps_the_connection() -> None:
    simulated = simulate(faults=Faults(timeout_after=1.0))
    async with simulated.serve() as server, connect(server) as stream:
        await stream.send(DOCUMENTED)
        with anyio.move_on_after(0.05) as scope:
            await stream.receive()
    assert scope.cancelled_caught


CAUGHT: dict[str, type[Exception]] = {
    "refuse": httpx.ReadError,
    "reset_before": httpx.ReadError,
    "reset_after": httpx.ReadError,
    "timeout_after": httpx.ReadTimeout,
    "truncated": httpx.RemoteProtocolError,
}


@pytest.mark.parametrize("kind", FaultKind)
async def test_httpx_meets_every_fault_and_the_server_survives_it(kind: FaultKind) -> None:
    simulated = simulate(faults=fault(kind))
    timeout = httpx.Timeout(LONG, read=0.1 if CAUGHT.get(kind) is httpx.ReadTimeout else LONG)
    async with (
        simulated.serve() as server,
        httpx.AsyncClient(
            base_url=server.url, headers=HEADERS, timeout=timeout, verify=NO_TLS
        ) as http,
    ):
        for _ in range(3):
            if kind in CAUGHT:
                with pytest.raises(CAUGHT[kind]):
                    await http.post(f"{PODS}/create", json=SPEC)
            else:
                assert b'"code":10000' not in (await http.post(f"{PODS}/create", json=SPEC)).content
    assert simulated.faults_fired == {kind.value: 3}


async def test_a_long_answer_reaches_a_slow_reader_whole() -> None:
    simulated = simulate()
    spec = SPEC | {"environmentVars": [{"key": "LONG", "value": "x" * 900_000}]}
    async with (
        simulated.serve() as server,
        httpx.AsyncClient(
            base_url=server.url, headers=HEADERS, timeout=LONG, verify=NO_TLS
        ) as http,
    ):
        for _ in range(8):
            await http.post(f"{PODS}/create", json=spec)
        async with connect(server) as stream:
            await stream.send(GET)
            await anyio.sleep(0.1)
            _, body = await read_reply(stream)
    assert len(json.loads(body)["data"]) == 8


async def test_many_connections_are_served_at_once() -> None:
    """Forty requests are under way before the first of them arrives."""
    simulated = SimulatedYotta(latency=Latency(low=DAY, high=DAY), limits=ServerLimits.none())
    async with (
        simulated.serve() as server,
        httpx.AsyncClient(base_url=server.url, headers=HEADERS, timeout=DAY, verify=NO_TLS) as http,
        anyio.create_task_group() as tasks,
    ):
        for _ in range(40):
            tasks.start_soon(http.get, f"{PODS}/list")
        await until(lambda: len(simulated._server._under_way) == 40)
        tasks.cancel_scope.cancel()


async def test_speed_squeezes_lives_windows_and_what_a_refusal_tells_to_wait() -> None:
    instant = 0.0
    simulated = simulate(limits=ServerLimits(requests=2, per=600.0), clock=lambda: instant)
    async with (
        simulated.serve(speed=1000) as server,
        httpx.AsyncClient(
            base_url=server.url, headers=HEADERS, timeout=LONG, verify=NO_TLS
        ) as http,
    ):
        await http.post(f"{PODS}/create", json=SPEC)
        await http.get(f"{PODS}/list")
        refused = await http.get(f"{PODS}/list")
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
        instant += 0.7
        (pod,) = (await http.get(f"{PODS}/list")).json()["data"]
    assert pod["status"] == "RUNNING"


async def test_instants_do_not_jump_when_serving_begins_and_ends() -> None:
    instant = 7000.0
    simulated = simulate(clock=lambda: instant)
    async with simulated.serve(speed=1000):
        assert simulated._timeline.now() == 7000.0
        instant += 0.01
        assert simulated._timeline.now() == pytest.approx(7010.0)
    assert simulated._timeline.now() == pytest.approx(7010.0)
    assert simulated._timeline.speed == 1.0


async def test_what_the_block_raises_leaves_it_bare() -> None:
    with pytest.raises(ZeroDivisionError):
        async with simulate().serve():
            raise ZeroDivisionError


async def test_after_the_block_the_port_is_closed() -> None:
    async with simulate().serve() as server:
        pass
    with pytest.raises(OSError, match=r".*"):
        await anyio.connect_tcp(server.host, server.port)


async def test_a_port_that_is_taken_is_an_oserror() -> None:
    async with simulate().serve() as server:
        with pytest.raises(OSError, match=r".*"):
            async with simulate().serve(port=server.port):
                pass


@pytest.mark.parametrize("speed", [0.0, -1.0, float("inf"), float("nan")])
async def test_an_impossible_speed_is_refused(speed: float) -> None:
    with pytest.raises(ConfigurationError, match="speed"):
        async with simulate().serve(speed=speed):
            pass


async def test_without_h11_serving_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "h11", None)
    monkeypatch.delitem(sys.modules, "yotta_async.simulator.tcp", raising=False)
    with pytest.raises(ConfigurationError, match=r"yotta-async\[simulator\]"):
        async with simulate().serve():
            pass


async def test_an_ipv6_address_has_a_url_of_its_own() -> None:
    assert TcpServer(host="::1", port=80).url == "http://[::1]:80"
