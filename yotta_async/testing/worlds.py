"""
`World`: all that may be odd about a cloud, as one value of plain fields.

Each field is calm by default: a world is made simpler by setting a field back to its default, or by
halving a number. `World.random` draws one; `World.open` returns the simulated cloud.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any, Final, Self, cast

import attrs
from attrs import evolve, field, frozen

from .._backend import current_time
from ..simulator import (
    Faults,
    Latency,
    PodLife,
    ServerLimits,
    SimulatedYotta,
    WireStyle,
)
from ..simulator.cloud.pod import Pod, PodRequest
from ..simulator.faults import FaultKind
from ..simulator.server import Server
from ._world.drawing import drawn
from ._world.fates import STRANGER, Fates
from ._world.replicas import Replicas
from ._world.servers import WorldServer
from ._world.spells import REFUSALS, Spell, SpellKind, spells_of


__all__ = ["CHANCES", "GPU_TYPE", "STRANGER", "Spell", "SpellKind", "World", "WorldCloud"]

GPU_TYPE: Final = "NVIDIA_L4_24G"
_REGIONS: Final = ("us-east-1", "us-west-1", "eu-1", "us-central-2", "sg", "ap-southeast-1")


def _pair(values: Any) -> tuple[float, float]:
    low, high = values
    return (float(low), float(high))


def _span(low: float, high: float) -> Any:
    return field(default=(low, high), converter=_pair)


@frozen(kw_only=True)
class World:
    """
    A cloud, its network and what happens to them; all defaults are calm.

    Attributes:
        seed: The seed of every draw of the cloud.
        api_version: The generation of the API that clients speak, ``"v1"`` or ``"v2"``.
        requests: Requests in one window of a minute.
        window: The kind of the window, as in `ServerLimits`.
        phase: Seconds from the first request to the beginning of a fixed window.
        burst: The size of a bucket. 0 for that of the window.
        slots: Pod operations at once.
        settled: Whether a pod operation lasts until its pod is at rest.
        untold: Whether clients are not told of ``burst`` and ``settled``, and have to learn them.
        latency: Seconds (shortest, longest) of an exchange.
        heavy: Whether latencies are log-normal between the two, instead of even.
        start: Seconds (median, longest) from a pod's making to RUNNING.
        ports: Seconds (shortest, longest) from RUNNING until a port answers.
        pause: Seconds (shortest, longest) that a pause takes.
        delete: Seconds (shortest, longest) that a delete takes.
        failing: The share of starts that end in FAILED.
        dying: Seconds between two pods that fail or vanish, on average. 0 for none.
        fails_when_full: Whether a create without stock is accepted and its pod FAILED.
        regions: How many regions there are.
        stock: Free GPUs in each region.
        price: USD per GPU and hour, as text.
        refuse: The share of connections that are refused.
        reset_before: The share of requests whose connection is reset, with nothing done.
        reset_after: The share whose connection is reset after what was asked is done.
        timeout_after: The share that is done and never answered.
        error_before: The share answered by a server error, with nothing done.
        error_after: The share answered by a server error, and done.
        html: The share that is done and answered by a page.
        truncated: The share that is done, and whose answer is cut.
        empty: The share that is done, and whose answer is empty.
        refused_after: The share of POSTs that are done, and answered by a refusal.
        repeated: The share of POSTs that are done twice.
        deaf: The share of deletes that are acknowledged and not done.
        late: Seconds (shortest, longest) after which what has no clear answer is done.
        list_lag: Seconds for which lists do not show a new pod.
        id_lag: Seconds for which a new pod is not found by its id.
        omitting: The share of its pods that a list leaves out.
        stale: The share of lists that are an earlier one.
        stale_by: Seconds by which such a list is old, at most.
        flipping: The share of RUNNING pods that a list shows as they were before.
        doubling: The share of pods that a list shows twice, once as they were before.
        odd_items: How many items that cannot be read stand in each list.
        strangers: How many pods of somebody else the account has.
        names: What the server does to names, as in `WireStyle`.
        date: Whether answers have a ``Date``.
        date_offset: Seconds by which the ``Date`` is ahead of the clock of the pods.
        ids: How v1 writes ids, ``"number"`` or ``"string"``.
        times: How times are written, as in `WireStyle`.
        statuses: With which HTTP status refusals come, as in `WireStyle`.
        retry_after: How a refusal says when to come back, as in `WireStyle`.
        shows_terminated: Whether pods that are gone stay in lists.
        spells: What holds for a while.
        storm: Seconds after which all that is by chance is over. 0 for never.
    """

    seed: int = 0
    api_version: str = "v1"
    requests: int = 120
    window: str = "sliding"
    phase: float = 0.0
    burst: int = 0
    slots: int = 5
    settled: bool = False
    untold: bool = False
    latency: tuple[float, float] = _span(0.1, 0.5)
    heavy: bool = False
    start: tuple[float, float] = _span(90.0, 180.0)
    ports: tuple[float, float] = _span(0.0, 0.0)
    pause: tuple[float, float] = _span(5.0, 60.0)
    delete: tuple[float, float] = _span(5.0, 60.0)
    failing: float = 0.0
    dying: float = 0.0
    fails_when_full: bool = False
    regions: int = 3
    stock: int = 64
    price: str = "0.50"
    refuse: float = 0.0
    reset_before: float = 0.0
    reset_after: float = 0.0
    timeout_after: float = 0.0
    error_before: float = 0.0
    error_after: float = 0.0
    html: float = 0.0
    truncated: float = 0.0
    empty: float = 0.0
    refused_after: float = 0.0
    repeated: float = 0.0
    deaf: float = 0.0
    late: tuple[float, float] = _span(0.0, 0.0)
    list_lag: float = 0.0
    id_lag: float = 0.0
    omitting: float = 0.0
    stale: float = 0.0
    stale_by: float = 0.0
    flipping: float = 0.0
    doubling: float = 0.0
    odd_items: int = 0
    strangers: int = 0
    names: str = "kept"
    date: bool = True
    date_offset: float = 0.0
    ids: str = "number"
    times: str = "ms"
    statuses: str = "always-200"
    retry_after: str = "seconds"
    shows_terminated: bool = False
    spells: tuple[Spell, ...] = field(default=(), converter=spells_of)
    storm: float = 0.0

    @classmethod
    def random(cls, dice: Random, size: float = 1.0) -> Self:
        """
        Draw a world.

        Args:
            dice: The source of chance.
            size: How bad it may be, a ratio: 0 for calm to 1.

        Returns:
            The world.
        """
        return cls(**drawn(dice, size))

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """
        Return the world of which `to_dict` has made these fields.

        Args:
            fields: Those that are not calm, as JSON has them.

        Returns:
            The world.
        """
        return cls(**fields)

    def to_dict(self) -> dict[str, Any]:
        """
        Return what is not calm about it, as JSON can have it.

        Returns:
            The fields that have not their default.
        """
        fields = attrs.fields(type(self))
        kept = {each.name: _plain(getattr(self, each.name)) for each in fields}
        calm = {each.name: _plain(each.default) for each in fields}
        shaped = {name: value for name, value in kept.items() if value != calm[name]}
        if self.spells:
            shaped["spells"] = [_changed(spell) for spell in self.spells]
        return shaped

    @property
    def region_names(self) -> tuple[str, ...]:
        """The codes of its regions."""
        return _REGIONS[: self.regions]

    @property
    def disturbed_until(self) -> float:
        """The instant in seconds after which nothing disturbs it any more; infinite for never."""
        chances = (*(getattr(self, kind) for kind in CHANCES), self.dying)
        by_chance = self.storm or float("inf")
        last = max((spell.until for spell in self.spells), default=0.0)
        return max(last, by_chance) if any(chances) else last

    def open(self, **options: Any) -> "WorldCloud":
        """
        Return the cloud, as it is at the first instant.

        Args:
            **options: Of `SimulatedYotta`, in place of what the world says.

        Returns:
            The cloud.
        """
        return WorldCloud(self, **options)


# The fields that are probabilities, and end with the storm.
_FAULTS: Final = (*(kind.value for kind in FaultKind), "refused_after", "repeated")
_LISTS: Final = ("omitting", "stale", "flipping", "doubling")
CHANCES: Final = (*_FAULTS, *_LISTS, "failing", "deaf")


def _plain(value: Any) -> Any:
    return [*value] if isinstance(value, tuple) else value


def _changed(spell: Spell) -> dict[str, Any]:
    return {key: value for key, value in attrs.asdict(spell).items() if value != 0.0 or key == "at"}


class WorldCloud(SimulatedYotta):
    """
    The cloud of a world.

    Attributes:
        world: The world.
    """

    _kind_of_server = WorldServer

    def __init__(self, world: World, **options: Any) -> None:
        self.world: World = world
        nights = [spell for spell in world.spells if spell.kind == "asleep"]
        self._asleep = tuple((spell.at, spell.seconds) for spell in nights)
        usual: dict[str, Any] = {
            "limits": _limits(world),
            "latency": _latency(world),
            "faults": _faults(world),
            "life": _life(world),
            "stock": {region: {GPU_TYPE: world.stock} for region in world.region_names},
            "prices": {GPU_TYPE: Decimal(world.price)},
            "seed": world.seed,
            "clock": self.uptime if self._asleep else current_time,
            "wire": _style(world),
        }
        super().__init__(**(usual | options))
        self._server.deaf = world.deaf  # type: ignore[attr-defined]
        self._dice = Random(f"{world.seed}:world")
        self._fates = Fates(self._cloud, self._dice)
        self._furnish()
        self._schedule()

    @property
    def server(self) -> Server:
        """What answers."""
        return self._server

    @property
    def pods_by_id(self) -> dict[int, Pod]:
        """Every pod that ever was, and was not forgotten."""
        return self._cloud.pods.all

    @property
    def strangers(self) -> tuple[Pod, ...]:
        """The pods that are somebody else's."""
        return tuple(pod for pod in self.pods_by_id.values() if pod.request.name == STRANGER)

    def catch_up(self) -> float:
        """
        Let all happen that is due.

        Returns:
            The instant by the clock of the cloud, in seconds.
        """
        return self._now()

    def wall(self) -> datetime:
        """
        Tell what the clock of the programs' machine shows; it is right.

        Returns:
            The time, aware.
        """
        return self._server.wall(self.uptime())

    def uptime(self) -> float:
        """
        Tell for how long that machine has been up, its sleep included.

        Returns:
            The time in seconds.
        """
        now = current_time()
        return now + sum(seconds for at, seconds in self._asleep if at <= now)

    def _furnish(self) -> None:
        self._server.advance(0.0)
        region = self.world.region_names[0]
        for _ in range(self.world.strangers):
            request = PodRequest(image="a/b", gpu_type=GPU_TYPE, gpu_count=1, name=STRANGER)
            self._cloud.pods.create(evolve(request, regions=(region,)), 0.0)
        if any(getattr(self.world, name) for name in (*_LISTS, "odd_items")):
            self._server.planted["listPods"] = cast("Any", self._replicas())

    def _replicas(self) -> Replicas:
        shares: dict[str, Any] = {name: getattr(self.world, name) for name in _LISTS}
        return Replicas(
            dice=Random(f"{self.world.seed}:replicas"),
            now=lambda: self._cloud.now,
            stale_by=self.world.stale_by,
            odd_items=self.world.odd_items,
            **shares,
        )

    def _schedule(self) -> None:
        for spell in self.world.spells:
            self._cast(spell)
        if self.world.storm:
            self._cloud.agenda.at(self.world.storm, self._calm_down)
        if self.world.dying:
            self._schedule_death(0.0)

    # What holds for a while.

    def _cast(self, spell: Spell) -> None:
        agenda = self._cloud.agenda
        if spell.kind in REFUSALS:
            rule = REFUSALS[spell.kind](spell.value)
            self._server.refusing.add(rule, spell.at, spell.until, float("inf"))
        elif spell.kind in ("unreachable", "resetting"):
            name = "refuse" if spell.kind == "unreachable" else "reset_before"
            agenda.at(spell.at, partial(self._cut_off, Faults(**cast("Any", {name: 1.0}))))
            agenda.at(spell.until, self._reconnect)
        elif spell.kind == "silent":
            agenda.at(spell.at, partial(self._set_latency, _SILENCE))
            agenda.at(spell.until, partial(self._set_latency, _latency(self.world)))
        elif spell.kind == "breakdown":
            region = self.world.region_names[int(spell.value) % self.world.regions]
            agenda.at(spell.at, partial(self._fates.break_down, region))
        elif spell.kind == "jump":
            agenda.at(spell.at, partial(self._jump, spell.value))

    def _cut_off(self, faults: Faults, _now: float) -> None:
        self._server.faults = faults

    def _reconnect(self, now: float) -> None:
        is_calm = 0.0 < self.world.storm <= now
        self._server.faults = Faults() if is_calm else _faults(self.world)

    def _set_latency(self, latency: Latency, _now: float) -> None:
        self._server.latency = latency

    def _jump(self, seconds: float, _now: float) -> None:
        style = self._server.style
        self._server.style = evolve(style, date_offset=style.date_offset + seconds)

    # What is by chance.

    def _calm_down(self, _now: float) -> None:
        self._server.faults, self._server.deaf = Faults(), 0.0  # type: ignore[attr-defined]
        self._cloud.pods.life = evolve(self._cloud.pods.life, failing=0.0)
        replicas: Any = self._server.planted.get("listPods")
        if replicas is not None:
            replicas.calm_down()

    def _schedule_death(self, now: float) -> None:
        at = now + self._dice.expovariate(1.0 / self.world.dying)
        if not self.world.storm or at < self.world.storm:
            self._cloud.agenda.at(at, self._let_one_die)

    def _let_one_die(self, now: float) -> None:
        self._fates.let_one_die(now)
        self._schedule_death(now)


