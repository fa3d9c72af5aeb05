"""Signals while a command works: the first has it end in good order, Ctrl-C then leaves at once."""

import signal
from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio
from attrs import define, field

from .._backend.signals import Signals
from ._exits import SIGNALLED
from ._words import say


__all__ = ["Interrupts"]

T = TypeVar("T")


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
    """

    first_words: str
    last_words: str
    before_leaving: Callable[[], object] = field(default=_nothing, kw_only=True)
    _signals: Signals = field(init=False)
    _scope: anyio.CancelScope = field(factory=anyio.CancelScope)

    def __attrs_post_init__(self) -> None:
        self._signals = Signals(
            self._cut_short, lambda: f"yotta-async: {self.last_words}", self.before_leaving
        )

    @property
    def received(self) -> int | None:
        """The number of the first signal, or None."""
        return self._signals.received

    @property
    def exit_code(self) -> int:
        """What a shell is told of the signal."""
        return SIGNALLED + (self.received or 0)

    async def run(self, work: Callable[[], Awaitable[T]]) -> T | None:
        """Do the work, and return what it returns, or None if a signal cut it short."""
        self._signals.install()
        try:
            with self._scope:
                return await work()
        finally:
            self._signals.remove()
        return None

    def _cut_short(self) -> None:
        if self.received is not None:
            say(f"yotta-async: {signal.Signals(self.received).name}: {self.first_words}")
        self._scope.cancel()
