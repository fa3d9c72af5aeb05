"""
SIGINT, SIGTERM and SIGHUP while fleets live: the first drains them all, a second SIGINT leaves at
once. One that is ignored stays so: SIGHUP under nohup, SIGINT of a job in the background.

The handlers are the process's own, so there is one pair for all fleets. They are installed only
where nobody but Python or an event loop handles the signals: a server such as uvicorn that has its
own ends its lifespan, and so the fleets in it, by itself.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, ClassVar, Final

from attrs import define, field

from ..errors import ConfigurationError
from .loops import soon


__all__ = ["Signals"]

_NUMBERS: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
# Whose handlers do no more than end the program.
_PLAIN: Final = ("asyncio", "trio", "_signal", "signal")
# What `loop.add_signal_handler` leaves in the place of a handler that somebody has given it.
_ADDED: Final = "_sighandler_noop"


@define(eq=False)
class Signals:
    """
    One fleet's part in the handling of signals.

    Attributes:
        received: The number of the signal that ends the fleet, or None.
    """

    _drain: Callable[[], object]
    _parting_words: Callable[[], str]
    received: int | None = None
    _soon: Callable[[], object] = field(init=False, default=None)

    living: ClassVar[list["Signals"]] = []
    before: ClassVar[dict[int, Any]] = {}

    def install(self, wanted: bool | None) -> None:
        """
        Heed signals from now on.

        Args:
            wanted: Whether to; when None, where nobody else does.

        Raises:
            ConfigurationError: They are wanted outside of the main thread.
        """
        if wanted is False:
            return
        if threading.current_thread() is not threading.main_thread():
            if wanted:
                hint = "Leave it out, and end the fleet from the main thread."
                raise ConfigurationError("signals", True, "needs the main thread", hint=hint)
            return
        self._soon = soon(self._drain)
        # A signal may come between any two of these steps, and must find whom to tell.
        self.living.append(self)
        if self.living == [self]:
            self._take_over(force=bool(wanted))

    def remove(self) -> None:
        """Heed signals no longer."""
        if self.living == [self]:
            self._give_back()
        if self in self.living:
            self.living.remove(self)

    def raise_received(self) -> None:
        """Raise what the signal would have raised, had it not been for the fleet."""
        if self.received == signal.SIGINT:
            raise KeyboardInterrupt
        if self.received is not None:
            raise SystemExit(128 + self.received)

    @classmethod
    def _take_over(cls, *, force: bool) -> None:
        for number in _NUMBERS:
            handler = signal.getsignal(number)
            if force or _is_plain(handler):
                cls.before[number] = handler
                signal.signal(number, cls._handle)

    @classmethod
    def _give_back(cls) -> None:
        for number, handler in cls.before.items():
            signal.signal(number, handler)
        cls.before.clear()

    @classmethod
    def _handle(cls, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGINT and any(each.received for each in cls.living):
            cls._leave_at_once()
        for each in cls.living:
            each.received = each.received or number
            each._soon()  # noqa: SLF001  # the same class

    @classmethod
    def _leave_at_once(cls) -> None:
        for each in cls.living:
            print(each._parting_words(), file=sys.stderr)  # noqa: SLF001, T201  # its last words
        sys.stderr.flush()
        # Everything that still runs is shielded from being cut short, which is what is wanted now.
        os._exit(128 + signal.SIGINT)


def _is_plain(handler: object) -> bool:
    if handler in (signal.SIG_DFL, signal.default_int_handler):
        return True
    if handler is signal.SIG_IGN:
        return False
    function = getattr(handler, "func", handler)  # asyncio's is a partial
    if getattr(function, "__name__", "") == _ADDED:
        return False
    return (getattr(function, "__module__", None) or "").split(".")[0] in _PLAIN
