"""Virtual time as a busy program has it: the event loop comes late to its timers."""

from random import Random

from yotta_async.testing import VirtualTimeLoop


__all__ = ["ROUNDING", "LateLoop"]

# Less than so many seconds is the loop's own rounding, not a wait.
ROUNDING = 1e-5


class LateLoop(VirtualTimeLoop):
    """
    Wakes up to so many seconds late, by the dice; what else is due by then is served with it.

    It is in such moments that a limiter is asked by a newcomer before it has woken whoever waits.
    """

    def __init__(self, latest: float, dice: Random) -> None:
        super().__init__()
        self._latest = latest
        self._dice = dice

    def _move_to(self, instant: float) -> None:
        if instant - self._now > ROUNDING:
            instant += self._dice.uniform(0.0, self._latest)
        super()._move_to(instant)
