"""The shared window: the histories that the local one is tried with, in Python and in Lua."""

from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from math import inf
from typing import Any

import pytest
from attrs import define, field
from hypothesis import HealthCheck, Phase, find, given
from hypothesis import settings as settings_of
from hypothesis import strategies as st

from tests.scheduling.book.engines import InLua, InPython
from tests.scheduling.book.servers import RedisServer
from tests.scheduling.book.worlds import settings
from tests.scheduling.oracles import SERVERS
from tests.scheduling.test_window import GRACE, HISTORIES, PER, Step
from yotta_async._scheduling.rules.book import state
from yotta_async._scheduling.rules.book.messages import LINES, Claim, Ended, Reply, Request


Engine = Callable[[Request, int], Reply]
# The longest exchange of the histories.
LEASE = 50_000


@define(eq=False)
class Client:
    """
    One process after another, each of which sends as soon as the book lets it; keeps true time.

    Attributes:
        wire: What is on the wire: until when, how it ends, its grant and its place in ``arrivals``.
    """

    engine: Engine
    requests: int
    arrivals: list[float] = field(factory=list[float])
    now: float = 0.0
    session: int = 0
    serial: int = 0
    last: Reply | None = None
    wire: list[tuple[float, str, int, int]] = field(factory=list[tuple[float, str, int, int]])

    def run(self, history: Sequence[Step]) -> list[float]:
        for step in history:
            self.pass_time(self.now + step.gap)
            while not (reply := self.ask(1)).grants:
                ends = self.wire[0][0] if self.wire else inf
                self.pass_time(min(self.now + reply.ask_in / 1000, ends))
            self.send(step, reply.grants[0].number)
        return self.arrivals

    def ask(self, count: int, *ended: Ended) -> Reply:
        last = self.last
        self.serial += 1
        request = Request(
            session=f"s{self.session}",
            label="",
            serial=self.serial,
            heard=self.serial - 1,
            epoch=last.epoch if last else 0,
            version=last.version if last else 0,
            dice=1000,
            settings=settings(self.requests, PER, reserve=0, grace=int(GRACE * 1000)),
            lease=LEASE,
            doubted_for=1000 if last and last.doubted else 0,
            claims=(Claim(line=LINES[0], count=count, age=0),) if count else (),
            ended=ended,
        )
        self.last = self.engine(request, int(self.now * 1000))
        return self.last

    def send(self, step: Step, number: int) -> None:
        if step.ending == "refund":
            self.ask(0, Ended(number=number, ending="refunded", age=0))
            return
        ending = "answered" if step.ending == "answer" else "unanswered"
        grace = 0.0 if step.ending == "answer" else GRACE
        self.arrivals.append(self.now + step.arrives * (step.latency + grace))
        place = len(self.arrivals) - 1
        heappush(self.wire, (self.now + step.latency, ending, number, place))
        if step.ending == "move":
            self.die()

    def die(self) -> None:
        """Leave everything to its lease, and go on as another process."""
        for _, _, _, place in self.wire:
            self.arrivals[place] = min(self.arrivals[place], self.now + GRACE)
        self.wire.clear()
        self.session, self.serial, self.last = self.session + 1, 0, None

    def pass_time(self, until: float) -> None:
        while self.wire and self.wire[0][0] <= until:
            self.now, how, number, _ = heappop(self.wire)
            ending: Any = how
            self.ask(0, Ended(number=number, ending=ending, age=0))
        self.now = until


def refused(arrivals: list[float], requests: int, offset: float, drift: float) -> dict[str, int]:
    seen = [offset + (1 + drift) * arrival for arrival in arrivals]
    return {name: count for name, each in SERVERS.items() if (count := each(seen, requests, PER))}


@pytest.fixture(scope="module", params=["file", "redis"])
def new_engine(request: pytest.FixtureRequest, server: RedisServer) -> Callable[[], Engine]:
    return InPython if request.param == "file" else lambda: InLua(server)


@settings_of(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    history=HISTORIES,
    requests=st.integers(1, 8) | st.integers(1, 120),
    offset=st.sampled_from([0.0, 0.5, 1.6e9]),
    drift=st.sampled_from([-5e-4, 0.0, 5e-4]),
)
def test_no_server_ever_sees_more_than_the_limit(
    new_engine: Callable[[], Engine],
    history: list[Step],
    requests: int,
    offset: float,
    drift: float,
) -> None:
    arrivals = Client(new_engine(), requests).run(history)
    assert refused(arrivals, requests, offset, drift) == {}


def test_a_window_without_a_margin_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The property above can fail."""
    monkeypatch.setattr(state.Book, "turn", property(lambda book: book.per - 1))

    def breaches(history: list[Step]) -> bool:
        return bool(refused(Client(InPython(), 2).run(history), 2, 0.0, -5e-4))

    find(
        HISTORIES,
        breaches,
        settings=settings_of(
            max_examples=3000,
            phases=[Phase.generate],
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
            database=None,
        ),
    )


@pytest.mark.parametrize("requests", [1, 16])
def test_the_first_window_goes_out_at_once(new_engine: Callable[[], Engine], requests: int) -> None:
    arrivals = Client(new_engine(), requests).run([Step()] * requests)
    assert arrivals == [0.0] * requests
