"""
An event loop on which the same program does the same in any process.

What asyncio and anyio keep in sets (the tasks and scopes that are to be cancelled) comes out in the
order of their hashes, which are addresses. Here each has the number by which it was made.
"""

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager
from itertools import count
from typing import Any

from anyio._backends._asyncio import CancelScope

from ..virtual_time import DeadlockError, VirtualTimeLoop
from .programs import PROGRAM


__all__ = ["CampaignLoop", "NumberedTask", "numbered_scopes"]


class NumberedTask(asyncio.Task[Any]):
    """
    A task whose hash is its number.

    Attributes:
        number: By which it was made.
        who: The program whose task has started it.
    """

    number: int
    who: str

    def __init__(self, number: int, who: str, coroutine: Any, **options: Any) -> None:
        # It is put into a set while it is made.
        self.number, self.who = number, who
        super().__init__(coroutine, **options)

    def __hash__(self) -> int:
        return self.number


class _NoSockets:
    """A selector that asks no system: there are no sockets, and no threads."""

    def __init__(self, pass_time: Callable[[], float | None]) -> None:
        self._pass_time = pass_time

    def select(self, timeout: float | None = None) -> list[Any]:
        if self._pass_time() is None:
            raise DeadlockError("every task waits, and no event is due")
        return []


class CampaignLoop(VirtualTimeLoop):
    """A loop in virtual time, without sockets and threads, whose tasks have numbers."""

    _selector: Any

    def __init__(self) -> None:
        super().__init__()
        self._numbers = count()
        self.set_task_factory(self._new_task)
        self._selects, self._selector = self._selector, _NoSockets(self._pass_time)

    def close(self) -> None:
        self._selector = self._selects
        super().close()

    def _thread_at_work(self) -> bool:
        return False

    def _new_task(self, loop: Any, coroutine: Any, **options: Any) -> Any:
        return NumberedTask(next(self._numbers), PROGRAM.get(), coroutine, loop=loop, **options)


@contextmanager
def numbered_scopes() -> Generator[None, None, None]:
    """Have anyio's scopes hash by their tasks, while this lasts: a task has one in a scope."""
    kind: Any = CancelScope
    plain = kind.__hash__
    kind.__hash__ = _hash_of
    try:
        yield
    finally:
        kind.__hash__ = plain


def _hash_of(scope: Any) -> int:
    task = scope._host_task  # noqa: SLF001  # it is set before the scope is in a set, for good
    return hash(task) if isinstance(task, NumberedTask) else id(scope)
