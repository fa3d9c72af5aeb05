"""What anyio's pytest plugin does, where it is switched off: it runs asynchronous tests."""

import inspect
from typing import Any

import pytest


__all__ = ["pytest_pyfunc_call"]


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    backend: Any = pyfuncitem.funcargs.get("anyio_backend")
    if backend is None or not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    from ..virtual_time import run_virtual  # noqa: PLC0415  # only tests that use it pay for it

    wanted = inspect.signature(pyfuncitem.obj).parameters.keys() & pyfuncitem.funcargs.keys()
    arguments = {name: pyfuncitem.funcargs[name] for name in wanted}

    async def test() -> None:
        await pyfuncitem.obj(**arguments)

    run_virtual(test, backend=backend[0])
    return True
