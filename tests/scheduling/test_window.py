"""The window that cannot be breached, against servers worked out the long way."""

from collections.abc import Sequence
from heapq import heappop, heappush
from math import inf, nextafter

import pytest
from attrs import define, field, frozen
from hypothesis import HealthCheck, Phase, example, find, given, settings
from hypothesis import strategies as st

from tests.scheduling.oracles import SERVERS
from yotta_async._scheduling.rules.budget import CLOCK_DRIFT, RateLimit, ReceiptWindow


PER = 60.0
GRACE = 10.0


@frozen
class Step:
    """
    One request of a history.

    Attributes:
        gap: Seconds from the one before until it is wanted.
        latency: Seconds until its answer, or until it is given up.
        arrives: When the server counts it: 0 when it is sent, 1 when that is last possible.
        ending: ``answer``, ``silence``, ``refund``, or ``move``: the loop dies with it on the wire.
    """

    gap: float = 0.0
    latency: float = 0.0
    arrives: float = 0.0
    ending: str = "answer"


ENDINGS = st.sampled_from(["answer", "answer", "answer", "silence", "refund", "move"])
# On a grid instants coincide, which is where half-open windows differ from closed ones.
GRID = st.builds(
    Step,
    gap=st.sampled_from([0.0, 0.0, 0.0, 0.5, 1.0, 29.5, 30.0, 59.5, 60.0, 60.5]),
    latency=st.sampled_from([0.0, 0.5, 1.0, 10.0, 30.0]),
    arrives=st.sampled_from([0.0, 0.5, 1.0]),
    ending=ENDINGS,
)
ANYWHERE = st.builds(
    Step,
    gap=st.floats(0.0, 90.0) | st.just(0.0),
    latency=st.floats(0.0, 45.0),
    arrives=st.floats(0.0, 1.0),
    ending=ENDINGS,
)
HISTORIES = st.lists(GRID, max_size=60) | st.lists(ANYWHERE, max_size=60)


@define
class Client:
    """Sends as soon as the window lets it; keeps true time, and a loop's clock that may change."""

    window: ReceiptWindow
    arrivals: list[float] = field(factory=list[float])
    now: float = 0.0
    offset: float = 1000.0
    _on_the_wire: list[tuple[float, float, int]] = field(factory=list[tuple[float, float, int]])

    @property
    def clock(self) -> float:
        return self.now + self.offset

    def run(self, history: Sequence[Step]) -> list[float]:
        for step in history:
            self.pass_time(self.now + step.gap)
            while self.window.free(self.clock) < 1:
                back = self.window.next_return(self.clock) - self.offset
                # To its end, and not a rounding before it.
                back = nextafter(back, inf)
                self.pass_time(min(back, self._on_the_wire[0][0] if self._on_the_wire else inf))
            self.send(step)
        return self.arrivals

    def send(self, step: Step) -> None:
        self.window.take()
        if step.ending == "refund":
            self.window.refund()
            return
        grace = 0.0 if step.ending == "answer" else GRACE
        self.arrivals.append(self.now + step.arrives * (step.latency + grace))
        heappush(self._on_the_wire, (self.now + step.latency, grace, len(self.arrivals) - 1))
        if step.ending == "move":
            self.move()

    def move(self) -> None:
        """Go on in a new loop; the old one was last seen a while ago."""
        last_seen, self.offset = self.clock - 0.25, self.offset - 731.0
        self.window.rebase(last_seen, self.clock)
        self.window.abandon(self.clock + GRACE)
        for _, _, index in self._on_the_wire:
            self.arrivals[index] = min(self.arrivals[index], self.now + GRACE)
        self._on_the_wire.clear()

    def pass_time(self, until: float) -> None:
        while self._on_the_wire and self._on_the_wire[0][0] <= until:
            self.now, grace, _ = heappop(self._on_the_wire)
            self.window.give_back(self.clock + grace)
        self.now = until


def window(requests: int, kind: type[ReceiptWindow] = ReceiptWindow) -> ReceiptWindow:
    return kind(RateLimit(requests, PER))


@pytest.mark.parametrize("server", SERVERS)
@settings(max_examples=200)
@given(
    history=HISTORIES,
    requests=st.integers(1, 8) | st.integers(1, 120),
    offset=st.sampled_from([0.0, 0.5, 1.6e9]),
    drift=st.sampled_from([-5e-4, 0.0, 5e-4]),
)
@example(history=[Step()] * 400, requests=120, offset=0.0, drift=5e-4)
@example(history=[Step(latency=1.0, arrives=1.0), Step()] * 60, requests=60, offset=0.5, drift=0.0)
def test_no_server_ever_sees_more_than_the_limit(
    server: str, history: list[Step], requests: int, offset: float, drift: float
) -> None:
    arrivals = Client(window(requests)).run(history)
    seen = [offset + (1 + drift) * arrival for arrival in arrivals]
    assert SERVERS[server](seen, requests, PER) == 0


@define(eq=False)
class CreditedAtSending(ReceiptWindow):
    _now: float = 0.0

    def free(self, now: float) -> int:
        self._now = now
        return super().free(now)

    def take(self) -> None:
        super().take()
        super().give_back(self._now)

    def give_back(self, received: float) -> float:
        return received

    def refund(self) -> None:
        """Too late."""


