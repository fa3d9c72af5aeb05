"""The operations on pods, of both generations; they act on the same pods."""

from yotta_async.simulator.api.codes import Handle, coded
from yotta_async.simulator.api.pod_bodies import v1_pod, v2_pod
from yotta_async.simulator.api.pod_shapes import v1_pod_shape, v2_pod_shape
from yotta_async.simulator.api.routing import Context, Done, Route
from yotta_async.simulator.cloud.pod import Pod, PodRequest, PodStatus
from yotta_async.simulator.cloud.problems import CloudError, Problem, invalid


__all__ = ["POD_ROUTES", "create_pod"]

_V1_STATUSES = {status.value: status for status in PodStatus} | {
    str(number): status for number, status in enumerate(PodStatus)
}
_V2_STATUSES = _V1_STATUSES | {
    "INITIALIZING": PodStatus.INITIALIZE,
    "STOPPED": PodStatus.PAUSED,
}


def _coded_v1(handle: Handle) -> Handle:
    return coded(handle, lambda style: {Problem.NOT_FOUND: style.v1_pod_not_found_code})


def create_pod(context: Context, request: PodRequest) -> Pod:
    """Commit a pod whose credential and volumes there are."""
    if request.credential_id is not None:
        context.cloud.credentials.get(request.credential_id, context.now)
    for mount in request.mounts:
        context.cloud.volumes.ready(mount.volume_id, context.now)
    return context.cloud.pods.create(request, context.now)


def _v1_create(context: Context) -> Done:
    pod = create_pod(context, v1_pod(context.body, context.style))
    return Done(data=context.style.v1_pod_id(pod.id), pod=pod)


def _v2_create(context: Context) -> Done:
    pod = create_pod(context, v2_pod(context.body, context.style))
    return Done(data=v2_pod_shape(pod, context), pod=pod)


def _v1_list(context: Context) -> Done:
    return Done(data=[v1_pod_shape(pod, context) for pod in _listed(context, _V1_STATUSES)])


def _v2_list(context: Context) -> Done:
    return Done(data=[v2_pod_shape(pod, context) for pod in _listed(context, _V2_STATUSES)])


def _v1_get(context: Context) -> Done:
    return Done(data=v1_pod_shape(_pod(context), context))


def _v2_get(context: Context) -> Done:
    return Done(data=v2_pod_shape(_pod(context), context))


def _pause(context: Context) -> Done:
    pod = context.cloud.pods.pause(_pod(context).id, context.now)
    return Done(data=context.style.done, pod=pod)


def _resume(context: Context) -> Done:
    pod = context.cloud.pods.resume(_pod(context).id, context.now)
    return Done(data=context.style.done, pod=pod)


def _delete(context: Context) -> Done:
    pod = context.cloud.pods.delete(_pod(context).id, context.now)
    return Done(data=context.style.done, pod=pod)


def _pod(context: Context) -> Pod:
    pod = context.cloud.pods.get(context.id("pod_id"), context.now)
    if pod.created_at + context.id_lag > context.now:
        raise CloudError(Problem.NOT_FOUND, f"pod [{pod.id}] not found")
    return pod


def _listed(context: Context, known: dict[str, PodStatus]) -> tuple[Pod, ...]:
    words = context.request.values("statusList")
    for word in words:
        if word not in known:
            raise invalid(f"statusList: unknown status [{word[:40]}]")
    return context.cloud.pods.list(
        context.now,
        regions=context.request.values("regionList"),
        statuses=[known[word] for word in words],
        lag=context.list_lag,
    )


_V1 = "/openapi/v1/pods"
_V2 = "/v2/pods"

_V1_ROUTES = (
    ("createPod", "POST", f"{_V1}/create", _v1_create, True),
    ("listPods", "GET", f"{_V1}/list", _v1_list, False),
    ("pausePod", "POST", f"{_V1}/pause/{{pod_id}}", _pause, True),
    ("resumePod", "POST", f"{_V1}/resume/{{pod_id}}", _resume, True),
    ("getPod", "GET", f"{_V1}/{{pod_id}}", _v1_get, False),
    ("deletePod", "DELETE", f"{_V1}/{{pod_id}}", _delete, True),
)
POD_ROUTES = (
    *(
        Route(name, method, path, _coded_v1(handle), pod_operation=operation)
        for name, method, path, handle, operation in _V1_ROUTES
    ),
    Route("createPod", "POST", _V2, _v2_create, pod_operation=True),
    Route("listPods", "GET", _V2, _v2_list),
    Route("getPod", "GET", f"{_V2}/{{pod_id}}", _v2_get),
    Route("deletePod", "DELETE", f"{_V2}/{{pod_id}}", _delete, pod_operation=True),
    Route("pausePod", "POST", f"{_V2}/{{pod_id}}/pause", _pause, pod_operation=True),
    Route("resumePod", "POST", f"{_V2}/{{pod_id}}/resume", _resume, pod_operation=True),
)
