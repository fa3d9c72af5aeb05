"""
A month of a fleet on a bad cloud, in virtual time: ``python -m tests.fleet.month [DAYS [SEED]]``.

A pod fails or vanishes every ten minutes on average, one request in twenty goes wrong in some way,
nothing can be reached for an hour a week, and the program is killed once a day: a new client and
fleet of the same name take over. What is told of it is `Story`.
"""

import logging
import sys
from collections import Counter
from decimal import Decimal
from random import Random
from typing import Any

import anyio
import httpx
from attrs import define, field

from tests.fleet.fleets import QUICK, REGIONS, stocked
from tests.fleet.resting import DAY
from tests.lab import SPEC
from yotta_async import AsyncYotta, Budget, Fleet, Limits, ReplacePolicy
from yotta_async._call.transport import client_over
from yotta_async.errors import YottaError
from yotta_async.fleet.rules.names import FleetPodName
from yotta_async.simulator import Faults, SimulatedYotta
from yotta_async.simulator.cloud.pod import PodStatus
from yotta_async.testing import run_virtual


WANTED, REPLACEMENTS = 5, 3
POLICY = ReplacePolicy(replacements=REPLACEMENTS, healthy=120.0)
BUDGET = Budget(max_per_hour=20, max_total=3000)
FAILING = 600.0  # seconds, on average
SAMPLED = 10.0
HOUR, WEEK = 3600.0, 7 * DAY
# Seconds within which a key that has lost its pod has one that runs. A create may have to be looked
# for and made again several times, while other requests go wrong: that is the most of it.
LEVEL = 300.0


class Line(httpx.AsyncBaseTransport):
    """The way of one program to the cloud; a program that was killed has none."""

    def __init__(self, month: "Month") -> None:
        self.month, self.inner, self.killed = month, month.cloud.transport(), False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.killed or self.month.is_out:
            raise httpx.ConnectError("unreachable", request=request)
        return await self.inner.handle_async_request(request)


@define
class Story:
    """
    What came of a month.

    Attributes:
        most: The most pods of one key that there were at once, FAILED ones included.
        longest: The longest time in seconds for which a key had no pod that ran; outages, and the
            time until all is made at first, are left out.
        failures: How many pods failed or vanished.
        kills: How often the program was killed.
        left: How many pods there are at the end.
        spent: USD that it cost.
        ended: Why a fleet ended by itself, if one did.
    """

    most: int = 0
    longest: float = 0.0
    failures: int = 0
    kills: int = 0
    left: int = 0
    spent: Decimal = Decimal(0)
    ended: list[str] = field(factory=list[str])


