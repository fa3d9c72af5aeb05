"""The frame: as high and as wide as it should be, whatever it shows."""

import io

import pytest
from rich.console import Console

from yotta_async import AsyncYotta, Place, Statistics
from yotta_async.cli.demo.board import Board
from yotta_async.cli.demo.event_log import Entry, EventLog
from yotta_async.cli.demo.plan import Pace
from yotta_async.cli.demo.view import Moment, frame
from yotta_async.fleet import FleetMember


REGIONS = ("us-east-1", "us-central-2")
STAGES = ("wanted", "starting", "unhealthy", "ready", "lost")
LONG = "pod 0123456: answer lost (InternalServerError); looking for it everywhere"


def board() -> Board:
    members = {
        str(n): FleetMember(
            key=str(n),
            stage=stage,
            since=0.0,
            generation=1,
            pod=None,
            place=Place(REGIONS[n % 2], ""),
        )
        for n, stage in enumerate(4 * STAGES)
    }
    return Board(20, members, ending=True, began=10.0)


def moment(entries: int) -> Moment:
    statistics: Statistics = AsyncYotta.simulated().statistics()
    return Moment(
        title="20 pods, 2 regions, 60 requests a minute",
        regions=REGIONS,
        board=board(),
        statistics=statistics,
        requests=60,
        pod_operations=5,
        pace=Pace(30.0),
        log=EventLog(entries=[Entry(10.0 + n, LONG) for n in range(entries)]),
        now=13.0,
    )


def drawn(entries: int, width: int, encoding: str = "utf-8") -> list[str]:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding=encoding)
    Console(file=out, width=width, color_system=None).print(frame(moment(entries)))
    out.flush()
    return raw.getvalue().decode(encoding).splitlines()


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_it_fits_into_the_terminal(width: int) -> None:
    assert max(map(len, drawn(9, width))) <= width


def test_it_is_always_equally_high() -> None:
    assert len({len(drawn(entries, 80)) for entries in (0, 1, 9)}) == 1


def test_it_shows_counts_simulated_time_and_the_last_news() -> None:
    text = "\n".join(drawn(9, 100))
    assert "1:30 at 30 x speed, 3.0 s real" in text
    assert "240 s  pod 0123456" in text
    assert " 30 s  pod 0123456" not in text
    [all_] = [line.split() for line in text.splitlines() if line.strip().startswith("all")]
    assert all_ == ["all", "4", "4", "4", "0"]


def test_a_terminal_without_these_characters_gets_others() -> None:
    text = "\n".join(drawn(1, 80, encoding="ascii"))
    assert "====" in text
    assert "?" not in text
