"""
One call, start to end: ``retry( admit( send ) -> open -> judge )``.

The admission covers the exchange, and the opening of its envelope, which says what became of the
request; judging and waiting hold neither credit nor slot, and every attempt is admitted, and paid
for, again. A refusal for too many requests is no failed
attempt: the window closes for everyone, and the call goes again from the front of its lane.
"""

import logging
import os
import random
from collections.abc import Awaitable, Callable, Hashable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final, TypeVar

import anyio
from attrs import define, field, frozen

from .._backend import current_time
from .._checks import is_async
from .._scheduling.rules.lanes import Lane
from .._scheduling.rules.statistics import Statistics
from .._scheduling.turnstile import Admission, ExpiredAdmissionError, Turnstile
from ..errors import (
    APIError,
    ClientClosedError,
    ConfigurationError,
    NotSentError,
    QueueTimeoutError,
    RateLimitError,
    YottaError,
)
from ..events import Answered, Event, Retrying
from .ownership import Owner
from .recording import RECORD
from .refusals import Refusals
from .rules.envelope import open_envelope
from .rules.operation import Call, Operation
from .rules.retry import (
    Attempts,
    Dice,
    Failure,
    RetryBudget,
    RetryPolicy,
    may_have_happened,
    wait_before_next,
)
from .rules.timeouts import ExchangeTimeout, exchange_timeout
from .transport import Progress, Transport


__all__ = ["CallOptions", "Caller", "EventHook", "check_hook"]

logger = logging.getLogger("yotta_async")

T = TypeVar("T")
EventHook = Callable[[Event], None]

_MOST_TOLD: Final = 10_000  # of which it is remembered that they were told


def check_hook(hook: object) -> None:
    """
    Refuse an ``on_event`` that cannot be called with an event, or would have to be awaited.

    Raises:
        ConfigurationError: It is such a one.
    """
    if hook is None or (callable(hook) and not is_async(hook)):
        return
    problem = "must be a function that is called with each event, and does not wait"
    hint = "Put events into a queue that a task of yours reads."
    raise ConfigurationError("on_event", getattr(hook, "__name__", hook), problem, hint=hint)


@frozen(kw_only=True)
class CallOptions:
    """
    What may differ from one call to the next.

    Attributes:
        timeout: Of one exchange; made of seconds, or of the time-outs of its phases.
        lane: In which lane to wait, or None for the operation's own.
        tidying: Whether this belongs to the clean-up that a closed client still does.
        heeds_deadline: Whether it gives up as soon as its next attempt would come after the
            caller's deadline; not where what the deadline cuts short can be taken up again.
    """

    timeout: ExchangeTimeout = field(converter=exchange_timeout)
    retry: RetryPolicy
    lane: Lane | None = None
    tidying: bool = False
    heeds_deadline: bool = True


# Sends a request under the admission it is given, and ends the admission.
Exchange = Callable[[Admission], Awaitable[T]]
# Finds out at the server whether a failed attempt was done; returns its result, else None.
Look = Callable[[Failure], Awaitable[T | None]]


