"""The logs of an endpoint's workers, which only v2 shows."""

from datetime import UTC, datetime

from yotta_async.simulator.api.body import INT64, whole_number
from yotta_async.simulator.api.paging import query_number
from yotta_async.simulator.api.routing import Context, Done, Route
from yotta_async.simulator.api.serverless import coded_v2
from yotta_async.simulator.cloud.problems import CloudError, Problem, invalid
from yotta_async.simulator.cloud.worker_logs import LogLine, LogPage, LogQuery, Place, WorkerLog
from yotta_async.simulator.style import spell


__all__ = ["WORKER_LOG_ROUTES"]

_NO_RECORD = 10007
_MOST_LINES = 1000


def _get_logs(context: Context) -> Done:
    endpoint = context.cloud.serverless.get(context.id("endpoint_id"), context.now)
    worker = endpoint.worker(context.id("worker_id"))
    if worker is None:
        raise CloudError(Problem.NOT_FOUND, "worker does not exist", code=_NO_RECORD)
    query = _query(context)
    log = WorkerLog(worker, context.now, lambda instant: _milliseconds(context.wall(instant)))
    return Done(data=_show(log.read(query), query))


def _query(context: Context) -> LogQuery:
    request = context.request
    direction = request.value("direction") or "Forward"
    if direction not in {"Forward", "Backward"}:
        raise invalid("direction must be Forward or Backward")
    backward = direction == "Backward"
    return LogQuery(
        size=query_number(request, "pageSize", default=100, lowest=1, highest=_MOST_LINES),
        keyword=request.value("keyword"),
        start=_time(context, "startTime"),
        end=_time(context, "endTime"),
        after=_after(context, backward=backward),
        backward=backward,
    )


def _after(context: Context, *, backward: bool) -> Place | None:
    time = _time(context, "searchAfterTime")
    if time is None and context.request.value("searchAfterOffset"):
        raise invalid("searchAfterOffset needs searchAfterTime")
    # Without an offset the whole millisecond is behind the reader.
    beyond = -1 if backward else INT64
    offset = query_number(
        context.request, "searchAfterOffset", default=beyond, lowest=-1, highest=INT64
    )
    return None if time is None else Place(time, offset)


def _time(context: Context, name: str) -> int | None:
    """Return a time in epoch milliseconds, given so or by ISO 8601, or None."""
    text = context.request.value(name)
    if not text:
        return None
    number = whole_number(text)
    if number is not None:
        return number
    try:
        when = datetime.fromisoformat(text)
        return _milliseconds(when if when.tzinfo else when.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        raise invalid(f"{name} must be epoch milliseconds or ISO 8601") from None


def _milliseconds(when: datetime) -> int:
    return round(when.timestamp() * 1000)


def _show(page: LogPage, query: LogQuery) -> dict[str, object]:
    shown: dict[str, object] = {
        "logs": [_line(line) for line in page.lines],
        "hasMore": page.has_more,
    }
    # At the end of a log that still grows, the place to go on from is the one already known.
    place = page.lines[-1].place if page.lines else query.after
    if place is None:
        return shown
    return shown | {
        "nextSearchAfterTime": str(place.time),
        "nextSearchAfterOffset": str(place.offset),
    }


def _line(line: LogLine) -> dict[str, object]:
    when = datetime.fromtimestamp(line.place.time / 1000, UTC)
    return {
        "timestamp": spell(when, "iso"),
        "log": line.text,
        "offset": line.place.offset,
    }


WORKER_LOG_ROUTES = (
    Route(
        "getWorkerLogs",
        "GET",
        "/v2/serverless/{endpoint_id}/workers/{worker_id}/logs",
        coded_v2(_get_logs),
    ),
)
