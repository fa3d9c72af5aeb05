"""Endpoints, by the v1 API as elastic deployments and by the v2 API as serverless."""

from collections.abc import Callable

from attrs import frozen

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
from yotta_async.simulator.style import WireStyle


__all__ = ["SERVERLESS_ROUTES", "coded_v1", "coded_v2"]

_ShowEndpoint = Callable[[Endpoint, Context], dict[str, object]]
_ShowWorker = Callable[[Worker, Context], dict[str, object]]


def coded_v1(handle: Handle) -> Handle:
    return coded(handle, lambda style: {Problem.NOT_FOUND: style.v1_endpoint_not_found_code})


def coded_v2(handle: Handle) -> Handle:
    return coded(handle, lambda style: {Problem.NOT_FOUND: style.v2_endpoint_not_found_code})


@frozen(kw_only=True)
class _Generation:
    """
    The operations as one generation has them.

    Attributes:
        longest_name: The most characters of an endpoint's name.
        done: What it answers when it has nothing to say but that something was accepted.
    """

    longest_name: int
    show: _ShowEndpoint
    show_worker: _ShowWorker
    done: Callable[[WireStyle], bool | None]

    def create(self, context: Context) -> Done:
        request = created(context.body, self.longest_name, context.style)
        _check_credential(request, context)
        return Done(data=self.show(context.cloud.serverless.create(request, context.now), context))

    def update(self, context: Context) -> Done:
        serverless, endpoint_id = context.cloud.serverless, context.id("endpoint_id")
        endpoint = serverless.get(endpoint_id, context.now)
        request = updated(endpoint.request, context.body, self.longest_name, context.style)
        _check_credential(request, context)
        return Done(data=self.show(serverless.update(endpoint_id, request, context.now), context))

    def list(self, context: Context) -> Done:
        words = context.request.values("statusList")
        endpoints = context.cloud.serverless.list(
            context.now,
            statuses=read_statuses(EndpointStatus, "statusList", words),
            lag=context.list_lag,
        )
        return Done(data=[self.show(endpoint, context) for endpoint in endpoints])

    def get(self, context: Context) -> Done:
        endpoint = context.cloud.serverless.get(context.id("endpoint_id"), context.now)
        return Done(data=self.show(endpoint, context))

    def list_workers(self, context: Context) -> Done:
        endpoint = context.cloud.serverless.get(context.id("endpoint_id"), context.now)
        words = context.request.values("statusList")
        statuses = read_statuses(PodStatus, "statusList", words)
        # Those that are gone are shown where they are asked for.
        shown = statuses or frozenset(PodStatus) - {PodStatus.TERMINATED}
        workers = (worker for worker in endpoint.pool.all.values() if worker.status in shown)
        return Done(data=[self.show_worker(worker, context) for worker in workers])

    def start(self, context: Context) -> Done:
        context.cloud.serverless.start(context.id("endpoint_id"), context.now)
        return self._accepted(context)

    def stop(self, context: Context) -> Done:
        context.cloud.serverless.stop(context.id("endpoint_id"), context.now)
        return self._accepted(context)

    def delete(self, context: Context) -> Done:
        context.cloud.serverless.delete(context.id("endpoint_id"), context.now)
        return self._accepted(context)

    def scale_by_body(self, context: Context) -> Done:
        return self._scale(context, context.body.required_whole("workers"))

    def scale_by_query(self, context: Context) -> Done:
        if not context.request.value("count"):
            raise invalid("count is required")
        return self._scale(context, query_number(context.request, "count", default=0))

    def scale_by_path(self, context: Context) -> Done:
        return self._scale(context, context.id("count"))

    def _scale(self, context: Context, workers: int) -> Done:
        context.cloud.serverless.scale(context.id("endpoint_id"), workers, context.now)
        return self._accepted(context)

    def _accepted(self, context: Context) -> Done:
        return Done(data=self.done(context.style))


def _in_form(form: str, handle: Handle) -> Handle:
    """Return the handler, which answers only where the style takes this form of scaling."""

    def answer(context: Context) -> Done:
        if context.style.scaling not in {"any", form}:
            raise CloudError(Problem.NOT_FOUND, "Not Found", code=40400)
        return handle(context)

    return answer


def _check_credential(request: EndpointRequest, context: Context) -> None:
    """Raise CloudError unless the credential, if one is named, is there."""
    if request.credential_id is not None:
        context.cloud.credentials.get(request.credential_id, context.now)


_V1 = "/openapi/v1/elastic/deploy"
_V1_ONE = f"{_V1}/{{endpoint_id}}"
_V2 = "/v2/serverless"
_V2_ONE = f"{_V2}/{{endpoint_id}}"

_G1 = _Generation(
    longest_name=50,
    show=show_endpoint_v1,
    show_worker=show_worker_v1,
    done=lambda style: style.v1_endpoint_done,
)
_G2 = _Generation(
    longest_name=20,
    show=show_endpoint_v2,
    show_worker=show_worker_v2,
    done=lambda style: style.v2_endpoint_done,
)

_ROUTES_V1 = (
    ("createEndpoint", "POST", f"{_V1}/create", _G1.create),
    ("listEndpoints", "GET", f"{_V1}/list", _G1.list),
    ("getEndpoint", "GET", _V1_ONE, _G1.get),
    ("updateEndpoint", "POST", f"{_V1_ONE}/update", _G1.update),
    ("startEndpoint", "POST", f"{_V1_ONE}/start", _G1.start),
    ("stopEndpoint", "POST", f"{_V1_ONE}/stop", _G1.stop),
    ("deleteEndpoint", "DELETE", _V1_ONE, _G1.delete),
    ("listWorkers", "GET", f"{_V1_ONE}/workers", _G1.list_workers),
    ("scaleWorkers", "POST", f"{_V1_ONE}/workers", _G1.scale_by_body),
)
_ROUTES_V2 = (
    ("createEndpoint", "POST", _V2, _G2.create),
    ("listEndpoints", "GET", _V2, _G2.list),
    ("getEndpoint", "GET", _V2_ONE, _G2.get),
    ("updateEndpoint", "PATCH", _V2_ONE, _G2.update),
    ("startEndpoint", "POST", f"{_V2_ONE}/start", _G2.start),
    ("stopEndpoint", "POST", f"{_V2_ONE}/stop", _G2.stop),
    ("deleteEndpoint", "DELETE", _V2_ONE, _G2.delete),
    ("listWorkers", "GET", f"{_V2_ONE}/workers", _G2.list_workers),
    ("scaleWorkers", "PUT", f"{_V2_ONE}/workers", _in_form("query", _G2.scale_by_query)),
    ("scaleWorkers", "PUT", f"{_V2_ONE}/workers/{{count}}", _in_form("path", _G2.scale_by_path)),
    ("scaleWorkers", "POST", f"{_V2_ONE}/workers", _in_form("body", _G2.scale_by_body)),
)
SERVERLESS_ROUTES = (
    *(Route(name, method, path, coded_v1(handle)) for name, method, path, handle in _ROUTES_V1),
    *(Route(name, method, path, coded_v2(handle)) for name, method, path, handle in _ROUTES_V2),
)
