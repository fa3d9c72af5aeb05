"""What a server must do for the book, tried with each that there is."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from tests.scheduling.book.servers import RedisServer, redis_server, server_binaries, server_binary
from tests.scheduling.book.test_file import request
from tests.scheduling.book.test_lua import check_agreement
from tests.scheduling.book.test_redis import begin, run, store
from yotta_async._scheduling.rules.book.messages import Ended


@pytest.fixture(scope="module", params=[*server_binaries()] or ["missing"])
def each(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    binary = server_binaries().get(request.param) or server_binary()
    # A socket's path has at most 107 bytes, which pytest's own directories exceed.
    with (
        tempfile.TemporaryDirectory(prefix="book") as directory,
        redis_server(Path(directory), binary=binary) as running,
    ):
        yield running


@pytest.fixture
def empty(each: RedisServer) -> RedisServer:
    each.client().flushall()
    return each


def test_its_lua_agrees_with_python(each: RedisServer) -> None:
    for seed in range(5):
        check_agreement(each, seed)


def test_a_credit_that_one_session_gives_back_wakes_the_other_and_is_its(
    empty: RedisServer,
) -> None:
    async def body() -> int:
        one, other = store(empty, "one"), store(empty, "other")
        await begin(one)
        await other.news()  # it listens from now on
        first = await one.step(request("one", 3, count=3))
        await other.step(request("other"))
        empty.client().script_flush()
        ended = Ended(number=first.grants[0].number, ending="refunded", age=0)
        await one.step(request("one", 4, count=0, ended=(ended,)))
        with anyio.fail_after(5):
            await other.news()
        reply = await other.step(request("other", 2))
        await one.aclose()
        await other.aclose()
        return len(reply.grants)

    assert run(body) == 1


def test_it_counts_a_book_that_it_has_lost_as_spent(empty: RedisServer) -> None:
    async def body() -> int:
        one = store(empty)
        await begin(one)
        await one.step(request("a", 3, count=3))
        empty.client().flushall()
        reply = await one.step(request("a", 4, count=3))
        await one.aclose()
        return len(reply.grants)

    assert run(body) == 0
