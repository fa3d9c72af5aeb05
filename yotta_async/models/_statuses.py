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
            The member, or the word as it is where it is not known.
        """
        text = str(word)
        found = _SPELLINGS[cls].get(text.strip().upper())
        return text if found is None else cls(found)


class EndpointStatus(OpenStatus):
    """
    The statuses of a serverless endpoint.

    Attributes:
        INITIALIZING: Its first worker is starting.
        RUNNING: At least one worker runs; each running worker is billed.
        STOPPING: Its workers are ending.
        STOPPED: It has no workers, and can be changed, deleted or started.
        FAILED: It could not start.
        TERMINATED: It is gone and cannot come back.
    """

    INITIALIZING = "INITIALIZING"
    RUNNING = "RUNNING"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"
    FAILED = "FAILED"
    TERMINATED = "TERMINATED"


class TaskStatus(OpenStatus):
    """
    How far a task has come.

    Attributes:
        PROCESSING: It is queued, or a worker is at work on it.
        DELIVERED: In v1 a worker has received the task, in v2 the webhook has received its result;
            so this word alone does not say that it has ended.
        SUCCESS: It has ended, with a result.
        FAILED: It has ended, with an error.
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
    """
    How far the delivery of a task's result to its webhook has come.

    Attributes:
        INIT: It was not tried yet.
        SUCCESS: The webhook has accepted the result.
        FAILED: The last attempt failed; there may be more.
        MAX_RETRIES_EXCEEDED: All attempts failed; there are no more.
    """

    INIT = "INIT"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    MAX_RETRIES_EXCEEDED = "MAX_RETRIES_EXCEEDED"


class VMStatus(OpenStatus):
    """
    The statuses of a virtual machine.

    Attributes:
        INITIALIZING: It is starting.
        RUNNING: It runs and is billed.
        STOPPED: It does not run; no verb stops a machine without terminating it.
        TERMINATED: It is gone and cannot come back.
    """

    INITIALIZING = "initializing"
    RUNNING = "running"
    STOPPED = "stopped"
    TERMINATED = "terminated"


class VolumeStatus(OpenStatus):
    """
    The statuses of a storage volume.

    Attributes:
        CREATING: It is being made.
        ACTIVE: It can be mounted, resized or deleted.
        RESIZING: Its size is being changed.
        DELETING: It is being deleted.
        ERROR: It could not be made or changed.
    """

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
