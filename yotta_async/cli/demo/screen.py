"""Where the demo's progress goes: a live frame on a terminal, a line now and then elsewhere."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import anyio
from attrs import define, field
from rich.console import Console
from rich.live import Live

from .view import Moment, frame


__all__ = ["Screen"]

# Real seconds between two looks, and between two lines that tell the state.
_FRAME = 0.1
_LINE = 1.0


@define(eq=False)
class Screen:
    """Shows one moment after the other until it is cancelled."""

    console: Console
    look: Callable[[], Moment]
    _live: Live | None = field(init=False)
    _told: int = 0
    _last: str = ""
    _next: float = 0.0

    def __attrs_post_init__(self) -> None:
        # Without rich's own thread: the frames are made here, between two events.
        still = Live(console=self.console, auto_refresh=False, transient=False)
        self._live = still if self.console.is_terminal else None

    def open(self) -> AbstractContextManager[object]:
        """Return the context in which the screen belongs to the demo."""
        if self._live is not None:
            return self._live
        moment = self.look()
        speed = moment.pace.speed
        clock = "" if speed == 1 else f"; simulated time, {speed:g} x as fast"
        self._print(f"{moment.title}{clock}")
        return nullcontext()

    def close(self) -> None:
        """Give the terminal back at once."""
        if self._live is not None:
            self._live.stop()

    async def run(self) -> None:
        while True:
            self.draw(complete=anyio.current_time() >= self._next)
            await anyio.sleep(_FRAME)

    def draw(self, *, complete: bool = True) -> None:
        """
        Show the present moment.

        Args:
            complete: Where there are lines and no frame, whether to tell the state, too, and not
                only what is new.
        """
        moment = self.look()
        if self._live is not None:
            self._live.update(frame(moment), refresh=True)
            return
        self._tell_news(moment)
        if complete:
            self._tell_state(moment)

    def _tell_news(self, moment: Moment) -> None:
        for each in moment.log.entries[self._told :]:
            at = moment.pace.simulated(each.at - moment.board.began)
            self._print(f"{at:4.0f} s  {each.text}")
        self._told = len(moment.log.entries)

    def _tell_state(self, moment: Moment) -> None:
        self._next = moment.now + _LINE
        tally, statistics = moment.board.tally(), moment.statistics
        line = (
            f"starting {tally.starting}  running {tally.running}  ready {tally.ready}"
            f"  failed {tally.failed}  deleted {moment.log.deleted}"
            f"  requests {moment.requests - statistics.credits}/{moment.requests}"
            f"  waiting {sum(statistics.waiting)}"
        )
        if line != self._last:
            self._print(f"{moment.elapsed:4.0f} s  {line}")
        self._last = line

    def _print(self, text: str) -> None:
        self.console.print(text, soft_wrap=True, markup=False, highlight=False)
