"""What follows a refusal for too many requests: everyone pauses, and the scheduler learns."""

import logging
from collections.abc import Callable

import anyio
from attrs import define

from .._scheduling.turnstile import Admission, Turnstile
from ..errors import ConcurrencyLimitError, RateLimitError
from ..events import Adapted, Event, Refused
from .rules.operation import Operation
from .rules.retry import Dice, RetryPolicy, pause_after


__all__ = ["Refusals"]

logger = logging.getLogger("yotta_async")


@define(eq=False)
class Refusals:
    """The refusals of one client, one after the other."""

    _scheduler: Turnstile
    _tell: Callable[[Event], None]

    def pause(
        self,
        operation: Operation,
        policy: RetryPolicy,
        error: RateLimitError,
        admission: Admission,
        dice: Dice,
    ) -> float:
        """
        Draw the conclusions of a refusal.

        Returns:
            The seconds for which the key pauses.
        """
        scheduler, at_once = self._scheduler, isinstance(error, ConcurrencyLimitError)
        learn = scheduler.learn_concurrency if at_once else scheduler.learn_refusal
        lesson = learn(admission)
        pause = pause_after(policy, error, streak=lesson.streak, dice=dice)
        hold_back = scheduler.withhold_slot if at_once else scheduler.close
        hold_back(pause)
        # One line a closed window: what was on the wire by then is refused with it.
        level = logging.WARNING if lesson.is_news else logging.DEBUG
        logger.log(level, "%s was refused: %s", operation.id, error)
        event = Refused(at=anyio.current_time(), operation=operation.id, pause=pause)
        self._tell(event)
        if lesson.changed:
            self.tell_adapted()
        return pause

    def tell_adapted(self) -> None:
        """Tell that the burst, the limit or the span of pod operations is another now."""
        now, at = self._scheduler.statistics(), anyio.current_time()
        span = now.operation_span
        self._tell(Adapted(at=at, requests=now.requests, burst=now.burst, operation_span=span))
