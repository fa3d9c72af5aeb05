"""The operations that read a pod's meters, which v2 alone has."""

from functools import partial

from yotta_async.simulator.api.body import INT64
from yotta_async.simulator.api.paging import query_number
from yotta_async.simulator.api.routing import Context, Done, Route
from yotta_async.simulator.cloud.metrics import METRICS, Metric, Series, Window, series_of


__all__ = ["METRIC_ROUTES"]


def _read(metric: Metric, context: Context) -> Done:
    pod = context.cloud.pods.get(context.id("pod_id"), context.now)
    now = _milliseconds(context, context.now)
    window = Window.of(
        _instant(context, "start"),
        _instant(context, "end"),
        context.request.value("step"),
        now,
    )
    lines = series_of(metric, pod.id, pod.request, pod.region)
    # It has meters from its commit on, and none of the time to come.
    instants = window.instants(_milliseconds(context, pod.created_at), now)
    within = context.style.latest_total == "series"
    data: dict[str, object] = {
        "metric_name": metric.name,
        "series": [_shape(line, instants, with_total=within) for line in lines],
    }
    totals = [line.most for line in lines if line.bounded]
    return Done(data=data if within or not totals else data | {"latest_total": sum(totals)})


def _shape(line: Series, instants: range, *, with_total: bool) -> dict[str, object]:
    points = [{"timestamp": instant, "value": line.value(instant)} for instant in instants]
    shape: dict[str, object] = {"labels": line.labels, "data_points": points}
    return shape | {"latest_total": line.most} if with_total and line.bounded else shape


def _instant(context: Context, name: str) -> int | None:
    if not context.request.value(name):
        return None
    return query_number(context.request, name, default=0, highest=INT64)


def _milliseconds(context: Context, instant: float) -> int:
    return round(context.wall(instant).timestamp() * 1000)


def _route(operation: str, template: str, metric: str) -> Route:
    return Route(operation, "GET", f"/v2/metrics/{template}", partial(_read, METRICS[metric]))


METRIC_ROUTES = (
    _route("getPodCpuMetrics", "cpu/pods/{pod_id}", "cpu"),
    _route("getPodGpuMetrics", "gpu/pods/{pod_id}", "gpu"),
    _route("getPodGpuMemoryMetrics", "gpu/pods/{pod_id}/memory", "gpu_memory"),
    _route("getPodMemoryMetrics", "memory/pods/{pod_id}", "memory"),
    _route("getPodStorageMetrics", "storage/pods/{pod_id}", "storage"),
)
