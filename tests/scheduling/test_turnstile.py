"""The seam of the scheduler: what it tells of refusals, and that another one can stand there."""

import anyio
import pytest
from attrs import define, evolve, field

from tests.lab import SPEC
from yotta_async import AsyncYotta
from yotta_async._resources.account import Account
from yotta_async._scheduling.rules.adapt import Lesson
from yotta_async._scheduling.rules.lanes import Lane
from yotta_async._scheduling.rules.limits import Limits
from yotta_async._scheduling.rules.queueing import Ticket
from yotta_async._scheduling.rules.statistics import Statistics
from yotta_async._scheduling.scheduler import Scheduler
from yotta_async._scheduling.turnstile import Admission, Ending, Turnstile


async def sent(scheduler: Scheduler, *, pod_operation: bool = False) -> Admission:
    admission = await scheduler.admit(Lane.NORMAL, pod_operation=pod_operation)
    scheduler.note_sent(admission)
    admission.answered()
    return admission


async def test_refusals_of_both_kinds_make_one_streak_that_a_success_ends() -> None:
    scheduler = Scheduler(Limits())
    lessons: list[Lesson] = []
    for learn in (scheduler.learn_refusal, scheduler.learn_concurrency, scheduler.learn_refusal):
        lessons.append(learn(await sent(scheduler)))
        await anyio.sleep(1.0)
    scheduler.learn_success()
    lessons.append(scheduler.learn_concurrency(await sent(scheduler)))
    assert [lesson.streak for lesson in lessons] == [1, 2, 3, 1]
    assert all(lesson.is_news for lesson in lessons)
    assert scheduler.statistics().refused == 4


async def test_what_was_on_the_wire_is_refused_with_the_first_and_is_no_news() -> None:
    scheduler = Scheduler(Limits())
    together = [await sent(scheduler) for _ in range(3)]
    lessons = [scheduler.learn_refusal(each) for each in together]
    assert [(lesson.streak, lesson.is_news) for lesson in lessons] == [
        (1, True),
        (1, False),
        (1, False),
    ]
    assert [lesson.changed for lesson in lessons] == [True, False, False]


async def test_a_refusal_that_comes_after_a_success_sent_with_it_is_the_first_in_a_row() -> None:
    """A pause is never shorter than the first, however the answers are mixed."""
    scheduler = Scheduler(Limits())
    first, second = await sent(scheduler), await sent(scheduler)
    scheduler.learn_refusal(first)
    scheduler.learn_success()
    lesson = scheduler.learn_refusal(second)
    assert (lesson.streak, lesson.is_news) == (1, False)


async def test_a_slot_can_be_withheld_for_a_while() -> None:
    scheduler = Scheduler(Limits(pod_operations=1))
    scheduler.withhold_slot(7.0)
    began = anyio.current_time()
    await sent(scheduler)
    assert anyio.current_time() == began
    await sent(scheduler, pod_operation=True)
    assert anyio.current_time() == began + 7.0


@define(eq=False)
class OpenGate:
    """A turnstile of another kind: every request may go, and how each ended is noted."""

    limits: Limits = field(factory=Limits)
    endings: list[tuple[Lane, Ending]] = field(factory=list[tuple[Lane, Ending]])
    subjects: set[str] = field(factory=set[str])
    awaits_rest: bool = True
    banned_until: float | None = None

    async def admit(self, lane: Lane, *, pod_operation: bool = False) -> Admission:
        now = anyio.current_time()
        return Admission(Ticket(0, lane, pod_operation, now), now, self._end)

    async def readmit(self, refused: Admission) -> Admission:
        return await self.admit(refused.ticket.lane)

    def note_sent(self, admission: Admission) -> None: ...

    def learn_success(self) -> bool:
        return False

    def learn_refusal(self, admission: Admission) -> Lesson:
        return Lesson(streak=1, is_news=True, changed=False)

    learn_concurrency = learn_refusal

    def close(self, seconds: float) -> None: ...

    def withhold_slot(self, seconds: float) -> None: ...

    def pods_at_rest(self, *subjects: str) -> None:
        self.subjects.difference_update(subjects)

    def waiting(self, *lanes: Lane) -> int:
        return 0

    def poll_interval(self) -> float:
        return 2.0

    def statistics(self, *, retried: int = 0, polls: int = 0) -> Statistics:
        return Scheduler(self.limits).statistics(retried=retried, polls=polls)

    def _end(self, admission: Admission, ending: Ending, subject: str) -> None:
        self.endings.append((admission.ticket.lane, ending))
        self.subjects.add(subject)


def client_through(turnstile: Turnstile) -> AsyncYotta:
    client = AsyncYotta.simulated()
    account = client._account
    caller = evolve(account.caller, scheduler=turnstile)
    client._bind(Account(caller, account.api, account.options))
    return client


async def test_a_client_works_with_another_turnstile() -> None:
    gate = OpenGate()
    async with client_through(gate) as client:
        pod = await client.pods.create(SPEC)
        assert gate.subjects == {pod.id}
        await client.pods.wait(pod.id)
        assert pod.id not in gate.subjects
        await client.pods.delete(pod.id)
        assert client.statistics().polls > 0
    assert {ending for _, ending in gate.endings} == {Ending.ANSWERED}
    assert {lane for lane, _ in gate.endings} == set(Lane)


async def test_a_fleet_works_with_another_turnstile() -> None:
    gate = OpenGate()
    async with client_through(gate) as client, client.fleet("gate") as fleet:
        outcomes = [outcome async for outcome in fleet.launch([SPEC] * 3)]
        assert all(each.pod and each.pod.is_ready for each in outcomes)
    assert {ending for _, ending in gate.endings} == {Ending.ANSWERED}


@pytest.mark.parametrize("ending", [Ending.NOT_SENT, Ending.ANSWERED, Ending.UNANSWERED])
def test_an_admission_tells_its_turnstile_how_it_ended(ending: Ending) -> None:
    gate = OpenGate()
    admission = Admission(Ticket(0, Lane.URGENT, False, 3.0), 5.0, gate._end)
    ways = {
        Ending.NOT_SENT: admission.refund,
        Ending.ANSWERED: lambda: admission.answered(subject="pod"),
        Ending.UNANSWERED: admission.unanswered,
    }
    ways[ending]()
    assert admission.queued == 2.0
    assert gate.endings == [(Lane.URGENT, ending)]
    assert gate.subjects == {"pod" if ending is Ending.ANSWERED else ""}


async def test_what_the_gate_refuses_was_not_sent() -> None:
    scheduler = Scheduler(Limits())
    scheduler.note_sent(refused := await scheduler.admit(Lane.NORMAL))
    refused.expired()
    scheduler.note_sent(valid := await scheduler.admit(Lane.NORMAL))
    valid.answered()
    assert scheduler.statistics().sent == 1
