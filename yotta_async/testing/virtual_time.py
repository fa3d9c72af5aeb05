"""
Virtual time: the clock stands while anything can run and jumps when nothing can.

Rules for the code that runs in it: all time comes from ``anyio.current_time()`` and
``anyio.sleep()``; the network is in the process (a mock transport, the simulator). Sockets work,
but a wait for another process ends at the next timer, since that timer costs nothing. On asyncio,
threads work: the clock stands until they come back. On trio the clock jumps past them.
"""

import asyncio
import math
import selectors
import sys
import threading
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from types import CoroutineType
from typing import TYPE_CHECKING, Any, Literal, TypeVar, TypeVarTuple, assert_never

import anyio
from attrs import field, frozen

from .._backend import running_asyncio_loop
from ..errors import ConfigurationError, YottaError


if TYPE_CHECKING:
    from trio.testing import MockClock

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

Backend = Literal["asyncio", "trio"]

# Real seconds. A thread that needs longer is most likely waiting for virtual time to pass.
_PATIENCE = 10.0
# A clock that jumps never notices a deadlock by itself on trio; no test waits a virtual year.
_YEAR = 365 * 86_400.0
# The widest step of a clock that must move for its own sake: invisible in milliseconds.
_WIDEST_NUDGE = 1e-6


class DeadlockError(YottaError):
    """Nothing can run, and no timer, thread or socket will ever change that."""


def virtual_backend(name: Backend = "asyncio") -> tuple[str, dict[str, Any]]:
    """
    Name an anyio backend together with a virtual clock of its own, which starts at 0.

    Args:
        name: ``"asyncio"`` or ``"trio"``.

    Returns:
        What anyio's pytest plugin takes as ``anyio_backend``. Call it anew for each test: trio's
        clock cannot be used twice.

    Raises:
        ConfigurationError: trio is asked for and is not installed.
    """
    match name:
        case "asyncio":
            return "asyncio", {"loop_factory": VirtualTimeLoop}
        case "trio":
            return "trio", {"clock": _autojump_clock()}
        case _:
            assert_never(name)


def run_virtual(
    function: Callable[[*Ts], Awaitable[T]],
    *args: *Ts,
    backend: Backend = "asyncio",
) -> T:
    """
    Run an asynchronous function to its end in virtual time.

    Args:
        function: The function; its clock, ``anyio.current_time()``, starts at 0.
        *args: The function's arguments.
        backend: ``"asyncio"`` or ``"trio"``.

    Returns:
        What the function returns.

    Raises:
        DeadlockError: Nothing can run any more; on trio, a virtual year has passed.
        ConfigurationError: trio is asked for and is not installed.
    """

    async def within_a_year() -> T:
        with anyio.move_on_after(math.inf if backend == "asyncio" else _YEAR):
            return await function(*args)
        raise DeadlockError("a virtual year has passed and the function has not returned")

    if backend == "asyncio":
        return anyio.run(within_a_year, backend_options={"loop_factory": VirtualTimeLoop})
    clock = _autojump_clock()
    import trio  # noqa: PLC0415  an extra, and slow to import

    # Not anyio.run(): older ones (4.10) drop the clock.
    return trio.run(within_a_year, clock=clock)


