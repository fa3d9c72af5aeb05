"""
A small cloud on which many things happen in one instant, and the books of the clients on it.

Latencies and lives are constant and multiples of one tick, so that arrivals, answers, ends of waits
and cancellations tie: only ties leave an order to be chosen. The books are strict, as a race is
found only where its consequence is one.
"""

import asyncio
import weakref
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

import anyio
from attrs import define, field

from tests.exploration.numbered import Factory, scopes_in_order
from tests.lab import ENDING, client_of
from yotta_async import AsyncYotta, Limits, RetryPolicy
from yotta_async._backend import current_time
from yotta_async._scheduling.rules.limits import OperationSpan
from yotta_async._scheduling.rules.slots import LONGEST_MOTION
from yotta_async._scheduling.scheduler import Scheduler
from yotta_async._scheduling.turnstile import Lifetime
from yotta_async.simulator import Faults, Latency, PodLife, ServerLimits, SimulatedYotta


__all__ = ["PER", "TICK", "Bench", "Chance", "Choices", "Scenario", "expect", "run_trial"]

T = TypeVar("T")

# Seconds. A request arrives after one, and is answered after two.
TICK = 0.25
# Seconds of a window: small, so that waiting for one costs few turns of the loop.
PER = 8.0
# Seconds for which a request without an answer is taken to be under way.
GRACE = 2.0
LATENCY = Latency(low=2 * TICK, high=2 * TICK)
_SECOND = (1.0, 1.0)
LIFE = PodLife(
    start_median=2.0,
    start_spread=0.0,
    start_span=(2.0, 2.0),
    ports=(0.0, 0.0),
    pause=_SECOND,
    resume=_SECOND,
    delete=_SECOND,
)
RETRY = RetryPolicy(settle=2.0, patience=60.0)
# Virtual seconds after which a trial is stuck, whatever it waits for.
STUCK = 3600.0


class Choices(Protocol):
    """Where choices come from: a schedule's tape, or an enumeration."""

    def draw(self, what: str, bound: int) -> int:
        """Return a number from 0 to ``bound - 1``."""
        ...


@define(eq=False)
class Chance:
    """
    The choices of one trial, and what became of it.

    Attributes:
        notes: How often each of the things happened that a scenario is about.
    """

    _choices: Choices
    notes: Counter[str] = field(factory=Counter[str])

    def one_of(self, what: str, *ways: T) -> T:
        return ways[self._choices.draw(what, len(ways))]

    def note(self, happened: str) -> None:
        self.notes[happened] += 1

    async def moment(self, who: str, ticks: int) -> None:
        """Wait until a chosen instant, and in it for a chosen number of turns of the loop."""
        await anyio.sleep(TICK * self._choices.draw(f"{who}: tick", ticks))
        for _ in range(self._choices.draw(f"{who}: turn", TURNS)):
            await asyncio.sleep(0)


# Turns of the loop for which one instant lasts, as a rule.
TURNS = 10

Scenario = Callable[[Chance], Awaitable[None]]


@define(eq=False)
class Bench:
    """
    A cloud, the clients on it, and who owns what.

    Attributes:
        owned: The ids of the pods that somebody has.
    """

    cloud: SimulatedYotta
    clients: list[AsyncYotta] = field(factory=list[AsyncYotta])
    owned: set[str] = field(factory=set[str])

    @classmethod
    def open(
        cls,
        *,
        requests: int = 20,
        pod_operations: int = 5,
        span: OperationSpan = "call",
        faults: Faults | None = None,
        reserve: int = 2,
    ) -> "Bench":
        """Return a cloud of these limits, and a client that knows them."""
        server = ServerLimits(
            requests=requests, per=PER, pod_operations=pod_operations, operation_span=span
        )
        cloud = SimulatedYotta(limits=server, latency=LATENCY, life=LIFE, faults=faults)
        limits = Limits(
            requests=requests,
            per=PER,
            pod_operations=pod_operations,
            operation_span=span,
            grace=GRACE,
            reserve=reserve,
        )
        bench = cls(cloud)
        bench.add(limits=limits)
        return bench

    @property
    def client(self) -> AsyncYotta:
        return self.clients[0]

    @property
    def living(self) -> set[str]:
        return {pod.id for pod in self.cloud.pods if pod.status not in ENDING}

    def add(self, **options: Any) -> AsyncYotta:
        """Return one more client, which the books are about as well."""
        client = client_of(self.cloud, retry=RETRY, **options)
        steady(client)
        self.clients.append(client)
        return client

    async def close(self) -> None:
        """Close the clients, and see that no pod is lost, and nothing held or late to come back."""
        for client in self.clients:
            await client.aclose()
        named = {pod_id for client in self.clients for pod_id in client.left_behind.values()}
        lost, gone = self.living - self.owned - named, self.owned - self.living
        expect(not lost, "every pod is owned or named", lost)
        expect(not gone, "a pod that is owned is there", gone)
        for client in self.clients:
            await assert_all_is_back(client)

    def assert_never_refused(self) -> None:
        expect(not self.cloud.violations, "no request is refused", self.cloud.violations)


