"""Endpoints and workers as the API shows them."""

from decimal import Decimal

from yotta_async.simulator.api.routing import Context
from yotta_async.simulator.cloud.gpus import gpu, share_of
from yotta_async.simulator.cloud.serverless_endpoint import Endpoint
from yotta_async.simulator.cloud.serverless_worker import Worker


__all__ = ["show_endpoint_v1", "show_endpoint_v2", "show_worker_v1", "show_worker_v2"]

_DOCKER_HUB = "https://index.docker.io/v1/"
_SMALLEST = Decimal("0.000001")


def show_endpoint_v1(endpoint: Endpoint, context: Context) -> dict[str, object]:
    return {"id": context.style.v1_endpoint_id(endpoint.id), **_endpoint(endpoint, context)}


def show_endpoint_v2(endpoint: Endpoint, context: Context) -> dict[str, object]:
    return {"id": context.style.v2_id("endpoint", endpoint.id), **_endpoint(endpoint, context)}


def show_worker_v1(worker: Worker, _: Context) -> dict[str, object]:
    return {"id": str(worker.id), **_place(worker)}


def show_worker_v2(worker: Worker, context: Context) -> dict[str, object]:
    style, place = context.style, worker.resource
    model, share = gpu(place.gpu_type), share_of(place.gpu_type, place.region)
    name = style.worker_id
    return {
        name: style.v2_id("endpoint", worker.id) if name == "id" else str(worker.id),
        **_place(worker),
        "gpuDisplayName": model.name,
        "singleCardVramInGb": model.memory,
        "singleCardRamInGb": share.ram,
        "singleCardVcpu": share.vcpu,
        "uptime": int(worker.uptime(context.now)),
        "cost": _money(worker.cost(context.now)),
        "createdAt": context.time(worker.created_at),
    }


def _endpoint(endpoint: Endpoint, context: Context) -> dict[str, object]:
    request, style = endpoint.request, context.style
    shown: dict[str, object] = {
        "name": request.name,
        "image": request.image,
        "imageRegistry": request.registry or _DOCKER_HUB,
        "status": endpoint.status.value,
        "resources": [
            {"region": place.region, "gpuType": place.gpu_type, "gpuCount": place.gpu_count}
            for place in request.resources
        ],
        "totalWorkers": request.workers,
        "runningWorkers": len(endpoint.pool.running),
        "serviceMode": request.mode.value,
        "containerVolumeInGb": request.container_volume,
        "environmentVars": [{"key": key, "value": value} for key, value in request.environment],
        "domain": endpoint.domain,
        "cost": _money(endpoint.cost(context.now)),
        "perHourPrice": _money(endpoint.hourly),
        "perSecondPrice": _money(endpoint.hourly / 3600),
        "createdAt": context.spell(endpoint.created_at, style.endpoint_times),
        "updatedAt": context.spell(endpoint.updated_at, style.endpoint_times),
    }
    if request.port is not None:
        shown["expose"] = {"port": request.port.port, "protocol": request.port.protocol}
    return shown | style.members({"webhook": request.webhook})


def _place(worker: Worker) -> dict[str, object]:
    return {
        "region": worker.resource.region,
        "gpuType": worker.resource.gpu_type,
        "gpuCount": worker.resource.gpu_count,
        "status": worker.status.value,
    }


def _money(amount: Decimal) -> str:
    return f"{amount.quantize(_SMALLEST).normalize():f}"
