"""What `AsyncYotta(on_event=...)` is told: frozen values without secrets, as things happen."""

from ._core.events import (
    Adapted,
    Answered,
    CreateUnclear,
    Event,
    FleetPodChanged,
    PodLeft,
    PodRecovered,
    PodRemoved,
    Refused,
    Retrying,
)


__all__ = [
    "Adapted",
    "Answered",
    "CreateUnclear",
    "Event",
    "FleetPodChanged",
    "PodLeft",
    "PodRecovered",
    "PodRemoved",
    "Refused",
    "Retrying",
]
