"""The simulated cloud that the demo runs against."""

from collections.abc import Collection

from ...simulator import Faults, Latency, PodLife, ServerLimits, SimulatedYotta
from .plan import Plan


__all__ = ["LATENCY", "boots", "demo_cloud"]

LATENCY = Latency()
# Seconds from RUNNING to the exposed port being healthy: always the same, so that what the
# simulator shows of a pod tells when it was ready.
_PORTS = 12.0
# The share of pods that fail to start, where faults are wanted at all.
_FAILING = 0.03
_PLENTY = 512


def demo_cloud(plan: Plan, *, requests: int, faults: float, seed: int, key: str) -> SimulatedYotta:
    """
    Return a cloud on which a plan can be carried out, but not without trouble.

    Args:
        faults: The probability that a request goes wrong; with any, some pods fail to start and
            the last region has room for half of the pods that are to go there.
    """
    return SimulatedYotta(
        limits=ServerLimits(requests=requests),
        latency=LATENCY,
        faults=Faults.everything(faults) if faults else Faults(),
        life=PodLife(ports=(_PORTS, _PORTS), failing=_FAILING if faults else 0.0),
        stock=_stock(plan, short=faults > 0),
        seed=seed,
        api_key=key,
    )


def boots(cloud: SimulatedYotta, ready: Collection[str]) -> list[float]:
    """Return the seconds from created to ready of these pods, oldest first; they still run."""
    pods = (pod for pod in cloud.all_pods if pod.id in ready)
    return [pod.updated_at - pod.created_at + _PORTS for pod in pods]


def _stock(plan: Plan, *, short: bool) -> dict[str, dict[str, int]]:
    room = dict.fromkeys(plan.regions, _PLENTY * plan.gpu_count)
    if short and len(plan.regions) > 1:
        share = plan.pods // len(plan.regions)
        room[plan.regions[-1]] = max(1, share // 2) * plan.gpu_count
    return {region: {plan.gpu_type: free} for region, free in room.items()}
