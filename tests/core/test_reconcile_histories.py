"""Whatever happens to a fleet, it comes to one living pod a key and nothing else."""

from collections import Counter
from collections.abc import Iterable

from attrs import define, evolve, field
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from yotta_async._core.actions import Action, Create, Delete, GiveUp, Resume, Verify
from yotta_async._core.fleet_names import FleetPodName
from yotta_async._core.members import Member, Rules, Stage
from yotta_async._core.reconcile import implausible, reconcile


FLEET = "a"
RULES = Rules(replacements=2, starting=100.0, health=50.0, vanished=20.0)
FOREIGN = ["a-b-k0-1", "a-b-1-1", "a", "a-1", "a-k0-x", "a-k0-0", "ab-k0-1", "A-k0-1", ""]
NEXT = {"INITIALIZING": "RUNNING", "PULLING": "RUNNING", "PAUSING": "PAUSED", "TERMINATING": ""}


@define(eq=False)
class ToyPod:
    id: str
    name: str
    shown_from: float
    status: str = "INITIALIZING"
    is_ready: bool = False
    stuck: bool = False

    @property
    def lives(self) -> bool:
        return self.status not in ("", "TERMINATING")

    def become(self, status: str) -> None:
        self.status, self.is_ready = status, False

    def progress(self) -> None:
        if self.status == "RUNNING":
            self.is_ready = self.is_ready or not self.stuck
        elif not (self.stuck and self.status == "INITIALIZING"):
            self.become(NEXT.get(self.status, self.status))


@define(eq=False)
class Job:
    """Something under way, and what it is about."""

    key: str
    action: Action


@define(eq=False)
class Listing:
    asked_at: float
    pods: list[ToyPod]


def key_of(action: Action) -> str:
    if isinstance(action, Delete):
        name = FleetPodName.parse(action.name)
        assert name is not None
        return name.key
    return action.key


@define(eq=False)
class Cloud:
    """The pods that there are; the empty status is that of one that is gone."""

    now: float = 1000.0
    pods: dict[str, ToyPod] = field(factory=dict[str, ToyPod])
    late: list[str] = field(factory=list[str])

    def make(self, name: str, lag: float = 0.0, *, stuck: bool = False) -> ToyPod:
        pod = ToyPod(str(len(self.pods) + 1), name, self.now + lag, stuck=stuck)
        self.pods[pod.id] = pod
        return pod

    def listing(self) -> Listing:
        shown = (pod for pod in self.pods.values() if pod.status and pod.shown_from <= self.now)
        return Listing(self.now, [evolve(pod) for pod in shown])

    def of_fleet(self) -> list[ToyPod]:
        names = {pod: FleetPodName.parse(pod.name) for pod in self.pods.values()}
        return [pod for pod, name in names.items() if name and name.fleet == FLEET]


