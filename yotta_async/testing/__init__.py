"""
Test kit: hours of pod life in milliseconds.

With anyio's pytest plugin, this fixture in a ``conftest.py`` runs every asynchronous test in
virtual time, once on asyncio and once on trio::

    @pytest.fixture(params=["asyncio", "trio"])
    def anyio_backend(request):
        return virtual_backend(request.param)

Without pytest, :func:`run_virtual` does the same for one asynchronous function.
"""

from .virtual_time import (
    DeadlockError,
    VirtualTimeLoop,
    run_virtual,
    virtual_backend,
)


__all__ = ["DeadlockError", "VirtualTimeLoop", "run_virtual", "virtual_backend"]
