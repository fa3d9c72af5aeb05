"""What the API speaks of, as frozen values: no client inside, nothing to wait for."""

from typing import TYPE_CHECKING

from .._lazy import names_of as _names_of


if TYPE_CHECKING:
    from ._callback import TaskCallback
    from ._credential import Credential
    from ._credential_spec import CredentialSpec
    from ._endpoint import Endpoint, EndpointResource
    from ._endpoint_spec import EndpointSpec
    from ._fields import EndpointFields, PodFields
    from ._gpu import GpuOffer
    from ._lifecycle import PodStatus
    from ._listing import Listing, Unreadable
    from ._metric import Metric, Point, Series
    from ._page import Page, read_page
    from ._pod import ExposedPort, Pod, VolumeMount
    from ._spec import PodSpec
    from ._startup import startup_script
    from ._statuses import DeliveryStatus, EndpointStatus, TaskStatus, VMStatus, VolumeStatus
    from ._structure import structure, unstructure
    from ._task import Task
    from ._task_spec import TaskSpec
    from ._vm import VM, VMType, VMTypeRegion
    from ._vm_spec import VMSpec
    from ._volume import Volume
    from ._volume_spec import VolumeSpec
    from ._worker import LogLine, LogPage, Worker
else:
    # By where it lives, each name above.
    _HOMES = {
        "._lifecycle": "PodStatus",
        "._listing": "Listing Unreadable",
        "._callback": "TaskCallback",
        "._credential": "Credential",
        "._credential_spec": "CredentialSpec",
        "._endpoint": "Endpoint EndpointResource",
        "._endpoint_spec": "EndpointSpec",
        "._fields": "EndpointFields PodFields",
        "._gpu": "GpuOffer",
        "._metric": "Metric Point Series",
        "._page": "Page read_page",
        "._pod": "ExposedPort Pod VolumeMount",
        "._spec": "PodSpec",
        "._startup": "startup_script",
        "._statuses": "DeliveryStatus EndpointStatus TaskStatus VMStatus VolumeStatus",
        "._structure": "structure unstructure",
        "._task": "Task",
        "._task_spec": "TaskSpec",
        "._vm": "VM VMType VMTypeRegion",
        "._vm_spec": "VMSpec",
        "._volume": "Volume",
        "._volume_spec": "VolumeSpec",
        "._worker": "LogLine LogPage Worker",
    }
    __getattr__, __dir__ = _names_of(__name__, _HOMES)


__all__ = [
    "VM",
    "Credential",
    "CredentialSpec",
    "DeliveryStatus",
    "Endpoint",
    "EndpointFields",
    "EndpointResource",
    "EndpointSpec",
    "EndpointStatus",
    "ExposedPort",
    "GpuOffer",
    "Listing",
    "LogLine",
    "LogPage",
    "Metric",
    "Page",
    "Pod",
    "PodFields",
    "PodSpec",
    "PodStatus",
    "Point",
    "Series",
    "Task",
    "TaskCallback",
    "TaskSpec",
    "TaskStatus",
    "Unreadable",
    "VMSpec",
    "VMStatus",
    "VMType",
    "VMTypeRegion",
    "Volume",
    "VolumeMount",
    "VolumeSpec",
    "VolumeStatus",
    "Worker",
    "read_page",
    "startup_script",
    "structure",
    "unstructure",
]
