"""The operations on network volumes, which v2 alone has."""

from yotta_async.simulator.api.body import Body
from yotta_async.simulator.api.paging import Page
from yotta_async.simulator.api.routing import Context, Done, Route
from yotta_async.simulator.cloud.problems import invalid
from yotta_async.simulator.cloud.volume import Storage, Volume, VolumeRequest


__all__ = ["VOLUME_ROUTES"]

_STORAGES = frozenset(Storage)
_VENDOR_TYPES = frozenset({"HDD", "NVMe"})
_LARGEST = 10240


def _create(context: Context) -> Done:
    request = _request(context.body, r2_region=context.style.r2_region_required)
    return _show(context.cloud.volumes.create(request, context.now), context)


def _list(context: Context) -> Done:
    word = context.request.value("storageType")
    if word not in _STORAGES:
        raise invalid(f"storageType must be one of {', '.join(Storage)}")
    page = Page.of(context.request)
    volumes = context.cloud.volumes.list(
        context.now,
        storage=Storage(word),
        region=context.request.value("region"),
        lag=context.list_lag,
    )
    return Done(data=page.flat(volumes, lambda volume: _shape(volume, context), context.style))


def _get(context: Context) -> Done:
    return _show(context.cloud.volumes.get(_id(context), context.now), context)


def _rename(context: Context) -> Done:
    name = context.body.required_text("name", longest=255)
    return _show(context.cloud.volumes.rename(_id(context), name, context.now), context)


def _resize(context: Context) -> Done:
    size = context.body.required_whole("sizeInGb", lowest=1, highest=_LARGEST)
    context.cloud.volumes.resize(_id(context), size, context.now)
    return Done(data=None)


def _delete(context: Context) -> Done:
    context.cloud.volumes.delete(_id(context), context.now)
    return Done(data=context.style.done)


def _id(context: Context) -> int:
    return context.id("volume_id")


def _show(volume: Volume, context: Context) -> Done:
    return Done(data=_shape(volume, context))


def _request(body: Body, *, r2_region: bool) -> VolumeRequest:
    storage = Storage(body.word("storageType", _STORAGES))
    region = body.text("region")
    if not region and (storage.sized or (storage is Storage.R2 and r2_region)):
        raise invalid(f"region is required for {storage}")
    size = body.whole("sizeInGb", 1, lowest=1, highest=_LARGEST)
    if storage.sized and not body.has("sizeInGb"):
        raise invalid(f"sizeInGb is required for {storage}")
    vendor_type = body.word("vendorVolumeType", _VENDOR_TYPES) if storage == "VENDOR" else None
    return VolumeRequest(
        name=body.required_text("name", longest=255),
        storage=storage,
        region=region or None,
        size=size if storage.sized else None,
        vendor_type=vendor_type,
    )


def _shape(volume: Volume, context: Context) -> dict[str, object]:
    shape: dict[str, object] = {
        "name": volume.name,
        "region": volume.request.region,
        "status": volume.status.value,
        "vendorVolumeType": volume.request.vendor_type,
        "mountCount": context.cloud.volumes.count_mounts(volume.id),
        "createdAt": context.time(volume.created_at),
    }
    kind, cost = volume.request.storage.value, round(volume.meter.cost(context.now), 6)
    if context.style.volumes == "guide":
        shape |= {
            "id": context.style.v2_id("volume", volume.id),
            "sizeInGb": volume.size,
            "storageType": kind,
            "cost": float(cost),
        }
    else:
        # The size that is used, and nothing is ever written here.
        shape |= {
            "id": str(volume.id),
            "sizeBytes": "0",
            "sizeInGb": 0,
            "type": kind,
            "cost": f"{cost:f}",
        }
    return context.style.members(shape)


_V2 = "/v2/volumes"

VOLUME_ROUTES = (
    Route("createVolume", "POST", _V2, _create),
    Route("listVolumes", "GET", _V2, _list),
    Route("getVolume", "GET", f"{_V2}/{{volume_id}}", _get),
    Route("deleteVolume", "DELETE", f"{_V2}/{{volume_id}}", _delete),
    Route("renameVolume", "POST", f"{_V2}/{{volume_id}}/name", _rename),
    Route("resizeVolume", "POST", f"{_V2}/{{volume_id}}/resize", _resize),
)
