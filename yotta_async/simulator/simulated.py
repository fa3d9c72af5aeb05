"""`SimulatedYotta`: a Yotta cloud in the process, for tests, demos and benchmarks."""

import math
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from types import ModuleType

import anyio

from yotta_async.errors import ConfigurationError
from yotta_async.simulator._transport import InProcessTransport
from yotta_async.simulator.api_v1 import ROUTES
from yotta_async.simulator.catalog import DEFAULT_STOCK, PRICES
from yotta_async.simulator.cloud import Cloud
from yotta_async.simulator.exchange import RequestRecord
from yotta_async.simulator.faults import Faults
from yotta_async.simulator.gate import Gate
from yotta_async.simulator.latency import Latency
from yotta_async.simulator.life import PodLife
from yotta_async.simulator.pod import PodStatus, PodView
from yotta_async.simulator.server import Server
from yotta_async.simulator.server_limits import OperationSlots, ServerLimits, Violation
from yotta_async.simulator.sockets import TcpServer
from yotta_async.simulator.stock import Stock
from yotta_async.simulator.timeline import Timeline
from yotta_async.simulator.wire import WireStyle


__all__ = ["SimulatedYotta"]

_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def _dice(seed: int, purpose: str) -> Random:
    # A stream for each purpose, so that a change of one setting leaves the other draws alone.
    return Random(f"{seed}:{purpose}")


