"""
The statuses of everything but pods: enums whose vocabulary is open.

A word that is in no table is a status, too, and stays text: the server may learn words that this
version does not know. Numbers are read only where the API's reference numbers the words.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Self


__all__ = [
    "DeliveryStatus",
    "EndpointStatus",
    "OpenStatus",
    "TaskStatus",
    "VMStatus",
    "VolumeStatus",
]


class OpenStatus(StrEnum):
    """Statuses by the words that most of the API's answers use."""

    @classmethod
    def parse(cls, word: int | str) -> Self | str:
        """
        Read a status in any of its spellings.

        Args:
            word: The word in any case, or its number (an int or digits) where it has one.

        Returns:
            The member, or the word as it came where it is not known.
        """
        text = str(word)
        found = _SPELLINGS[cls].get(text.strip().upper())
        return text if found is None else cls(found)


class EndpointStatus(OpenStatus):
    """The life of a serverless endpoint."""

    INITIALIZING = "INITIALIZING"
    RUNNING = "RUNNING"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"
    FAILED = "FAILED"
    TERMINATED = "TERMINATED"


class TaskStatus(OpenStatus):
    """
    How far a task has come.

    ``DELIVERED`` does not end it: the v1 API says so of a task that was handed to a worker, the v2
    API of a result that was handed to the webhook.
    """

    PROCESSING = "PROCESSING"
    DELIVERED = "DELIVERED"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"

    @property
    def code(self) -> int:
        """The number that stands for this status in the filters of both APIs, 0 to 3."""
        return list(TaskStatus).index(self)


class DeliveryStatus(OpenStatus):
    """How far the delivery of a task's result to its webhook has come."""

    INIT = "INIT"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    MAX_RETRIES_EXCEEDED = "MAX_RETRIES_EXCEEDED"


class VMStatus(OpenStatus):
    """The life of a virtual machine, which can be terminated but not stopped by its owner."""

    INITIALIZING = "initializing"
    RUNNING = "running"
    STOPPED = "stopped"
    TERMINATED = "terminated"


class VolumeStatus(OpenStatus):
    """The life of a storage volume."""

    CREATING = "creating"
    ACTIVE = "active"
    RESIZING = "resizing"
    DELETING = "deleting"
    ERROR = "error"


def _words(kind: type[OpenStatus]) -> dict[str, OpenStatus]:
    return {status.name: status for status in kind}


def _numbers(*statuses: OpenStatus) -> dict[str, OpenStatus]:
    return {str(number): status for number, status in enumerate(statuses)}


_SPELLINGS: Final[Mapping[type[OpenStatus], Mapping[str, OpenStatus]]] = MappingProxyType(
    {
        EndpointStatus: _words(EndpointStatus)
        | _numbers(
            EndpointStatus.INITIALIZING,
            EndpointStatus.RUNNING,
            EndpointStatus.STOPPING,
            EndpointStatus.STOPPED,
            EndpointStatus.FAILED,
        )
        | {"INITIALIZE": EndpointStatus.INITIALIZING},  # as pods and workers spell it
        TaskStatus: _words(TaskStatus) | _numbers(*TaskStatus),
        DeliveryStatus: _words(DeliveryStatus) | _numbers(*DeliveryStatus),
        VMStatus: _words(VMStatus) | {"INITIALIZE": VMStatus.INITIALIZING},
        VolumeStatus: _words(VolumeStatus),
    }
)
