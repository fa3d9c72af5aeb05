"""
A Yotta cloud in a process: for tests, demos and benchmarks, without an account and a network.

    simulated = SimulatedYotta(seed=7)
    async with httpx.AsyncClient(transport=simulated.transport()) as http: ...
"""

from yotta_async.simulator.exchange import RequestRecord
from yotta_async.simulator.faults import FaultKind, Faults
from yotta_async.simulator.latency import Latency
from yotta_async.simulator.life import PodLife
from yotta_async.simulator.pod import PodStatus, PodView
from yotta_async.simulator.server_limits import ServerLimits, Violation
from yotta_async.simulator.simulated import SimulatedYotta
from yotta_async.simulator.sockets import TcpServer
from yotta_async.simulator.wire import WireStyle


__all__ = [
    "FaultKind",
    "Faults",
    "Latency",
    "PodLife",
    "PodStatus",
    "PodView",
    "RequestRecord",
    "ServerLimits",
    "SimulatedYotta",
    "TcpServer",
    "Violation",
    "WireStyle",
]
