"""A pod as either generation shows it."""

from yotta_async.simulator.api.routing import Context
from yotta_async.simulator.cloud.gpus import gpu, share_of
from yotta_async.simulator.cloud.pod import Pod, PodStatus
from yotta_async.simulator.style import WireStyle


__all__ = ["environment_shape", "v1_pod_shape", "v2_pod_shape"]

_HOST = "203.0.113.10"  # TEST-NET-3, where nothing answers
_FIRST_PROXY_PORT = 30003
_UPLOAD_SPEED = 1000  # Mbps; the vendor's examples show such fields, and no value


def v1_pod_shape(pod: Pod, context: Context) -> dict[str, object]:
    request = pod.request
    shape: dict[str, object] = {
        "id": context.style.v1_pod_id(pod.id),
        "podName": request.name,
        "status": pod.status.value,
        "region": pod.region,
        "gpuType": request.gpu_type,
        "gpuCount": request.gpu_count,
        "networkUploadMbps": _UPLOAD_SPEED,
        "containerVolumeInGb": request.container_volume,
        "persistentVolumeInGb": request.persistent_volume,
        "environmentVars": environment_shape(request.environment),
        "expose": _ports(pod, context.now),
        "createdAt": context.time(pod.created_at),
        "updatedAt": context.time(pod.updated_at),
    }
    address = _internal_address(pod)
    return shape if address is None else shape | {"internalIp": address}


def v2_pod_shape(pod: Pod, context: Context) -> dict[str, object]:
    request, kind = pod.request, gpu(pod.request.gpu_type)
    share = share_of(request.gpu_type, pod.region)
    return context.style.members(
        {
            "id": context.style.v2_id("pod", pod.id),
            "name": request.name,
            "image": request.image,
            "imageRegistry": request.image_registry,
            "resourceType": request.resource,
            "region": pod.region,
            "cloudType": request.cloud,
            "gpuType": request.gpu_type,
            "gpuDisplayName": kind.name,
            "gpuCount": request.gpu_count,
            "singleCardVramInGb": kind.memory,
            "singleCardRamInGb": share.ram,
            "singleCardVcpu": share.vcpu,
            "singleCardPrice": f"{pod.price:f}",
            "shmInGb": request.shared_memory,
            "containerVolumeInGb": request.container_volume,
            "initializationCommand": request.command,
            "environmentVars": environment_shape(request.environment),
            "expose": _ports(pod, context.now),
            "status": _v2_status(pod.status, context.style),
            "sshCmd": _ssh_command(pod),
            "internalIp": _internal_address(pod),
            "createdAt": context.time(pod.created_at),
            "updatedAt": context.time(pod.updated_at),
        }
    )


def environment_shape(environment: tuple[tuple[str, str], ...]) -> list[dict[str, str]]:
    """Return the variables in clear text, as the service does."""
    return [{"key": key, "value": value} for key, value in environment]


def _v2_status(status: PodStatus, style: WireStyle) -> str:
    words = {PodStatus.INITIALIZE: style.starting, PodStatus.PAUSED: style.paused}
    return words.get(status, status.value)


def _internal_address(pod: Pod) -> str | None:
    if pod.status is not PodStatus.RUNNING:
        return None
    return f"10.0.{pod.id // 512 % 256}.{pod.id // 2 % 256}"


def _ports(pod: Pod, now: float) -> list[dict[str, object]]:
    return [_port(pod, index, now) for index in range(len(pod.request.ports))]


def _port(pod: Pod, index: int, now: float) -> dict[str, object]:
    port = pod.request.ports[index]
    entry: dict[str, object] = {"port": port.port, "protocol": port.protocol}
    if pod.status is not PodStatus.RUNNING:
        return entry
    protocol = port.protocol.upper()
    return entry | {
        "proxyPort": _proxy_port(pod, index),
        "host": _HOST,
        "healthy": pod.healthy(index, now),
        "ingressUrl": _ssh(_proxy_port(pod, index)) if protocol == "SSH" else "",
        "serviceName": f"{protocol} Port",
    }


def _ssh_command(pod: Pod) -> str | None:
    protocols = [port.protocol.upper() for port in pod.request.ports]
    if pod.status is not PodStatus.RUNNING or "SSH" not in protocols:
        return None
    return _ssh(_proxy_port(pod, protocols.index("SSH")))


def _proxy_port(pod: Pod, index: int) -> int:
    return _FIRST_PROXY_PORT + (pod.id // 2 * 8 + index) % 30000


def _ssh(port: int) -> str:
    return f"ssh root@{_HOST} -p {port} -i <private key file>"
