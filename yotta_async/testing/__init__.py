"""
Test kit: hours of pod life in milliseconds, on a simulated cloud in which nothing may be left.

With pytest there is nothing to set up: a test that asks for ``yotta_client`` runs in virtual time
on a cloud of its own, and fails if it leaves a pod behind or is refused for a limit::

    async def test_my_program(yotta_client):
        await my_program(yotta_client)

Without pytest, `run_virtual` runs one asynchronous function in virtual time, and the clouds of
`yotta_async.simulator` have the same asserts. `yotta_async.testing.build` has values for unit tests
that need no cloud.
"""

from typing import TYPE_CHECKING

from .._lazy import names_of as _names_of


if TYPE_CHECKING:
    from .clients import client_on, reaching
    from .recordings import Recording, Said, recording
    from .virtual_time import (
        DeadlockError,
        VirtualTime,
        VirtualTimeLoop,
        run_virtual,
        virtual_backend,
    )
    from .weather import under, world_of
    from .worlds import World
else:
    # pytest imports this package for its plugin in each project where it is installed.
    _HOMES = {
        ".clients": "client_on reaching",
        ".recordings": "Recording Said recording",
        ".virtual_time": "DeadlockError VirtualTime VirtualTimeLoop run_virtual virtual_backend",
        ".weather": "under world_of",
        ".worlds": "World",
    }
    _MODULES = ("build",)
    __getattr__, __dir__ = _names_of(__name__, _HOMES, _MODULES)


__all__ = [
    "DeadlockError",
    "Recording",
    "Said",
    "VirtualTime",
    "VirtualTimeLoop",
    "World",
    "client_on",
    "reaching",
    "recording",
    "run_virtual",
    "under",
    "virtual_backend",
    "world_of",
]
