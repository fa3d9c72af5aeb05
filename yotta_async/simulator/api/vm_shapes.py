"""A VM, and what VMs there are to rent, as either generation shows it."""

from yotta_async.simulator.api.routing import Context
from yotta_async.simulator.cloud.gpus import gpu
from yotta_async.simulator.cloud.vm import VM, VMStatus, VMType
from yotta_async.simulator.style import CaseStyle, TimeStyle


__all__ = ["v1_vm_shape", "v2_vm_shape", "vm_type_shapes"]

_ORGANISATION = "295310909206171649"


def v1_vm_shape(vm: VM, context: Context) -> dict[str, object]:
    host = f"instance-{vm.id}.yottadeos.com"
    style = context.style
    kind = vm.kind.gpu_type
    shape: dict[str, object] = {
        "id": str(vm.id),
        "orgId": _ORGANISATION,
        "nickname": vm.name,
        "domainName": host,
        "gpuType": gpu(kind).name if style.v1_vm_gpu_types == "name" else kind,
        "status": _word(vm.status, style.v1_vm_statuses),
    }
    if _has_run(vm):
        shape["notebookUrl"] = f"http://{host}:8888/lab?token={vm.token}"
    shape |= _common(vm) | _times(vm, context, style.vm_times)
    # v1's document knows no null in a VM.
    return {name: value for name, value in shape.items() if value is not None}


def v2_vm_shape(vm: VM, context: Context) -> dict[str, object]:
    style = context.style
    shape: dict[str, object] = {
        "id": style.v2_id("vm", vm.id),
        "name": vm.name,
        "gpuType": vm.kind.gpu_type,
        "status": _word(vm.status, style.vm_statuses),
    }
    return style.members(shape | _common(vm) | _times(vm, context, style.v2_vm_times))


def vm_type_shapes(context: Context) -> list[dict[str, object]]:
    """Return the GPU types, each with the machines that have it, region by region."""
    kinds: dict[str, list[VMType]] = {}
    for kind in context.cloud.vms.types.values():
        kinds.setdefault(kind.gpu_type, []).append(kind)
    return [
        {
            "gpuType": gpu_type,
            "regions": [_offer(kind, region, context) for kind in same for region in kind.regions],
        }
        for gpu_type, same in kinds.items()
    ]


def _offer(kind: VMType, region: str, context: Context) -> dict[str, object]:
    return {
        "region": region,
        "regionName": _region_name(region),
        "available": context.cloud.vms.free(kind, region) > 0,
        "vmTypeId": kind.id,
    }


def _region_name(region: str) -> str:
    words = [word for word in region.split("-") if not word.isdecimal()]
    return " ".join(word.upper() if len(word) == 2 else word.capitalize() for word in words)


def _common(vm: VM) -> dict[str, object]:
    kind, memory = vm.kind, gpu(vm.kind.gpu_type).memory
    return {
        "gpuDisplayName": f"{kind.gpu_count}x {gpu(kind.gpu_type).name} ({memory}GB)",
        "gpuCount": kind.gpu_count,
        "gpuMemoryInGb": str(memory),
        "cpuCores": kind.cpu_cores,
        "memoryInGb": str(kind.memory),
        "storageInGb": str(kind.storage),
        "osInfo": "Ubuntu 22.04 LTS",
        "region": vm.request.region,
        "isSpot": int(vm.request.spot),
    } | _reach(vm)


def _reach(vm: VM) -> dict[str, object]:
    return {"ipAddress": _address(vm), "sshTemplate": _ssh(vm)} if _has_run(vm) else {}


def _times(vm: VM, context: Context, style: TimeStyle) -> dict[str, object]:
    ended = None if vm.terminated_at is None else context.spell(vm.terminated_at, style)
    return {
        "createdAt": context.spell(vm.created_at, style),
        "updatedAt": context.spell(vm.updated_at, style),
        "terminatedAt": ended,
    }


def _has_run(vm: VM) -> bool:
    # A real answer shows the address of one that is terminated, too.
    return vm.status is not VMStatus.INITIALIZING


def _word(status: VMStatus, style: CaseStyle) -> str:
    return status.capitalize() if style == "capitalized" else status.value


def _address(vm: VM) -> str:
    return f"198.51.100.{vm.id // 2 % 254 + 1}"  # TEST-NET-2, where nothing answers


def _ssh(vm: VM) -> str:
    return f"ssh -i <your-private-key> user@{_address(vm)}"
