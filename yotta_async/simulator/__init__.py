"""
A Yotta cloud in a process: for tests, demos and benchmarks, without an account and a network.

    simulated = SimulatedYotta(seed=7)
    async with httpx.AsyncClient(transport=simulated.transport()) as http: ...
"""

from yotta_async.simulator.callbacks import CallbackRecord
from yotta_async.simulator.cloud.credentials import CredentialView
from yotta_async.simulator.cloud.life import PodLife, VMLife, VolumeLife
from yotta_async.simulator.cloud.pod import PodStatus, PodView
from yotta_async.simulator.cloud.serverless_endpoint import (
    EndpointStatus,
    EndpointView,
    ServiceMode,
)
from yotta_async.simulator.cloud.serverless_life import EndpointLife
from yotta_async.simulator.cloud.serverless_worker import WorkerView
from yotta_async.simulator.cloud.tasks_life import TaskLife
from yotta_async.simulator.cloud.tasks_task import TaskStatus, TaskView
from yotta_async.simulator.cloud.vm import VMStatus, VMType, VMView
from yotta_async.simulator.cloud.volume import VolumeStatus, VolumeView
from yotta_async.simulator.exchange import RequestRecord
from yotta_async.simulator.faults import FaultKind, Faults
from yotta_async.simulator.latency import Latency
from yotta_async.simulator.leftovers import Leftover
from yotta_async.simulator.refusing import Refusing
from yotta_async.simulator.server_limits import ServerLimits, Violation
from yotta_async.simulator.simulated import SimulatedYotta
from yotta_async.simulator.sockets import TcpServer
from yotta_async.simulator.style import WireStyle


__all__ = [
    "CallbackRecord",
    "CredentialView",
    "EndpointLife",
    "EndpointStatus",
    "EndpointView",
    "FaultKind",
    "Faults",
    "Latency",
    "Leftover",
    "PodLife",
    "PodStatus",
    "PodView",
    "Refusing",
    "RequestRecord",
    "ServerLimits",
    "ServiceMode",
    "SimulatedYotta",
    "TaskLife",
    "TaskStatus",
    "TaskView",
    "TcpServer",
    "VMLife",
    "VMStatus",
    "VMType",
    "VMView",
    "Violation",
    "VolumeLife",
    "VolumeStatus",
    "VolumeView",
    "WireStyle",
    "WorkerView",
]
