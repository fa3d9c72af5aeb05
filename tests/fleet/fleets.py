"""Fleets on a simulated cloud, for the tests of this folder."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from tests.lab import ENDING, SPEC, Lab, make_lab
from yotta_async import Placement
from yotta_async.fleet.rules.names import FleetPodName
from yotta_async.simulator import Faults, PodLife


REGIONS = ("us-east-1", "us-west-1", "us-central-2", "eu-1", "us-east-2")
ANYWHERE = Placement(regions=REGIONS)
# A tenth of the creates' answers is lost, in several ways.
LOSING = Faults(
    operations={"createPod"}, reset_after=0.04, timeout_after=0.03, error_after=0.03, list_lag=3.0
)
DOOMED = PodLife(start_median=10.0, start_span=(5.0, 20.0), failing=1.0)
QUICK = PodLife(start_median=10.0, start_span=(5.0, 20.0), ports=(0.0, 2.0))


def stocked(*regions: str, number: int = 10_000) -> dict[str, dict[str, int]]:
    """Return a stock in which these regions have GPUs and all others have none."""
    return {each: {SPEC.gpu_type: number * (each in regions)} for each in REGIONS}


def make_fleet_lab(**options: Any) -> Lab:
    options.setdefault("stock", stocked(*REGIONS))
    options.setdefault("life", QUICK)
    return make_lab(**options)


def names(lab: Lab) -> list[FleetPodName]:
    """Return the names of the fleets' pods that nobody has asked to be deleted."""
    living = [pod.name for pod in lab.cloud.pods if pod.status not in ENDING]
    return [name for name in map(FleetPodName.parse, living) if name is not None]


def keys(lab: Lab) -> Counter[str]:
    """Return how many living pods there are for each key."""
    return Counter(name.key for name in names(lab))


def once_each(number: int) -> Counter[str]:
    return Counter(map(str, range(number)))


def by_region(lab: Lab, ids: Iterable[str]) -> Counter[str]:
    wanted = set(ids)
    return Counter(pod.region for pod in lab.cloud.all_pods if pod.id in wanted)


def set_clock(lab: Lab, **clock: Any) -> None:
    """Have the server's Date show another time, or none, from now on."""
    server = lab.cloud._server
    for name, value in clock.items():
        object.__setattr__(server.style, name, value)
