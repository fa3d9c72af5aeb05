"""The book in a file: whole at any moment, private, and open to every process of the host."""

import json
import multiprocessing
import os
import signal
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from attrs import evolve

from tests.scheduling.book.worlds import settings
from yotta_async._scheduling.rules.book.messages import LINES, Claim, Ended, Reply, Request
from yotta_async._scheduling.stores.file import FileStore
from yotta_async._scheduling.stores.store import StoreLost
from yotta_async.errors import ConfigurationError


in_both_loops = pytest.mark.parametrize("backend", ["asyncio", "trio"])
Body = Callable[[], Any]


def request(session: str, serial: int = 1, *, count: int = 1, **changes: Any) -> Request:
    made = Request(
        session=session,
        label=f"host:{session}",
        serial=serial,
        heard=serial - 1,
        epoch=0,
        version=0,
        dice=1000 + serial,
        settings=settings(3, 60.0, reserve=0),
        lease=20_000,
        claims=(Claim(line=LINES[2], count=count, age=0),) if count else (),
    )
    return evolve(made, **changes)


def store(path: Path, session: str = "a", name: str = "key") -> FileStore:
    return FileStore(path, name, session)


def run(backend: str, body: Callable[[], Any]) -> Any:
    return anyio.run(body, backend=backend)


@in_both_loops
def test_two_sessions_share_the_credits_of_one_file(backend: str, tmp_path: Path) -> None:
    async def body() -> list[int]:
        one, other = store(tmp_path / "b", "one"), store(tmp_path / "b", "other")
        replies = [await one.step(request("one", count=2))]
        replies.append(await other.step(request("other", count=2)))
        await one.aclose()
        await other.aclose()
        return [len(each.grants) for each in replies]

    assert run(backend, body) == [2, 1]


@in_both_loops
def test_who_waits_is_woken_by_what_another_gives_back(backend: str, tmp_path: Path) -> None:
    async def body() -> Reply:
        one, other = store(tmp_path / "b", "one"), store(tmp_path / "b", "other")
        first = await one.step(request("one", count=3))
        await other.step(request("other"))
        ended = Ended(number=first.grants[0].number, ending="refunded", age=0)
        await one.step(request("one", 2, count=0, ended=(ended,)))
        with anyio.fail_after(5):
            await other.news()
        return await other.step(request("other", 2))

    assert len(run(backend, body).grants) == 1


def test_a_wake_up_that_came_before_it_was_awaited_is_kept(tmp_path: Path) -> None:
    async def body() -> None:
        one, other = store(tmp_path / "b", "one"), store(tmp_path / "b", "other")
        await other.step(request("other", count=0))
        one._wake("other")
        with anyio.fail_after(5):
            await other.news()

    run("asyncio", body)


def test_the_files_are_private(tmp_path: Path) -> None:
    run("asyncio", lambda: store(tmp_path / "b").step(request("a")))
    assert {stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()} == {0o600}


def test_each_key_has_a_book_of_its_own_in_the_file(tmp_path: Path) -> None:
    async def body() -> list[int]:
        one, other = store(tmp_path / "b", "one"), store(tmp_path / "b", "other", "key2")
        replies = [await one.step(request("one", count=3))]
        replies.append(await other.step(request("other", count=3)))
        return [len(each.grants) for each in replies]

    assert run("asyncio", body) == [3, 3]


def test_a_session_that_ends_leaves_no_pipe(tmp_path: Path) -> None:
    async def body() -> None:
        one = store(tmp_path / "b")
        await one.step(request("a"))
        await one.aclose()
        await one.aclose()

    run("asyncio", body)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["b", "b.lock"]


def test_the_pipe_of_a_dead_session_is_removed(tmp_path: Path) -> None:
    async def body() -> bool:
        one = store(tmp_path / "b")
        await one.step(request("a"))
        os.mkfifo(tmp_path / "b.key.dead")
        one._wake("dead")
        return (tmp_path / "b.key.dead").exists()

    assert run("asyncio", body) is False


def test_status_reads_and_changes_nothing(tmp_path: Path) -> None:
    async def body() -> tuple[Any, bool]:
        one = store(tmp_path / "b")
        assert await one.status() is None
        await one.step(request("a", count=4))
        before = (tmp_path / "b").read_bytes()
        return await one.status(), (tmp_path / "b").read_bytes() == before

    found, is_same = run("asyncio", body)
    assert (found.in_flight, found.credits, found.sessions[0].waiting[0].count) == (3, 0, 1)
    assert is_same


# What cannot work, and what does not work now.


@pytest.mark.parametrize("act", ["step", "news"])
def test_a_directory_that_is_missing_is_named(act: str, tmp_path: Path) -> None:
    async def body() -> None:
        missing = store(tmp_path / "nowhere" / "b")
        await (missing.step(request("a")) if act == "step" else missing.news())

    with pytest.raises(ConfigurationError, match=r"directory that exists, and .*nowhere does not"):
        run("asyncio", body)


