"""The book in Redis: what goes wrong there is one of two things."""

import json
import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from attrs import evolve

from tests.scheduling.book.servers import RedisServer, redis_server
from tests.scheduling.book.test_file import request
from yotta_async._scheduling.rules.book.messages import Ended, Reply
from yotta_async._scheduling.stores import redis as redis_module
from yotta_async._scheduling.stores.redis import RedisStore
from yotta_async._scheduling.stores.store import StoreLost
from yotta_async.errors import ConfigurationError


NAME = "0123456789abcdef"
KEY = f"yotta:{{{NAME}}}:budget"


@pytest.fixture
def own_server() -> Iterator[RedisServer]:
    """A server that the test may break."""
    with (
        tempfile.TemporaryDirectory(prefix="book") as directory,
        redis_server(Path(directory)) as running,
    ):
        yield running


@pytest.fixture
def clean(server: RedisServer) -> RedisServer:
    server.client().flushall()
    return server


def store(server: RedisServer, session: str = "a", url: str = "") -> RedisStore:
    return RedisStore(url or server.url, NAME, session)


def run(body: Callable[[], Any]) -> Any:
    return anyio.run(body)


async def begin(one: RedisStore) -> Reply:
    """Let the second pass in which a new book waits for those who know of an older one."""
    first = await one.step(request(one.session, 1, count=0))
    await anyio.sleep(max(0, first.ask_in) / 1000)
    return await one.step(request(one.session, 2, count=0))


def set_user(server: RedisServer, name: str, *rights: str) -> None:
    client: Any = server.client()
    client.execute_command("ACL", "SETUSER", name, "reset", "resetchannels", *rights)


def expect(raised: type[Exception], match: str, server: RedisServer, url: str = "") -> None:
    async def body() -> None:
        one = store(server, url=url)
        try:
            await one.step(request("a"))
        finally:
            await one.aclose()

    with pytest.raises(raised, match=match):
        run(body)


# What it does.


def test_two_sessions_share_the_credits_of_one_key(clean: RedisServer) -> None:
    async def body() -> list[int]:
        one, other = store(clean, "one"), store(clean, "other")
        await begin(one)
        replies = [await one.step(request("one", 3, count=2))]
        replies.append(await other.step(request("other", count=2)))
        await one.aclose()
        await other.aclose()
        return [len(each.grants) for each in replies]

    assert run(body) == [2, 1]


def test_a_new_book_waits_a_second_for_those_who_know_an_older_one(clean: RedisServer) -> None:
    async def body() -> Reply:
        one = store(clean)
        reply = await one.step(request("a"))
        await one.aclose()
        return reply

    reply = run(body)
    assert (reply.grants, reply.ask_in) == ((), 1000)


def test_the_script_is_sent_again_where_it_was_forgotten(clean: RedisServer) -> None:
    async def body() -> Reply:
        one = store(clean)
        await one.step(request("a"))
        clean.client().script_flush()
        reply = await one.step(request("a", 2))
        await one.aclose()
        return reply

    assert run(body).version == 2


def test_who_waits_is_woken_by_what_another_gives_back(clean: RedisServer) -> None:
    async def body() -> int:
        one, other = store(clean, "one"), store(clean, "other")
        await begin(one)
        await other.news()  # it listens from now on
        first = await one.step(request("one", 3, count=3))
        await other.step(request("other"))
        ended = Ended(number=first.grants[0].number, ending="refunded", age=0)
        await one.step(request("one", 4, count=0, ended=(ended,)))
        with anyio.fail_after(5):
            await other.news()
        reply = await other.step(request("other", 2))
        await one.aclose()
        await other.aclose()
        return len(reply.grants)

    assert run(body) == 1


def test_all_are_woken_by_a_book_that_is_new(clean: RedisServer) -> None:
    async def body() -> None:
        one, other = store(clean, "one"), store(clean, "other")
        await other.news()
        await one.step(request("one"))
        with anyio.fail_after(5):
            await other.news()
        await one.aclose()
        await other.aclose()

    run(body)


def test_the_answer_of_a_cancelled_step_is_taken_for_no_other(clean: RedisServer) -> None:
    async def body() -> list[int]:
        one, serials = store(clean), list[int]()
        for serial in range(1, 60):
            with anyio.move_on_after(0.0002 * (serial % 7)):
                serials.append((await one.step(request("a", serial))).serial - serial)
        serials.append((await one.step(request("a", 60))).serial - 60)
        await one.aclose()
        return serials

    assert set(run(body)) == {0}


def test_the_book_is_kept_for_a_week_without_use(clean: RedisServer) -> None:
    async def body() -> None:
        one = store(clean)
        await one.step(request("a"))
        await one.aclose()

    run(body)
    client: Any = clean.client()
    assert 6.9 < client.pttl(KEY) / 86_400_000 <= 7


def test_the_book_is_one_key(clean: RedisServer) -> None:
    async def body() -> None:
        one = store(clean)
        await begin(one)
        await one.step(request("a", 3))
        await one.aclose()

    run(body)
    assert clean.client().keys() == [KEY.encode()]


def test_status_reads_and_changes_nothing(clean: RedisServer) -> None:
    async def body() -> tuple[Any, bool]:
        one = store(clean)
        assert await one.status() is None
        await begin(one)
        await one.step(request("a", 3, count=4))
        before = clean.client().get(KEY)
        found = await one.status()
        await one.aclose()
        return found, clean.client().get(KEY) == before

    found, is_same = run(body)
    assert (found.in_flight, found.credits, found.sessions[0].waiting[0].count) == (3, 0, 1)
    assert is_same


# What does not work now.


