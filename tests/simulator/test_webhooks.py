"""V3: callbacks are really posted, over TCP and to loopback addresses alone."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

import anyio
import httpx
import pytest
from anyio.abc import SocketStream
from attrs import define, field

from yotta_async.simulator import (
    EndpointLife,
    Latency,
    ServerLimits,
    SimulatedYotta,
    TaskLife,
    TcpServer,
)
from yotta_async.simulator.webhooks import is_loopback


# Sockets do not know virtual time; every test here is over in a fraction of a second.
sockets = pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])

KEY = {"x-api-key": "any"}
ENDPOINT: dict[str, Any] = {
    "name": "llm",
    "image": "image",
    "serviceMode": "QUEUE",
    "workers": 1,
    "containerVolumeInGb": 20,
    "resources": [{"region": "us-east", "gpuType": "NVIDIA_L4_24G", "gpuCount": 1}],
}
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def simulate(**options: Any) -> SimulatedYotta:
    return SimulatedYotta(
        limits=ServerLimits.none(),
        latency=Latency.none(),
        endpoint_life=EndpointLife.instant(),
        **{"task_life": TaskLife.instant()} | options,
    )


@define
class Receiver:
    """
    A webhook's server on loopback.

    Attributes:
        answers: What it says to one call after the other; the last of them to all that follow.
        calls: Head and body of each call.
    """

    answers: list[bytes] = field(factory=lambda: [OK])
    calls: list[tuple[str, bytes]] = field(factory=list[tuple[str, bytes]])
    port: int = 0

    async def __call__(self, stream: SocketStream) -> None:
        async with stream:
            text = b""
            while b"\r\n\r\n" not in text:
                text += await stream.receive()
            head, _, body = text.partition(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            while len(body) < length:
                body += await stream.receive()
            self.calls.append((head.decode("ascii"), body))
            await stream.send(self.answers[min(len(self.calls), len(self.answers)) - 1])


@asynccontextmanager
async def received(*answers: bytes) -> AsyncIterator[Receiver]:
    receiver = Receiver(list(answers) or [OK])
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    receiver.port = listener.extra(anyio.abc.SocketAttribute.local_port)
    async with listener, anyio.create_task_group() as group:
        group.start_soon(listener.serve, receiver)
        yield receiver
        group.cancel_scope.cancel()


@define
class Client:
    http: httpx.AsyncClient
    endpoint: str = ""

    async def data(self, method: str, path: str, **options: Any) -> Any:
        envelope = (await self.http.request(method, path, **options)).json()
        assert envelope["code"] == 10000, envelope
        return envelope["data"]

    async def submit(self, task_id: str, webhook: str, **fields: Any) -> None:
        body = {"taskId": task_id, "input": {"n": 1}, "workerPort": 80, "processUri": "/run"}
        path = f"/v2/serverless/{self.endpoint}/tasks"
        await self.data("POST", path, json=body | {"webhook": webhook} | fields)

    async def task(self, task_id: str) -> Any:
        return await self.data("GET", f"/v2/serverless/{self.endpoint}/tasks/{task_id}")

    async def until(self, task_id: str, wanted: Callable[[Any], bool]) -> Any:
        with anyio.fail_after(10):
            while not wanted(task := await self.task(task_id)):  # noqa: ASYNC110  # over HTTP
                await anyio.sleep(0.01)
        return task


@asynccontextmanager
async def connected(server: TcpServer) -> AsyncIterator[Client]:
    async with httpx.AsyncClient(base_url=server.url, headers=KEY) as http:
        client = Client(http)
        client.endpoint = (await client.data("POST", "/v2/serverless", json=ENDPOINT))["id"]
        yield client


@sockets
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_v3_a_callback_is_posted(host: str) -> None:
    """V3: with its key and its body, and the task says that it was taken."""
    simulated = simulate()
    async with received() as receiver, simulated.serve() as server, connected(server) as client:
        url = f"http://{host}:{receiver.port}/hook?of=me"
        await client.submit("one", url, webhookAuthKey="key")
        task = await client.until("one", lambda task: task["deliveryStatus"] == "SUCCESS")
        ((head, body),) = receiver.calls
        assert head.startswith("POST /hook?of=me HTTP/1.1\r\n")
        assert f"\r\nHost: {host}:{receiver.port}\r\n" in head
        assert "\r\nX-API-Key: key\r\n" in head
        assert json.loads(body)["user_task_id"] == "one"
        assert task["deliveryAttempts"] == 1
        (record,) = simulated.callbacks
        assert (record.body, record.posted, record.accepted) == (body, True, True)


@sockets
async def test_v3_a_callback_that_is_not_taken_is_posted_again_as_documented() -> None:
    """V3: after 1, 5 and 15 minutes of the simulated time."""
    refusal = b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n"
    simulated = simulate()
    async with (
        received(refusal, b"no HTTP", refusal, OK) as receiver,
        simulated.serve(speed=2000.0) as server,
        connected(server) as client,
    ):
        await client.submit("one", f"http://127.0.0.1:{receiver.port}")
        task = await client.until("one", lambda task: task["deliveryStatus"] == "SUCCESS")
        assert task["deliveryAttempts"] == len(receiver.calls) == 4
        assert [json.loads(body)["retry_count"] for _, body in receiver.calls] == [1, 2, 3, 4]
        instants = [record.instant for record in simulated.callbacks]
        gaps = [after - before for before, after in pairwise(instants)]
        for gap, documented in zip(gaps, (60.0, 300.0, 900.0), strict=True):
            assert gap >= documented


@sockets
@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n",
        b"",
    ],
    ids=["redirect", "404", "nothing"],
)
async def test_v3_only_a_2xx_status_takes_a_callback(answer: bytes) -> None:
    """V3: and no redirect is followed."""
    async with (
        received(answer) as receiver,
        simulate().serve() as server,
        connected(server) as client,
    ):
        await client.submit("one", f"http://127.0.0.1:{receiver.port}/")
        await client.until("one", lambda task: task["deliveryStatus"] == "FAILED")
        assert len(receiver.calls) == 1


@sockets
async def test_v3_a_port_that_nothing_listens_on_is_a_callback_not_taken() -> None:
    """V3: the server goes on."""
    async with received() as receiver:
        port = receiver.port
    async with simulate().serve() as server, connected(server) as client:
        await client.submit("one", f"http://localhost:{port}/")
        await client.until("one", lambda task: task["deliveryStatus"] == "FAILED")
        await client.submit("two", f"http://127.0.0.1:{port}/\u00fc \u2028", webhookAuthKey="a\nb")
        await client.until("two", lambda task: task["deliveryStatus"] == "FAILED")


@sockets
async def test_v3_nothing_is_posted_elsewhere() -> None:
    """V3: the delivery says INIT, while one to loopback that comes later is posted."""
    async with received() as receiver, simulate().serve() as server, connected(server) as client:
        await client.submit("away", "http://host.example/hook")
        await client.submit("here", f"http://127.0.0.1:{receiver.port}/")
        await client.until("here", lambda task: task["deliveryStatus"] == "SUCCESS")
        away = await client.task("away")
        assert (away["status"], away["deliveryStatus"]) == ("SUCCESS", "INIT")
        assert away["deliveryAttempts"] == 0


@sockets
async def test_v3_many_callbacks_are_posted_a_few_at_a_time() -> None:
    """V3: every one arrives."""
    async with received() as receiver, simulate().serve() as server, connected(server) as client:
        for number in range(40):
            await client.submit(f"t{number}", f"http://127.0.0.1:{receiver.port}/")
        for number in range(40):
            await client.until(f"t{number}", lambda task: task["deliveryStatus"] == "SUCCESS")
        ids = sorted(json.loads(body)["user_task_id"] for _, body in receiver.calls)
        assert ids == sorted(f"t{number}" for number in range(40))


@sockets
async def test_v3_a_share_of_callbacks_may_be_lost_on_the_way() -> None:
    """V3: the fault that is asked for, and nothing of it is posted."""
    simulated = simulate(task_life=TaskLife(duration=(0.0, 0.0), callbacks_failing=1.0))
    async with received() as receiver, simulated.serve() as server, connected(server) as client:
        await client.submit("one", f"http://127.0.0.1:{receiver.port}/")
        await client.until("one", lambda task: task["deliveryStatus"] == "FAILED")
        assert not receiver.calls


@pytest.mark.parametrize(
    ("url", "leads_here"),
    [
        ("http://127.0.0.1/", True),
        ("http://127.3.2.1:80/x", True),
        ("http://localhost:9", True),
        ("http://LOCALHOST/", True),
        ("http://[::1]:8000/", True),
        ("http://user:word@127.0.0.1/", True),
        ("https://127.0.0.1/", False),
        ("http://127.0.0.1@host.example/", False),
        ("http://127.0.0.1.host.example/", False),
        ("http://localhost.host.example/", False),
        ("http://host.example/?http://127.0.0.1/", False),
        ("http://0.0.0.0/", False),
        ("http://127.1/", False),
        ("http://2130706433/", False),
        ("http://10.0.0.1/", False),
        ("http://169.254.169.254/", False),
        ("http://[::]/", False),
        ("http://[::ffff:10.0.0.1]/", False),
        ("http://127.0.0.1:99999/", False),
        ("http://[::1", False),
        ("ftp://127.0.0.1/", False),
        ("", False),
    ],
)
def test_v3_a_url_leads_here_or_elsewhere(url: str, *, leads_here: bool) -> None:
    """V3: never to anything but loopback."""
    assert is_loopback(url) is leads_here