class Histories(RuleBasedStateMachine):
    """A fleet whose caller does what `reconcile` says, and a world that does what it likes."""

    def __init__(self) -> None:
        super().__init__()
        self.cloud = Cloud()
        self.members: dict[str, Member] = {}
        self.jobs: list[Job] = []
        self.asked: Listing | None = None
        self.foreign: list[ToyPod] = []
        self.made: Counter[str] = Counter()

    @initialize(number=st.integers(1, 7))
    def begin(self, number: int) -> None:
        self.members = {f"k{each}": Member(key=f"k{each}") for each in range(number)}

    # What the fleet does.

    @precondition(lambda self: self.asked is None)
    @rule(empty=st.sampled_from([False, False, False, True]))
    def ask(self, empty: bool) -> None:
        self.asked = Listing(self.cloud.now, []) if empty else self.cloud.listing()

    @precondition(lambda self: self.asked is not None)
    @rule()
    def look(self) -> None:
        listing, self.asked = self.asked, None
        assert listing is not None
        doubt = implausible(self.members, listing.pods)
        if doubt is None or not self.exists(doubt.pod_id):
            self.act_on(listing)

    def act_on(self, listing: Listing) -> tuple[Action, ...]:
        in_flight = {job.key for job in self.jobs}
        before = dict(self.members)
        outlook = reconcile(
            self.members, listing.pods, in_flight, listing.asked_at, fleet=FLEET, rules=RULES
        )
        self.members = dict(outlook.members)
        self.check(outlook.actions, in_flight, before)
        for action in outlook.actions:
            if not isinstance(action, GiveUp):
                self.jobs.append(Job(key_of(action), action))
            if isinstance(action, Create):
                self.members[action.key] = self.members[action.key].trying(action.generation)
        return outlook.actions

    def check(
        self, actions: Iterable[Action], in_flight: set[str], before: dict[str, Member]
    ) -> None:
        ours = {pod.id for pod in self.cloud.of_fleet()}
        kept = {member.pod_id for member in self.members.values()}
        for action in actions:
            assert key_of(action) not in in_flight
            match action:
                case Delete():
                    assert action.pod_id in ours
                    assert action.pod_id not in kept
                case Create():
                    assert self.members[action.key].pod_id is None
                    assert action.generation > before[action.key].generation
                case Resume() | Verify():
                    assert self.members[action.key].pod_id == action.pod_id
                case GiveUp():
                    assert len(self.members[action.key].reasons) == RULES.replacements + 1
        creates = Counter(key_of(each) for each in actions if isinstance(each, Create))
        assert all(number == 1 for number in creates.values())

    def exists(self, pod_id: str) -> bool:
        return self.cloud.pods[pod_id].status != ""

    # How what the fleet began ends.

    def end(self, job: Job, outcome: str, lag: float = 0.0, *, stuck: bool = False) -> None:
        self.jobs.remove(job)
        match job.action:
            case Create():
                self.end_create(job.action, outcome, lag, stuck=stuck)
            case Delete():
                if outcome != "refused":
                    self.removed(self.cloud.pods[job.action.pod_id])
            case Resume():
                pod = self.cloud.pods[job.action.pod_id]
                if outcome != "refused" and pod.status == "PAUSED":
                    pod.become("INITIALIZING")
            case Verify() if job.key in self.members:
                member = self.members[job.key]
                there = self.exists(job.action.pod_id)
                now = self.cloud.now
                after = member.still_there(now) if there else member.without_pod("gone", now)
                self.members[job.key] = after
            case _:
                pass

    def end_create(self, create: Create, outcome: str, lag: float, *, stuck: bool) -> None:
        name, member = f"{FLEET}-{create.key}-{create.generation}", self.members.get(create.key)
        self.made[create.key] += outcome != "refused"
        if outcome == "refused":
            after = member and evolve(member, not_before=self.cloud.now + 5.0)
        elif outcome == "told":
            pod = self.cloud.make(name, lag, stuck=stuck)
            after = member and member.with_pod(pod.id, create.generation, self.cloud.now)
        else:
            if outcome == "late":
                self.cloud.late.append(name)
            elif outcome == "lost":
                self.cloud.make(name, lag, stuck=stuck)
            after = member and member.without_pod("no clear answer", self.cloud.now)
        if after:
            self.members[create.key] = after

    def removed(self, pod: ToyPod) -> None:
        if pod.status:
            pod.become("TERMINATING")

    @precondition(lambda self: self.jobs)
    @rule(
        data=st.data(),
        outcome=st.sampled_from(["told", "told", "told", "refused", "lost", "late", "nothing"]),
        lag=st.sampled_from([0.0, 3.0, 19.0]),
        stuck=st.booleans(),
    )
    def finish(self, data: st.DataObject, outcome: str, lag: float, stuck: bool) -> None:
        self.end(data.draw(st.sampled_from(self.jobs)), outcome, lag, stuck=stuck)

    @precondition(lambda self: self.jobs)
    @rule(lag=st.sampled_from([0.0, 3.0, 19.0]))
    def finish_all(self, lag: float) -> None:
        for job in list(self.jobs):
            self.end(job, "told", lag)

    # What happens to it.

    @rule(seconds=st.sampled_from([1.0, 5.0, 20.0, 60.0]))
    def pass_time(self, seconds: float) -> None:
        self.cloud.now += seconds

    @rule()
    def progress(self) -> None:
        for pod in self.cloud.pods.values():
            pod.progress()

    @precondition(lambda self: self.cloud.of_fleet())
    @rule(
        data=st.data(),
        status=st.sampled_from(["FAILED", "PAUSING", "PULLING", "TERMINATING", "", "INITIALIZING"]),
    )
    def something_befalls_a_pod(self, data: st.DataObject, status: str) -> None:
        pod = data.draw(st.sampled_from(self.cloud.of_fleet()))
        if pod.lives:
            pod.become(status)

    @precondition(lambda self: self.cloud.late)
    @rule()
    def a_create_takes_effect_late(self) -> None:
        self.cloud.make(self.cloud.late.pop(0))

    @rule(name=st.sampled_from(FOREIGN))
    def somebody_makes_a_pod(self, name: str) -> None:
        self.foreign.append(self.cloud.make(name))

    @precondition(lambda self: self.members)
    @rule(data=st.data())
    def crash(self, data: st.DataObject) -> None:
        """All memory is lost; what was under way happens, later or never."""
        for job in self.jobs:
            if data.draw(st.booleans()):
                if isinstance(job.action, Create):
                    name = f"{FLEET}-{job.action.key}-{job.action.generation}"
                    self.cloud.late.append(name)
                elif isinstance(job.action, Delete):
                    self.removed(self.cloud.pods[job.action.pod_id])
        self.jobs.clear()
        self.made.clear()
        self.asked = None
        self.members = {key: Member(key=key) for key in self.members}

    @rule(number=st.integers(0, 6))
    def want_or_no_longer_want(self, number: int) -> None:
        key = f"k{number}"
        self.made.pop(key, None)
        if self.members.pop(key, None) is None:
            self.members[key] = Member(key=key)

    # What must hold.

    @invariant()
    def nobody_else_s_pod_is_touched(self) -> None:
        assert {pod.status for pod in self.foreign} <= {"INITIALIZING", "RUNNING"}

    @invariant()
    def replacements_are_bounded(self) -> None:
        for member in self.members.values():
            # One more by a create that was under way while the last twin was lost.
            assert self.made[member.key] <= len(member.reasons) + 1
            assert len(member.reasons) <= RULES.replacements + 1 or member.stage is Stage.LOST

    @invariant()
    def what_was_condemned_is_not_taken_back(self) -> None:
        for member in self.members.values():
            assert member.pod_id not in member.condemned

    def teardown(self) -> None:
        """Once the world is kind, all comes to rest within the longest deadlines."""
        for _ in range(80):
            for job in list(self.jobs):
                self.end(job, "told")
            while self.cloud.late:
                self.a_create_takes_effect_late()
            self.cloud.now += 5.0
            self.act_on(self.cloud.listing())
            self.progress()
        self.check_rest()

    def check_rest(self) -> None:
        assert self.jobs == []
        living = {pod.id for pod in self.cloud.of_fleet() if pod.lives}
        ready = {key: each for key, each in self.members.items() if each.stage is not Stage.LOST}
        assert {member.stage for member in ready.values()} <= {Stage.READY}
        assert sorted(member.pod_id or "" for member in ready.values()) == sorted(living)
        assert all(self.cloud.pods[member.pod_id or ""].is_ready for member in ready.values())
        given_up = [each for each in self.members.values() if each.stage is Stage.LOST]
        assert all(len(member.reasons) > RULES.replacements for member in given_up)
        before = dict(self.members)
        assert self.act_on(self.cloud.listing()) == ()
        assert self.members == before


Histories.TestCase.settings = settings(max_examples=60, stateful_step_count=40)
TestHistories = Histories.TestCase
