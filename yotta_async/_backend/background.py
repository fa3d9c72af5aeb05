"""Work with another task beside it."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import anyio


__all__ = ["with_background"]

T = TypeVar("T")


async def with_background(
    work: Callable[[], Awaitable[T]], background: Callable[[], Coroutine[Any, Any, None]]
) -> T:
    """Do the work with another task beside it that ends with it; its errors stay what they are."""
    failure: Exception | None = None
    outcomes: list[T] = []
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(background)
        try:
            outcomes.append(await work())
        except Exception as error:  # noqa: BLE001  # raised below, outside of the group
            failure = error
        tasks.cancel_scope.cancel()
    if failure is not None:
        raise failure
    return outcomes[0]
