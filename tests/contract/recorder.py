"""Requests as they go on the wire, byte for byte, and what a text may change in them."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl, quote

import httpx
from anyio.abc import SocketStream
from attrs import frozen

from tests.wire_servers import reply, request_from, served


# An endpoint, for the verb that looks before it acts; a business failure for whatever acts.
FOUND = json.dumps(
    {
        "message": "success",
        "code": 10000,
        "data": {
            "id": "1",
            "name": "Endpoint",
            "status": "STOPPED",
            "resources": [{"region": "us-east-1", "gpuType": "NVIDIA_L4_24G", "gpuCount": 1}],
            "totalWorkers": 1,
            "containerVolumeInGb": 20,
        },
    }
).encode()
REFUSED = b'{"message":"refused","code":10001,"data":null}'


@frozen
class Heard:
    """A request: its line, its headers by their order, and its body."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @classmethod
    def parse(cls, raw: bytes) -> "Heard":
        head, _, body = raw.partition(b"\r\n\r\n")
        line, *fields = head.decode("latin-1").split("\r\n")
        method, target, version = line.split(" ")
        assert version == "HTTP/1.1"
        pairs = (each.partition(": ") for each in fields)
        headers = tuple((name.lower(), value) for name, _, value in pairs)
        return cls(method, target, headers, body)

    @classmethod
    def of(cls, request: httpx.Request) -> "Heard":
        headers = tuple(
            (name.decode("latin-1").lower(), value.decode("latin-1"))
            for name, value in request.headers.raw
        )
        target = request.url.raw_path.decode("latin-1")
        return cls(request.method, target, headers, request.content)

    @property
    def answer(self) -> bytes:
        return FOUND if self.method == "GET" else REFUSED

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(self.target.partition("?")[2], keep_blank_values=True, strict_parsing=True)

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None

    def carries(self, word: str) -> bool:
        return word in f"{self.target}{self.headers}{self.body.decode()}"

    def check(self, plain: "Heard", word: str, text: str) -> None:
        """See that this is `plain` with the text in the places of a word, and only there."""
        assert self.method == plain.method
        assert self.target.isascii()
        assert "#" not in self.target
        assert self.path == plain.path.replace(word, quote(text, safe=""))
        assert not {".", "..", ""} & set(self.path.split("/")[1:])
        assert self.query == [(name, value.replace(word, text)) for name, value in plain.query]
        assert _steady(self.headers) == _steady(plain.headers, word, text)
        assert self.json == _with(plain.json, word, text)


def _steady(headers: tuple[tuple[str, str], ...], word: str = "", text: str = "") -> Any:
    """Return the headers that depend on nothing but the text."""
    return [
        (name, value.replace(word, text) if word else value)
        for name, value in headers
        if name != "content-length"
    ]


def _with(value: Any, word: str, text: str) -> Any:
    match value:
        case str():
            return value.replace(word, text)
        case int() if str(value) == word:
            return int(text)
        case list():
            return [_with(each, word, text) for each in value]
        case dict():
            return {_with(k, word, text): _with(each, word, text) for k, each in value.items()}
        case _:
            return value


def transport(heard: list[Heard]) -> httpx.MockTransport:
    """Return a transport that answers as `recording` does, for many requests in little time."""

    def answer(request: httpx.Request) -> httpx.Response:
        heard.append(Heard.of(request))
        return httpx.Response(200, content=heard[-1].answer)

    return httpx.MockTransport(answer)


@asynccontextmanager
async def recording() -> AsyncGenerator[tuple[str, list[Heard]], None]:
    """Serve a port that lets nothing be done, and give its URL and what it hears."""
    heard: list[Heard] = []

    async def answer(stream: SocketStream) -> None:
        while True:
            heard.append(Heard.parse(await _whole(stream)))
            await stream.send(reply(heard[-1].answer))

    async with served(answer) as url:
        yield url, heard


async def _whole(stream: SocketStream) -> bytes:
    got = await request_from(stream)
    head, _, body = got.partition(b"\r\n\r\n")
    _, found, rest = head.lower().partition(b"\r\ncontent-length: ")
    length = int(rest.partition(b"\r\n")[0]) if found else 0
    while len(body) < length:
        body += await stream.receive()
    return head + b"\r\n\r\n" + body
