"""Where the demo's progress goes: a live frame on a terminal, a line now and then elsewhere."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import anyio
from attrs import define, field
from rich.console import Console
from rich.live import Live

from ._demo_view import Moment, frame


__all__ = ["Screen"]

# Real seconds between two frames, and between two lines.
_FRAME = 0.1
_LINE = 1.0


@define(eq=False)
class Screen:
    """Shows one moment after the other until it is cancelled."""

    console: Console
    look: Callable[[], Moment]
    _live: Live | None = field(init=False)
    _told: int = 0

    def __attrs_post_init__(self) -> None:
        # Without rich's own thread: the frames are made here, between two events.
        still = Live(console=self.console, auto_refresh=False, transient=False)
        self._live = still if self.console.is_terminal else None

    def open(self) -> AbstractContextManager[object]:
        """Return the context in which the screen belongs to the demo."""
        return nullcontext() if self._live is None else self._live

    def close(self) -> None:
        """Give the terminal back at once."""
        if self._live is not None:
            self._live.stop()

    async def run(self) -> None:
        while True:
            self.draw()
            await anyio.sleep(_FRAME if self._live else _LINE)

    def draw(self) -> None:
        """Show the present moment."""
        moment = self.look()
        if self._live is not None:
            self._live.update(frame(moment), refresh=True)
        else:
            self._tell(moment)

    def _tell(self, moment: Moment) -> None:
        board, statistics = moment.board, moment.statistics
        for each in moment.happenings[self._told :]:
            at = moment.pace.simulated(each.at - board.began)
            self._print(f"{at:4.0f} s  {each.text}")
        self._told = len(moment.happenings)
        tally, used = board.tally(), moment.requests - statistics.credits
        self._print(
            f"{moment.elapsed:4.0f} s  starting {tally.starting}  running {tally.running}"
            f"  ready {tally.ready}  failed {tally.failed}  deleted {board.deleted}"
            f"  requests {used}/{moment.requests}  waiting {sum(statistics.waiting)}"
        )

    def _print(self, text: str) -> None:
        self.console.print(text, soft_wrap=True, markup=False, highlight=False)
