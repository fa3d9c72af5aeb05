"""What a worker has written: the same lines in every answer, more of them as time goes by."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from itertools import islice

from attrs import frozen

from yotta_async.simulator.cloud.serverless_worker import Worker


__all__ = ["LogLine", "LogPage", "LogQuery", "Place", "WorkerLog"]

# Seconds into each second at which a line is written. Two share a millisecond, so that paging by
# time alone is found out.
_BEATS = (0.0, 0.0, 0.5)
# After so many lines a worker falls silent; close to six hours.
_MOST = 64_800
_BYTES_PER_LINE = 64

_TEXTS = (
    "INFO worker {worker}: request {number} received",
    "DEBUG worker {worker}: gpu memory in use {share} %",
    "INFO worker {worker}: request {number} answered with 200",
    "INFO worker {worker}: health check passed",
    "WARNING worker {worker}: queue is {share} % full",
)
_FIRST_TEXTS = ("INFO image pulled", "INFO container started", "INFO worker {worker}: listening")


@frozen(order=True)
class Place:
    """Where a line stands: its epoch milliseconds and its offset."""

    time: int
    offset: int


@frozen(kw_only=True)
class LogLine:
    place: Place
    text: str


@frozen(kw_only=True)
class LogQuery:
    """
    Which lines are asked for.

    Attributes:
        size: The most lines in an answer.
        keyword: What a line must hold.
        start: The earliest epoch milliseconds, or None.
        end: The latest, or None.
        after: Where the lines before ended, in the direction of reading; None for the first.
        backward: Newest first.
    """

    size: int = 100
    keyword: str = ""
    start: int | None = None
    end: int | None = None
    after: Place | None = None
    backward: bool = False


@frozen(kw_only=True)
class LogPage:
    """Lines, and whether there are more of them in that direction."""

    lines: tuple[LogLine, ...]
    has_more: bool


@frozen
class WorkerLog:
    """
    A worker's log until one instant.

    Attributes:
        milliseconds: Turns an instant into epoch milliseconds.
    """

    worker: Worker
    now: float
    milliseconds: Callable[[float], int]

    def read(self, query: LogQuery) -> LogPage:
        fitting = (
            line for line in map(self._line, self._numbers(query)) if query.keyword in line.text
        )
        lines = tuple(islice(fitting, query.size + 1))
        return LogPage(lines=lines[: query.size], has_more=len(lines) > query.size)

    def __len__(self) -> int:
        began = self.worker.started_at
        if began is None:
            return 0
        lasted = self.worker.uptime(self.now)
        whole = int(lasted)
        return min(_MOST, whole * len(_BEATS) + sum(beat <= lasted - whole for beat in _BEATS))

    def _numbers(self, query: LogQuery) -> Sequence[int]:
        first, last = 0, len(self)
        numbers = range(last)
        if query.start is not None:
            first = bisect_left(numbers, query.start, key=self._time)
        if query.end is not None:
            last = bisect_right(numbers, query.end, key=self._time)
        if query.after is not None and query.backward:
            last = min(last, bisect_left(numbers, query.after, key=self._place))
        elif query.after is not None:
            first = max(first, bisect_right(numbers, query.after, key=self._place))
        return range(last - 1, first - 1, -1) if query.backward else range(first, last)

    def _time(self, number: int) -> int:
        second, beat = divmod(number, len(_BEATS))
        return self.milliseconds((self.worker.started_at or 0.0) + second + _BEATS[beat])

    def _place(self, number: int) -> Place:
        return Place(self._time(number), number * _BYTES_PER_LINE)

    def _line(self, number: int) -> LogLine:
        texts = _FIRST_TEXTS if number < len(_FIRST_TEXTS) else _TEXTS
        text = texts[number % len(texts)]
        # Any fixed mixture will do, if only the lines differ.
        share = number * 37 % 101
        return LogLine(
            place=self._place(number),
            text=text.format(worker=self.worker.id, number=number, share=share),
        )
