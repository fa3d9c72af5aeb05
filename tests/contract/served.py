"""A simulated cloud on a real port, in a thread of its own, for clients that block."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from anyio.from_thread import BlockingPortal, start_blocking_portal
from attrs import define

from yotta_async.simulator import Latency, ServerLimits, SimulatedYotta


T = TypeVar("T")

KEY = "contract-key"
SPEED = 600.0  # a minute of a pod's life in a tenth of a second


@define
class Served:
    """A cloud, where it is reached, and the thread it lives in."""

    cloud: SimulatedYotta
    url: str
    portal: BlockingPortal

    def look(self, view: Callable[[SimulatedYotta], T]) -> T:
        """Look at the cloud from the thread that serves it, whose clock it reads."""
        return self.portal.call(view, self.cloud)


@contextmanager
def serving(*, speed: float = SPEED, **options: Any) -> Iterator[Served]:
    """Serve a cloud without limits and without latency, which are not what is looked at here."""
    settings: dict[str, Any] = {
        "limits": ServerLimits.none(),
        "latency": Latency.none(),
        "api_key": KEY,
    }
    cloud = SimulatedYotta(**settings | options)
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(cloud.serve(speed=speed)) as server,
    ):
        yield Served(cloud, server.url, portal)
