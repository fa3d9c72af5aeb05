"""
One call, start to end: ``retry( admit( send ) -> open -> judge )``.

The admission covers the exchange only; decoding, judging and waiting hold neither credit nor slot,
and every attempt is admitted, and paid for, again. A refusal for too many requests is no failed
attempt: the window closes for everyone, and the call goes again from the front of its lane.
"""

import logging
import random
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar

import anyio
from attrs import define, field, frozen

from .._backend import current_time
from .._scheduling.rules.lanes import Lane
from .._scheduling.rules.statistics import Statistics
from .._scheduling.scheduler import Admission, Scheduler
from ..errors import (
    APIError,
    ClientClosedError,
    NotSentError,
    RateLimitError,
    YottaError,
)
from ..events import Answered, Event, Retrying
from .ownership import Owner
from .recording import RECORD
from .refusals import Refusals
from .rules.envelope import open_envelope
from .rules.operation import Call
from .rules.retry import (
    Attempts,
    Dice,
    RetryBudget,
    RetryPolicy,
    may_have_happened,
    wait_before_next,
)
from .transport import Timeouts, Transport


__all__ = ["CallOptions", "Caller", "EventHook"]

logger = logging.getLogger("yotta_async")

T = TypeVar("T")
EventHook = Callable[[Event], None]


@frozen(kw_only=True)
class CallOptions:
    """
    What may differ from one call to the next.

    Attributes:
        timeout: Seconds for one exchange, or the time-outs of its phases.
        lane: In which lane to wait, or None for the operation's own.
        tidying: Whether this belongs to the clean-up that a closed client still does.
    """

    timeout: Timeouts
    retry: RetryPolicy
    lane: Lane | None = None
    tidying: bool = False


Exchange = Callable[[Admission, Call, CallOptions], Awaitable[T]]


