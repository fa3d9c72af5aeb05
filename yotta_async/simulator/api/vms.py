"""The operations on virtual machines, of both generations; they act on the same ones."""

from yotta_async.simulator.api.body import INT64, Body, whole_number
from yotta_async.simulator.api.paging import Page
from yotta_async.simulator.api.routing import Context, Done, Route
from yotta_async.simulator.api.vm_shapes import v1_vm_shape, v2_vm_shape, vm_type_shapes
from yotta_async.simulator.cloud.pod import Mount
from yotta_async.simulator.cloud.problems import invalid
from yotta_async.simulator.cloud.vm import VM, VMRequest, VMStatus


__all__ = ["VM_ROUTES"]


def _v1_create(context: Context) -> Done:
    body = context.body
    body.whole("regionId")
    spot = body.required_whole("isSpot", highest=1)
    return Done(data=v1_vm_shape(_create(context, body, "nickName", spot=spot), context))


def _v2_create(context: Context) -> Done:
    body = context.body
    spot = body.whole("isSpot", highest=1)
    return Done(data=v2_vm_shape(_create(context, body, "name", spot=spot), context))


def _create(context: Context, body: Body, name: str, *, spot: int) -> VM:
    request = VMRequest(
        type_id=body.required_whole("vmTypeId"),
        region=body.required_text("region"),
        name=body.required_text(name, longest=255),
        spot=spot == 1,
        mounts=_mounts(body.inner("volumeMountPaths")),
    )
    for mount in request.mounts:
        context.cloud.volumes.ready(mount.volume_id, context.now)
    return context.cloud.vms.create(request, context.now)


def _v1_list(context: Context) -> Done:
    body = context.optional_body
    page, word = Page.of_body(body), body.inner("search").text("status")
    vms = _listed(context, word)
    return Done(data=page.records(vms, lambda vm: v1_vm_shape(vm, context)))


def _v2_list(context: Context) -> Done:
    page, word = Page.of(context.request), context.request.value("status")
    vms = _listed(context, word)
    return Done(data=page.flat(vms, lambda vm: v2_vm_shape(vm, context), context.style))


def _v1_get(context: Context) -> Done:
    return Done(data=v1_vm_shape(_vm(context), context))


def _v2_get(context: Context) -> Done:
    return Done(data=v2_vm_shape(_vm(context), context))


def _rename(context: Context) -> Done:
    name = context.body.required_text("name", longest=255)
    vm = context.cloud.vms.rename(context.id("vm_id"), name, context.now)
    return Done(data=v2_vm_shape(vm, context))


def _terminate(context: Context) -> Done:
    context.cloud.vms.terminate(context.id("vm_id"), context.now)
    return Done(data=context.style.done)


def _types(context: Context) -> Done:
    return Done(data=vm_type_shapes(context))


def _vm(context: Context) -> VM:
    return context.cloud.vms.get(context.id("vm_id"), context.now)


def _listed(context: Context, word: str) -> tuple[VM, ...]:
    # The guide writes them small and a real answer did not.
    statuses = {status.value: status for status in VMStatus}
    if word and word.lower() not in statuses:
        raise invalid(f"status: unknown status [{word[:40]}]")
    wanted = [statuses[word.lower()]] if word else []
    return context.cloud.vms.list(context.now, statuses=wanted, lag=context.list_lag)


def _mounts(paths: Body) -> tuple[Mount, ...]:
    return tuple(Mount(_volume_id(key), paths.required_text(key)) for key in paths.values)


def _volume_id(key: str) -> int:
    number = whole_number(key)
    if number is None or not 0 <= number <= INT64:
        raise invalid(f"volumeMountPaths: [{key[:40]}] is not a volume's id")
    return number


_V1 = "/openapi/v1/vms"
_V2 = "/v2/vms"

VM_ROUTES = (
    Route("createVM", "POST", f"{_V1}/create", _v1_create),
    Route("listVMs", "POST", f"{_V1}/list", _v1_list),
    Route("listVMTypes", "GET", f"{_V1}/type", _types),
    Route("getVM", "GET", f"{_V1}/{{vm_id}}", _v1_get),
    Route("terminateVM", "DELETE", f"{_V1}/{{vm_id}}/terminate", _terminate),
    Route("createVM", "POST", _V2, _v2_create),
    Route("listVMs", "GET", _V2, _v2_list),
    Route("listVMTypes", "GET", f"{_V2}/types", _types),
    Route("getVM", "GET", f"{_V2}/{{vm_id}}", _v2_get),
    Route("renameVM", "PATCH", f"{_V2}/{{vm_id}}", _rename),
    Route("terminateVM", "DELETE", f"{_V2}/{{vm_id}}", _terminate),
)