@define(eq=False)
class Caller:
    """Performs calls for all resources of one client."""

    scheduler: Turnstile
    transport: Transport
    owner: Owner
    budget: RetryBudget
    on_event: EventHook | None = None
    dice: Dice = field(factory=lambda: random.Random().random, repr=False)
    # Of names that nothing else may have; a process that was forked draws others than its parent.
    entropy: Callable[[int], bytes] = field(default=os.urandom, repr=False)
    # The machine's own clock, for where the server does not say what time it is.
    wall: Callable[[], datetime] = field(default=partial(datetime.now, UTC), repr=False)
    closed: bool = False
    retried: int = 0
    polls: int = 0
    refusals: Refusals = field(init=False)
    _server_clock: tuple[datetime, float] | None = None
    _told: dict[Hashable, None] = field(factory=dict[Hashable, None], repr=False)

    def __attrs_post_init__(self) -> None:
        self.refusals = Refusals(self.scheduler, self.tell)

    async def perform(
        self, call: Call, options: CallOptions, look: Look[object] | None = None
    ) -> object:
        """
        Make a call and return the ``data`` of its answer, or what a look has found.

        Args:
            look: As in `persevere`.

        Raises:
            APIError: It did not succeed, after all attempts that the policy allows.
            QueueTimeoutError: Its turn did not come in time.
            ClientClosedError: The client is closed.
        """
        return await self.persevere(call.operation, options, self._exchange_of(call, options), look)

    async def persevere(
        self,
        operation: Operation,
        options: CallOptions,
        exchange: Exchange[T],
        look: Look[T] | None = None,
    ) -> T:
        """
        Make attempts until one succeeds, or until no other may follow.

        The wait for the next one counts from the failure. There is none beyond the policy's
        attempts, the client's retry budget, what a server may ask for, or the caller's deadline:
        then the error is raised at once.

        Args:
            exchange: Makes one exchange with the server.
            look: Asked after each failure; what it returns ends the call, unless it is None.
                An operation that cannot be repeated blindly is repeated only after a look.

        Raises:
            APIError: That of the last attempt, which tells of those before it; or what the look
                raises.
        """
        attempts = Attempts()
        while True:
            try:
                return await self._attempt(operation, options, exchange)
            except APIError as error:
                failed_at = current_time()
                wait = self._wait_after(error, operation, options, attempts, looks=look is not None)
                if look is not None:
                    found = await look(Failure(error, attempts, repeats=wait is not None))
                    if found is not None:
                        return found
                if wait is None or not self.budget.spend():
                    raise attempts.last(error)  # noqa: B904  # it is the same error
                left = max(0.0, failed_at + wait - current_time())
                self._note_retry(operation, attempts.number, left, error)
                attempts.again(error, left)
            await anyio.sleep(left)

    async def _attempt(
        self, operation: Operation, options: CallOptions, exchange: Exchange[T]
    ) -> T:
        """Make one attempt, which may be refused for too many requests any number of times."""
        lane = operation.lane if options.lane is None else options.lane
        patient_until: float | None = None
        self._check_open(options)
        self._check_ban(options)
        admission = await self.scheduler.admit(lane, pod_operation=operation.pod_operation)
        while True:
            self._check_open(options, admission)
            try:
                return await exchange(admission)
            except ExpiredAdmissionError:
                pass  # as if it had not been its turn yet
            except RateLimitError as error:
                patient_until = patient_until or current_time() + options.retry.patience
                pause = self.refusals.pause(operation, options.retry, error, admission, self.dice)
                reopens = current_time() + pause
                if reopens > patient_until or _is_too_late(reopens, options):
                    raise
            admission = await self.scheduler.readmit(admission)

    def _wait_after(
        self,
        error: APIError,
        operation: Operation,
        options: CallOptions,
        attempts: Attempts,
        *,
        looks: bool,
    ) -> float | None:
        """Return the seconds from a failure to the next attempt, or None to give up."""
        policy, number = options.retry, attempts.number
        wait = wait_before_next(
            policy, operation, error, attempt=number, dice=self.dice, looks=looks
        )
        if wait is None or self.budget.is_spent:
            return None
        if _is_too_late(current_time() + wait, options):
            attempts.note_deadline(wait)
            return None
        return wait

    def _note_retry(self, operation: Operation, attempt: int, wait: float, error: APIError) -> None:
        self.retried += 1
        now, name = current_time(), type(error).__name__
        message = "%s: attempt %d failed (%s); the next one follows in %.1f s"
        logger.info(message, operation.id, attempt, name, wait)
        self.tell(Retrying(at=now, operation=operation.id, attempt=attempt, wait=wait, error=name))

    async def exchange(
        self,
        call: Call,
        options: CallOptions,
        admission: Admission,
        progress: Progress | None = None,
    ) -> object:
        """
        Send the call under its admission, which ends as the exchange ends; open the envelope.

        It must not be cancelled from outside (`Owner`).

        Args:
            progress: Through which another task ends it; None if none will.
        """
        began = current_time()
        try:
            data = await self._send(admission, call, options, progress)
        except ExpiredAdmissionError:
            raise
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
            logger.exception("on_event failed for %s", type(event).__name__)

    def tell_once(self, key: Hashable, event: Event, message: str, *arguments: object) -> None:
        """Log, and tell the hook, what each answer may show again."""
        if key in self._told:
            return
        if len(self._told) >= _MOST_TOLD:
            del self._told[next(iter(self._told))]
        self._told[key] = None
        logger.warning(message, *arguments)
        self.tell(event)

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

    def _exchange_of(self, call: Call, options: CallOptions) -> Exchange[object]:
        exchange = partial(self.exchange, call, options)

        async def carried(admission: Admission) -> object:
            return await self.owner.carry(lambda: exchange(admission), _forget)

        async def lent(admission: Admission) -> object:
            progress = Progress()
            return await self.owner.lend(lambda: exchange(admission, progress), progress.leave)

        return carried if call.operation.changes_something else lent

    async def _send(
        self, admission: Admission, call: Call, options: CallOptions, progress: Progress | None
    ) -> object:
        try:
            self.scheduler.note_sent(admission)
            timeout, gate = options.timeout, admission.valid
            reply = await self.transport.send(call, timeout=timeout, gate=gate, progress=progress)
        except ExpiredAdmissionError:
            admission.expired()
            raise
        except BaseException as error:
            admission.refund() if _was_not_sent(error) else admission.unanswered()
            raise
        if (record := RECORD.get()) is not None:
            record.append(reply)
        if (date := reply.date) is not None:
            self._server_clock = (date, current_time())
        try:
            data = open_envelope(call, reply, self.transport.reveal_key)
        except APIError as error:
            # A gateway answers for a server that may still be at work.
            unsure = call.operation.changes_something and may_have_happened(error)
            admission.unanswered() if unsure else admission.answered()
            raise
        admission.answered(subject=call.subject_in(data))
        if self.budget.spent:
            self.budget.succeeded()
        if self.scheduler.learn_success():
            self.refusals.tell_adapted()
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

    def _check_ban(self, options: CallOptions) -> None:
        """Refuse at once what the caller's deadline would end in the queue, without a reason."""
        until = self.scheduler.banned_until
        if until is not None and _is_too_late(until, options):
            pause = until - current_time()
            raise QueueTimeoutError(
                f"no request goes for {pause:.0f} s, which the server asked for, and the caller's "
                "deadline is before that.",
                waited=0.0,
                hint="Nothing was sent. Wait, or find out what else uses this key.",
            )


async def _forget(_outcome: object) -> None:
    """Ignore the outcome: nothing was created that could be lost."""


def _is_too_late(instant: float, options: CallOptions) -> bool:
    """Whether the caller's deadline is over by then; a caller whose deadline is over already is
    cancelled as soon as it waits.
    """
    return options.heeds_deadline and current_time() < anyio.current_effective_deadline() <= instant


def _was_not_sent(error: BaseException) -> bool:
    own_refusal = isinstance(error, YottaError) and not isinstance(error, APIError)
    return own_refusal or isinstance(error, NotSentError)
