"""Whose business signals are, and what they do to a fleet; real processes are in test_processes."""

import asyncio
import signal
import subprocess
import sys
import threading
from typing import Any

import anyio
import pytest

from tests.fleet.fleets import make_fleet_lab
from tests.lab import SPEC
from yotta_async._backend.signals import Signals
from yotta_async.cli._interrupts import Interrupts
from yotta_async.errors import ConfigurationError
from yotta_async.testing import run_virtual


HANGUP = getattr(signal, "SIGHUP", signal.SIGTERM)  # Windows has none


def drained(number: signal.Signals, backend: str) -> tuple[BaseException, set[str]]:
    """Have a program be signalled while its fleet starts; return what ended it, and what lives."""
    lab = make_fleet_lab()

    async def strike() -> None:
        await anyio.sleep(2.0)
        signal.raise_signal(number)

    async def program() -> None:
        async with anyio.create_task_group() as tasks, lab.client.fleet("sweep") as fleet:
            tasks.start_soon(strike)
            await fleet.up([SPEC] * 20)

    with pytest.raises(BaseException) as caught:  # noqa: PT011  # of any kind
        run_virtual(program, backend=backend)  # type: ignore[arg-type]
    return caught.value, lab.living


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize(
    ("number", "error"),
    [
        (signal.SIGINT, KeyboardInterrupt),
        (signal.SIGTERM, SystemExit),
        (HANGUP, SystemExit),
    ],
)
def test_a_signal_drains_the_fleet_and_then_does_what_it_would_have_done(
    number: signal.Signals, error: type[BaseException], backend: str
) -> None:
    ended, living = drained(number, backend)
    while isinstance(ended, BaseExceptionGroup):
        (ended,) = ended.exceptions
    assert isinstance(ended, error)
    assert living == set()


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_command_and_the_fleets_in_it_end_at_the_same_signal(backend: str) -> None:
    lab, codes = make_fleet_lab(), list[int]()

    async def work() -> None:
        async with lab.client.fleet("one") as one, lab.client.fleet("two") as two:
            one.launch([SPEC] * 3)
            two.launch([SPEC] * 3)
            await anyio.sleep(5.0)
            assert len(lab.living) == 6
            signal.raise_signal(signal.SIGTERM)
            await anyio.sleep_forever()

    async def program() -> None:
        interrupts = Interrupts("the end begins", "left")
        await interrupts.run(work)
        codes.append(interrupts.exit_code)

    before = handlers()
    run_virtual(program, backend=backend)  # type: ignore[arg-type]
    assert (codes, lab.living) == ([128 + signal.SIGTERM], set())
    assert handlers() == before


# A second SIGINT ends the process, so these are processes.

TWICE = """
import os, signal, anyio
from yotta_async import AsyncYotta
from yotta_async.cli._interrupts import Interrupts

async def work():
    async with AsyncYotta.simulated() as client, client.fleet("one"), client.fleet("two"):
        {before}
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

async def main():
    interrupts = Interrupts("the end begins", "the command has left", before_leaving={leaving})
    await interrupts.run(work)

anyio.run(main)
"""


def twice(before: str = "pass", leaving: str = "bool") -> "subprocess.CompletedProcess[str]":
    """Run a command with two fleets that gets SIGINT twice."""
    program = TWICE.format(before=before, leaving=leaving)
    command = [sys.executable, "-c", program]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)


def test_at_a_second_sigint_every_part_says_its_last_words() -> None:
    done = twice()
    said = done.stderr.splitlines()
    assert done.returncode == 128 + signal.SIGINT
    assert "yotta-async: the command has left" in said
    assert [line.rpartition("fleet down ")[2] for line in said if "fleet down" in line] == [
        "one --yes",
        "two --yes",
    ]


@pytest.mark.parametrize(
    ("before", "leaving"), [("os.close(2)", "bool"), ("pass", "lambda: 1 / 0")]
)
def test_a_second_sigint_leaves_even_if_nothing_can_be_said(before: str, leaving: str) -> None:
    assert twice(before, leaving).returncode == 128 + signal.SIGINT


