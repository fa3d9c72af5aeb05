"""`SimulatedYotta`: a Yotta cloud in the process, for tests, demos and benchmarks."""

import math
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from random import Random
from types import ModuleType
from typing import Any, ClassVar

import anyio

from yotta_async.errors import ConfigurationError
from yotta_async.errors._arguments import explains
from yotta_async.simulator._transport import InProcessTransport
from yotta_async.simulator.api import ROUTER, ROUTES
from yotta_async.simulator.api.paging import Planted
from yotta_async.simulator.asserts import Asserts
from yotta_async.simulator.cloud import Cloud
from yotta_async.simulator.cloud.dice import dice
from yotta_async.simulator.cloud.life import PodLife, VMLife, VolumeLife
from yotta_async.simulator.cloud.serverless_life import EndpointLife
from yotta_async.simulator.cloud.settings import Lives, Wares
from yotta_async.simulator.cloud.tasks import echo
from yotta_async.simulator.cloud.tasks_life import TaskLife
from yotta_async.simulator.cloud.vm import VMType
from yotta_async.simulator.faults import Faults
from yotta_async.simulator.gate import Gate
from yotta_async.simulator.latency import Latency
from yotta_async.simulator.refusing import Refusing
from yotta_async.simulator.server import Server
from yotta_async.simulator.server_limits import OperationSlots, ServerLimits
from yotta_async.simulator.sockets import TcpServer
from yotta_async.simulator.style import WireStyle
from yotta_async.simulator.timeline import Timeline


__all__ = ["SimulatedYotta"]

_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


