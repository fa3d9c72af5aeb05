"""What the API speaks of, as frozen values: no client inside, nothing to wait for."""

from .._core.lifecycle import PodStatus
from ._converter import structure, unstructure
from ._fields import PodFields
from ._pod import ExposedPort, Pod, VolumeMount
from ._spec import PodSpec


__all__ = [
    "ExposedPort",
    "Pod",
    "PodFields",
    "PodSpec",
    "PodStatus",
    "VolumeMount",
    "structure",
    "unstructure",
]
