"""What is counted of a run."""

from typing import Any

from .scene import Scene


__all__ = ["figures_of"]


def figures_of(scene: Scene) -> dict[str, Any]:
    """Return what was counted, as JSON can have it."""
    now = scene.cloud.catch_up()
    left = (pod.cost(now) for pod in scene.cloud.pods_by_id.values() if str(pod.id) in scene.births)
    spent = sum(left, scene.spent)
    waits = [deed.ended - deed.began for deed in scene.deeds if deed.ended is not None]
    ends = [
        facts.ended_at - facts.leaving_at
        for facts in scene.fleets
        if facts.ended_at is not None and facts.leaving_at is not None
    ]
    return {
        "seconds": round(now, 3),
        "requests": scene.requests,
        "faults": {str(kind): count for kind, count in sorted(scene.cloud.server.fired.items())},
        "pods": len(scene.births),
        "most_alive": scene.most_alive,
        "programs": sum(scene.lives.values()),
        "kills": len(scene.killed),
        "fleets": len(scene.fleets),
        "steps": len(scene.deeds),
        "longest_step": round(max(waits, default=0.0), 3),
        "longest_end": round(max(ends, default=0.0), 3),
        "worst_window": scene.cloud.server.gate.rate.worst,
        "worst_slots": scene.cloud.server.gate.slots.worst,
        "spent": float(round(spent, 4)),
    }