@frozen
class VirtualTime:
    """
    The clock of a test: it stands while anything can run, and jumps when nothing can.

    An ``async def`` test that has the fixture ``virtual_time`` runs in virtual time; a plain one
    runs a function in it with `run`.

    Attributes:
        backend: What `run` runs functions on: ``"asyncio"`` or ``"trio"``.
    """

    backend: Backend = "asyncio"
    _at_end: list[Callable[[], object]] = field(factory=list[Callable[[], object]], repr=False)

    @property
    def now(self) -> float:
        """
        The instant in seconds, which begins at 0.

        Raises:
            RuntimeError: No event loop runs: outside of a test there is no time.
        """
        return anyio.current_time()

    def run(self, function: Callable[[*Ts], Awaitable[T]], *args: *Ts) -> T:
        """
        Run an asynchronous function to its end, in a plain test.

        Args:
            function: The function.
            *args: Its arguments.

        Returns:
            What it returns.

        Raises:
            DeadlockError: Nothing can run any more.
            RuntimeError: An event loop runs already: await the function there.
        """

        async def whole() -> T:
            try:
                return await function(*args)
            finally:
                for look in self._at_end:
                    look()

        return run_virtual(whole, backend=self.backend)

    def before_it_ends(self, look: Callable[[], object]) -> None:
        """
        Have something called at the end of each `run`, while there still is a time.

        Args:
            look: What is called.
        """
        self._at_end.append(look)


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """
    An asyncio event loop in virtual time, from 0 in seconds.

    While anything is ready, the clock stands. When nothing is, it jumps to the exact instant of
    the next timer. When there is no timer either, :class:`DeadlockError` is raised out of the run,
    unless a thread is at work or a socket is open. Use it as
    ``asyncio.Runner(loop_factory=VirtualTimeLoop)``, or with anyio as :func:`virtual_backend`.

    Args:
        horizon: The instant, in seconds, beyond which the clock refuses to jump: a test that polls
            for ever ends with a :class:`DeadlockError`, too.
    """

    # State of asyncio's own loop, unchanged from Python 3.7 to 3.14.
    _ready: deque[asyncio.Handle]
    _scheduled: list[asyncio.TimerHandle]
    _stopping: bool
    _default_executor: Executor | None
    _executor_shutdown_called: bool
    _internal_fds: int
    _clock_resolution: float

    def __init__(self, *, horizon: float = math.inf) -> None:
        self._horizon = horizon
        self._now = 0.0
        self._nudge = 0.0
        self._jobs = 0
        self._sockets = _VirtualSelector(self._pass_time)
        super().__init__(self._sockets)

    def time(self) -> float:
        return self._now

    def run_in_executor(
        self,
        executor: Executor | None,
        func: Callable[[*Ts], T],
        *args: *Ts,
    ) -> asyncio.Future[T]:
        future = super().run_in_executor(executor, func, *args)
        self._jobs += 1
        future.add_done_callback(self._job_done)
        return future

    def _job_done(self, _: asyncio.Future[Any]) -> None:
        self._jobs -= 1

    def _pass_time(self) -> float | None:
        """Move the clock if nothing else can happen; return how long to wait in real seconds."""
        next_timer = self._scheduled[0].when() if self._scheduled else math.inf
        if self._ready or self._stopping:
            return 0.0
        if next_timer <= self._now:
            self._move_a_little()
            return 0.0
        if self._thread_at_work():
            return _PATIENCE
        if next_timer < math.inf and next_timer <= self._horizon:
            self._nudge = 0.0
            self._move_to(next_timer)
            return 0.0
        if next_timer == math.inf and len(self._sockets.get_map()) > self._internal_fds:
            return None
        raise DeadlockError(f"every task waits and no event is due:\n{self._waiting()}")

    def _move_a_little(self) -> None:
        # aiolimiter re-arms its timer for the instant that has come when rounding left it a hair
        # short of capacity, and would do so for ever on a clock that stands still. One step of the
        # float grid is usually enough and keeps instants equal to what a test computes.
        self._nudge = max(math.ulp(self._now), min(2 * self._nudge, _WIDEST_NUDGE))
        self._move_to(self._now + self._nudge)

    def _move_to(self, instant: float) -> None:
        self._now = instant
        # A timer is due when it lies before now + resolution. A fixed one vanishes in a large now.
        self._clock_resolution = math.ulp(instant)

    def _thread_at_work(self) -> bool:
        closing = self._executor_shutdown_called and self._default_executor is not None
        return closing or self._jobs > 0 or any(map(self._employs, threading.enumerate()))

    def _employs(self, thread: threading.Thread) -> bool:
        # anyio.to_thread keeps workers of its own, which know their loop and join a list when idle.
        mine = getattr(thread, "loop", None) is self and not getattr(thread, "stopping", True)
        return mine and thread not in getattr(thread, "idle_workers", ())

    def _waiting(self) -> str:
        return "\n".join(sorted(map(_path_of, asyncio.all_tasks(self))))


def is_virtual() -> bool:
    """Tell whether the running event loop has a virtual clock."""
    loop = running_asyncio_loop()
    if loop is not None:
        return isinstance(loop, VirtualTimeLoop)
    trio: Any = sys.modules["trio"]  # it is what runs
    kit: Any = sys.modules.get("trio.testing")
    return kit is not None and isinstance(trio.lowlevel.current_clock(), kit.MockClock)


def virtual_now() -> float:
    """
    Return the instant, in seconds on the virtual clock of the running event loop.

    Raises:
        RuntimeError: The loop that runs is in real time, or none runs.
    """
    now = anyio.current_time()
    if not is_virtual():
        raise RuntimeError(
            "this cloud is in virtual time, and what asks it is not: run it with "
            "virtual_time.run(function), or in an `async def` test"
        )
    return now


class _VirtualSelector(selectors.DefaultSelector):
    """A real selector that lets virtual time pass instead of waiting."""

    def __init__(self, pass_time: Callable[[], float | None]) -> None:
        super().__init__()
        self._pass_time = pass_time

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        events = super().select(0)
        if events or (timeout := self._pass_time()) == 0:
            return events
        events = super().select(timeout)
        if not events:
            raise DeadlockError(
                f"a thread has been at work for {_PATIENCE:g} real seconds",
                hint="The clock stands while a thread runs: a thread must not wait for it.",
            )
        return events


def _path_of(task: asyncio.Task[Any]) -> str:
    """Tell where a suspended task waits: its functions, outermost first, with their lines."""
    steps: list[str] = []
    step: object = task.get_coro()
    while isinstance(step, CoroutineType) and step.cr_frame is not None:
        steps.append(f"{step.__qualname__}:{step.cr_frame.f_lineno}")
        step = step.cr_await
    return f"  {task.get_name()}: {' > '.join(steps)}"


def _autojump_clock() -> "MockClock":
    try:
        from trio.testing import MockClock  # noqa: PLC0415  an extra, and slow to import
    except ModuleNotFoundError as missing:
        raise ConfigurationError(
            "backend", "trio", "must be installed", hint="pip install 'yotta-async[trio]'"
        ) from missing
    return MockClock(autojump_threshold=0)