def test_a_server_that_is_away_is_a_store_that_is_lost(own_server: RedisServer) -> None:
    own_server.kill()
    expect(StoreLost, "connecting", own_server)


def test_after_a_restart_it_works_again(own_server: RedisServer) -> None:
    async def body() -> Reply:
        one = store(own_server)
        last = await begin(one)
        own_server.kill()
        with pytest.raises(StoreLost):
            await one.step(request("a", 3))
        own_server.start()
        told = {"epoch": last.epoch, "version": last.version, "heard": 2}
        reply = await one.step(request("a", 4, **told))
        await one.aclose()
        return reply

    reply = run(body)
    assert reply.tell
    assert reply.whole is not None
    assert reply.whole.unknown == 3


def test_news_tells_of_a_connection_that_broke(own_server: RedisServer) -> None:
    async def body() -> None:
        one = store(own_server)
        await one.news()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(one.news)
            await anyio.sleep(0.05)
            own_server.kill()
        own_server.start()
        with anyio.fail_after(10):
            await one.news()
        await one.aclose()

    run(body)


def test_a_server_that_hangs_is_a_store_that_is_lost(
    own_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_module, "PATIENCE", 0.2)
    assert own_server.process is not None
    os.kill(own_server.process.pid, signal.SIGSTOP)
    try:
        expect(StoreLost, "no answer within 0.2 s|Timeout", own_server)
    finally:
        os.kill(own_server.process.pid, signal.SIGCONT)


def test_a_server_without_memory_is_a_store_that_is_lost(own_server: RedisServer) -> None:
    own_server.client().config_set("maxmemory", "1")
    expect(StoreLost, "OOM|maxmemory", own_server)


def test_a_read_only_replica_is_a_store_that_is_lost(own_server: RedisServer) -> None:
    own_server.client().replicaof("127.0.0.1", "1")
    expect(StoreLost, "READONLY|MASTERDOWN|read only replica", own_server)


def test_a_loading_or_busy_server_is_a_store_that_is_lost(own_server: RedisServer) -> None:
    async def body() -> None:
        own_server.client().config_set("lua-time-limit", "10")
        busy = own_server.client()
        async with anyio.create_task_group() as tasks:

            async def loop() -> None:
                with pytest.raises(Exception, match=r"killed|Script"):
                    await anyio.to_thread.run_sync(lambda: busy.eval("while true do end", 0))

            tasks.start_soon(loop)
            await anyio.sleep(0.2)
            try:
                one = store(own_server)
                with pytest.raises(StoreLost, match="BUSY"):
                    await one.step(request("a"))
                await one.aclose()
            finally:
                own_server.client().script_kill()

    run(body)


# What cannot work as it is set up.


def test_a_database_that_there_is_not_is_named(clean: RedisServer) -> None:
    expect(ConfigurationError, "out of range", clean, f"{clean.url}?db=99")


def test_another_programs_key_is_left_alone(clean: RedisServer) -> None:
    clean.client().lpush(KEY, "x")
    expect(ConfigurationError, "WRONGTYPE", clean)


def test_a_wrong_password_is_not_shown(clean: RedisServer) -> None:
    url = clean.url.replace("unix://", "unix://me:pass-word@")
    with pytest.raises(ConfigurationError, match="accept this user and password") as raised:
        run(lambda: store(clean, url=url).step(request("a")))
    assert "pass-word" not in str(raised.value)


def test_a_user_with_rights_to_yottas_keys_alone_suffices(clean: RedisServer) -> None:
    may = ("~yotta:*", "&yotta:*", "+@scripting", "+@pubsub", "+get", "+set", "+time")
    rights = ("resetchannels", "on", ">secret", *may)
    set_user(clean, "app", *rights, "+time")

    async def body() -> Reply:
        one = store(clean, url=clean.url.replace("unix://", "unix://app:secret@"))
        await one.news()
        await one.step(request("a", 1))
        await one.status()
        await anyio.sleep(1)
        reply = await one.step(request("a", 2))
        await one.aclose()
        return reply

    assert run(body).grants


@pytest.mark.parametrize("missing", ["~yotta:*", "&yotta:*", "+@scripting", "+set"])
def test_a_right_that_is_missing_is_told(missing: str, clean: RedisServer) -> None:
    rights = ["~yotta:*", "&yotta:*", "+@scripting", "+@pubsub", "+get", "+set", "+time"]
    rights.remove(missing)
    set_user(clean, "less", "on", ">secret", *rights)

    async def body() -> None:
        one = store(clean, url=clean.url.replace("unix://", "unix://less:secret@"))
        try:
            await one.step(request("a"))
            await one.news()
        finally:
            await one.aclose()

    with pytest.raises(ConfigurationError, match="must be open to this user"):
        run(body)


def test_trio_is_told_of_the_file_store(clean: RedisServer) -> None:
    one = store(clean)
    with pytest.raises(ConfigurationError, match=r"file:///path on trio"):
        anyio.run(lambda: one.step(request("a")), backend="trio")


def test_other_limits_are_named_and_those_in_use(clean: RedisServer) -> None:
    async def body() -> None:
        one, two = store(clean, "one"), store(clean, "two")
        first = request("one")
        await one.step(first)
        changed = evolve(first.settings, requests=4)
        try:
            await two.step(request("two", settings=changed))
        finally:
            await one.aclose()
            await two.aclose()

    with pytest.raises(ConfigurationError, match=r"requests=4.*host:one: requests=3"):
        run(body)


def test_the_book_of_another_version_is_named(clean: RedisServer) -> None:
    clean.client().set(KEY, json.dumps({"schema": 77}))
    expect(ConfigurationError, r"schema 77: must be the schema.*, 2", clean)
