"""
The async Python SDK for the Yotta GPU cloud: within its limits, exactly once, nothing left behind.

The pieces are public here; the errors in `yotta_async.errors`, the simulated cloud in
`yotta_async.simulator`, the test kit in `yotta_async.testing`.
"""

from typing import TYPE_CHECKING

from ._lazy import names_of as _names_of
from ._version import __version__


if TYPE_CHECKING:
    from ._call.recording import RawResponse
    from ._call.rules.retry import RetryPolicy
    from ._client import AsyncYotta
    from ._resources.pods.watching import PodChange
    from ._resources.tasks.inputs import TaskOutcome
    from ._scheduling.rules.lanes import Lane
    from ._scheduling.rules.limits import Limits
    from ._scheduling.rules.statistics import SharedStatistics, Statistics
    from .callbacks import verify_callback
    from .errors import YottaError
    from .events import Event
    from .fleet import (
        Fleet,
        FleetChange,
        FleetMember,
        FleetPlan,
        FleetReport,
        Journal,
        JournalEntry,
        Outcome,
        WorkOutcome,
        WorkReport,
        read_journal,
    )
    from .fleet.rules.members import ReplacePolicy
    from .fleet.rules.money import Budget
    from .fleet.rules.places import Place, Placement
    from .fleet.rules.rollout import Rollout
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
        Listing,
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
        Unreadable,
        VMStatus,
        VMType,
        VMTypeRegion,
        Volume,
        VolumeMount,
        VolumeStatus,
        Worker,
        startup_script,
    )
    from .models._lifecycle import PodStatus
else:
    # By where it lives, each name above; one more is added in both places, and to `__all__`.
    _HOMES = {
        "._client": "AsyncYotta",
        "._scheduling.rules.statistics": "SharedStatistics Statistics",
        ".events": "Event",
        "._scheduling.rules.lanes": "Lane",
        ".models._lifecycle": "PodStatus",
        "._scheduling.rules.limits": "Limits",
        ".fleet.rules.members": "ReplacePolicy",
        ".fleet.rules.rollout": "Rollout",
        ".fleet.rules.money": "Budget",
        ".fleet.rules.places": "Place Placement",
        "._call.rules.retry": "RetryPolicy",
        "._call.recording": "RawResponse",
        "._resources.tasks.inputs": "TaskOutcome",
        "._resources.pods.watching": "PodChange",
        ".callbacks": "verify_callback",
        ".errors": "YottaError",
        ".fleet": (
            "Fleet FleetChange FleetMember FleetPlan FleetReport Journal JournalEntry Outcome "
            "WorkOutcome WorkReport read_journal"
        ),
        ".models": (
            "VM Credential DeliveryStatus Endpoint EndpointResource EndpointSpec EndpointStatus "
            "ExposedPort GpuOffer Listing LogLine Metric Page Pod PodSpec Point Series Task "
            "TaskCallback TaskStatus Unreadable VMStatus VMType VMTypeRegion Volume VolumeMount "
            "VolumeStatus Worker startup_script"
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
    "Journal",
    "JournalEntry",
    "Lane",
    "Limits",
    "Listing",
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
    "Rollout",
    "Series",
    "SharedStatistics",
    "Statistics",
    "Task",
    "TaskCallback",
    "TaskOutcome",
    "TaskStatus",
    "Unreadable",
    "VMStatus",
    "VMType",
    "VMTypeRegion",
    "Volume",
    "VolumeMount",
    "VolumeStatus",
    "WorkOutcome",
    "WorkReport",
    "Worker",
    "YottaError",
    "__version__",
    "read_journal",
    "startup_script",
    "verify_callback",
]
