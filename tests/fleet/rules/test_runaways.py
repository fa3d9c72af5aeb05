"""
A fleet on servers that say anything: there are never more pods of a key than it may have.

The server is a model, and so is the caller, which does at once what `reconcile` says; between them
thousands of ticks take no time. The same is tried with the simulator in `tests/fleet`.
"""

from collections import Counter
from math import inf
from random import Random

import pytest
from attrs import define, evolve, field, frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from yotta_async.fleet.rules.actions import Action, Create, Delete, GiveUp, Verify
from yotta_async.fleet.rules.ledger import Ledger
from yotta_async.fleet.rules.members import Member, ReplacePolicy, Stage
from yotta_async.fleet.rules.names import FleetPodName
from yotta_async.fleet.rules.reasons import Reason, ReasonKind
from yotta_async.fleet.rules.reconcile import implausible, reconcile


FLEET, MARK, OWNER = "a", "0a1b2c", "69c67140beef"
VANISHED = Reason.of(ReasonKind.VANISHED)
TICK, BOOT = 5.0, 18.0  # seconds


@frozen(kw_only=True)
class Ways:
    """
    What a server does, until it is sane again.

    Attributes:
        list_lag: Seconds for which lists do not show a new pod.
        get_lag: Seconds for which its id is not known.
        omitted: The share of pods that a list leaves out.
        flipped: The share of RUNNING pods that a list shows as INITIALIZE.
        stale: Of how long ago every second list is.
        lost: The share of creates that are not answered; half of them make a pod.
        deletes_fail: The share of deletes that are refused.
        failing: The share of pods that fail.
        late: Seconds after which a create without an answer takes effect, at most.
    """

    list_lag: float = 0.0
    get_lag: float = 0.0
    omitted: float = 0.0
    flipped: float = 0.0
    stale: float = 0.0
    lost: float = 0.0
    deletes_fail: float = 0.0
    failing: float = 0.0
    late: float = 0.0


SANE = Ways()


@define
class Pod:
    id: str
    name: str
    made_at: float
    fails: bool = False
    gone_at: float = inf
    status: str = ""
    gpu_type: str = "H100"
    gpu_count: int = 1

    @property
    def is_ready(self) -> bool:
        return self.status == "RUNNING"

    def at(self, now: float) -> "Pod | None":
        """Return it as it is at an instant."""
        if not self.made_at <= now < self.gone_at:
            return None
        up = "FAILED" if self.fails else "RUNNING"
        return evolve(self, status=up if now - self.made_at >= BOOT else "INITIALIZE")


@define
class Server:
    ways: Ways
    dice: Random
    pods: dict[str, Pod] = field(factory=dict[str, Pod])
    lists: int = 0

    def create(self, name: str, now: float) -> tuple[str, str | None]:
        lost = self.dice.random() < self.ways.lost
        if lost and self.dice.random() < 0.5:
            return "lost", None
        at = now + self.dice.uniform(0.0, self.ways.late) * lost
        pod = Pod(str(len(self.pods) + 1), name, at, self.dice.random() < self.ways.failing)
        self.pods[pod.id] = pod
        return ("lost", None) if lost else ("told", pod.id)

    def list(self, now: float) -> list[Pod]:
        self.lists += 1
        at = now - self.ways.stale * (self.lists % 2)
        shown = [pod.at(at) for pod in self.pods.values() if pod.made_at + self.ways.list_lag <= at]
        return [
            self.altered(pod) for pod in shown if pod and self.dice.random() >= self.ways.omitted
        ]

    def altered(self, pod: Pod) -> Pod:
        flips = pod.status == "RUNNING" and self.dice.random() < self.ways.flipped
        return evolve(pod, status="INITIALIZE") if flips else pod

    def knows(self, pod_id: str, now: float) -> bool:
        pod = self.pods[pod_id]
        return pod.made_at + self.ways.get_lag <= now < pod.gone_at

    def delete(self, pod_id: str, now: float) -> bool | None:
        if self.dice.random() < self.ways.deletes_fail:
            return None
        if not self.knows(pod_id, now):
            return False
        self.pods[pod_id].gone_at = now
        return True

    def living(self, now: float) -> Counter[str]:
        alive = [pod for pod in self.pods.values() if pod.at(now)]
        return Counter(FleetPodName.parse(pod.name).key for pod in alive)  # type: ignore[union-attr]