def test_a_directory_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    with pytest.raises(ConfigurationError, match="must be a file"):
        run("asyncio", lambda: store(tmp_path / "b").step(request("a")))


@pytest.mark.parametrize("text", ["no json", "[]", "{}", '{"books": {}}'])
def test_another_programs_file_is_left_alone(text: str, tmp_path: Path) -> None:
    (tmp_path / "b").write_text(text)
    with pytest.raises(ConfigurationError, match="must be a budget of this package"):
        run("asyncio", lambda: store(tmp_path / "b").step(request("a")))
    assert (tmp_path / "b").read_text() == text


def test_an_empty_file_is_no_book_yet(tmp_path: Path) -> None:
    (tmp_path / "b").touch()
    assert run("asyncio", lambda: store(tmp_path / "b").step(request("a"))).grants


def test_the_book_of_another_version_is_named(tmp_path: Path) -> None:
    async def body() -> None:
        one = store(tmp_path / "b")
        await one.step(request("a"))
        content = json.loads((tmp_path / "b").read_text())
        content["books"]["key"][1] = {"schema": 77}
        (tmp_path / "b").write_text(json.dumps(content))
        await one.step(request("a", 2))

    with pytest.raises(ConfigurationError, match=r"schema 77: must be the schema.*, 2"):
        run("asyncio", body)


def test_other_limits_are_named_and_those_in_use(tmp_path: Path) -> None:
    async def body() -> None:
        await store(tmp_path / "b", "one").step(request("one"))
        await store(tmp_path / "b", "two").step(request("two", settings=settings(4, 60.0)))

    with pytest.raises(ConfigurationError, match=r"requests=4.*host:one: requests=3"):
        run("asyncio", body)


def test_a_file_in_use_on_another_host_is_refused(tmp_path: Path) -> None:
    async def body() -> None:
        one = store(tmp_path / "b")
        await one.step(request("a"))
        content = json.loads((tmp_path / "b").read_text())
        content |= {"host": "node9", "boot": "another"}
        (tmp_path / "b").write_text(json.dumps(content))
        await one.step(request("a", 2))

    with pytest.raises(ConfigurationError, match=r"on one host, and is on node9"):
        run("asyncio", body)


def test_a_lock_that_is_held_for_long_is_a_store_that_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    monkeypatch.setattr("yotta_async._scheduling.stores.file.PATIENCE", 0.05)

    async def body() -> None:
        one = store(tmp_path / "b")
        await one.step(request("a"))
        with (tmp_path / "b.lock").open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            await one.step(request("a", 2))

    with pytest.raises(StoreLost, match="was locked"):
        run("asyncio", body)


def test_a_lock_that_was_deleted_is_made_anew(tmp_path: Path) -> None:
    import fcntl

    async def body() -> Reply:
        one = store(tmp_path / "b")
        await one.step(request("a", count=0))
        with (tmp_path / "b.lock").open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            (tmp_path / "b.lock").unlink()
            return await one.step(request("a", 2))

    assert run("asyncio", body).grants


def _die_with_the_lock(path: str) -> None:
    one = store(Path(path), "dying")

    def die() -> None:
        Path(f"{path}.new").write_text("half a bo")
        os.kill(os.getpid(), signal.SIGKILL)

    async def body() -> None:
        await one._locked(die)

    anyio.run(body)


def test_a_process_that_is_killed_amid_a_step_leaves_the_book_whole(tmp_path: Path) -> None:
    async def body(serial: int) -> Reply:
        return await store(tmp_path / "b").step(request("a", serial))

    assert len(anyio.run(body, 1).grants) == 1
    spawn = multiprocessing.get_context("spawn")
    process = spawn.Process(target=_die_with_the_lock, args=(str(tmp_path / "b"),))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    assert len(anyio.run(body, 2).grants) == 1


def _take(path: str, session: str, granted: Any) -> None:
    async def body() -> int:
        one, taken = store(Path(path), session), 0
        for serial in range(1, 20):
            taken += len((await one.step(request(session, serial, count=2))).grants)
        return taken

    granted.put(anyio.run(body))


def test_processes_take_no_more_than_there_is(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    granted = spawn.Queue()
    takers = [
        spawn.Process(target=_take, args=(str(tmp_path / "b"), f"s{number}", granted))
        for number in range(3)
    ]
    for each in takers:
        each.start()
    for each in takers:
        each.join(60)
    assert sum(granted.get(timeout=5) for _ in takers) == 3


def test_what_is_left_aside_by_one_that_was_killed_is_the_book(tmp_path: Path) -> None:
    async def body() -> list[int]:
        one, other = store(tmp_path / "b", "one"), store(tmp_path / "b", "other")
        await one.step(request("one", count=2))
        (tmp_path / "b").rename(tmp_path / "b.old")
        replies = [await other.step(request("other", count=2))]
        await one.aclose()
        await other.aclose()
        return [len(each.grants) for each in replies]

    assert anyio.run(body) == [1]
    assert not (tmp_path / "b.old").exists()