class SimulatedYotta:
    """
    A Yotta cloud of one account: its API, its limits, its network and its faults.

    The same seed and the same calls at the same instants give the same run. Nothing runs in the
    background; whatever is due happens when somebody asks.

    Args:
        limits: What the server refuses; 60 requests a minute and 5 pod operations when None.
        latency: How long requests and answers travel; 0.1 to 0.5 s when None.
        faults: What goes wrong; nothing when None.
        life: How long pods take for their changes.
        stock: Free GPUs by region and GPU type; plenty of the usual ones when None.
        prices: USD per GPU and hour by GPU type, over the known ones.
        seed: Of every draw.
        api_key: The only key that is let in; any that is not empty when None.
        clock: Where instants come from; the event loop's clock when None.
        wire: Which of the documented forms answers take.
        epoch: The wall-clock time of the first request.

    Raises:
        ConfigurationError: A setting that cannot work.
    """

    def __init__(
        self,
        *,
        limits: ServerLimits | None = None,
        latency: Latency | None = None,
        faults: Faults | None = None,
        life: PodLife | None = None,
        stock: Mapping[str, Mapping[str, int]] | None = None,
        prices: Mapping[str, Decimal] | None = None,
        seed: int = 0,
        api_key: str | None = None,
        clock: Callable[[], float] | None = None,
        wire: WireStyle | None = None,
        epoch: datetime = _EPOCH,
    ) -> None:
        self.limits: ServerLimits = limits or ServerLimits()
        style = wire or WireStyle()
        self._timeline = Timeline(clock or anyio.current_time)
        self._gate = Gate(
            limits=self.limits,
            style=style,
            api_key=api_key,
            rate=self.limits.rate_model(),
            slots=OperationSlots(limit=self.limits.pod_operations),
        )
        self._cloud = Cloud(
            life=life or PodLife(),
            stock=Stock(DEFAULT_STOCK if stock is None else stock),
            prices={**PRICES, **(prices or {})},
            dice=_dice(seed, "life"),
        )
        self._server = Server(
            cloud=self._cloud,
            gate=self._gate,
            routes=ROUTES,
            latency=latency or Latency(),
            faults=_checked(faults or Faults()),
            style=style,
            epoch=epoch,
            network=_dice(seed, "network"),
            dice=_dice(seed, "faults"),
        )

    def __repr__(self) -> str:
        pods, requests = len(self.pods), len(self._server.log)
        return f"<SimulatedYotta {pods} pods, {requests} requests, {self.refusals} refusals>"

    def transport(self, library: ModuleType | None = None) -> InProcessTransport:
        """
        Return a transport for ``httpx.AsyncClient(transport=...)``; any number may be in use.

        Args:
            library: The module of the client, ``httpx`` (when None) or ``httpx2``.
        """
        return InProcessTransport(server=self._server, timeline=self._timeline, library=library)

    @asynccontextmanager
    async def serve(
        self, port: int = 0, host: str = "127.0.0.1", *, speed: float = 1.0
    ) -> AsyncGenerator[TcpServer, None]:
        """
        Serve the cloud over TCP until the block is left; ``server.url`` is a client's base URL.

        A connection cannot be refused on its own, so the fault `refuse` resets it unheard.

        Args:
            port: The port; a free one for 0.
            host: The address to listen on.
            speed: Simulated seconds per real second: latencies, pods' lives and the windows of
                the limits are all squeezed by it, and so is what a refusal tells to wait.

        Raises:
            ConfigurationError: A speed that is not above 0, or h11 is not installed.
            OSError: The port is taken.
        """
        if not 0.0 < speed < math.inf:
            raise ConfigurationError(
                "speed",
                speed,
                "not above zero",
                hint="Give 1 for real time, 60 for a minute a second.",
            )
        try:
            # The one part that needs more than the package's own dependencies.
            from yotta_async.simulator.tcp import serve  # noqa: PLC0415
        except ModuleNotFoundError:
            raise ConfigurationError(
                "serve", "h11", "not installed", hint="Install yotta-async[simulator]."
            ) from None
        async with serve(self._server, self._timeline, host=host, port=port) as server:
            self._set_speed(speed)
            try:
                yield server
            finally:
                self._set_speed(1.0)

    @property
    def pods(self) -> tuple[PodView, ...]:
        """The pods that are not TERMINATED, oldest first; FAILED ones are among them."""
        return tuple(pod for pod in self.all_pods if pod.status is not PodStatus.TERMINATED)

    @property
    def all_pods(self) -> tuple[PodView, ...]:
        """Every pod that ever was, oldest first."""
        now = self._now()
        return tuple(pod.view(now) for pod in self._cloud.pods.values())

    def billing(self, now: float | None = None) -> Decimal:
        """Return what everything has cost so far, in USD; until an instant to come, if given."""
        return self._cloud.cost(self._now() if now is None else now)

    @property
    def violations(self) -> tuple[Violation, ...]:
        """Every refusal for a limit, oldest first."""
        self._now()
        return tuple(self._gate.violations)

    @property
    def refusals(self) -> int:
        """How many requests were refused for a limit."""
        self._now()
        return len(self._gate.violations)

    @property
    def requests(self) -> tuple[RequestRecord, ...]:
        """Every request that arrived, oldest first; a refused connection is none."""
        self._now()
        return tuple(self._server.log)

    @property
    def operations(self) -> Counter[str]:
        """How many requests arrived for each operation."""
        return Counter(record.operation for record in self.requests)

    @property
    def faults_fired(self) -> Counter[str]:
        """How often each fault struck, by its name in `Faults`."""
        self._now()
        return Counter(self._server.fired)

    @property
    def worst_window(self) -> int:
        """The most requests that arrived within any one window's length."""
        self._now()
        return self._gate.rate.worst

    @property
    def worst_concurrency(self) -> int:
        """The most pod operations at once, a refused one too."""
        self._now()
        return self._gate.slots.worst

    def _set_speed(self, speed: float) -> None:
        self._timeline.set_speed(speed)
        self._gate.speed = speed

    def _now(self) -> float:
        try:
            now = self._timeline.now()
        except RuntimeError:
            # Looked at after the run: it stands as it stood at its last instant.
            now = self._cloud.now
        self._server.settle(now)
        return now


def _checked(faults: Faults) -> Faults:
    known = {route.operation for route in ROUTES}
    unknown = sorted((faults.operations or frozenset()) - known)
    if unknown:
        raise ConfigurationError(
            "faults.operations",
            ", ".join(unknown),
            "no such operation",
            hint=f"Known are {', '.join(sorted(known))}.",
        )
    return faults
