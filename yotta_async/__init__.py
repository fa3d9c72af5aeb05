"""
The async Python SDK for the Yotta GPU cloud: within its limits, exactly once, nothing left behind.

The pieces are public here; the errors in `yotta_async.errors`, the simulated cloud in
`yotta_async.simulator`, virtual time for tests in `yotta_async.testing`.
"""

from ._client import AsyncYotta
from ._core.books import Statistics
from ._core.events import Event
from ._core.lanes import Lane
from ._core.lifecycle import PodStatus
from ._core.limits import Limits
from ._core.retry import RetryPolicy
from ._resources.pods import PodChange
from ._version import __version__
from .errors import YottaError
from .models import ExposedPort, Pod, PodSpec, VolumeMount


__all__ = [
    "AsyncYotta",
    "Event",
    "ExposedPort",
    "Lane",
    "Limits",
    "Pod",
    "PodChange",
    "PodSpec",
    "PodStatus",
    "RetryPolicy",
    "Statistics",
    "VolumeMount",
    "YottaError",
    "__version__",
]
