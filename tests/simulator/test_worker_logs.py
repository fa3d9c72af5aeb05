"""Worker logs: what is in them, and how they are read in pages."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.simulator.serverless_bench import V2, Bench, resource
from yotta_async.simulator.cloud.serverless_worker import Worker
from yotta_async.simulator.cloud.worker_logs import LogLine, LogPage, LogQuery, Place, WorkerLog


EPOCH = 1_767_225_600_000  # the simulator's 2026-01-01


def log(now: float, *, started_at: float | None = 100.0, stopped_at: float | None = None) -> Any:
    worker = Worker(
        id=7,
        resource=resource(),
        hourly=Decimal(1),
        created_at=0.0,
        started_at=started_at,
        stopped_at=stopped_at,
    )
    return WorkerLog(worker, now, lambda instant: round(instant * 1000))


def read(now: float, **query: Any) -> LogPage:
    page = log(now).read(LogQuery(**query))
    assert isinstance(page, LogPage)
    return page


def times(page: LogPage) -> list[int]:
    return [line.place.time for line in page.lines]


def everything(now: float, **query: Any) -> list[LogLine]:
    """Read page by page, each from where the one before ended."""
    lines: list[LogLine] = []
    after = None
    while True:
        page = read(now, after=after, **query)
        lines += page.lines
        if not page.has_more:
            return lines
        after = page.lines[-1].place


def test_a_log_grows_as_its_worker_runs() -> None:
    assert [len(log(now)) for now in (100.0, 100.4, 100.5, 101.0, 110.0)] == [2, 2, 3, 5, 32]


def test_what_was_written_stays_as_it_was() -> None:
    assert read(110.0).lines == read(500.0).lines[:32]


@pytest.mark.parametrize(("started_at", "stopped_at", "lines"), [(None, None, 0), (100, 103, 11)])
def test_a_worker_writes_only_while_it_runs(
    started_at: float | None, stopped_at: float | None, lines: int
) -> None:
    assert len(log(900.0, started_at=started_at, stopped_at=stopped_at)) == lines


def test_a_log_ends_at_last() -> None:
    assert len(log(100.0 + 10**6)) == len(log(100.0 + 10**7)) == 64_800


def test_lines_are_in_the_order_of_their_places_of_which_there_are_no_two() -> None:
    places = [line.place for line in read(200.0, size=1000).lines]
    assert places == sorted(set(places))
    assert len(set(times(read(200.0, size=1000)))) < len(places)


def test_a_log_begins_with_the_start_of_its_worker() -> None:
    first = [line.text.partition(":")[0] for line in read(101.5).lines[:4]]
    assert first[:3] == ["INFO image pulled", "INFO container started", "INFO worker 7"]
    assert first[3] not in first[:2]


def test_workers_write_what_is_theirs() -> None:
    assert "7" in read(110.0, keyword="worker 7").lines[0].text


def test_a_page_has_what_fits_on_it_and_says_whether_there_is_more() -> None:
    assert (len(read(110.0, size=31).lines), read(110.0, size=31).has_more) == (31, True)
    assert (len(read(110.0, size=32).lines), read(110.0, size=32).has_more) == (32, False)


def test_backward_is_the_same_the_other_way_round() -> None:
    forward, backward = read(110.0).lines, read(110.0, backward=True).lines
    assert list(backward) == list(reversed(forward))


@given(
    st.integers(1, 7),
    st.booleans(),
    st.sampled_from(["", "health", "nothing has this"]),
    st.none() | st.integers(99_000, 112_000),
    st.none() | st.integers(99_000, 112_000),
)
def test_pages_together_are_what_one_page_would_be(
    size: int, backward: bool, keyword: str, start: int | None, end: int | None
) -> None:
    query: dict[str, Any] = {
        "backward": backward,
        "keyword": keyword,
        "start": start,
        "end": end,
    }
    lines = everything(110.0, size=size, **query)
    assert tuple(lines) == read(110.0, size=1000, **query).lines
    for line in lines:
        assert keyword in line.text
        assert (start or 0) <= line.place.time <= (110_000 if end is None else end)


def test_a_time_alone_leads_past_its_whole_millisecond() -> None:
    after = Place(101_000, 2**63 - 1)
    assert times(read(110.0, after=after))[0] == 101_500
    before = Place(101_000, -1)
    assert times(read(110.0, after=before, backward=True))[0] == 100_500


def bench() -> tuple[Bench, str]:
    """Return a cloud with a worker that has run for 10 seconds, and where its logs are."""
    home = Bench()
    endpoint_id = home.running()
    worker = home.done("GET", f"{V2}/{endpoint_id}/workers")[0]
    return home, f"{V2}/{endpoint_id}/workers/{worker['id']}/logs"


def test_the_answer_is_the_documented_one() -> None:
    home, path = bench()
    shown = home.done("GET", f"{path}?pageSize=2")
    assert set(shown) == {"logs", "hasMore", "nextSearchAfterTime", "nextSearchAfterOffset"}
    assert shown["logs"][1] == {
        "timestamp": "2026-01-01T00:01:40.000Z",
        "log": "INFO container started",
        "offset": 64,
    }
    assert shown["hasMore"] is True
    assert shown["nextSearchAfterTime"] == str(EPOCH + 100_000)
    assert shown["nextSearchAfterOffset"] == "64"


def test_a_hundred_lines_are_a_page_unless_told_otherwise() -> None:
    home, path = bench()
    home.now += 100.0
    assert len(home.done("GET", path)["logs"]) == 100


def test_a_reader_at_the_end_goes_on_from_where_it_is() -> None:
    home, path = bench()
    shown = home.done("GET", f"{path}?pageSize=1000")
    assert shown["hasMore"] is False
    token = (
        f"searchAfterTime={shown['nextSearchAfterTime']}"
        f"&searchAfterOffset={shown['nextSearchAfterOffset']}"
    )
    nothing = home.done("GET", f"{path}?{token}")
    assert nothing["logs"] == []
    assert nothing["nextSearchAfterOffset"] == shown["nextSearchAfterOffset"]
    home.now += 1.0
    assert len(home.done("GET", f"{path}?{token}")["logs"]) == 3


@pytest.mark.parametrize(
    "bound", [str(EPOCH + 105_000), "2026-01-01T00:01:45.000Z", "2026-01-01T00:01:45"]
)
def test_times_are_given_in_milliseconds_or_by_iso(bound: str) -> None:
    home, path = bench()
    late = home.done("GET", f"{path}?startTime={bound}")["logs"]
    early = home.done("GET", f"{path}?endTime={bound}")["logs"]
    assert late[0]["timestamp"] == early[-1]["timestamp"] == "2026-01-01T00:01:45.000Z"


def test_a_keyword_and_a_direction_choose() -> None:
    home, path = bench()
    shown = home.done("GET", f"{path}?keyword=health&direction=Backward")["logs"]
    assert len(shown) > 1
    assert all("health" in line["log"] for line in shown)
    assert shown == sorted(shown, key=lambda line: line["timestamp"], reverse=True)


@pytest.mark.parametrize(
    "query",
    [
        "pageSize=0",
        "pageSize=1001",
        "pageSize=x",
        "direction=forward",
        "startTime=yesterday",
        "endTime=9999-99-99",
        "endTime=99999999999999999999999",
        "searchAfterTime=x",
        "searchAfterTime=1&searchAfterOffset=x",
        "searchAfterOffset=64",
    ],
)
def test_a_query_that_does_not_fit_is_refused(query: str) -> None:
    home, path = bench()
    assert home.ask("GET", f"{path}?{query}")[0] == 10001


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (f"{V2}/1/workers/1/logs", 24001),
        (f"{V2}/x/workers/1/logs", 10001),
        (f"{V2}/{{}}/workers/1/logs", 10007),
        (f"{V2}/{{}}/workers/x/logs", 10001),
    ],
)
def test_what_is_not_there_has_no_logs(path: str, code: int) -> None:
    home = Bench()
    assert home.ask("GET", path.format(home.running()))[0] == code


def test_the_logs_of_a_worker_that_is_gone_can_still_be_read() -> None:
    home, path = bench()
    home.done("POST", path.partition("/workers")[0] + "/stop")
    home.now += 100.0
    assert len(home.done("GET", path)["logs"]) == 32