@define(eq=False)
class Month:
    """A cloud, what happens to it, and what is seen of it."""

    days: float
    dice: Random
    cloud: SimulatedYotta = field(init=False)
    story: Story = field(factory=Story)
    is_out: bool = False
    _level_from: float = HOUR
    _down_since: dict[str, float] = field(factory=dict[str, float])

    def __attrs_post_init__(self) -> None:
        faults = Faults.everything(0.05)
        seed = self.dice.randrange(1 << 30)
        self.cloud = SimulatedYotta(stock=stocked(*REGIONS), life=QUICK, faults=faults, seed=seed)

    @property
    def pods(self) -> dict[int, Any]:
        return self.cloud._cloud.pods.all

    async def run(self) -> Story:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self.let_pods_fail)
            tasks.start_soon(self.have_outages)
            tasks.start_soon(self.look)
            await self.work()
            tasks.cancel_scope.cancel()
        self.forget_ended()
        self.story.left = len(self.pods)
        self.story.spent += self.cloud.billing()
        return self.story

    # The program.

    async def work(self) -> None:
        async with anyio.create_task_group() as programs:
            for day in range(1, int(self.days) + 1):
                line, killed = Line(self), anyio.CancelScope()
                is_last = day == int(self.days)
                programs.start_soon(self.program, line, killed, is_last)
                await anyio.sleep(DAY)
                if not is_last:
                    line.killed = True
                    self.story.kills += 1
                    killed.cancel()

    async def program(self, line: Line, killed: anyio.CancelScope, is_last: bool) -> None:
        client = AsyncYotta("another", base_url="http://localhost", limits=Limits(requests=120))
        client._account.caller.transport.new_client = lambda: client_over(line)
        settings: dict[str, Any] = {"replace": POLICY, "budget": BUDGET, "exit_timeout": 300.0}
        with killed:
            try:
                async with client, client.fleet("month", **settings) as fleet:
                    await self.stay(fleet, is_last)
            except YottaError as error:
                if not line.killed:  # else there is nobody left to tell
                    self.story.ended.append(repr(error))

    async def stay(self, fleet: Fleet, is_last: bool) -> None:
        fleet.launch([SPEC] * WANTED)
        await anyio.sleep(DAY - 600.0 if is_last else 2 * DAY)

    # What happens to it.

    async def let_pods_fail(self) -> None:
        while True:
            await anyio.sleep(self.dice.expovariate(1 / FAILING))
            running = [pod for pod in self.pods.values() if pod.status is PodStatus.RUNNING]
            if running:
                pod, now = self.dice.choice(running), anyio.current_time()
                fate = self.dice.choice([PodStatus.FAILED, PodStatus.TERMINATED])
                pod.become(fate, now)
                self.story.failures += 1

    async def have_outages(self) -> None:
        await anyio.sleep(DAY / 3)
        while True:
            self.is_out = True
            await anyio.sleep(HOUR)
            self.is_out, self._level_from = False, anyio.current_time() + LEVEL
            await anyio.sleep(WEEK - HOUR)

    # What is seen of it.

    async def look(self) -> None:
        while anyio.current_time() < self.days * DAY - 900.0:
            await anyio.sleep(SAMPLED)
            now = anyio.current_time()
            self.cloud._now()
            alive = Counter[str]()
            for pod in self.pods.values():
                if pod.status not in (PodStatus.TERMINATING, PodStatus.TERMINATED):
                    alive[_key(pod)] += 1
            self.story.most = max(self.story.most, *alive.values(), 0)
            self.note_level(now)
            self.forget_ended()

    def note_level(self, now: float) -> None:
        up = {_key(pod) for pod in self.pods.values() if pod.status is PodStatus.RUNNING}
        down = set(map(str, range(WANTED))) - up
        if self.is_out or now < self._level_from:
            down = set()
        self._down_since = {key: self._down_since.get(key, now) for key in down}
        longest = max((now - since for since in self._down_since.values()), default=0.0)
        self.story.longest = max(self.story.longest, longest)

    def forget_ended(self) -> None:
        """Take what is gone out of the cloud: it looks at all that ever was for each list."""
        now = self.cloud._now()
        ended = [pod for pod in self.pods.values() if pod.status is PodStatus.TERMINATED]
        for pod in ended:
            self.story.spent += pod.cost(now)
            del self.pods[pod.id]
        log = self.cloud._server.log
        del log[: max(0, len(log) - 1000)]


def _key(pod: Any) -> str:
    name = FleetPodName.parse(pod.request.name)
    return name.key if name else ""


def story_of(days: float, seed: int = 1) -> Story:
    """Return what came of so many days."""
    return run_virtual(Month(days, Random(seed)).run)


def complaints(story: Story, days: float) -> list[str]:
    """Return what was not as it should be."""
    assert BUDGET.max_per_hour is not None
    wrong = {
        f"{story.most} pods of one key at once": story.most > 1 + REPLACEMENTS,
        f"a key without a running pod for {story.longest:g} s": story.longest > LEVEL,
        f"{story.left} pods left": story.left > 0,
        f"spent ${story.spent:.2f}": story.spent > BUDGET.max_per_hour * int(days * 24),
        f"ended by themselves: {story.ended}": bool(story.ended),
    }
    return [text for text, is_wrong in wrong.items() if is_wrong]


def main() -> int:
    days = float(sys.argv[1]) if len(sys.argv) > 1 else 30.0
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    logging.disable(logging.CRITICAL)  # killed programs would tell what they cannot delete
    story = story_of(days, seed)
    wrong = complaints(story, days)
    lines = [str(story), *(wrong or ["All was as it should be."])]
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
