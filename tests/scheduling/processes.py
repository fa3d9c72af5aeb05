"""Several schedulers that share one book in memory: several processes, as far as they can tell."""

import anyio
from attrs import define, field

from yotta_async import Event, Limits
from yotta_async._scheduling.rules.book.clock import Clock
from yotta_async._scheduling.rules.book.messages import Reply, Request
from yotta_async._scheduling.rules.book.status import Status
from yotta_async._scheduling.rules.lanes import Lane
from yotta_async._scheduling.shared import SharedScheduler
from yotta_async._scheduling.stores.memory import MemoryBook, MemoryStore
from yotta_async._scheduling.stores.store import Store, StoreLost
from yotta_async._scheduling.turnstile import Admission


__all__ = ["World", "exchanged"]


@define(eq=False)
class Watched:
    """A store that can be lost, and counts what goes over it."""

    store: Store
    world: "World"

    async def step(self, request: Request) -> Reply:
        self.world.steps += 1
        await anyio.sleep(self.world.hang)
        if self.world.lost:
            raise StoreLost(self.world.lost)
        return await self.store.step(request)

    async def news(self) -> None:
        await self.store.news()

    async def status(self) -> Status | None:
        return await self.store.status()

    async def aclose(self) -> None:
        await self.store.aclose()


@define(eq=False)
class World:
    """
    One key, its book, and a server that counts.

    Attributes:
        arrivals: When each request arrived at the server.
        lost: Why the store does not answer; empty while it does.
        hang: Seconds until it begins with a step.
        steps: How often it was asked.
        now: What the processes' clocks show that age admissions.
    """

    limits: Limits = field(factory=Limits)
    book: MemoryBook = field(factory=MemoryBook)
    arrivals: list[float] = field(factory=list[float])
    events: list[Event] = field(factory=list[Event])
    schedulers: list[SharedScheduler] = field(factory=list[SharedScheduler])
    lost: str = ""
    hang: float = 0.0
    steps: int = 0
    operations: int = 0
    most_operations: int = 0
    looks: int = 0

    def process(self, limits: Limits | None = None) -> SharedScheduler:
        """Start a process."""

        async def look() -> None:
            self.looks += 1
            await anyio.sleep(1.0)

        made = SharedScheduler(
            limits or self.limits,
            lambda session: Watched(MemoryStore(self.book, session), self),
            look,
            self.events.append,
            label=f"node:{len(self.schedulers) + 1}",
        )
        self.schedulers.append(made)
        return made

    async def send(
        self,
        scheduler: SharedScheduler,
        lane: Lane = Lane.NORMAL,
        *,
        takes: float = 0.1,
        pod_operation: bool = False,
    ) -> float:
        """Send one request, and return when it arrived."""
        admission = await scheduler.admit(lane, pod_operation=pod_operation)
        await self.exchange(scheduler, admission, takes=takes)
        return admission.granted_at

    async def exchange(
        self, scheduler: SharedScheduler, admission: Admission, *, takes: float = 0.1
    ) -> None:
        scheduler.note_sent(admission)
        slotted = admission.ticket.pod_operation
        self.operations += slotted
        self.most_operations = max(self.most_operations, self.operations)
        try:
            await anyio.sleep(takes / 2)
            self.arrivals.append(anyio.current_time())
            await anyio.sleep(takes / 2)
        except BaseException:
            admission.unanswered()
            raise
        finally:
            self.operations -= slotted
        admission.answered()

    def worst(self) -> int:
        """Return the most requests that arrived in any window."""
        per, arrivals = self.limits.per, sorted(self.arrivals)
        return max((sum(a <= b < a + per for b in arrivals) for a in arrivals), default=0)

    def clock(self, *, shift: float = 0.0, run: str = "", forgets: bool = False) -> None:
        """Set the store's clock."""
        self.book.clock = lambda: Clock(
            now=int((anyio.current_time() + shift) * 1000), run=run, forgets=forgets
        )

    async def close(self) -> None:
        for scheduler in self.schedulers:
            await scheduler.aclose()


async def exchanged(scheduler: SharedScheduler, lane: Lane = Lane.NORMAL) -> None:
    """Send one request that is answered at once."""
    admission = await scheduler.admit(lane)
    scheduler.note_sent(admission)
    admission.answered()