@define(eq=False)
class Caller:
    """Performs calls for all resources of one client."""

    scheduler: Scheduler
    transport: Transport
    owner: Owner
    budget: RetryBudget
    on_event: EventHook | None = None
    dice: Dice = field(factory=lambda: random.Random().random, repr=False)
    closed: bool = False
    retried: int = 0
    polls: int = 0
    refusals: Refusals = field(init=False)
    _server_clock: tuple[datetime, float] | None = None

    def __attrs_post_init__(self) -> None:
        self.refusals = Refusals(self.scheduler, self.tell)

    async def perform(self, call: Call, options: CallOptions) -> object:
        """
        Make a call and return the ``data`` of its answer.

        Raises:
            APIError: It did not succeed, after all attempts that the policy allows.
            QueueTimeoutError: Its turn did not come in time.
            ClientClosedError: The client is closed.
        """
        attempts = Attempts()
        while True:
            try:
                return await self.attempt(call, options, self._exchange_of(call))
            except APIError as error:
                wait = self.judge(call, options, error, attempts.number)
                if wait is None:
                    raise attempts.last(error)  # noqa: B904  # it is the same error
                attempts.again(error, wait)
            await anyio.sleep(wait)

    async def attempt(self, call: Call, options: CallOptions, exchange: "Exchange[T]") -> T:
        """
        Make one attempt, which may be refused for too many requests any number of times.

        Args:
            exchange: Sends the call under the admission it is given, and ends the admission.
        """
        lane = call.operation.lane if options.lane is None else options.lane
        deadline: float | None = None
        self._check_open(options)
        admission = await self.scheduler.admit(lane, pod_operation=call.operation.pod_operation)
        while True:
            self._check_open(options, admission)
            try:
                return await exchange(admission, call, options)
            except RateLimitError as error:
                deadline = deadline or current_time() + options.retry.patience
                pause = self.refusals.pause(call, options.retry, error, admission, self.dice)
                if pause is None or current_time() + pause > deadline:
                    raise
            admission = await self.scheduler.readmit(admission)

    def judge(
        self, call: Call, options: CallOptions, error: APIError, attempt: int
    ) -> float | None:
        """Return the seconds to wait before the next attempt, or None to give up."""
        wait = wait_before_next(
            options.retry, call.operation, error, attempt=attempt, dice=self.dice
        )
        if wait is None or not self.budget.spend():
            return None
        self.note_retry(call, attempt, wait, error)
        return wait

    def note_retry(self, call: Call, attempt: int, wait: float, error: APIError) -> None:
        self.retried += 1
        name = type(error).__name__
        logger.info("%s: attempt %d: %s, next in %.1f s", call.operation.id, attempt, name, wait)
        now, operation = current_time(), call.operation.id
        self.tell(Retrying(at=now, operation=operation, attempt=attempt, wait=wait, error=name))

    async def exchange(self, admission: Admission, call: Call, options: CallOptions) -> object:
        """Send the call under its admission, which ends as the exchange ends; open the envelope."""
        began = current_time()
        try:
            data = await self._send(admission, call, options)
        except BaseException as error:
            self._tell_answered(admission, call, began, type(error).__name__)
            raise
        self._tell_answered(admission, call, began, "ok")
        return data

    def tell(self, event: Event) -> None:
        """Tell the user's hook; an error in it is logged and changes nothing."""
        if self.on_event is None:
            return
        try:
            self.on_event(event)
        except Exception:
            logger.exception("the on_event hook failed")

    def server_time(self, instant: float) -> datetime | None:
        """Return what the server's clock showed at an instant; None before its first answer."""
        if self._server_clock is None:
            return None
        date, seen = self._server_clock
        return date + timedelta(seconds=instant - seen)

    def note_poll(self) -> None:
        self.polls += 1

    def close(self) -> None:
        """Refuse all calls from now on, but for those of the clean-up."""
        self.closed = True

    def statistics(self) -> Statistics:
        return self.scheduler.statistics(retried=self.retried, polls=self.polls)

    def _exchange_of(self, call: Call) -> "Exchange[object]":
        return self._carried_exchange if call.operation.changes_something else self.exchange

    async def _carried_exchange(
        self, admission: Admission, call: Call, options: CallOptions
    ) -> object:
        return await self.owner.carry(lambda: self.exchange(admission, call, options), _forget)

    async def _send(self, admission: Admission, call: Call, options: CallOptions) -> object:
        try:
            self.scheduler.note_sent(admission)
            reply = await self.transport.send(call, timeout=options.timeout)
        except BaseException as error:
            admission.refund() if _was_not_sent(error) else admission.unanswered()
            raise
        if (record := RECORD.get()) is not None:
            record.append(reply)
        if (date := reply.date) is not None:
            self._server_clock = (date, current_time())
        try:
            data = open_envelope(call, reply)
        except APIError as error:
            # A gateway answers for a server that may still be at work.
            unsure = call.operation.changes_something and may_have_happened(error)
            admission.unanswered() if unsure else admission.answered()
            raise
        admission.answered(subject=call.subject)
        self.budget.succeeded()
        self.refusals.succeeded()
        return data

    def _tell_answered(self, admission: Admission, call: Call, began: float, outcome: str) -> None:
        if self.on_event is None:
            return
        event = Answered(
            at=current_time(),
            operation=call.operation.id,
            lane=admission.ticket.lane.name,
            queued=admission.queued,
            took=current_time() - began,
            outcome=outcome,
        )
        self.tell(event)

    def _check_open(self, options: CallOptions, admission: Admission | None = None) -> None:
        if self.closed and not options.tidying:
            if admission:
                admission.refund()
            hint = "Make a new AsyncYotta, or do the work inside its `async with`."
            raise ClientClosedError("this client is closed.", hint=hint)


async def _forget(_outcome: object) -> None:
    """Take no notice: what was asked for is done, and nothing was made that could be lost."""


def _was_not_sent(error: BaseException) -> bool:
    own_refusal = isinstance(error, YottaError) and not isinstance(error, APIError)
    return own_refusal or isinstance(error, NotSentError)
