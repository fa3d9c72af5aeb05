"""The demo as it goes: one frame that changes in place."""

from collections.abc import Iterable
from math import ceil

from attrs import frozen
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..._scheduling.rules.statistics import Statistics
from .board import Board, Tally
from .event_log import EventLog
from .plan import Pace


__all__ = ["Moment", "frame"]

LINES = 5
# How far along, style, sign, and the sign for terminals without these characters.
_SIGNS = (
    ("ready", "green", "━", "="),
    ("running", "cyan", "╍", "+"),
    ("starting", "yellow", "╌", "-"),
)


@frozen(kw_only=True)
class Moment:
    """
    All that one frame shows.

    Attributes:
        now: The instant, on the event loop's clock.
    """

    title: str
    regions: tuple[str, ...]
    board: Board
    statistics: Statistics
    requests: int
    pod_operations: int
    pace: Pace
    log: EventLog
    now: float

    @property
    def elapsed(self) -> float:
        """Simulated seconds since the first create."""
        return self.pace.simulated(self.now - self.board.began)


def frame(moment: Moment) -> Padding:
    """Return the picture of one moment; it is always equally high."""
    parts: tuple[RenderableType, ...] = (
        Text(moment.title, style="bold", no_wrap=True, overflow="crop"),
        Text(),
        _places(moment),
        Text(),
        _books(moment),
        Text(),
        *_news(moment),
    )
    return Padding(Group(*parts), 1)


@frozen
class _Bar:
    """A line of signs, as many for each part as its share of the whole."""

    parts: tuple[tuple[int, str, str, str], ...]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        whole = sum(number for number, *_ in self.parts) or 1
        line, filled, counted = Text(no_wrap=True), 0, 0
        for number, style, sign, plain in self.parts:
            counted += number
            until = round(options.max_width * counted / whole)
            line.append((plain if options.ascii_only else sign) * (until - filled), style=style)
            filled = until
        yield line

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(4, options.max_width)


def _stages(tally: Tally, whole: int) -> _Bar:
    there = ((getattr(tally, name), style, sign, plain) for name, style, sign, plain in _SIGNS)
    return _Bar((*there, _rest(whole - tally.there)))


def _level(filled: int, whole: int, style: str) -> _Bar:
    return _Bar(((filled, style, "━", "="), _rest(whole - filled)))


def _rest(number: int) -> tuple[int, str, str, str]:
    return max(0, number), "bright_black", "·", "."


def _places(moment: Moment) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1)
    heads = ("starting", "running", "ready", "failed")
    for _ in heads:
        table.add_column(justify="right", no_wrap=True)
    table.add_row("", "", *(Text(head, style="dim") for head in heads))
    tallies = {region: moment.board.tally(region) for region in moment.regions}
    # A pod that waits has no region yet: the share is what each would have if none were full.
    share = ceil(moment.board.wanted / len(tallies))
    whole = max(share, *(tally.there for tally in tallies.values()))
    for region, tally in tallies.items():
        table.add_row(region or "anywhere", _stages(tally, whole), *_numbers(tally))
    if len(tallies) > 1:
        table.add_row(Text("all", style="dim"), "", *_numbers(moment.board.tally()))
    return table


def _numbers(tally: Tally) -> Iterable[Text]:
    shown = (
        (tally.starting, "yellow"),
        (tally.running, "cyan"),
        (tally.ready, "green"),
        (tally.failed, "red"),
    )
    return (Text(str(number), style=style if number else "bright_black") for number, style in shown)


def _books(moment: Moment) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(width=14)
    table.add_column(ratio=1, no_wrap=True, overflow="crop")
    statistics = moment.statistics
    used, busy = moment.requests - statistics.credits, statistics.pod_operations
    table.add_row("requests", _level(used, moment.requests, "blue"), _queue(moment, used))
    table.add_row(
        "operations",
        _level(busy, moment.pod_operations, "blue"),
        f"{busy} of {moment.pod_operations} at once",
    )
    deleting, made, deleted = moment.board.ending, moment.log.made, moment.log.deleted
    table.add_row(
        "deleted" if deleting else "",
        _level(deleted, made, "magenta") if deleting else "",
        f"{deleted} of {made} pods" if deleting else "",
    )
    table.add_row("time", "", _times(moment))
    return table


def _queue(moment: Moment, used: int) -> str:
    statistics = moment.statistics
    text = f"{used} of {moment.requests} this minute"
    if waiting := sum(statistics.waiting):
        text += f", {waiting} waiting"
        if statistics.credits == 0 and statistics.next_credit is not None:
            text += f", next in {moment.pace.simulated(statistics.next_credit):.0f} s"
    return text


def _times(moment: Moment) -> str:
    minutes, seconds = divmod(int(moment.elapsed), 60)
    shown = f"{minutes}:{seconds:02}"
    if moment.pace.speed == 1:
        return shown
    real = moment.now - moment.board.began
    return f"{shown} at {moment.pace.speed:g} x speed, {real:.1f} s real"


def _news(moment: Moment) -> list[Text]:
    lines = [
        Text(
            f"{moment.pace.simulated(each.at - moment.board.began):4.0f} s  {each.text}",
            style="dim",
            no_wrap=True,
            overflow="crop",
        )
        for each in moment.log.entries[-LINES:]
    ]
    return lines + [Text()] * (LINES - len(lines))
