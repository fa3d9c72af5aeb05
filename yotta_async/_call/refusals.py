"""What follows a refusal for too many requests: everyone pauses, and the scheduler learns."""

import logging
from collections.abc import Callable
from math import inf

import anyio
from attrs import define

from .._scheduling.scheduler import Admission, Scheduler
from ..errors import ConcurrencyLimitError, RateLimitError
from ..events import Adapted, Event, Refused
from .rules.operation import Operation
from .rules.retry import Dice, RetryPolicy, pause_after


__all__ = ["Refusals"]

logger = logging.getLogger("yotta_async")


@define(eq=False)
class Refusals:
    """The refusals of one client, one after the other."""

    _scheduler: Scheduler
    _tell: Callable[[Event], None]
    _streak: int = 0
    _last_pause: float = -inf

    def pause(
        self,
        operation: Operation,
        policy: RetryPolicy,
        error: RateLimitError,
        admission: Admission,
        dice: Dice,
    ) -> float | None:
        """
        Draw the conclusions of a refusal.

        Returns:
            The seconds for which the key pauses, or None if the server asks for too many.
        """
        now = anyio.current_time()
        # A pause that lies ahead was on the clock of another event loop.
        news = admission.granted_at > self._last_pause or self._last_pause > now
        if news:
            self._streak, self._last_pause = self._streak + 1, now
        pause = pause_after(policy, error, streak=max(1, self._streak), dice=dice)
        changed = self._learn(error, admission, pause or 0.0)
        # One line a closed window: what was on the wire by then is refused with it.
        logger.log(logging.WARNING if news else logging.DEBUG, "refused: %s", error)
        event = Refused(at=anyio.current_time(), operation=operation.id, pause=pause or 0.0)
        self._tell(event)
        if changed:
            self._tell_adapted()
        return pause

    def succeeded(self) -> None:
        """End the streak, and recover a little when it is time to."""
        self._streak = 0
        if self._scheduler.learn_success():
            self._tell_adapted()

    def _learn(self, error: RateLimitError, admission: Admission, pause: float) -> bool:
        if isinstance(error, ConcurrencyLimitError):
            return self._scheduler.learn_concurrency(pause)
        changed = self._scheduler.learn_refusal(admission)
        self._scheduler.close(pause)
        return changed

    def _tell_adapted(self) -> None:
        now, at = self._scheduler.statistics(), anyio.current_time()
        span = now.operation_span
        self._tell(Adapted(at=at, requests=now.requests, burst=now.burst, operation_span=span))
