"""
The job, and the two worlds in which it is done.

So many pods are to be ready, spread evenly over five regions; pod number i belongs in region i mod
5, and in any other where that has none left. In *fair weather* nothing goes wrong. On a *bad day*
two of the regions are out of stock, a twentieth of all pods FAIL to start, a tenth of the creates
make their pod and then lose the answer, and a pod is missing from lists for its first 3 s.

A pod's fate hangs on nothing but the seed and how many were made before it, so that all contenders
meet the same ones.
"""

from collections.abc import Callable, Iterator

from attrs import field, frozen

from yotta_async.simulator import Faults, Latency, PodLife, ServerLimits, SimulatedYotta
from yotta_async.simulator.cloud.dice import dice


__all__ = [
    "BAD_DAY",
    "EXPOSED",
    "FAIR_WEATHER",
    "GPU_TYPE",
    "IMAGE",
    "KEY",
    "LATENCY",
    "POD_OPERATIONS",
    "REGIONS",
    "Fate",
    "Job",
    "World",
]

KEY = "key"
REGIONS = ("us-east-1", "us-west-1", "us-central-2", "eu-1", "us-east-2")
IMAGE = "yottalabsai/pytorch:2.9.0"
GPU_TYPE = "NVIDIA_RTX_5090_32G"
EXPOSED = 8888
POD_OPERATIONS = 5
LATENCY = Latency(low=0.1, high=0.5)
# More than anybody makes in one region, twins included.
_PLENTY = 10_000


@frozen(kw_only=True)
class World:
    """
    What goes wrong.

    Attributes:
        life: Of the pods; `failing` is the share that does not start.
        full: The regions without stock.
    """

    name: str
    faults: Faults = field(factory=Faults)
    life: PodLife = field(factory=PodLife)
    full: frozenset[str] = frozenset()


FAIR_WEATHER = World(name="fair weather")
BAD_DAY = World(
    name="bad day",
    faults=Faults(
        reset_after=0.1 / 3,
        timeout_after=0.1 / 3,
        error_after=0.1 / 3,
        list_lag=3.0,
        operations={"createPod"},
    ),
    life=PodLife(failing=0.05),
    full=frozenset({"us-west-1", "eu-1"}),
)


@frozen
class Fate:
    """
    What becomes of a pod.

    Attributes:
        seconds: From its commit to being ready or, if it fails, to being FAILED.
    """

    seconds: float
    fails: bool


@frozen(kw_only=True)
class Job:
    """
    One job.

    Attributes:
        wanted: How many pods are to be ready.
        requests: The plan's limit a minute, which the server keeps as a sliding log.
    """

    world: World
    wanted: int
    requests: int
    seed: int = 0

    def __str__(self) -> str:
        return f"{self.world.name}, {self.requests}/min, {self.wanted}"

    def cloud(self, clock: Callable[[], float] | None = None) -> SimulatedYotta:
        """Return a cloud of its own for one contender; `clock` as there."""
        return SimulatedYotta(
            limits=ServerLimits(requests=self.requests, pod_operations=POD_OPERATIONS),
            latency=LATENCY,
            faults=self.world.faults,
            life=self.world.life,
            stock={
                region: {GPU_TYPE: 0 if region in self.world.full else _PLENTY}
                for region in REGIONS
            },
            seed=self.seed,
            clock=clock,
        )

    def fates(self) -> Iterator[Fate]:
        """Yield what becomes of the pods, in the order in which they are made, without end."""
        life, draws = self.world.life, dice(self.seed, "life")
        while True:
            # The simulator's own order: the start, the exposed port, the failure.
            start, port = life.draw_start(draws), draws.uniform(*life.ports)
            fails = life.draw_failure(draws)
            yield Fate(start if fails else start + port, fails)
