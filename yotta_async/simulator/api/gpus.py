"""The operations that tell what can be rented, and the one that tells whether a key is good."""

from collections.abc import Collection, Mapping
from typing import Any

from yotta_async.simulator.api.body import INT32, Body
from yotta_async.simulator.api.routing import Context, Done, Route
from yotta_async.simulator.cloud.catalog import DEFAULT_PRICE
from yotta_async.simulator.cloud.gpus import gpu, share_of
from yotta_async.simulator.cloud.problems import invalid


__all__ = ["GPU_ROUTES"]

_MOST_MEMORY = 1536


def _v1_list(context: Context) -> Done:
    body = context.body
    regions = _regions(body)
    least, most = _memory(body, "minSingleCardVramInGb"), _memory(body, "maxSingleCardVramInGb")
    bounds = {
        "singleCardVramInGb": (least, most),
        "singleCardRamInGb": (
            body.whole("minSingleCardRamInGb"),
            body.whole("maxSingleCardRamInGb", INT32),
        ),
    }
    offers = _offers(context, regions)
    return Done(data=[offer for offer in offers if _is_within(offer, bounds)])


def _is_within(offer: Mapping[str, Any], bounds: Mapping[str, tuple[int, int]]) -> bool:
    return all(least <= offer[name] <= most for name, (least, most) in bounds.items())


def _list_resources(context: Context) -> Done:
    # Its body and answer are not known; it is taken for the v1 query without its bounds.
    return Done(data=_offers(context, _regions(context.optional_body)))


def _list_reserves(_: Context) -> Done:
    # Nothing is known but the path, and nothing is reserved here.
    return Done(data=[])


def _check_key(context: Context) -> Done:
    if not context.request.value("orgId"):
        raise invalid("orgId is required")
    # A wrong key did not come this far, and there is one organisation.
    return Done(data=True)


def _regions(body: Body) -> tuple[str, ...]:
    return tuple(filter(None, [*body.texts("regions"), *body.texts("regionList")]))


def _memory(body: Body, name: str) -> int:
    return body.required_whole(name, highest=_MOST_MEMORY)


def _offers(context: Context, regions: Collection[str]) -> list[dict[str, object]]:
    return [
        _offer(context, region, gpu_type, number)
        for region, gpus in context.cloud.stock.free.items()
        for gpu_type, number in gpus.items()
        if not regions or region in regions
    ]


def _offer(context: Context, region: str, gpu_type: str, number: int) -> dict[str, object]:
    kind, share = gpu(gpu_type), share_of(gpu_type, region)
    return {
        "gpuType": gpu_type,
        "gpuDisplayName": kind.name,
        "gpuCount": number,
        "region": region,
        "singleCardVramInGb": kind.memory,
        "singleCardRamInGb": share.ram,
        "singleCardVcpu": share.vcpu,
        "singleCardPrice": f"{context.cloud.pods.prices.get(gpu_type, DEFAULT_PRICE):f}",
    }


GPU_ROUTES = (
    Route("listGpus", "POST", "/openapi/v1/gpus/list", _v1_list),
    Route("listGpuResources", "POST", "/api/v2/resource/gpu/list", _list_resources),
    Route("listReserves", "GET", "/v2/reserves", _list_reserves),
    Route("checkKey", "GET", "/openapi/key/check", _check_key),
)
