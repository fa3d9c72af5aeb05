"""A VM, and what VMs there are to rent, as either generation shows it."""

from yotta_async.simulator.api.routing import Context
from yotta_async.simulator.cloud.gpus import gpu
from yotta_async.simulator.cloud.vm import VM, VMStatus, VMType
from yotta_async.simulator.style import WireStyle


__all__ = ["v1_vm_shape", "v2_vm_shape", "vm_type_shapes"]

_ORGANISATION = "295310909206171649"


def v1_vm_shape(vm: VM, context: Context) -> dict[str, object]:
    host = f"instance-{vm.id}.yottadeos.com"
    shape = {"id": str(vm.id), "orgId": _ORGANISATION, "nickname": vm.name, "domainName": host}
    return shape | _common(vm, context) | _when_running(vm, host) | _end(vm, context)


def v2_vm_shape(vm: VM, context: Context) -> dict[str, object]:
    shape: dict[str, object] = {"id": context.style.v2_id(vm.id), "name": vm.name}
    if vm.status is VMStatus.RUNNING:
        shape |= {"ipAddress": _address(vm), "sshTemplate": _ssh(vm)}
    ended = _end(vm, context) or {"terminatedAt": None}
    return context.style.members(shape | _common(vm, context) | ended)


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


def _common(vm: VM, context: Context) -> dict[str, object]:
    kind, memory = vm.kind, gpu(vm.kind.gpu_type).memory
    times = context.style.vm_times
    return {
        "gpuType": kind.gpu_type,
        "gpuDisplayName": f"{kind.gpu_count}x {gpu(kind.gpu_type).name} ({memory}GB)",
        "gpuCount": kind.gpu_count,
        "gpuMemoryInGb": str(memory),
        "cpuCores": kind.cpu_cores,
        "memoryInGb": str(kind.memory),
        "storageInGb": str(kind.storage),
        "osInfo": "Ubuntu 22.04 LTS",
        "region": vm.request.region,
        "isSpot": int(vm.request.spot),
        "status": _status(vm.status, context.style),
        "createdAt": context.spell(vm.created_at, times),
        "updatedAt": context.spell(vm.updated_at, times),
    }


def _when_running(vm: VM, host: str) -> dict[str, object]:
    if vm.status is not VMStatus.RUNNING:
        return {}
    return {
        "ipAddress": _address(vm),
        "sshTemplate": _ssh(vm),
        "notebookUrl": f"http://{host}:8888/lab?token={vm.token}",
    }


def _end(vm: VM, context: Context) -> dict[str, object]:
    if vm.terminated_at is None:
        return {}
    return {"terminatedAt": context.spell(vm.terminated_at, context.style.vm_times)}


def _status(status: VMStatus, style: WireStyle) -> str:
    return status.capitalize() if style.vm_statuses == "capitalized" else status.value


def _address(vm: VM) -> str:
    return f"198.51.100.{vm.id // 2 % 254 + 1}"  # TEST-NET-2, where nothing answers


def _ssh(vm: VM) -> str:
    return f"ssh -i <your-private-key> user@{_address(vm)}"
