"""Signals while a command works: the first has it end in good order, Ctrl-C then leaves at once."""

import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from functools import partial
from typing import Any, TypeVar

import anyio
from attrs import define, field

from ._exits import SIGNALLED
from ._words import say


__all__ = ["Interrupts", "accompanied"]

T = TypeVar("T")


def _numbers() -> list[signal.Signals]:
    """Return the signals that are heeded; SIGHUP is not under nohup."""
    names = ("SIGINT", "SIGTERM", "SIGHUP")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    return [each for each in numbers if signal.getsignal(each) is not signal.SIG_IGN]


def _nothing() -> None:
    pass


@define(eq=False)
class Interrupts:
    """
    Work that signals may cut short.

    Attributes:
        first_words: What to say at the first signal: what is done now, before the end.
        last_words: What to say at a second one: what may be left, and the remedy.
        before_leaving: What to do before that, such as giving the terminal back.
        received: The number of the first signal, or None.
    """

    first_words: str
    last_words: str
    before_leaving: Callable[[], object] = field(default=_nothing, kw_only=True)
    received: int | None = None
    _scope: anyio.CancelScope = field(factory=anyio.CancelScope)

    @property
    def exit_code(self) -> int:
        """What a shell is told of the signal."""
        return SIGNALLED + (self.received or 0)

    async def run(self, work: Callable[[], Awaitable[T]]) -> T | None:
        """Do the work, and return what it returns, or None if a signal cut it short."""
        with anyio.open_signal_receiver(*_numbers()) as received:

            async def scoped() -> T | None:
                with self._scope:
                    return await work()
                return None

            return await accompanied(scoped, partial(self._heed, received))

    async def _heed(self, received: AsyncIterator[signal.Signals]) -> None:
        async for number in received:
            if self.received is not None:
                if number != signal.SIGINT:
                    continue  # a terminal that closes hangs up more than once
                self.before_leaving()
                say(f"yotta-async: {self.last_words}")
                # What still runs is shielded from being cut short, which is what is wanted now.
                os._exit(SIGNALLED + number)
            self.received = number
            say(f"yotta-async: {signal.Signals(number).name}: {self.first_words}")
            self._scope.cancel()


async def accompanied(
    work: Callable[[], Awaitable[T]], company: Callable[[], Coroutine[Any, Any, None]]
) -> T:
    """Do the work with something beside it that ends with it; its errors stay what they are."""
    failure: Exception | None = None
    outcomes: list[T] = []
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(company)
        try:
            outcomes.append(await work())
        except Exception as error:  # noqa: BLE001  # raised below, outside of the group
            failure = error
        tasks.cancel_scope.cancel()
    if failure is not None:
        raise failure
    return outcomes[0]