@define
class Caller:
    """Does what `reconcile` says, as `Driver` and `Executor` do."""

    server: Server
    rules: ReplacePolicy
    now: float = 1000.0
    tick_seconds: float = 5.0
    members: dict[str, Member] = field(factory=dict[str, Member])
    ledger: Ledger = field(init=False)
    most: int = 0
    gone: dict[str, float] = field(factory=dict[str, float])

    def __attrs_post_init__(self) -> None:
        self.ledger = Ledger(self.rules)

    def want(self, number: int) -> None:
        self.members = {str(each): Member(key=str(each), mark=MARK) for each in range(number)}

    def run(self, ticks: int) -> None:
        for _ in range(ticks):
            self.now += self.tick_seconds
            self.tick()
            living = self.server.living(self.now)
            self.most = max(self.most, *living.values(), 0)

    def tick(self) -> None:
        listed = self.server.list(self.now)
        doubt = implausible(self.members, listed)
        if doubt and self.server.knows(doubt.pod_id, self.now):
            return
        self.ledger.see(listed, self.now)
        shown = [pod for pod in listed if self.now - self.gone.get(pod.id, -inf) > 15.0]
        named = [(pod, name) for pod in shown if (name := FleetPodName.parse(pod.name))]
        found = reconcile(self.members, named, (), self.now, self.rules, ledger=self.ledger)
        self.members = found.members
        for action in found.actions:
            self.act(action)

    def act(self, action: Action) -> None:
        match action:
            case Create():
                self.create(action.key)
            case Delete():
                self.delete(action.pod_id)
            case Verify():
                self.verify(action)
            case _:
                assert isinstance(action, GiveUp)

    def create(self, key: str) -> None:
        member = self.members[key].trying(self.members[key].generation + 1)
        assert self.ledger.may_make(member)
        name = str(FleetPodName(FLEET, key, member.generation, MARK, OWNER))
        self.ledger.ask(key, name, ("H100", 1), self.now)
        _, pod_id = self.server.create(name, self.now)
        if pod_id is None:
            self.ledger.note_ended(name, self.now)
            self.members[key] = member.hindered(self.now, self.now + 5.0)
        else:
            self.ledger.note_made(name, pod_id, self.now)
            self.members[key] = member.with_pod(pod_id, member.generation, self.now)

    def delete(self, pod_id: str) -> None:
        deleted = self.server.delete(pod_id, self.now)
        if deleted is None:
            return
        self.gone[pod_id] = self.now
        note = self.ledger.note_deleted if deleted else self.ledger.note_denied
        note(pod_id, self.now)

    def verify(self, action: Verify) -> None:
        known = self.server.knows(action.pod_id, self.now)
        (self.ledger.note_exists if known else self.ledger.note_denied)(action.pod_id, self.now)
        member = self.members.get(action.key)
        if member is not None and member.pod_id == action.pod_id:
            after = member.without_pod(VANISHED, self.now, self.rules.healthy)
            self.members[action.key] = member.still_there(self.now) if known else after

    def count(self, *stages: Stage) -> int:
        return sum(member.stage in stages for member in self.members.values())


def caller(ways: Ways, replacements: int = 3, seed: int = 0, wanted: int = 4) -> Caller:
    made = Caller(Server(ways, Random(seed)), ReplacePolicy(replacements=replacements))
    made.want(wanted)
    return made


LAGS = [40.0, 180.0, 1800.0, inf]


@pytest.mark.parametrize("replacements", [0, 1, 3])
@pytest.mark.parametrize("get_lag", [0.0, *LAGS])
@pytest.mark.parametrize("list_lag", [0.0, *LAGS])
def test_r1_never_more_than_wanted_times_one_and_the_replacements(
    list_lag: float, get_lag: float, replacements: int
) -> None:
    """[R1]."""
    fleet = caller(Ways(list_lag=list_lag, get_lag=get_lag), replacements, wanted=2)
    fleet.run(720)  # an hour
    assert fleet.most <= 1 + replacements


@pytest.mark.parametrize("lag", [20.0, 40.0, 180.0, 500.0])
@pytest.mark.parametrize("replacements", [0, 1, 3])
def test_r1_what_is_listed_at_last_is_adopted_and_its_twins_end(
    lag: float, replacements: int
) -> None:
    """[R1]."""
    fleet = caller(Ways(list_lag=lag, get_lag=lag), replacements)
    fleet.run(int((2 * lag + 180.0) / TICK))
    assert fleet.count(Stage.READY) == 4
    assert fleet.server.living(fleet.now) == Counter({str(key): 1 for key in range(4)})


@pytest.mark.parametrize("lag", [1200.0, 1800.0])
def test_r1_what_was_given_up_unseen_is_taken_back_when_it_is_seen(lag: float) -> None:
    """[R1]."""
    fleet = caller(Ways(list_lag=lag, get_lag=lag))
    fleet.run(int(1100.0 / TICK))
    assert fleet.count(Stage.LOST) == 4
    fleet.run(int((lag + 600.0) / TICK))
    assert fleet.count(Stage.READY) == 4
    assert fleet.server.living(fleet.now) == Counter({str(key): 1 for key in range(4)})


