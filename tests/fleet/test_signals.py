"""Whose business signals are, and what they do to a fleet; real processes are in test_processes."""

import asyncio
import signal
import threading
from typing import Any

import anyio
import pytest

from tests.fleet.fleets import make_fleet_lab
from tests.lab import SPEC
from yotta_async._backend.signals import Signals
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