def expect(holds: object, promise: str, shown: object = "") -> None:
    """
    Fail if a promise does not hold.

    The name of the promise tells one failure from another while a schedule is shrunk; what is shown
    need not be the same.
    """
    if not holds:
        raise AssertionError(f"{promise}: {shown}")


def steady(client: AsyncYotta) -> None:
    """Take from a client what is not a matter of order: dice, and the machine's own clock."""
    caller = client._account.caller
    caller.dice = lambda: 0.5
    if isinstance(caller.scheduler, Scheduler):
        caller.scheduler._lifetime = Lifetime(clock=current_time)


async def assert_all_is_back(client: AsyncYotta) -> None:
    """See that of a closed client nothing waits, and that its credits and slots come back."""
    account = client._account
    scheduler = account.caller.scheduler
    await anyio.sleep(TICK)  # a task whose last step is due is not one that goes on
    expect(not account.caller.owner.at_work, "no work that was carried goes on")
    expect(not account.pods.watch.led, "no list is led by a task that is gone")
    expect(not account.pods.watch._prompt, "no list is hastened for a task that is gone")
    expect(not account.pods.removal._under_way, "no delete is under way for ever")
    idle = scheduler.is_idle  # type: ignore[attr-defined]
    expect(idle, "no call waits or holds credit or slot", scheduler)
    if isinstance(scheduler, Scheduler):
        assert_no_turn_is_kept(scheduler)
        await anyio.sleep(PER + GRACE + TICK)
        credit = scheduler._budget.credits(current_time())
        expect(credit == scheduler.limits.requests, "every credit comes back", credit)
        await anyio.sleep(LONGEST_MOTION)
        free = scheduler._budget.free_slots(current_time())
        expect(free == scheduler.limits.pod_operations, "every slot comes back", free)


def assert_no_turn_is_kept(scheduler: Scheduler) -> None:
    """See that nothing waits for a turn, keeps the time, looks, or borrows."""
    turns, dispatcher = scheduler._turns, scheduler._dispatcher
    kept = [turns._keeper, turns._looker, turns._alarm]
    expect(not turns._waiters, "no call that is over waits", turns._waiters)
    expect(kept == [None] * 3, "no call that is over keeps time or looks", kept)
    expect(not dispatcher._out, "no ticket is out", dispatcher._out)
    expect(not dispatcher._shares._loan, "no loan outlives its queue")


async def run_trial(scenario: Scenario, chance: Chance) -> None:
    """Run a scenario to its end, after which no task may be left and nothing may be ready."""
    born = weakref.WeakSet[asyncio.Task[Any]]()
    loop = asyncio.get_running_loop()
    loop.set_task_factory(Factory(born.add))
    with scopes_in_order():
        async with asyncio.timeout(STUCK):
            await loop.create_task(_awaited(scenario(chance)))
    # Time passes only when nothing is ready: what repeats itself for ever is found here.
    await asyncio.sleep(1.0)
    left = [task for task in born if not task.done()]
    expect(not left, "no task is left", left)


async def _awaited(work: Awaitable[None]) -> None:
    await work
