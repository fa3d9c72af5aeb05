"""
Storms of cancellations over the bare scheduler; afterwards nothing is held and all goes on.

Instants are quantised, and whoever is granted cancels some neighbours in that very instant, so that
calls are cancelled between their grant and their next step.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from random import Random

import anyio
import pytest
from attrs import define, field

from tests.campaign import tries
from yotta_async._scheduling.rules.dispatch import Dispatcher
from yotta_async._scheduling.rules.lanes import Lane
from yotta_async._scheduling.rules.limits import Limits
from yotta_async._scheduling.rules.queueing import Ticket, TicketState
from yotta_async._scheduling.scheduler import Scheduler
from yotta_async._scheduling.turnstile import Admission


STORMS, TASKS, TICK = tries(12), 300, 0.5
PER, REQUESTS, SLOTS = 10.0, 60, 5
# A window as the client keeps it: a thousandth longer, for the drift of two clocks.
WINDOW = PER * 1.001


pytestmark = pytest.mark.campaign


def limits(**changes: object) -> Limits:
    plan = {"requests": REQUESTS, "per": PER, "pod_operations": SLOTS, "grace": 1.0}
    return Limits(**{**plan, **changes})  # type: ignore[arg-type]  # checked by Limits itself


@define(eq=False)
class CountingDispatcher(Dispatcher):
    refunds: int = 0

    def refund(self, ticket: Ticket) -> None:
        self.refunds += ticket.state is TicketState.GRANTED
        super().refund(ticket)


@define(eq=False)
class Storm:
    """
    One scheduler in the storm.

    Attributes:
        cancels: Each cancels one of the tasks.
        lookers: How many look for pods at rest at this instant.
    """

    limits: Limits
    dice: Random
    scheduler: Scheduler = field(init=False)
    books: CountingDispatcher = field(init=False)
    cancels: list[Callable[[], object]] = field(factory=list[Callable[[], object]])
    granted: list[float] = field(factory=list[float])
    lookers: int = 0
    looked: int = 0

    def __attrs_post_init__(self) -> None:
        self.scheduler = Scheduler(self.limits, self.look)
        self.books = CountingDispatcher(self.scheduler._budget)
        self.scheduler._dispatcher = self.scheduler._turns.dispatcher = self.books

    async def look(self) -> None:
        self.lookers += 1
        self.looked += 1
        assert self.lookers == 1
        try:
            await anyio.sleep(TICK)
            self.scheduler.pods_at_rest(*self.books.budget._slots.moving)
        finally:
            self.lookers -= 1

    async def call(self, number: int) -> None:
        await anyio.sleep(TICK * self.dice.randrange(40))
        lane, pod_operation = self.dice.choice(list(Lane)), self.dice.random() < 0.4
        admission = await self.scheduler.admit(lane, pod_operation=pod_operation)
        self.granted.append(anyio.current_time())
        for cancel in self.dice.sample(self.cancels, 2):
            cancel()
        self.scheduler.note_sent(admission)
        try:
            await anyio.sleep(TICK * self.dice.randrange(4))
        except BaseException:
            admission.unanswered()
            raise
        self.end(admission, f"pod-{number}")

    def end(self, admission: Admission, pod: str) -> None:
        ways = (admission.unanswered, admission.refund, lambda: admission.answered(subject=pod))
        self.dice.choice(ways)()

    async def cancel_at_random(self) -> None:
        for _ in range(60):
            await anyio.sleep(TICK)
            for cancel in self.dice.sample(self.cancels, 2):
                cancel()

    async def by_scopes(self) -> None:
        scopes = [anyio.CancelScope() for _ in range(TASKS)]
        self.cancels = [scope.cancel for scope in scopes]

        async def cancellable(number: int) -> None:
            with scopes[number]:
                await self.call(number)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self.cancel_at_random)
            for number in range(TASKS):
                tasks.start_soon(cancellable, number)

    async def by_tasks(self) -> None:
        tasks = [asyncio.ensure_future(self.call(number)) for number in range(TASKS)]
        self.cancels = [task.cancel for task in tasks]
        await self.cancel_at_random()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task

    def assert_nothing_is_held(self) -> None:
        books, turns = self.books, self.scheduler._turns
        assert self.scheduler.is_idle, self.scheduler
        assert not turns._waiters
        assert (turns._keeper, turns._looker, turns._alarm) == (None, None, None)
        assert not books._out
        assert self.lookers == 0

    async def assert_it_goes_on(self) -> None:
        """A whole window goes at once, the next call a window later; and so the slots."""
        await anyio.sleep(2 * WINDOW)
        self.scheduler.pods_at_rest(*self.books.budget._slots.moving)
        began, burst = anyio.current_time(), self.limits.burst or REQUESTS
        for _ in range(burst):
            admission = await self.scheduler.admit(Lane.URGENT)
            self.scheduler.note_sent(admission)
            admission.answered()
        assert anyio.current_time() == began
        late = await self.scheduler.admit(Lane.URGENT)
        wait = PER / REQUESTS if self.limits.burst else WINDOW
        assert late.granted_at == pytest.approx(began + wait)
        late.refund()
        await anyio.sleep(WINDOW)
        await self.assert_slots_work()

    async def assert_slots_work(self) -> None:
        held = [await self.scheduler.admit(Lane.URGENT, pod_operation=True) for _ in range(SLOTS)]
        began = anyio.current_time()
        with anyio.move_on_after(1.0) as scope:
            await self.scheduler.admit(Lane.URGENT, pod_operation=True)
        assert scope.cancelled_caught
        assert anyio.current_time() == began + 1.0
        for admission in held:
            admission.refund()
        self.assert_nothing_is_held()


async def weather(plan: Limits, *, native: bool) -> tuple[int, int]:
    """Return how many were cancelled in the instant of their grant, and how often one looked."""
    refunds = looked = 0
    for seed in range(STORMS):
        storm = Storm(plan, Random(seed))
        await (storm.by_tasks() if native else storm.by_scopes())
        storm.assert_nothing_is_held()
        refunds, looked = refunds + storm.books.refunds, looked + storm.looked
        assert storm.granted
        if seed % 4 == 0:
            await storm.assert_it_goes_on()
    return refunds, looked


async def test_scopes_cancelled_at_any_instant_leave_nothing_behind() -> None:
    refunds, _ = await weather(limits(), native=False)
    assert refunds > 0


@pytest.mark.asyncio_only
async def test_tasks_cancelled_at_any_instant_leave_nothing_behind() -> None:
    refunds, _ = await weather(limits(), native=True)
    assert refunds > 0


@pytest.mark.asyncio_only
@pytest.mark.parametrize("native", [False, True])
async def test_a_paced_scheduler_survives_cancellations_as_well(*, native: bool) -> None:
    refunds, _ = await weather(limits(burst=8), native=native)
    assert refunds > 0


async def test_one_looks_at_a_time_whoever_is_cancelled() -> None:
    refunds, looked = await weather(limits(operation_span="settled"), native=False)
    assert refunds > 0
    assert looked > 0
