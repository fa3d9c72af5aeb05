"""The fixture ``virtual_time``: the clock of a test."""

from functools import wraps
from typing import Any

import pytest

from ..virtual_time import VirtualTime, is_virtual, virtual_backend
from .engines import is_asynchronous, options_of, wrong_use


__all__ = ["clock_of"]


def clock_of(request: pytest.FixtureRequest) -> VirtualTime:
    """Return the clock of a test, and see that it is the one that the test runs by."""
    if (wrong := wrong_use(request.node)) is not None:
        pytest.fail(wrong, pytrace=False)
    if not is_asynchronous(request.function):
        return VirtualTime(options_of(request.node).backend or "asyncio")
    name, options = request.node.funcargs.get("anyio_backend", ("asyncio", {}))
    if "clock" in options:
        # trio's cannot be used twice, and pytest hands one to all parameters of a test.
        options |= virtual_backend("trio")[1]
    if not hasattr(request.node.obj, "hypothesis"):
        request.node.obj = _checking(request.node.obj)
    return VirtualTime(name)


def _checking(test: Any) -> Any:
    """Return a test that fails at once if another plugin runs it in real time."""

    @wraps(test)
    async def checked(*args: Any, **kwargs: Any) -> None:
        __tracebackhide__ = True
        if not is_virtual():
            pytest.fail(
                "this test is not in virtual time: another plugin, or a hook such as "
                "pytest_asyncio_loop_factories, has chosen its event loop.",
                pytrace=False,
            )
        await test(*args, **kwargs)

    return checked
