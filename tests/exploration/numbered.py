"""
Tasks and scopes whose places in a set do not depend on where they lie in memory.

anyio cancels the tasks of a scope, and its scopes, in the order of a set, which is that of their
addresses. For a schedule to be the same run in each process that order must be made of something
else: the order in which they were born.
"""

import asyncio
from collections.abc import Callable, Coroutine, Generator, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from anyio._backends import _asyncio as backend
from attrs import define, field


__all__ = ["Factory", "scopes_in_order"]


class _Task(asyncio.Task[Any]):
    def __init__(self, *arguments: Any, number: int, **options: Any) -> None:
        self._number = number  # before asyncio puts it into a set of its own
        super().__init__(*arguments, **options)

    def __hash__(self) -> int:
        return self._number


@define(eq=False)
class Factory:
    """
    Makes the tasks of a loop.

    Attributes:
        keep: Told of each.
    """

    keep: Callable[["asyncio.Task[Any]"], object]
    _numbers: Iterator[int] = field(factory=count)

    def __call__(
        self,
        loop: asyncio.AbstractEventLoop,
        work: Coroutine[Any, Any, Any] | Generator[Any, None, Any],
        **options: Any,
    ) -> "asyncio.Task[Any]":
        task = _Task(work, loop=loop, number=next(self._numbers), **options)
        self.keep(task)
        return task


@contextmanager
def scopes_in_order() -> Iterator[None]:
    """Have anyio make scopes that are numbered, while the block lasts."""
    plain, numbers = backend.CancelScope, count()

    class Scope(plain):  # type: ignore[misc, valid-type]
        __slots__ = ("_number",)

        def __init__(self, *arguments: Any, **options: Any) -> None:
            self._number = next(numbers)
            super().__init__(*arguments, **options)

        def __hash__(self) -> int:
            return self._number

    vars(backend)["CancelScope"] = Scope
    try:
        yield
    finally:
        vars(backend)["CancelScope"] = plain