@explains
class SimulatedYotta(Asserts):
    """
    A Yotta cloud of one account: its API, its limits, its network and its faults.

    The same seed and the same calls at the same instants give the same run. Nothing runs in the
    background: what is due happens when the cloud is next asked for anything.

    Args:
        limits: What the server refuses. None for 60 requests a minute and 5 pod operations at once.
        latency: How long requests and answers travel. None for 0.1 to 0.5 seconds an exchange.
        faults: What goes wrong. None for nothing.
        life: How long pods' changes take. None for the usual times.
        endpoint_life: How long endpoints' changes take. None for the usual times.
        task_life: How long tasks run, and what becomes of them. None for the usual times, without
            failures.
        task_result: What a worker makes of a task's input, both JSON values; ``{"echo": input}``
            when it is not given. A task whose function raises has FAILED.
        vm_life: How long VMs' changes take. None for the usual times.
        vm_types: The types of VMs, and how many of them are free where. None for some usual ones.
        volume_life: How long network volumes' changes take. None for the usual times.
        stock: Free GPUs by region and GPU type. None for plenty of the usual ones.
        prices: USD per GPU and hour by GPU type, on top of the known ones. None for these alone.
        seed: The seed of every draw.
        api_key: The only key that is accepted. None for any that is not empty.
        clock: What returns the instant in seconds. None for the event loop's clock.
        wire: Which of the documented forms answers have. None for the defaults of `WireStyle`.
        epoch: The wall-clock time of the first request, aware.

    Attributes:
        limits: What the server refuses.

    Raises:
        ConfigurationError: A setting that cannot work; it names the setting, the value and what is
            allowed.
    """

    _kind_of_server: ClassVar[type[Server]] = Server

    def __init__(
        self,
        *,
        limits: ServerLimits | None = None,
        latency: Latency | None = None,
        faults: Faults | None = None,
        life: PodLife | None = None,
        endpoint_life: EndpointLife | None = None,
        task_life: TaskLife | None = None,
        task_result: Callable[[Any], object] = echo,
        vm_life: VMLife | None = None,
        vm_types: Iterable[VMType] | None = None,
        volume_life: VolumeLife | None = None,
        stock: Mapping[str, Mapping[str, int]] | None = None,
        prices: Mapping[str, Decimal] | None = None,
        seed: int = 0,
        api_key: str | None = None,
        clock: Callable[[], float] | None = None,
        wire: WireStyle | None = None,
        epoch: datetime = _EPOCH,
    ) -> None:
        self.limits: ServerLimits = limits or ServerLimits()
        self._timeline = Timeline(clock or anyio.current_time)
        self._gate = Gate(
            limits=self.limits,
            style=wire or WireStyle(),
            api_key=api_key,
            rate=self.limits.rate_model(),
            slots=OperationSlots(limit=self.limits.pod_operations),
        )
        lives = Lives.of(life, endpoint_life, task_life, vm_life, volume_life)
        self._cloud = Cloud.open(lives, Wares.of(stock, prices, vm_types), task_result, seed)
        self._seed, self._clients = seed, count()
        self._server = self._kind_of_server(
            cloud=self._cloud,
            gate=self._gate,
            router=ROUTER,
            latency=latency or Latency(),
            faults=_checked(faults or Faults()),
            style=self._gate.style,
            epoch=epoch,
            network=dice(seed, "network"),
            dice=dice(seed, "faults"),
        )

    def __repr__(self) -> str:
        pods, requests = len(self.pods), len(self._server.log)
        return f"<SimulatedYotta {pods} pods, {requests} requests, {self.refusals} refusals>"

    def transport(self, library: ModuleType | None = None) -> InProcessTransport:
        """
        Return a transport for ``httpx.AsyncClient(transport=...)``; any number may be in use.

        Args:
            library: The module of the client, ``httpx`` or ``httpx2``. None for ``httpx``.

        Returns:
            The transport.
        """
        return InProcessTransport(server=self._server, timeline=self._timeline, library=library)

    @asynccontextmanager
    async def serve(
        self, port: int = 0, host: str = "127.0.0.1", *, speed: float = 1.0
    ) -> AsyncGenerator[TcpServer, None]:
        """
        Serve the cloud over TCP while the ``async with`` block lasts; ``server.url`` is a client's
        base URL.

        A connection cannot be refused on its own, so the fault ``refuse`` resets it before it is
        read.

        Args:
            port: The port; 0 for a free one.
            host: The address to listen on.
            speed: Simulated seconds per real second, a ratio: latencies, pods' lives and the
                windows of the limits all pass faster by it, and what a refusal tells to wait is
                shorter by it.

        Yields:
            Where the cloud is served.

        Raises:
            ConfigurationError: A speed that is not above 0, or h11 is not installed.
            OSError: The port is taken.
        """
        if not 0.0 < speed < math.inf:
            raise ConfigurationError(
                "speed",
                speed,
                "must be finite and above 0",
                hint="Give 1 for real time, 60 for a minute a second.",
            )
        try:
            # The one part that needs more than the package's own dependencies.
            from yotta_async.simulator.tcp import serve  # noqa: PLC0415
        except ModuleNotFoundError:
            raise ConfigurationError(
                "serve", "h11", "must be installed", hint="Install yotta-async[simulator]."
            ) from None
        async with serve(self._server, self._timeline, host=host, port=port) as server:
            self._set_speed(speed)
            try:
                yield server
            finally:
                self._set_speed(1.0)

    def burn_down(self, region: str, *, vanish: bool = False) -> None:
        """
        Let a region break down: it has no stock any more, and its pods have FAILED.

        Args:
            region: The region's code.
            vanish: Whether its pods are gone instead of FAILED.
        """
        self._cloud.pods.lose(region, self._now(), vanish=vanish)

    def plant(self, *items: object, operation: str = "listPods", instead: bool = False) -> None:
        """
        Let a list show items that no verb made, as another program's or a broken replica's are.

        Args:
            *items: The items as decoded JSON, in any shape; they follow the cloud's own, on every
                page. None at all takes out what was planted before.
            operation: The list, by its id.
            instead: Whether each stands in the place of the cloud's own item with its id, and only
                there.

        Raises:
            ConfigurationError: There is no such operation.
        """
        _check_known({operation}, "operation")
        self._server.planted[operation] = Planted(items, instead)

    def refuse(
        self,
        refusing: Refusing,
        *,
        after: float = 0.0,
        seconds: float = math.inf,
        answers: float = math.inf,
    ) -> None:
        """
        Have requests refused from now on, as by a firewall, or by a limit of the account.

        Args:
            refusing: Which, and how.
            after: Seconds until it begins.
            seconds: Seconds that it lasts.
            answers: The number of requests that are refused at most, without a unit.
        """
        begins = self._now() + after
        self._server.refusing.add(refusing, begins, begins + seconds, answers)

    def _dice_of_a_client(self) -> Random:
        """Return the chance of one more client, so that a run on this cloud can be had again."""
        return dice(self._seed, f"client {next(self._clients)}")

    def _set_speed(self, speed: float) -> None:
        self._timeline.set_speed(speed)
        self._gate.speed = speed


def _checked(faults: Faults) -> Faults:
    _check_known(faults.operations or frozenset(), "faults.operations")
    return faults


def _check_known(operations: Iterable[str], setting: str) -> None:
    known = {route.operation for route in ROUTES}
    unknown = sorted(set(operations) - known)
    if unknown:
        raise ConfigurationError(
            setting,
            ", ".join(unknown),
            "must be known operations",
            hint=f"Known are {', '.join(sorted(known))}.",
        )
