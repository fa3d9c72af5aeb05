"""What a fleet says while it ends, and how it stood then."""

import logging
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from itertools import pairwise
from typing import Any

import anyio
import pytest

from tests.fleet.fleets import make_fleet_lab
from tests.lab import SPEC
from yotta_async import Fleet
from yotta_async._backend.progress import tell
from yotta_async.errors import FleetLeftoverError
from yotta_async.simulator import Faults, ServerLimits
from yotta_async.testing import run_virtual


LOGGER = logging.getLogger("yotta_async.progress")


class Lines(logging.Handler):
    """Keeps the lines, with the instants at which they came."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[tuple[float, str]] = []
        self.levels = set[int]()

    def emit(self, record: logging.LogRecord) -> None:
        self.told.append((anyio.current_time(), record.getMessage()))
        self.levels.add(record.levelno)

    @property
    def texts(self) -> list[str]:
        return [text for _, text in self.told]


@pytest.fixture
def lines() -> Iterator[Lines]:
    handler, level = Lines(), LOGGER.level
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.INFO)
    yield handler
    LOGGER.removeHandler(handler)
    LOGGER.setLevel(level)


def gaps(instants: list[float]) -> list[float]:
    return [after - before for before, after in pairwise(instants)]


@pytest.mark.parametrize("pods", [1, 50])
@pytest.mark.parametrize("faulty", [0.0, 0.5, 1.0])
async def test_an_end_is_never_silent_for_ten_seconds(
    pods: int, faulty: float, lines: Lines
) -> None:
    """[W3]."""
    faults = Faults(error_before=faulty, operations={"deletePod"})
    lab = make_fleet_lab(limits=ServerLimits(requests=60), faults=faults)
    async with lab.client:
        fleet = lab.client.fleet("sweep", exit_timeout=300.0)
        await fleet.__aenter__()
        await fleet.up([SPEC] * pods)
        lines.told.clear()
        began = anyio.current_time()
        with suppress(FleetLeftoverError):
            await fleet.__aexit__(None, None, None)
        ended = anyio.current_time()
    instants = [began, *(at for at, _ in lines.told if at <= ended), ended]
    assert max(gaps(instants)) <= 10.0


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_at_a_signal_the_end_says_at_once_what_it_does(
    backend: Any, number: signal.Signals, lines: Lines
) -> None:
    """[W3]."""
    struck = list[float]()

    async def program() -> None:
        lab = make_fleet_lab(limits=ServerLimits(requests=60))
        async with lab.client, lab.client.fleet("sweep") as fleet:
            await fleet.up([SPEC] * 50)
            struck.append(anyio.current_time())
            signal.raise_signal(number)
            await anyio.sleep_forever()

    with pytest.raises((KeyboardInterrupt, SystemExit)):
        run_virtual(program, backend=backend)
    at, first = lines.told[0]
    assert at == struck[0]
    assert re.match(rf"fleet sweep: {number.name}: deleting 50 pods, up to \d+ s as a rule", first)
    assert "Ctrl-C" in first
    assert "yotta-async fleet down sweep --yes" in first
    last = lines.texts[-1]
    assert re.match(r"fleet sweep: ended; 50 of 50 were ready, 50 deleted, 0 left; \$", last)
    assert lines.levels == {logging.WARNING}


@pytest.mark.parametrize(("on_exit", "done"), [("pause", "3 paused"), ("keep", "3 left running")])
async def test_another_end_says_what_it_does(on_exit: Any, done: str, lines: Lines) -> None:
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep", on_exit=on_exit) as fleet:
        await fleet.up([SPEC] * 3)
    assert done in str(fleet.status())
    assert lines.levels <= {logging.INFO}


async def test_a_quick_end_says_nothing(lines: Lines) -> None:
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep"):
        pass
    assert lines.told == []


def without_logging(monkeypatch: pytest.MonkeyPatch, disabled: int = logging.NOTSET) -> None:
    """Let logging be as in a program that has not configured it, whatever other tests have left."""
    for name in ("yotta_async", "yotta_async.progress"):
        monkeypatch.setattr(logging.getLogger(name), "level", logging.NOTSET)
        monkeypatch.setattr(logging.getLogger(name), "handlers", [])
    monkeypatch.setattr(logging.getLogger("yotta_async"), "propagate", False)
    monkeypatch.setattr(logging.root.manager, "disable", disabled)


def test_without_logging_the_lines_go_to_stderr(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """[W3]."""
    without_logging(monkeypatch)
    tell("fleet sweep: deleting 3 pods")
    assert capsys.readouterr().err == "fleet sweep: deleting 3 pods\n"


def test_nothing_is_written_where_logging_is_disabled(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """[W3]."""
    without_logging(monkeypatch, disabled=logging.CRITICAL)
    tell("fleet sweep: deleting 3 pods", logging.WARNING)
    assert not capsys.readouterr().err


def test_a_handler_has_the_lines_for_itself(
    lines: Lines, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """[W3]."""
    monkeypatch.setattr(Lines, "emit", lambda self, record: self.levels.add(record.levelno))
    tell("fleet sweep: deleting 3 pods", logging.WARNING)
    assert capsys.readouterr().err == ""
    assert lines.levels == {logging.WARNING}


SCRIPT = """
import asyncio, json, sys
import anyio
from yotta_async import AsyncYotta, PodSpec
from yotta_async.simulator import ServerLimits