@define(eq=False)
class WithoutDrift(ReceiptWindow):
    @property
    def turn(self) -> float:
        return self.rate.per


@define(eq=False)
class WithoutGrace(ReceiptWindow):
    def give_back(self, received: float) -> float:
        return super().give_back(received - GRACE)


@define(eq=False)
class OneTooMany(ReceiptWindow):
    def free(self, now: float) -> int:
        return super().free(now) + 1


@pytest.mark.parametrize("kind", [CreditedAtSending, WithoutDrift, WithoutGrace, OneTooMany])
@pytest.mark.parametrize("server", ["sliding", "fixed"])
def test_a_careless_window_is_found_out(kind: type[ReceiptWindow], server: str) -> None:
    """The property above can fail: the same histories breach every window with a flaw."""

    def breaches(history: list[Step]) -> bool:
        arrivals = Client(window(2, kind)).run(history)
        fast = [(1 - 5e-4) * arrival for arrival in arrivals]
        return SERVERS[server](fast, 2, PER) > 0

    find(
        HISTORIES,
        breaches,
        settings=settings(
            max_examples=5000,
            phases=[Phase.generate],
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
            database=None,
        ),
    )


def test_a_bucket_finds_out_a_window_that_credits_at_sending() -> None:
    late = [Step(latency=30.0, arrives=1.0)] * 60
    burst = Step(gap=60.5), *[Step()] * 59
    assert SERVERS["bucket"](Client(window(60, CreditedAtSending)).run([*late, *burst]), 60, PER)


@pytest.mark.parametrize("requests", [1, 60, 120])
def test_the_first_window_goes_out_at_once(requests: int) -> None:
    assert Client(window(requests)).run([Step()] * requests) == [0.0] * requests


def test_the_window_turns_over_a_period_and_the_drift_after_receipt() -> None:
    arrivals = Client(window(2)).run([Step(latency=0.5)] * 3)
    assert arrivals[2] == pytest.approx(0.5 + PER * (1 + CLOCK_DRIFT))


def test_a_refund_is_as_if_nothing_had_been_taken() -> None:
    books = window(1)
    books.take()
    assert books.free(0.0) == 0
    books.refund()
    assert (books.free(0.0), books.next_return(0.0)) == (1, inf)


def test_a_credit_is_back_at_its_instant_and_not_a_moment_before() -> None:
    books = window(1)
    books.take()
    back = books.give_back(5.0)
    assert books.next_return(5.0) == back
    assert books.free(nextafter(back, -inf)) == 0
    assert books.free(back) == 1
    assert books.next_return(back) == inf


def test_after_narrowing_nothing_is_free_until_enough_is_back() -> None:
    books = window(3)
    for received in (0.0, 1.0, 2.0):
        books.take()
        books.give_back(received)
    books.allowed = 1
    assert [books.free(now) for now in (3.0, 61.0, 62.0, 63.0)] == [-2, -1, 0, 1]


def test_what_is_in_flight_holds_its_credit_however_long_it_takes() -> None:
    books = window(1)
    books.take()
    assert books.free(1e9) == 0
    assert books.in_flight == books.held(1e9) == 1


def test_the_repr_tells_what_is_out() -> None:
    books = window(3)
    books.take()
    books.take()
    books.give_back(0.0)
    assert repr(books) == "<ReceiptWindow 1 in flight, 1 coming back>"


@given(
    received=st.lists(st.floats(0.0, 50.0), max_size=20),
    spare=st.integers(1, 10),
    kept=st.integers(0, 8),
    nth=st.integers(1, 100),
)
def test_when_a_credit_can_be_had_is_what_taking_them_one_by_one_shows(
    received: list[float], spare: int, kept: int, nth: int
) -> None:
    books = window(len(received) + spare + kept)
    for instant in received:
        books.take()
        books.give_back(instant)
    now = 50.0
    foretold = books.available_at(nth, now, kept=kept)
    taken = now
    for _ in range(nth):
        while books.free(taken) <= kept:
            taken = books.next_return(taken)
        books.take()
        books.give_back(taken)
    assert foretold == pytest.approx(taken)


@given(
    received=st.lists(st.floats(0.0, 50.0), max_size=8),
    in_flight=st.integers(0, 8),
    allowed=st.integers(1, 12),
    kept=st.integers(0, 11),
)
def test_a_later_credit_or_a_larger_reserve_is_never_had_sooner(
    received: list[float], in_flight: int, allowed: int, kept: int
) -> None:
    books = window(16)
    for instant in received:
        books.take()
        books.give_back(instant)
    for _ in range(in_flight):
        books.take()
    books.allowed, kept = allowed, min(kept, allowed - 1)
    instants = [books.available_at(nth, 50.0, kept=kept) for nth in range(1, 40)]
    assert instants == pytest.approx(sorted(instants))
    lent = [books.available_at(nth, 50.0) for nth in range(1, 40)]
    assert all(early <= late + 1e-9 for early, late in zip(lent, instants, strict=True))
