"""
The async Python SDK for the Yotta GPU cloud: within its limits, exactly once, nothing left behind.

The pieces are public here; the errors in `yotta_async.errors`, the simulated cloud in
`yotta_async.simulator`, virtual time for tests in `yotta_async.testing`.
"""

from typing import TYPE_CHECKING

from ._lazy import names_of as _names_of
from ._version import __version__


if TYPE_CHECKING:
    from ._client import AsyncYotta
    from ._core.books import Statistics
    from ._core.events import Event
    from ._core.lanes import Lane
    from ._core.lifecycle import PodStatus
    from ._core.limits import Limits
    from ._core.members import ReplacePolicy
    from ._core.money import Budget
    from ._core.places import Place, Placement
    from ._core.retry import RetryPolicy
    from ._recording import RawResponse
    from ._resources._task_runs import TaskOutcome
    from ._resources.pods import PodChange
    from .callbacks import verify_callback
    from .errors import YottaError
    from .fleet import (
        Fleet,
        FleetChange,
        FleetMember,
        FleetPlan,
        FleetReport,
        Outcome,
        WorkOutcome,
    )
    from .models import (
        VM,
        Credential,
        DeliveryStatus,
        Endpoint,
        EndpointResource,
        EndpointSpec,
        EndpointStatus,
        ExposedPort,
        GpuOffer,
        LogLine,
        Metric,
        Page,
        Pod,
        PodSpec,
        Point,
        Series,
        Task,
        TaskCallback,
        TaskStatus,
        VMStatus,
        VMType,
        VMTypeRegion,
        Volume,
        VolumeMount,
        VolumeStatus,
        Worker,
        startup_script,
    )
else:
    # By where it lives, each name above; whoever adds one adds it in both places, and to `__all__`.
    _HOMES = {
        "._client": "AsyncYotta",
        "._core.books": "Statistics",
        "._core.events": "Event",
        "._core.lanes": "Lane",
        "._core.lifecycle": "PodStatus",
        "._core.limits": "Limits",
        "._core.members": "ReplacePolicy",
        "._core.money": "Budget",
        "._core.places": "Place Placement",
        "._core.retry": "RetryPolicy",
        "._recording": "RawResponse",
        "._resources._task_runs": "TaskOutcome",
        "._resources.pods": "PodChange",
        ".callbacks": "verify_callback",
        ".errors": "YottaError",
        ".fleet": "Fleet FleetChange FleetMember FleetPlan FleetReport Outcome WorkOutcome",
        ".models": (
            "VM Credential DeliveryStatus Endpoint EndpointResource EndpointSpec EndpointStatus "
            "ExposedPort GpuOffer LogLine Metric Page Pod PodSpec Point Series Task TaskCallback "
            "TaskStatus VMStatus VMType VMTypeRegion Volume VolumeMount VolumeStatus Worker "
            "startup_script"
        ),
    }
    _MODULES = ("callbacks", "errors", "events", "models", "simulator", "testing")
    __getattr__, __dir__ = _names_of(__name__, _HOMES, _MODULES)


__all__ = [
    "VM",
    "AsyncYotta",
    "Budget",
    "Credential",
    "DeliveryStatus",
    "Endpoint",
    "EndpointResource",
    "EndpointSpec",
    "EndpointStatus",
    "Event",
    "ExposedPort",
    "Fleet",
    "FleetChange",
    "FleetMember",
    "FleetPlan",
    "FleetReport",
    "GpuOffer",
    "Lane",
    "Limits",
    "LogLine",
    "Metric",
    "Outcome",
    "Page",
    "Place",
    "Placement",
    "Pod",
    "PodChange",
    "PodSpec",
    "PodStatus",
    "Point",
    "RawResponse",
    "ReplacePolicy",
    "RetryPolicy",
    "Series",
    "Statistics",
    "Task",
    "TaskCallback",
    "TaskOutcome",
    "TaskStatus",
    "VMStatus",
    "VMType",
    "VMTypeRegion",
    "Volume",
    "VolumeMount",
    "VolumeStatus",
    "WorkOutcome",
    "Worker",
    "YottaError",
    "__version__",
    "startup_script",
    "verify_callback",
]