async def main():
    limits = ServerLimits(requests=600)
    async with AsyncYotta.simulated(limits=limits) as client, client.fleet("sweep") as fleet:
        fleet.launch([PodSpec(image="i", gpu_type="NVIDIA_RTX_5090_32G")] * 50)
        while sum(each.pod is not None for each in fleet.status().members) < 50:
            await anyio.sleep(0.01)
        print("made", flush=True)
        await anyio.sleep_forever()

{run}
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    "run", ["asyncio.run(main())", "anyio.run(main)", "anyio.run(main, backend='trio')"]
)
def test_a_script_that_is_stopped_says_two_lines_and_no_traceback(
    run: str, number: signal.Signals
) -> None:
    """[W3]."""
    command = [sys.executable, "-c", SCRIPT.replace("{run}", run)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "made\n"
        process.send_signal(number)
        _, err = process.communicate()
    first, *others = err.splitlines()
    assert first.startswith(f"fleet sweep: {number.name}: deleting 50 pods")
    assert "50 deleted, 0 left" in others[-1]
    assert not [line for line in others if "Traceback" in line or "Error" in line]
    # A shell is told of the signal: by an exit code, or as Python ends after Ctrl-C.
    assert process.returncode in (128 + number, -number)


CAUGHT = SCRIPT.replace(
    "{run}",
    """
try:
    asyncio.run(main())
except KeyboardInterrupt:
    print("caught", flush=True)
raise ValueError("seen")
""",
)


def test_another_error_keeps_its_traceback() -> None:
    command = [sys.executable, "-c", CAUGHT]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
    assert out == "caught\n"
    assert err.splitlines()[-1] == "ValueError: seen"
    assert "Traceback" in err


# How it ended.


async def ended(lab_options: Any, pods: int) -> Fleet:
    lab = make_fleet_lab(**lab_options)
    async with lab.client, lab.client.fleet("sweep") as fleet:
        await fleet.up([SPEC] * pods)
    return fleet


@pytest.mark.parametrize("pods", [0, 1, 12, 40])
async def test_after_its_end_a_fleet_says_how_it_ended(pods: int) -> None:
    """[W4]."""
    fleet = await ended({}, pods)
    report = fleet.status()
    assert report.end is not None
    assert (len(report.ready), report.end.done, dict(report.end.left)) == (pods, pods, {})
    words = f"sweep: ended; {pods} of {pods} were ready, {pods} deleted, 0 left; $"
    assert str(report).startswith(words)
    assert report.cost_per_hour == 0


def test_it_is_the_same_each_time() -> None:
    """[W4]."""
    texts = {str(run_virtual(ended, {}, 12).status()) for _ in range(5)}
    assert len(texts) == 1


def test_it_can_be_asked_after_the_event_loop_has_ended() -> None:
    """[W4]."""
    fleet = run_virtual(ended, {}, 3)
    assert repr(fleet) == f"<Fleet {fleet.status()}>"


async def test_what_is_left_is_said_with_the_reason() -> None:
    """[W4]."""
    lab = make_fleet_lab(faults=Faults(error_before=1.0, operations={"deletePod"}))
    with pytest.raises(FleetLeftoverError) as caught:
        async with lab.client.fleet("sweep", exit_timeout=100.0) as fleet:
            await fleet.up([SPEC] * 3)
    end = fleet.status().end
    assert end is not None
    assert end.error is caught.value
    assert (end.done, dict(end.left)) == (0, caught.value.pods)
    assert "0 deleted, 3 left (" in str(fleet.status())


async def test_money_is_shown_to_a_millionth() -> None:
    """[W7]."""
    fleet = await ended({}, 7)
    for usd in fleet.status().spent.values():
        assert usd > 0
        assert usd == round(usd, 6)
        assert len(str(usd)) <= 10
    assert isinstance(fleet.status().total_spent, Decimal)