@pytest.mark.parametrize("moment", ["taken over", "given back"])
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_signal_amid_the_change_of_handlers_is_heeded(
    moment: str, backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    install = signal.signal

    def strike(number: int, handler: Any) -> Any:
        before = install(number, handler)
        taking = getattr(handler, "__func__", None) is Signals._handle.__func__  # type: ignore[attr-defined]
        # SIGTERM is ours already, or still.
        now = number == (signal.SIGTERM if taking else signal.SIGINT)
        if now and taking == (moment == "taken over"):
            monkeypatch.setattr(signal, "signal", install)
            signal.raise_signal(signal.SIGTERM)
        return before

    async def program() -> None:
        async with make_fleet_lab().client.fleet("sweep"):
            if moment == "given back":
                monkeypatch.setattr(signal, "signal", strike)
            await anyio.sleep(3600.0 if moment == "taken over" else 1.0)

    if moment == "taken over":
        monkeypatch.setattr(signal, "signal", strike)
    with pytest.raises(SystemExit) as caught:
        run_virtual(program, backend=backend)  # type: ignore[arg-type]
    assert caught.value.code == 128 + signal.SIGTERM


@pytest.mark.parametrize("number", [signal.SIGINT, HANGUP])
def test_what_is_ignored_stays_so(number: signal.Signals) -> None:
    async def program() -> None:
        async with make_fleet_lab().client.fleet("a"):
            assert signal.getsignal(number) is signal.SIG_IGN
            signal.raise_signal(number)

    before = signal.signal(number, signal.SIG_IGN)
    try:
        run_virtual(program)
    finally:
        signal.signal(number, before)


def handlers() -> tuple[object, object]:
    return signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)


def test_signals_are_given_back() -> None:
    before = handlers()

    async def program() -> None:
        lab = make_fleet_lab()
        here = handlers()
        async with lab.client.fleet("a"):
            assert handlers() != here
            async with lab.client.fleet("b"):
                pass
            assert handlers() != here
        assert handlers() == here

    run_virtual(program)
    assert handlers() == before


def test_who_handles_signals_himself_goes_on_doing_so() -> None:
    def mine(_number: int, _frame: object) -> None:
        """Do as a server does that has its own way to end."""

    before = signal.signal(signal.SIGTERM, mine)

    async def program() -> None:
        async with make_fleet_lab().client.fleet("a"):
            assert signal.getsignal(signal.SIGTERM) is mine
        async with make_fleet_lab().client.fleet("a", signals=True):
            assert signal.getsignal(signal.SIGTERM) is not mine

    try:
        run_virtual(program)
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_handler_that_was_given_to_the_event_loop_is_somebody_s() -> None:
    """As aiohttp does it."""
    heard: list[int] = []

    async def program() -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, heard.append, 1)
        async with make_fleet_lab().client.fleet("a"):
            signal.raise_signal(signal.SIGTERM)
            await asyncio.sleep(1.0)
        loop.remove_signal_handler(signal.SIGTERM)

    asyncio.run(program())
    assert heard == [1]


def test_signals_may_be_left_alone() -> None:
    async def program() -> None:
        here = handlers()
        async with make_fleet_lab().client.fleet("a", signals=False):
            assert handlers() == here

    run_virtual(program)


def test_outside_of_the_main_thread_signals_are_nobody_s_business() -> None:
    ended: list[BaseException | None] = []

    async def program(*, signals: bool | None) -> None:
        async with make_fleet_lab().client.fleet("a", signals=signals):
            pass

    def run(signals: bool | None) -> None:
        try:
            asyncio.run(program(signals=signals))
            ended.append(None)
        except ConfigurationError as error:
            ended.append(error)

    for signals in (None, True):
        thread = threading.Thread(target=run, args=(signals,))
        thread.start()
        thread.join()
    assert ended[0] is None
    assert "main thread" in str(ended[1])
