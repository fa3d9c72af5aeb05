"""Cookies that a server sets are never sent back, however many there are."""

from typing import Any

import httpx
import pytest

from tests.wire_servers import reply, request_from, served
from yotta_async import AsyncYotta, Limits


pytestmark = pytest.mark.real_time

CALLS = 100


async def heads_with(http: Any) -> list[str]:
    """Make calls at a balancer that sets a new cookie each time; return the requests' heads."""
    heads: list[str] = []

    async def balancer(stream: Any) -> None:
        while True:
            heads.append((await request_from(stream)).decode().lower())
            cookie = f"set-cookie: route{len(heads)}={'x' * 100}; Path=/\r\n"
            await stream.send(reply(headers=cookie))

    async with served(balancer) as url:
        limits = Limits(requests=10_000)
        async with AsyncYotta("a-key", base_url=url, http_client=http, limits=limits) as client:
            for _ in range(CALLS):
                await client.pods.list()
    return heads


def sizes(heads: list[str]) -> set[int]:
    return {len(head) for head in heads}


async def test_the_clients_own_pool_keeps_and_sends_no_cookie() -> None:
    """[X2]."""
    heads = await heads_with(None)
    assert len(heads) == CALLS
    assert len(sizes(heads)) == 1
    assert "cookie" not in heads[-1]


@pytest.mark.parametrize("library", ["httpx", "httpx2"])
async def test_over_a_client_that_was_given_no_request_grows(library: str) -> None:
    """[X2] Its jar is its owner's, and what answers put into it is not sent."""
    async with pytest.importorskip(library).AsyncClient() as http:
        heads = await heads_with(http)
    assert len(sizes(heads)) == 1
    assert "cookie" not in heads[-1]


async def test_cookies_that_a_given_client_had_before_are_sent() -> None:
    """[X2] As the proxy in front of it may ask for one."""
    async with httpx.AsyncClient(cookies={"session": "mine"}) as http:
        heads = await heads_with(http)
    assert len(sizes(heads)) == 1
    assert "\r\ncookie: session=mine\r\n" in heads[-1]