SHARES = st.sampled_from([0.0, 0.0, 0.05, 0.4])
WAYS = st.builds(
    Ways,
    list_lag=st.sampled_from([0.0, 0.0, 3.0, *LAGS]),
    get_lag=st.sampled_from([0.0, 0.0, 3.0, *LAGS]),
    omitted=SHARES,
    flipped=SHARES,
    stale=st.sampled_from([0.0, 0.0, 60.0, 600.0]),
    lost=st.sampled_from([0.0, 0.05, 0.5, 1.0]),
    deletes_fail=st.sampled_from([0.0, 0.05, 0.5, 1.0]),
    failing=st.sampled_from([0.0, 0.2, 1.0]),
    late=st.sampled_from([0.0, 10.0]),
)


@pytest.mark.parametrize("get_lag", LAGS)
@pytest.mark.parametrize("seed", range(8))
def test_r1_pods_that_lists_omit_while_gets_deny_them_are_no_more_than_may_be(
    seed: int, get_lag: float
) -> None:
    """[R1]."""
    fleet = caller(Ways(get_lag=get_lag, omitted=0.4, lost=0.5, late=10.0), 1, seed, wanted=3)
    fleet.run(720)
    assert fleet.most <= 2


@settings(max_examples=80, deadline=None)
@given(ways=WAYS, replacements=st.sampled_from([0, 1, 3]), seed=st.integers(0, 1000))
def test_r1_whatever_the_server_does(ways: Ways, replacements: int, seed: int) -> None:
    """[R1] For an hour; what was not given up is level soon after it is over, and nothing else."""
    fleet = caller(ways, replacements, seed, wanted=3)
    fleet.run(720)
    assert fleet.most <= 1 + replacements
    fleet.server.ways = SANE
    for pod in fleet.server.pods.values():
        pod.fails = False
    fleet.run(360)
    assert fleet.most <= 1 + replacements
    assert fleet.count(Stage.READY, Stage.LOST) == 3
    ready = {key for key, each in fleet.members.items() if each.stage is Stage.READY}
    assert fleet.server.living(fleet.now) == Counter(dict.fromkeys(ready, 1))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    "ways",
    [
        Ways(omitted=0.4),
        Ways(flipped=0.4),
        Ways(stale=600.0),
        Ways(omitted=0.4, flipped=0.4),
        Ways(omitted=0.4, flipped=0.4, stale=600.0),
    ],
)
def test_l4_what_was_seen_running_is_not_made_anew_before_it_is_denied_by_its_id(
    ways: Ways, seed: int
) -> None:
    """[L4] Not one is replaced, nor ever more than wanted."""
    fleet = caller(SANE, seed=seed)
    fleet.run(20)
    assert fleet.count(Stage.READY) == 4
    fleet.server.ways = ways
    fleet.run(500)
    assert len(fleet.server.pods) == 4
    assert all(member.reasons == () for member in fleet.members.values())
    fleet.server.ways = SANE
    fleet.run(10)
    assert fleet.count(Stage.READY) == 4


def test_t5_replacements_count_anew_after_a_healthy_while() -> None:
    """[T5] Two pods, one of which fails every four hours, for ten days."""
    fleet = caller(SANE, wanted=2)
    fleet.tick_seconds = 60.0
    for _ in range(60):
        fleet.run(240)
        assert fleet.count(Stage.READY) == 2
        fleet.server.pods[fleet.members["0"].pod_id or ""].fails = True
    assert len(fleet.members["0"].reasons) == 1


def test_t5_what_fails_again_and_again_is_given_up_all_the_same() -> None:
    """[T5] It is ready for half an hour each time."""
    fleet = caller(SANE, wanted=1)
    fleet.tick_seconds = 60.0
    for _ in range(4):
        fleet.run(30)
        fleet.server.pods[fleet.members["0"].pod_id or ""].fails = True
    fleet.run(20)
    assert fleet.count(Stage.LOST) == 1


def test_r3_what_is_remembered_of_a_member_that_loses_pods_for_ever_is_bounded() -> None:
    """[R3] Reasons, condemned pods and the ledger, over hundreds of replacements."""
    fleet = caller(SANE, replacements=1_000_000, wanted=1)
    for _ in range(400):
        fleet.run(6)
        if (pod_id := fleet.members["0"].pod_id) is not None:
            fleet.server.pods[pod_id].fails = True
    member = fleet.members["0"]
    assert member.replaced > 100
    assert len(member.reasons) <= 20
    assert len(member.condemned) <= 41
    assert fleet.ledger.count("0") <= 2
