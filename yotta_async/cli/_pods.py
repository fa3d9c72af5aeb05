"""How a pod is shown: its state in one word, and all of it for programs."""

from typing import Any

from .._resources.pods.known import UNREADABLE, stand_in
from ..models import Listing, Pod, Unreadable
from ..models._lifecycle import Phase, phase
from ._prices import Prices


__all__ = ["all_pods", "data_of", "state_of", "unreadable_data"]


def all_pods(listing: Listing[Pod]) -> list[Pod]:
    """Return the pods of a list, with those that cannot be read and have an id."""
    return [*listing, *filter(None, map(stand_in, listing.unreadable))]


def state_of(pod: Pod) -> str:
    """Return what a pod is in, in one word: of those that run, whether their ports answer."""
    if phase(pod.status) is Phase.UP:
        return "ready" if pod.is_ready else "unhealthy"
    return str(pod.status).lower()


def data_of(pod: Pod, prices: Prices | None = None) -> dict[str, Any]:
    """Return a pod for programs; nothing in it may be a secret."""
    ports = {str(each.port): pod.endpoint(each.port) for each in pod.expose}
    return {
        "id": pod.id,
        "name": pod.name,
        "status": str(pod.status),
        "ready": pod.is_ready,
        "region": pod.region,
        "gpu_type": pod.gpu_type,
        "gpu_count": pod.gpu_count,
        "image": pod.image,
        "price_per_hour": (prices or Prices()).of(pod),
        "created_at": pod.created_at,
        "endpoints": ports,
    }


def unreadable_data(odd: Unreadable) -> dict[str, Any]:
    """Return an item of a list that cannot be read for programs, and why."""
    problem = f"{odd.path}: {odd.reason}"
    return {"id": odd.id, "name": odd.name, "status": UNREADABLE, "problem": problem}
