"""Endpoints, by the v1 API as elastic deployments and by the v2 API as serverless."""

from collections.abc import Callable

from yotta_async.simulator.api.codes import Handle, coded
from yotta_async.simulator.api.paging import query_number
from yotta_async.simulator.api.routing import Context, Done, Route
from yotta_async.simulator.api.serverless_fields import created, read_statuses, updated
from yotta_async.simulator.api.serverless_shapes import (
    show_endpoint_v1,
    show_endpoint_v2,
    show_worker_v1,
    show_worker_v2,
)
from yotta_async.simulator.cloud.pod import PodStatus
from yotta_async.simulator.cloud.problems import CloudError, Problem, invalid
from yotta_async.simulator.cloud.serverless_endpoint import (
    Endpoint,
    EndpointRequest,
    EndpointStatus,
)
from yotta_async.simulator.cloud.serverless_worker import Worker


__all__ = ["SERVERLESS_ROUTES", "coded_v1", "coded_v2"]

_LONGEST_V1 = 50
_LONGEST_V2 = 20

_ShowEndpoint = Callable[[Endpoint, Context], dict[str, object]]
_ShowWorker = Callable[[Worker, Context], dict[str, object]]


def coded_v1(handle: Handle) -> Handle:
    return coded(handle, lambda style: {Problem.NOT_FOUND: style.v1_endpoint_not_found_code})


def coded_v2(handle: Handle) -> Handle:
    return coded(handle, lambda style: {Problem.NOT_FOUND: style.v2_endpoint_not_found_code})


def _create(longest_name: int, show: _ShowEndpoint) -> Handle:
    def handle(context: Context) -> Done:
        request = created(context.body, longest_name)
        _check_credential(request, context)
        return Done(data=show(context.cloud.serverless.create(request, context.now), context))

    return handle


def _update(longest_name: int, show: _ShowEndpoint) -> Handle:
    def handle(context: Context) -> Done:
        serverless, endpoint_id = context.cloud.serverless, context.id("endpoint_id")
        endpoint = serverless.get(endpoint_id, context.now)
        request = updated(endpoint.request, context.body, longest_name)
        _check_credential(request, context)
        return Done(data=show(serverless.update(endpoint_id, request, context.now), context))

    return handle


def _list(show: _ShowEndpoint) -> Handle:
    def handle(context: Context) -> Done:
        words = context.request.values("statusList")
        endpoints = context.cloud.serverless.list(
            context.now,
            statuses=read_statuses(EndpointStatus, "statusList", words),
            lag=context.list_lag,
        )
        return Done(data=[show(endpoint, context) for endpoint in endpoints])

    return handle


def _get(show: _ShowEndpoint) -> Handle:
    def handle(context: Context) -> Done:
        endpoint = context.cloud.serverless.get(context.id("endpoint_id"), context.now)
        return Done(data=show(endpoint, context))

    return handle


def _list_workers(show: _ShowWorker) -> Handle:
    def handle(context: Context) -> Done:
        endpoint = context.cloud.serverless.get(context.id("endpoint_id"), context.now)
        words = context.request.values("statusList")
        statuses = read_statuses(PodStatus, "statusList", words)
        # Those that are gone are shown where they are asked for.
        shown = statuses or frozenset(PodStatus) - {PodStatus.TERMINATED}
        workers = (worker for worker in endpoint.pool.all.values() if worker.status in shown)
        return Done(data=[show(worker, context) for worker in workers])

    return handle


def _start(context: Context) -> Done:
    context.cloud.serverless.start(context.id("endpoint_id"), context.now)
    return Done(data=context.style.done)


def _stop(context: Context) -> Done:
    context.cloud.serverless.stop(context.id("endpoint_id"), context.now)
    return Done(data=context.style.done)


def _delete(context: Context) -> Done:
    context.cloud.serverless.delete(context.id("endpoint_id"), context.now)
    return Done(data=context.style.done)


def _scale_v1(context: Context) -> Done:
    return _scale(context, context.body.required_whole("workers"))


def _scale_by_query(context: Context) -> Done:
    _check_scaling("query", context)
    if not context.request.value("count"):
        raise invalid("count is required")
    return _scale(context, query_number(context.request, "count", default=0))


def _scale_by_path(context: Context) -> Done:
    _check_scaling("path", context)
    return _scale(context, context.id("count"))


def _scale_by_body(context: Context) -> Done:
    _check_scaling("body", context)
    return _scale_v1(context)


def _scale(context: Context, workers: int) -> Done:
    context.cloud.serverless.scale(context.id("endpoint_id"), workers, context.now)
    return Done(data=context.style.done)


def _check_scaling(form: str, context: Context) -> None:
    if context.style.scaling != form:
        raise CloudError(Problem.NOT_FOUND, "Not Found", code=40400)


def _check_credential(request: EndpointRequest, context: Context) -> None:
    """Raise CloudError unless the credential, if one is named, is there."""
    if request.credential_id is not None:
        context.cloud.credentials.get(request.credential_id, context.now)


_V1 = "/openapi/v1/elastic/deploy"
_V1_ONE = f"{_V1}/{{endpoint_id}}"
_V2 = "/v2/serverless"
_V2_ONE = f"{_V2}/{{endpoint_id}}"

_ROUTES_V1 = (
    ("createEndpoint", "POST", f"{_V1}/create", _create(_LONGEST_V1, show_endpoint_v1)),
    ("listEndpoints", "GET", f"{_V1}/list", _list(show_endpoint_v1)),
    ("getEndpoint", "GET", _V1_ONE, _get(show_endpoint_v1)),
    ("updateEndpoint", "POST", f"{_V1_ONE}/update", _update(_LONGEST_V1, show_endpoint_v1)),
    ("startEndpoint", "POST", f"{_V1_ONE}/start", _start),
    ("stopEndpoint", "POST", f"{_V1_ONE}/stop", _stop),
    ("deleteEndpoint", "DELETE", _V1_ONE, _delete),
    ("listWorkers", "GET", f"{_V1_ONE}/workers", _list_workers(show_worker_v1)),
    ("scaleWorkers", "POST", f"{_V1_ONE}/workers", _scale_v1),
)
_ROUTES_V2 = (
    ("createEndpoint", "POST", _V2, _create(_LONGEST_V2, show_endpoint_v2)),
    ("listEndpoints", "GET", _V2, _list(show_endpoint_v2)),
    ("getEndpoint", "GET", _V2_ONE, _get(show_endpoint_v2)),
    ("updateEndpoint", "PATCH", _V2_ONE, _update(_LONGEST_V2, show_endpoint_v2)),
    ("startEndpoint", "POST", f"{_V2_ONE}/start", _start),
    ("stopEndpoint", "POST", f"{_V2_ONE}/stop", _stop),
    ("deleteEndpoint", "DELETE", _V2_ONE, _delete),
    ("listWorkers", "GET", f"{_V2_ONE}/workers", _list_workers(show_worker_v2)),
    ("scaleWorkers", "PUT", f"{_V2_ONE}/workers", _scale_by_query),
    ("scaleWorkers", "PUT", f"{_V2_ONE}/workers/{{count}}", _scale_by_path),
    ("scaleWorkers", "POST", f"{_V2_ONE}/workers", _scale_by_body),
)
SERVERLESS_ROUTES = (
    *(Route(name, method, path, coded_v1(handle)) for name, method, path, handle in _ROUTES_V1),
    *(Route(name, method, path, coded_v2(handle)) for name, method, path, handle in _ROUTES_V2),
)