# Longer than any client waits for a connection.
_SILENCE: Final = Latency(cold=(3600.0, 3600.0), cold_requests=1 << 60)


def _limits(world: World) -> ServerLimits:
    return ServerLimits(
        requests=world.requests,
        kind=cast("Any", world.window),
        phase=world.phase,
        burst=world.burst or None,
        pod_operations=world.slots,
        operation_span="settled" if world.settled else "call",
    )


def _latency(world: World) -> Latency:
    low, high = world.latency
    return Latency(low=low, high=high, distribution="log-normal" if world.heavy else "uniform")


def _faults(world: World) -> Faults:
    chances: dict[str, Any] = {name: getattr(world, name) for name in _FAULTS}
    chances |= {"list_lag": world.list_lag, "id_lag": world.id_lag}
    return Faults(late_commit=world.late, **chances)


def _life(world: World) -> PodLife:
    median, longest = world.start
    return PodLife(
        start_median=median,
        start_span=(min(median / 3, longest), longest),
        ports=world.ports,
        pause=world.pause,
        resume=world.pause,
        delete=world.delete,
        failing=world.failing,
        when_full="fail" if world.fails_when_full else "refuse",
        shows_terminated=world.shows_terminated,
    )


def _style(world: World) -> WireStyle:
    names = ("names", "date_offset", "ids", "times", "statuses", "retry_after")
    given: dict[str, Any] = {name: getattr(world, name) for name in names}
    return WireStyle(date="on" if world.date else "off", **given)
