"""
What the client knows of each operation in all generations: its verb here, what it does to a bill,
and what may be done after an unclear answer.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from attrs import frozen

from .._call.rules.operation import Repeat
from .._scheduling.rules.lanes import Lane


__all__ = ["OPERATIONS", "Traits"]


@frozen(kw_only=True)
class Traits:
    """
    What is the same in all generations.

    Attributes:
        verb: The method of the client, such as ``"pods.create"``; ``"request"`` where the shapes
            are not documented.
    """

    verb: str
    pod_operation: bool = False
    lane: Lane = Lane.NORMAL
    repeat: Repeat = Repeat.FREELY


def _reads(verb: str) -> Traits:
    return Traits(verb=verb)


def _makes(verb: str, *, pod_operation: bool = False) -> Traits:
    # There is no idempotency key: a blind repeat could make, and bill, a second one.
    return Traits(verb=verb, pod_operation=pod_operation, repeat=Repeat.BY_NAME)


def _sets(verb: str) -> Traits:
    """Has the same effect twice."""
    return Traits(verb=verb)


def _turns(verb: str, *, pod_operation: bool = False, lane: Lane = Lane.NORMAL) -> Traits:
    """Is refused by what has moved on already."""
    return Traits(verb=verb, pod_operation=pod_operation, lane=lane, repeat=Repeat.AFTER_A_LOOK)


def _ends(verb: str, *, pod_operation: bool = False, lane: Lane = Lane.URGENT) -> Traits:
    """Ends what may bill."""
    return Traits(verb=verb, pod_operation=pod_operation, lane=lane)


OPERATIONS: Final[Mapping[str, Traits]] = MappingProxyType(
    {
        "createPod": _makes("pods.create", pod_operation=True),
        "listPods": _reads("pods.list"),
        "getPod": _reads("pods.get"),
        "pausePod": _turns("pods.pause", pod_operation=True, lane=Lane.URGENT),
        "resumePod": _turns("pods.resume", pod_operation=True),
        "deletePod": _ends("pods.delete", pod_operation=True),
        "listGpus": _reads("gpus.list"),
        "createCredential": _makes("credentials.create"),
        "listCredentials": _reads("credentials.list"),
        "getCredential": _reads("credentials.get"),
        "updateCredential": _sets("credentials.update"),
        "deleteCredential": _ends("credentials.delete", lane=Lane.NORMAL),
        "createEndpoint": _makes("serverless.create"),
        "listEndpoints": _reads("serverless.list"),
        "getEndpoint": _reads("serverless.get"),
        "updateEndpoint": _sets("serverless.update"),
        "startEndpoint": _turns("serverless.start"),
        "stopEndpoint": _turns("serverless.stop", lane=Lane.URGENT),
        "deleteEndpoint": _ends("serverless.delete"),
        "scaleWorkers": _sets("serverless.scale"),
        "listWorkers": _reads("serverless.workers"),
        "getWorkerLogs": _reads("serverless.logs"),
        # A task's id makes a repeat harmless: the server answers as it did the first time.
        "submitTask": _sets("tasks.submit"),
        "listTasks": _reads("tasks.list"),
        "getTask": _reads("tasks.get"),
        "countTasks": _reads("tasks.count"),
        "createVM": _makes("vms.create"),
        "listVMs": _reads("vms.list"),
        "getVM": _reads("vms.get"),
        "renameVM": _sets("vms.rename"),
        "terminateVM": _ends("vms.terminate"),
        "listVMTypes": _reads("vms.types"),
        "createVolume": _makes("volumes.create"),
        "listVolumes": _reads("volumes.list"),
        "getVolume": _reads("volumes.get"),
        "renameVolume": _sets("volumes.rename"),
        "resizeVolume": _turns("volumes.resize"),
        "deleteVolume": _ends("volumes.delete"),
        "getPodCpuMetrics": _reads("metrics.cpu"),
        "getPodGpuMetrics": _reads("metrics.gpu"),
        "getPodGpuMemoryMetrics": _reads("metrics.gpu_memory"),
        "getPodMemoryMetrics": _reads("metrics.memory"),
        "getPodStorageMetrics": _reads("metrics.storage"),
        "checkKey": _reads("check_key"),
        "listReserves": _reads("request"),
        "listGpuResources": _reads("request"),
        "skyClusterCreate": _makes("request"),
        "skyClusterStatus": _reads("request"),
        "skyPodCreate": _makes("request", pod_operation=True),
        "skyPodsList": _reads("request"),
        "skyClusterRelease": _ends("request"),
    }
)
