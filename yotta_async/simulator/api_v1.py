"""The v1 API as data: its routes, and the shapes that only v1 has."""

from yotta_async.simulator.body import Body, invalid
from yotta_async.simulator.pod import Pod, PodRequest, PodStatus, Port
from yotta_async.simulator.routing import Context, Done, Route


__all__ = ["ROUTES"]

_STATUSES = tuple(PodStatus)
_HOST = "203.0.113.10"  # TEST-NET-3: nobody answers there
_FIRST_PROXY_PORT = 30003


def _create(context: Context) -> Done:
    pod = context.cloud.create(_pod_request(Body.parse(context.request.body)), context.now)
    return Done(data=context.style.id(pod.id), pod=pod)


def _list(context: Context) -> Done:
    pods = context.cloud.list(
        context.now,
        regions=context.request.values("regionList"),
        statuses=[_status(word) for word in context.request.values("statusList")],
        lag=context.list_lag,
    )
    return Done(data=[_detail(pod, context) for pod in pods])


def _get(context: Context) -> Done:
    return Done(data=_detail(context.cloud.get(context.id("pod_id"), context.now), context))


def _pause(context: Context) -> Done:
    return Done(data=True, pod=context.cloud.pause(context.id("pod_id"), context.now))


def _resume(context: Context) -> Done:
    return Done(data=True, pod=context.cloud.resume(context.id("pod_id"), context.now))


def _delete(context: Context) -> Done:
    return Done(data=True, pod=context.cloud.delete(context.id("pod_id"), context.now))


def _status(word: str) -> PodStatus:
    if word.isascii() and word.isdecimal() and int(word) < len(_STATUSES):
        return _STATUSES[int(word)]
    if word in PodStatus.__members__:
        return PodStatus[word]
    raise invalid(f"statusList: unknown status [{word}]")


def _pod_request(body: Body) -> PodRequest:
    resource = body.text("resourceType", "GPU")
    if resource not in {"GPU", "CPU"}:
        raise invalid("resourceType must be GPU or CPU")
    volume = body.whole("persistentVolumeInGb")
    if volume > 0 and not body.text("persistentMountPath"):
        raise invalid("persistentMountPath is required when persistentVolumeInGb is above 0")
    regions = [body.text("region"), *body.texts("regionList")]
    return PodRequest(
        image=body.required_text("image", longest=255),
        gpu_type=body.required_text("gpuType"),
        gpu_count=_gpu_count(body) if resource == "GPU" else 0,
        name=body.text("podName", "My Pod"),
        regions=tuple(dict.fromkeys(filter(None, regions))),
        environment=tuple(
            (entry.required_text("key"), entry.text("value"))
            for entry in body.objects("environmentVars")
        ),
        ports=tuple(
            Port(
                port=entry.whole("port", lowest=1, highest=65535),
                protocol=entry.required_text("protocol"),
            )
            for entry in body.objects("expose")
        ),
        container_volume=body.whole("containerVolumeInGb"),
        persistent_volume=volume,
    )


def _gpu_count(body: Body) -> int:
    number = body.whole("gpuCount")
    if number == 0:
        raise invalid("gpuCount is required")
    if number.bit_count() != 1:
        raise invalid("gpuCount must be a power of two")
    return number


def _detail(pod: Pod, context: Context) -> dict[str, object]:
    request = pod.request
    detail: dict[str, object] = {
        "id": context.style.id(pod.id),
        "podName": request.name,
        "status": pod.status.value,
        "region": pod.region,
        "gpuType": request.gpu_type,
        "gpuCount": request.gpu_count,
        "containerVolumeInGb": request.container_volume,
        "persistentVolumeInGb": request.persistent_volume,
        "environmentVars": [{"key": key, "value": value} for key, value in request.environment],
        "expose": [_expose(pod, index, context.now) for index in range(len(request.ports))],
        "createdAt": context.time(pod.created_at),
        "updatedAt": context.time(pod.updated_at),
    }
    if pod.status is PodStatus.RUNNING:
        detail["internalIp"] = f"10.0.{pod.id // 512 % 256}.{pod.id // 2 % 256}"
    return detail


def _expose(pod: Pod, index: int, now: float) -> dict[str, object]:
    port = pod.request.ports[index]
    entry: dict[str, object] = {"port": port.port, "protocol": port.protocol}
    if pod.status is not PodStatus.RUNNING:
        return entry
    proxy = _FIRST_PROXY_PORT + (pod.id // 2 * 8 + index) % 30000
    command = f"ssh root@{_HOST} -p {proxy} -i <private key file>"
    is_ssh = port.protocol.upper() == "SSH"
    return entry | {
        "proxyPort": proxy,
        "host": _HOST,
        "healthy": pod.healthy(index, now),
        "ingressUrl": command if is_ssh else "",
        "serviceName": f"{port.protocol.upper()} Port",
    }


_PODS = "/openapi/v1/pods"

ROUTES = (
    Route("createPod", "POST", f"{_PODS}/create", _create, pod_operation=True),
    Route("listPods", "GET", f"{_PODS}/list", _list),
    Route("pausePod", "POST", f"{_PODS}/pause/{{pod_id}}", _pause, pod_operation=True),
    Route("resumePod", "POST", f"{_PODS}/resume/{{pod_id}}", _resume, pod_operation=True),
    Route("getPod", "GET", f"{_PODS}/{{pod_id}}", _get),
    Route("deletePod", "DELETE", f"{_PODS}/{{pod_id}}", _delete, pod_operation=True),
)
