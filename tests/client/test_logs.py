"""What workers have written: every line once and in order, as far as it goes or as it comes."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import anyio
import pytest

from tests.lab import ENDPOINT, Lab, make_lab
from yotta_async import LogLine, RetryPolicy
from yotta_async._resources.serverless.logs import Cursor, LogLines
from yotta_async.errors import (
    BadRequestError,
    ConfigurationError,
    InternalServerError,
    NotFoundError,
)
from yotta_async.models import LogPage
from yotta_async.simulator import Faults


NOBODY = "100000000000000001"


async def writing(lab: Lab, seconds: float = 60.0) -> tuple[str, str]:
    """Return the ids of an endpoint and of its worker, which has written for a while."""
    endpoint = await lab.endpoint(workers=1)
    (worker,) = lab.workers(endpoint.id)
    await anyio.sleep(seconds)
    return endpoint.id, str(worker.id)


def numbers(lines: Iterable[LogLine]) -> list[int]:
    """Return the places of lines, of which the simulated worker gives one each 64 bytes."""
    return [(line.offset or 0) // 64 for line in lines]


@pytest.mark.parametrize("page_size", [1, 7, 100, 1000])
async def test_all_lines_come_once_and_in_order(page_size: int) -> None:
    lab = make_lab(api_version="v2")
    ids = await writing(lab, 20.0)
    lines = [line async for line in lab.client.serverless.logs(*ids, page_size=page_size)]
    assert len(lines) >= 60
    assert numbers(lines) == list(range(len(lines)))
    assert lines[0].text == "INFO image pulled"
    times = [line.timestamp for line in lines if line.timestamp]
    assert times == sorted(times)
    pages = lab.cloud.operations["getWorkerLogs"]
    assert len(lines) // page_size <= pages <= len(lines) // page_size + 1


async def test_only_lines_with_a_keyword_are_asked_for() -> None:
    lab = make_lab(api_version="v2")
    ids = await writing(lab)
    logs = lab.client.serverless.logs(*ids, keyword="WARNING", page_size=5)
    lines = [line async for line in logs]
    assert len(lines) > 10
    assert all("WARNING" in line.text for line in lines)
    assert numbers(lines) == sorted(set(numbers(lines)))


async def test_a_span_of_time_can_be_asked_for() -> None:
    lab = make_lab(api_version="v2")
    ids = await writing(lab)
    first = await anext(lab.client.serverless.logs(*ids))
    assert first.timestamp is not None
    start, end = (first.timestamp + timedelta(seconds=seconds) for seconds in (10, 20))
    lines = [line async for line in lab.client.serverless.logs(*ids, start=start, end=end)]
    assert numbers(lines) == list(range(30, 62))
    assert all(line.timestamp and start <= line.timestamp <= end for line in lines)


async def test_following_brings_lines_as_they_come() -> None:
    lab = make_lab(api_version="v2")
    ids = await writing(lab, 10.0)
    lines: list[LogLine] = []
    with anyio.move_on_after(60.0):
        async for line in lab.client.serverless.logs(*ids, follow=True, page_size=10):
            lines.append(line)  # noqa: PERF401  # it is cut short
    assert numbers(lines) == list(range(len(lines)))
    written = lab.workers(ids[0])[0].uptime(anyio.current_time()) * 3
    assert written - 12 <= len(lines) <= written + 3  # a poll of three seconds and its way behind
    assert lab.cloud.operations["getWorkerLogs"] < 80


async def test_following_ends_when_the_endpoint_is_gone() -> None:
    lab = make_lab(api_version="v2")
    ids = await writing(lab)
    lines: list[LogLine] = []

    async def follow() -> None:
        async for line in lab.client.serverless.logs(*ids, follow=True):
            lines.append(line)  # noqa: PERF401  # it is looked at meanwhile

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(follow)
        await lab.client.serverless.stop(ids[0])
        await lab.client.serverless.wait(ids[0], until="STOPPED")
        await anyio.sleep(30.0)
        await lab.client.serverless.delete(ids[0])
    (worker,) = lab.workers(ids[0])
    assert numbers(lines) == list(range(len(lines)))
    assert len(lines) == pytest.approx(worker.uptime(anyio.current_time()) * 3, abs=3)


async def test_a_worker_that_goes_before_it_wrote_anything_ends_the_following() -> None:
    lab = make_lab(api_version="v2")
    endpoint = await lab.client.serverless.create(ENDPOINT.evolve(workers=1))
    (worker,) = lab.workers(endpoint.id)
    lines: list[LogLine] = []

    async def follow() -> None:
        logs = lab.client.serverless.logs(endpoint.id, str(worker.id), follow=True)
        lines.extend([line async for line in logs])

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(follow)
        await anyio.sleep(5.0)
        await lab.client.serverless.stop(endpoint.id)
        await lab.client.serverless.wait(endpoint.id, until="STOPPED")
        await lab.client.serverless.delete(endpoint.id)
    assert lines == []


@pytest.mark.parametrize("follow", [False, True])
async def test_a_worker_that_never_was_is_not_found(*, follow: bool) -> None:
    lab = make_lab(api_version="v2")
    endpoint_id, _ = await writing(lab)
    for ids in ((endpoint_id, NOBODY), (NOBODY, NOBODY)):
        with pytest.raises(NotFoundError):
            await anext(lab.client.serverless.logs(*ids, follow=follow))


async def test_a_page_that_fails_for_a_while_is_asked_for_again() -> None:
    faults = Faults(operations={"getWorkerLogs"}, html=0.2, error_before=0.2, truncated=0.2)
    retry = RetryPolicy(attempts=50, budget=None)
    lab = make_lab(api_version="v2", faults=faults, retry=retry, seed=1)
    ids = await writing(lab, 20.0)
    lines = [line async for line in lab.client.serverless.logs(*ids, page_size=10)]
    assert numbers(lines) == list(range(len(lines)))
    assert sum(lab.cloud.faults_fired.values()) > 2


@pytest.mark.parametrize("follow", [False, True])
async def test_after_an_error_the_way_goes_on_without_a_gap_or_a_double(*, follow: bool) -> None:
    faults = Faults(operations={"getWorkerLogs"}, error_before=0.5)
    lab = make_lab(api_version="v2", faults=faults, retry=RetryPolicy.none(), seed=1)
    ids = await writing(lab, 20.0)
    logs = lab.client.serverless.logs(*ids, page_size=10, follow=follow)
    lines: list[LogLine] = []
    errors = 0
    while len(lines) < 60:
        try:
            lines.append(await anext(logs))
        except InternalServerError:
            errors += 1
    assert numbers(lines) == list(range(60))
    assert errors > 0


async def test_a_cancelled_way_can_be_taken_up_again() -> None:
    lab = make_lab(api_version="v2")
    ids = await writing(lab, 20.0)
    logs, lines = lab.client.serverless.logs(*ids, page_size=10, follow=True), list[LogLine]()
    cut_short = 0
    while len(lines) < 100:
        for patience in (0.3, 0.8, 5.0):
            with anyio.move_on_after(patience) as scope:
                lines.append(await anext(logs))
            cut_short += scope.cancelled_caught
    assert numbers(lines) == list(range(len(lines)))
    assert cut_short > 0


def _serving(*pages: LogPage) -> tuple[Callable[[Cursor], Awaitable[LogPage]], list[Cursor]]:
    """Serve pages one after the other, and the last one from then on."""
    asked: list[Cursor] = []

    async def fetch(cursor: Cursor) -> LogPage:
        asked.append(cursor)
        await anyio.sleep(0.1)
        return pages[min(len(asked), len(pages)) - 1]

    return fetch, asked


def _page(*texts: str, time: str | None = "1", more: bool = False) -> LogPage:
    when = datetime.fromisoformat("2026-01-01T00:00:00Z")
    lines = tuple(LogLine(timestamp=when, text=text) for text in texts)
    return LogPage(lines=lines, has_more=more, next_search_after_time=time)


def _lines(fetch: Callable[[Cursor], Awaitable[LogPage]], *, follow: bool = False) -> LogLines:
    return LogLines(fetch, lambda: 1.0, follow)


async def test_a_server_that_does_not_heed_the_cursor_does_not_go_on_for_ever() -> None:
    fetch, asked = _serving(_page("a", "b", more=True))
    assert [line.text async for line in _lines(fetch)] == ["a", "b"]
    assert len(asked) == 2


async def test_pages_that_overlap_bring_a_line_once() -> None:
    fetch, _ = _serving(_page("a", "b", more=True), _page("b", "c", more=True), _page("c"))
    assert [line.text async for line in _lines(fetch)] == ["a", "b", "c"]


async def test_equal_lines_of_one_page_are_all_there() -> None:
    fetch, _ = _serving(_page("a", "a"))
    assert [line.text async for line in _lines(fetch)] == ["a", "a"]


async def test_a_log_of_which_nothing_is_told_is_empty() -> None:
    fetch, asked = _serving(LogPage())
    assert [line async for line in _lines(fetch)] == []
    assert asked == [{}]


async def test_where_the_next_lines_are_is_given_back_as_it_came() -> None:
    page = LogPage(
        lines=(LogLine(text="a"),),
        has_more=True,
        next_search_after_time="1767225600000",
        next_search_after_offset="64",
    )
    fetch, asked = _serving(page, _page())
    assert len([line async for line in _lines(fetch)]) == 1
    assert asked[1] == {"after_time": "1767225600000", "after_offset": "64"}


async def test_while_nothing_is_written_the_looks_become_rare() -> None:
    fetch, asked = _serving(_page("a"), _page())
    with anyio.move_on_after(600.0):
        async for _ in _lines(fetch, follow=True):
            pass
    assert 90 <= len(asked) <= 115  # one look in six seconds in the end


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"start": datetime(2026, 1, 1)}, "startTime"),  # noqa: DTZ001  # it is about naive ones
        ({"end": "yesterday"}, "endTime"),
    ],
)
async def test_a_time_that_is_none_is_refused_before_anything_is_sent(
    given: dict[str, Any], field: str
) -> None:
    lab = make_lab(api_version="v2")
    with pytest.raises(ConfigurationError) as caught:
        lab.client.serverless.logs(NOBODY, NOBODY, **given)
    assert caught.value.field == field
    with pytest.raises(ConfigurationError, match="worker_id"):
        lab.client.serverless.logs(NOBODY, "")
    assert lab.cloud.requests == ()


@pytest.mark.parametrize("page_size", [0, 1001])
async def test_a_size_that_the_server_does_not_take_is_its_to_refuse(page_size: int) -> None:
    lab = make_lab(api_version="v2")
    ids = await writing(lab)
    with pytest.raises(BadRequestError, match="pageSize"):
        await anext(lab.client.serverless.logs(*ids, page_size=page_size))


def test_what_was_written_is_in_no_repr() -> None:
    assert "canary" not in repr(LogLine(text="canary"))
