"""
SIGINT, SIGTERM and SIGHUP: the first ends all parts in good order, a second SIGINT
leaves at once. One that is ignored stays so: SIGHUP under nohup, SIGINT of a job in the background.

The handlers are the process's own, so there is one set for all fleets and the command line. They
are installed only where nothing but Python or an event loop handles the signals: a server such as
uvicorn that has its own ends its lifespan, and so the fleets in it, by itself.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any, ClassVar, Final, cast

from attrs import define, field

from ..errors import ConfigurationError
from .loops import soon


__all__ = ["Signals"]

# A shell's way to say that a signal ended a process: 130 for SIGINT, 143 for SIGTERM.
_SIGNALLED: Final = 128

_NUMBERS: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
# Modules whose handlers do no more than end the program.
_PLAIN: Final = ("asyncio", "trio", "_signal", "signal")
# What `loop.add_signal_handler` leaves in the place of a handler that it was given.
_ADDED: Final = "_sighandler_noop"


def _nothing() -> None:
    pass


@define(eq=False)
class Signals:
    """
    A part of the program that ends in good order at a signal: a fleet, a command.

    Attributes:
        received: The number of the first signal since `install`, or None.

    Args:
        end: Called in the event loop at the first signal; it has this part end.
        last_words: What to say on stderr at a second SIGINT: what may be left, and the remedy.
        before_leaving: Called before that, such as to give the terminal back.
    """

    _end: Callable[[], object]
    _last_words: Callable[[], str]
    _before_leaving: Callable[[], object] = _nothing
    received: int | None = None
    _end_soon: Callable[[], object] = field(init=False, default=_nothing)

    parts: ClassVar[list["Signals"]] = []
    before: ClassVar[dict[int, Any]] = {}

    def install(self, wanted: bool | None = None) -> None:
        """
        Take part from now on.

        Args:
            wanted: Whether to; when None, where nothing else handles the signals.

        Raises:
            ConfigurationError: They are wanted outside of the main thread.
        """
        if wanted is False:
            return
        if threading.current_thread() is not threading.main_thread():
            if wanted:
                problem = "must be None or False outside of the main thread"
                hint = "Only the main thread gets signals; let it end the fleet."
                raise ConfigurationError("signals", True, problem, hint=hint)
            return
        self._end_soon = soon(self._end)
        # A signal may come between any two of these steps, and must find the parts to end.
        self.parts.append(self)
        if self.parts == [self]:
            self._take_over(force=bool(wanted))

    def remove(self) -> None:
        """Take part no longer."""
        if self.parts == [self]:
            self._give_back()
        if self in self.parts:
            self.parts.remove(self)

    def pass_on(self) -> None:
        """
        Have what handled the signal before handle it, in the event loop; this part goes on, unless
        another one ends.
        """
        number, self.received = self.received, None
        if number is None or any(each.received for each in self.parts):
            return
        handler = self.before.get(number)
        if callable(handler):
            handler(number, None)

    def deliver(self) -> None:
        """Send the process what was received, when this part has ended and takes part no longer."""
        if self.received is not None:
            signal.raise_signal(self.received)

    def raise_received(self) -> None:
        """Raise what the signal would have raised, had it not been handled."""
        if self.received == signal.SIGINT:
            interrupt = KeyboardInterrupt()
            _leave_untraced(interrupt)
            raise interrupt from None
        if self.received is not None:
            raise SystemExit(_SIGNALLED + self.received) from None

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
        if number == signal.SIGINT and any(each.received for each in cls.parts):
            cls._leave_at_once()
        for each in cls.parts:
            if each.received is None:
                each.received = number
                each._end_soon()  # noqa: SLF001  # the same class

    @classmethod
    def _leave_at_once(cls) -> None:
        for each in cls.parts:
            # The terminal may be gone, and this may have come amid another line: to leave counts.
            with suppress(Exception):
                each._before_leaving()  # noqa: SLF001  # the same class
                print(each._last_words(), file=sys.stderr, flush=True)  # noqa: SLF001, T201
        # Everything that still runs is shielded from cancellation, so only leaving ends it.
        os._exit(_SIGNALLED + signal.SIGINT)


def _leave_untraced(interrupt: KeyboardInterrupt) -> None:
    """
    Have the interpreter exit without the traceback of this one exception.

    The user has been told what was done. Where the program waited when it was stopped are two
    pages of event loop, below which that line would be lost. A hook of the program's own stays.
    """
    if sys.excepthook is not sys.__excepthook__:
        return

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        sys.excepthook = sys.__excepthook__
        if not _is_only(error, interrupt):
            sys.__excepthook__(kind, error, trace)

    sys.excepthook = hook


def _is_only(error: BaseException, interrupt: KeyboardInterrupt) -> bool:
    if isinstance(error, BaseExceptionGroup):
        group = cast("BaseExceptionGroup[BaseException]", error)
        return all(_is_only(each, interrupt) for each in group.exceptions)
    return error is interrupt


def _is_plain(handler: object) -> bool:
    if handler in (signal.SIG_DFL, signal.default_int_handler):
        return True
    if handler is signal.SIG_IGN:
        return False
    function = getattr(handler, "func", handler)  # asyncio's is a partial
    if getattr(function, "__name__", "") == _ADDED:
        return False
    return (getattr(function, "__module__", None) or "").split(".")[0] in _PLAIN
