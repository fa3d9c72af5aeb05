"""
Test kit: hours of pod life in milliseconds, on a simulated cloud in which nothing may be left.

With pytest there is nothing to set up: a test that asks for ``yotta_client`` runs in virtual time
on a cloud of its own, and fails if it leaves a pod behind or is refused for a limit::

    async def test_my_program(yotta_client):
        await my_program(yotta_client)

Without pytest, `run_virtual` runs one asynchronous function in virtual time, and the clouds of
`yotta_async.simulator` have the same asserts.
"""

from typing import TYPE_CHECKING

from .._lazy import names_of as _names_of


if TYPE_CHECKING:
    from .clients import client_on, reaching
    from .virtual_time import (
        DeadlockError,
        VirtualTimeLoop,
        run_virtual,
        virtual_backend,
    )
else:
    # pytest imports this package for its plugin in each project where it is installed.
    _HOMES = {
        ".clients": "client_on reaching",
        ".virtual_time": "DeadlockError VirtualTimeLoop run_virtual virtual_backend",
    }
    _MODULES = ()
    __getattr__, __dir__ = _names_of(__name__, _HOMES, _MODULES)


__all__ = [
    "DeadlockError",
    "VirtualTimeLoop",
    "client_on",
    "reaching",
    "run_virtual",
    "virtual_backend",
]
