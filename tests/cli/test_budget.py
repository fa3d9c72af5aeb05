"""The command `budget`: what the processes of one key share, as it is shown and as JSON."""

import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import pytest

from tests.steps import until
from yotta_async import Limits
from yotta_async._scheduling.rules.lanes import Lane
from yotta_async._scheduling.shared import SharedScheduler
from yotta_async._scheduling.stores.opening import book_name, opener
from yotta_async.cli._commands import run


if TYPE_CHECKING:
    from subprocess import Popen

    from tests.cli.conftest import Bench

KEY = "sk-canary-0123456789"
BASE_URL = "http://localhost"
Show = Callable[..., tuple[int, str, str]]


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("YOTTA_API_KEY", KEY)
    monkeypatch.setenv("YOTTA_BASE_URL", BASE_URL)
    monkeypatch.delenv("YOTTA_SHARED", raising=False)
    return f"file://{tmp_path}/budget"


@pytest.fixture
def show(capsys: pytest.CaptureFixture[str]) -> Show:
    """Run the command, and see that the key is nowhere."""

    def show(*arguments: str) -> tuple[int, str, str]:
        code = run(["budget", *arguments])
        told = capsys.readouterr()
        assert KEY not in told.out + told.err
        return code, told.out, told.err

    return show


async def use(url: str) -> None:
    """Use the budget in two processes that end without taking leave."""

    def process(label: str) -> SharedScheduler:
        open_store = opener(url, book_name(KEY, BASE_URL))
        limits = Limits(pod_operations=1)
        return SharedScheduler(limits, open_store, anyio.sleep_forever, print, label=label)

    one, other = process("web:1"), process("web:2")
    for _ in range(2):
        await one.admit(Lane.NORMAL)
    (await one.admit(Lane.URGENT)).answered()
    await one.admit(Lane.NORMAL, pod_operation=True)
    async with anyio.create_task_group() as tasks:

        async def wait() -> None:
            await other.admit(Lane.URGENT, pod_operation=True)

        tasks.start_soon(wait)
        await until(lambda: other.statistics().shared)
        for each in (one, other):
            each._asker.abandon()  # type: ignore[union-attr]  # as by kill -9
        tasks.cancel_scope.cancel()


def test_it_says_who_has_what_and_who_waits_for_what(url: str, show: Show) -> None:
    anyio.run(use, url)
    code, out, _err = show(url)
    lines = out.splitlines()
    assert code == 0
    assert lines[0].startswith("60 requests in 60.0s: 56 free, 3 on the wire, 1 coming back, 0 unk")
    assert lines[1].startswith("1 pod operations at once: 1 on the wire, 0 without an answer")
    assert [line.split()[0] for line in lines[3:]] == ["PROCESS", "web:1", "web:2"]
    assert "1 URGENT for a slot since" in lines[5]


def test_as_json_it_has_the_same_in_seconds(url: str, show: Show) -> None:
    anyio.run(use, url)
    code, out, _err = show(url, "--json")
    told = json.loads(out)
    assert code == 0
    counts = told["credits"]
    assert (counts["free"], counts["on_the_wire"], counts["coming_back"]) == (56, 3, 1)
    assert 0 < counts["next"] <= 60.06
    one, other = told["processes"]
    assert (one["label"], one["on_the_wire"], one["pod_operations"]) == ("web:1", 3, 1)
    (waiting,) = other["waiting"]
    assert (waiting["lane"], waiting["pod_operation"], waiting["calls"]) == ("URGENT", True, 1)


def test_it_changes_nothing(url: str, show: Show, tmp_path: Path) -> None:
    anyio.run(use, url)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert show(url)[0] == 0
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


def test_a_budget_that_was_not_used_yet_is_no_error(url: str, show: Show) -> None:
    code, out, _err = show(url)
    assert (code, out) == (0, "No process has shared this key's budget here yet.\n")
    assert show(url, "--json")[:2] == (0, "null\n")


def test_another_key_has_another_budget(
    url: str, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    anyio.run(use, url)
    monkeypatch.setenv("YOTTA_API_KEY", "another")
    assert "No process" in show(url)[1]


def test_the_url_may_come_from_the_environment(
    url: str, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YOTTA_SHARED", url)
    assert show()[0] == 0


@pytest.mark.parametrize("wrong", ["ftp://host/x", "file://relative", "budget"])
@pytest.mark.usefixtures("url")
def test_a_url_that_cannot_be_is_named_with_what_can(show: Show, wrong: str) -> None:
    code, _out, err = show(wrong)
    assert code == 4
    assert "Limits.shared=" in err


def test_it_is_shown_again_each_second_until_it_is_interrupted(
    url: str, start: Callable[..., "Popen[str]"]
) -> None:
    anyio.run(use, url)
    environment = {"YOTTA_API_KEY": KEY, "YOTTA_BASE_URL": BASE_URL}
    process = start("budget", url, "--json", "--watch", **environment)
    assert process.stdout is not None
    for _ in range(2):
        assert json.loads(process.stdout.readline())["requests"] == 60
    process.send_signal(signal.SIGINT)
    assert process.wait() == 130


@pytest.mark.parametrize("by", ["--shared", "YOTTA_SHARED"])
def test_other_commands_share_the_budget_where_they_are_told_to(
    by: str, url: str, bench: "Bench", monkeypatch: pytest.MonkeyPatch
) -> None:
    options = ("--shared", url) if by == "--shared" else ()
    if not options:
        monkeypatch.setenv("YOTTA_SHARED", url)
    assert bench("pods", *options)[0] == 0
    store = opener(url, book_name("a-key", BASE_URL))("reader")
    status = anyio.run(store.status)
    assert status is not None
    assert status.coming_back == 1
