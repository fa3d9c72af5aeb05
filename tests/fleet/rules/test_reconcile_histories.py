"""Whatever happens to a fleet, it comes to one living pod a key, of its mark, and nothing else."""

from collections import Counter
from collections.abc import Iterable

from attrs import define, evolve, field
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from yotta_async.fleet.rules.actions import Action, Create, Delete, GiveUp, Resume, Verify
from yotta_async.fleet.rules.ledger import Ledger
from yotta_async.fleet.rules.members import Member, ReplacePolicy, Stage
from yotta_async.fleet.rules.names import FleetPodName
from yotta_async.fleet.rules.reasons import Reason, ReasonKind
from yotta_async.fleet.rules.reconcile import implausible, reconcile
from yotta_async.fleet.rules.rivals import Rivals


FLEET = "a"
VANISHED = Reason.of(ReasonKind.VANISHED)
RULES = ReplacePolicy(replacements=2, starting=100.0, health=50.0, vanished=20.0, patience=70.0)
MARKS = ["0a1b2c", "ffffff"]
SPECS = st.sampled_from([MARKS[0], *MARKS])
OWNER, FOLLOWER = "000000000001", "ffffffffffff"
ENDING = f"{MARKS[0]}-{OWNER}"
FOREIGN = [
    "",
    "a",
    "a-k0-1",
    f"a-b-k0-1-{ENDING}",
    f"a-b-1-1-{ENDING}",
    f"a-1-{ENDING}",
    f"a-k0-x-{ENDING}",
    f"a-k0-0-{ENDING}",
    f"ab-k0-1-{ENDING}",
    f"A-k0-1-{ENDING}",
    f"a-k0-1-{MARKS[0]}-{FOLLOWER}",
]
OUTCOMES = ["told", "told", "told", "refused", "refused", "lost", "late", "nothing"]
BEFALLS = st.sampled_from(["", "", "PAUSED", "PAUSED", "FAILED"])
SECONDS = st.sampled_from([5.0, 20.0, 60.0])
UP = (Stage.MADE, Stage.STARTING, Stage.UNHEALTHY, Stage.READY)
NEXT = {"INITIALIZING": "RUNNING", "PULLING": "RUNNING", "PAUSING": "PAUSED", "TERMINATING": ""}


@define(eq=False)
class ToyPod:
    id: str
    name: str
    shown_from: float
    status: str = "INITIALIZING"
    is_ready: bool = False
    stuck: bool = False
    gpu_type: str = ""
    gpu_count: int = 1
    created_at: None = None

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
    """Something under way, what it is about, and the name of what a create makes."""

    key: str
    action: Action
    name: FleetPodName


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
        return [
            pod
            for pod, name in names.items()
            if name and name.fleet == FLEET and name.owner != FOLLOWER
        ]


class Histories(RuleBasedStateMachine):
    """A fleet whose caller does what `reconcile` says, and a world that does what it likes."""

    def __init__(self) -> None:
        super().__init__()
        self.cloud = Cloud()
        self.members: dict[str, Member] = {}
        self.executor: list[Job] = []
        self.asked: Listing | None = None
        self.foreign: list[ToyPod] = []
        self.made: Counter[str] = Counter()
        self.rivals = Rivals(FLEET, OWNER)
        self.ledger = Ledger(RULES, 15.0)
        self.blocked: dict[str, float] = {}  # since when nothing could be made or resumed

    @initialize(number=st.integers(1, 7))
    def begin(self, number: int) -> None:
        self.members = {f"k{each}": Member(key=f"k{each}", mark=MARKS[0]) for each in range(number)}

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

    @precondition(lambda self: self.asked is None)
    @rule(ticks=st.lists(st.tuples(st.sampled_from(OUTCOMES), BEFALLS, SECONDS), max_size=8))
    def tick(self, ticks: list[tuple[str, str, float]]) -> None:
        """What is under way ends alike, the same may befall all pods, and a list shows it."""
        for outcome, befalls, seconds in ticks:
            self.pass_time(seconds)
            for job in list(self.executor):
                self.end(job, outcome)
            self.progress()
            for pod in self.cloud.of_fleet():
                if befalls and pod.lives:
                    pod.become(befalls)
            self.ask(empty=False)
            self.look()

    def act_on(self, listing: Listing) -> tuple[Action, ...]:
        in_flight = {job.key for job in self.executor}
        before = dict(self.members)
        mine = self.rivals.mine(listing.pods, listing.asked_at)
        now = listing.asked_at
        self.ledger.see((pod for pod, _ in mine), now)
        outlook = reconcile(self.members, mine, in_flight, now, RULES, ledger=self.ledger)
        self.members = dict(outlook.members)
        self.check(outlook.actions, in_flight, before, listing)
        for action in outlook.actions:
            if not isinstance(action, GiveUp):
                self.executor.append(self.job_of(action))
            if isinstance(action, Create):
                self.members[action.key] = self.members[action.key].trying(action.generation)
                name = str(self.executor[-1].name)
                assert self.ledger.may_make(self.members[action.key])
                self.ledger.ask(action.key, name, ("", 1), self.cloud.now)
        for key, member in self.members.items():
            if member.pod_id not in (None, before[key].pod_id) or member.stage in UP:
                self.blocked.pop(key, None)
            elif member.stage is Stage.WANTED and not self.ledger.has_room(key):
                self.blocked.setdefault(key, now)
        return outlook.actions

    def job_of(self, action: Action) -> Job:
        key = key_of(action)
        member = self.members.get(key, Member(key=key))
        generation = action.generation if isinstance(action, Create) else 1
        name = FleetPodName(FLEET, key, generation, member.mark, self.rivals.owner)
        return Job(key, action, name)

    def check(
        self,
        actions: Iterable[Action],
        in_flight: set[str],
        before: dict[str, Member],
        listing: Listing,
    ) -> None:
        status = {pod.id: pod.status for pod in listing.pods}
        ours = {pod.id for pod in self.cloud.of_fleet()}
        kept = {member.pod_id for member in self.members.values()}
        for action in actions:
            assert key_of(action) not in in_flight
            match action:
                case Delete():
                    assert action.pod_id in ours
                    assert action.pod_id not in kept
                    if (
                        action.reason.kind is ReasonKind.GIVEN_UP
                        and status[action.pod_id] == "PAUSED"
                    ):
                        # It was condemned before somebody paused it.
                        assert action.pod_id in before[key_of(action)].condemned
                case Create():
                    assert self.members[action.key].pod_id is None
                    assert action.generation > before[action.key].generation
                case Verify() if action.pod_id not in kept:
                    assert self.ledger.is_known(action.pod_id)
                case Resume() | Verify():
                    assert self.members[action.key].pod_id == action.pod_id
                case GiveUp():
                    assert self.is_hopeless(action.key, listing.asked_at)
        creates = Counter(key_of(each) for each in actions if isinstance(each, Create))
        assert all(number == 1 for number in creates.values())

    def is_hopeless(self, key: str, now: float) -> bool:
        waited = now - self.blocked.get(key, now)
        used_up = self.ledger.is_used_up(self.members[key])
        return used_up or waited > RULES.patience or not self.ledger.has_room(key)

    def exists(self, pod_id: str) -> bool:
        return self.cloud.pods[pod_id].status != ""

    # How what the fleet began ends.

    def end(self, job: Job, outcome: str, lag: float = 0.0, *, stuck: bool = False) -> None:
        self.executor.remove(job)
        match job.action:
            case Create():
                self.end_create(job.name, outcome, lag, stuck=stuck)
            case Delete():
                if outcome != "refused":
                    self.removed(self.cloud.pods[job.action.pod_id])
                    self.ledger.note_deleted(job.action.pod_id, self.cloud.now)
            case Resume():
                pod = self.cloud.pods[job.action.pod_id]
                if outcome == "refused":
                    self.hinder(job.key)
                elif pod.status == "PAUSED":
                    pod.become("INITIALIZING")
            case Verify():
                there, now = self.exists(job.action.pod_id), self.cloud.now
                note = self.ledger.note_exists if there else self.ledger.note_denied
                note(job.action.pod_id, now)
                member = self.members.get(job.key)
                if member is None or member.pod_id != job.action.pod_id:
                    return
                after = member.still_there(now) if there else member.without_pod(VANISHED, now)
                self.members[job.key] = after
            case _:
                pass

    def hinder(self, key: str) -> None:
        if key in self.members:
            now = self.cloud.now
            self.blocked.setdefault(key, now)
            self.members[key] = self.members[key].hindered(now, now + 5.0)

    def end_create(self, made: FleetPodName, outcome: str, lag: float, *, stuck: bool) -> None:
        key, name = made.key, str(made)
        if outcome == "refused":
            self.ledger.note_ended(name, None)
            self.hinder(key)
            return
        pod = self.cloud.make(name, lag, stuck=stuck) if outcome in ("told", "lost") else None
        if pod is not None and outcome == "told":
            self.ledger.note_made(name, pod.id, self.cloud.now)
        else:
            self.ledger.note_ended(name, self.cloud.now)
        if outcome == "late":
            self.cloud.late.append(name)
        member = self.members.get(key)
        if member is None or member.mark != made.mark:
            return  # nobody wants what was made, or not any more
        self.made[key] += 1
        if pod is not None and outcome == "told":
            self.members[key] = member.with_pod(pod.id, made.generation, self.cloud.now)
            self.blocked.pop(key, None)
        else:
            self.members[key] = member.without_pod(VANISHED, self.cloud.now)

    def removed(self, pod: ToyPod) -> None:
        if pod.status:
            pod.become("TERMINATING")

    @precondition(lambda self: self.executor)
    @rule(
        data=st.data(),
        outcome=st.sampled_from(OUTCOMES),
        lag=st.sampled_from([0.0, 3.0, 19.0]),
        stuck=st.booleans(),
    )
    def finish(self, data: st.DataObject, outcome: str, lag: float, stuck: bool) -> None:
        self.end(data.draw(st.sampled_from(self.executor)), outcome, lag, stuck=stuck)

    @precondition(lambda self: self.executor)
    @rule(lag=st.sampled_from([0.0, 3.0, 19.0]))
    def finish_all(self, lag: float) -> None:
        for job in list(self.executor):
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
        status=st.sampled_from(
            ["FAILED", "PAUSING", "PAUSED", "PULLING", "TERMINATING", "", "INITIALIZING"]
        ),
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
    @rule(data=st.data(), mark=SPECS)
    def crash(self, data: st.DataObject, mark: str) -> None:
        """
        All memory is lost; what was under way happens, later or never. The next run may be given
        other specs.
        """
        for job in self.executor:
            if data.draw(st.booleans()):
                if isinstance(job.action, Create):
                    self.cloud.late.append(str(job.name))
                elif isinstance(job.action, Delete):
                    self.removed(self.cloud.pods[job.action.pod_id])
        self.executor.clear()
        self.made.clear()
        self.asked = None
        self.blocked.clear()
        self.members = {key: Member(key=key, mark=mark) for key in self.members}
        self.ledger = Ledger(RULES, 15.0)
        self.rivals = Rivals(FLEET, f"{int(self.rivals.owner, 16) + 1:012x}")

    @rule(number=st.integers(0, 6), mark=SPECS)
    def want_or_no_longer_want(self, number: int, mark: str) -> None:
        key = f"k{number}"
        self.made.pop(key, None)
        self.blocked.pop(key, None)
        if self.members.pop(key, None) is None:
            self.members[key] = Member(key=key, mark=mark)

    @precondition(lambda self: self.members)
    @rule(data=st.data(), mark=SPECS)
    def change_a_spec(self, data: st.DataObject, mark: str) -> None:
        key = data.draw(st.sampled_from(sorted(self.members)))
        self.made.pop(key, None)
        self.blocked.pop(key, None)
        generation = self.members[key].generation
        self.members[key] = Member(key=key, mark=mark, generation=generation)

    # What must hold.

    @invariant()
    def nobody_else_s_pod_is_touched(self) -> None:
        assert {pod.status for pod in self.foreign} <= {"INITIALIZING", "RUNNING"}

    @invariant()
    def nobody_is_yielded_to(self) -> None:
        """A follower is another one's business, and whoever crashed is dead."""
        assert self.rivals.elder is None
        assert self.rivals.followers <= {FOLLOWER}

    @invariant()
    def what_it_has_is_of_its_mark(self) -> None:
        marks = {pod.id: FleetPodName.parse(pod.name) for pod in self.cloud.of_fleet()}
        for member in self.members.values():
            name = marks.get(member.pod_id or "")
            assert name is None or name.mark == member.mark

    @invariant()
    def replacements_are_bounded(self) -> None:
        for member in self.members.values():
            # One more by a create that was under way while the last twin was lost.
            assert self.made[member.key] <= len(member.reasons) + 1
            # While one may yet be seen it is not given up, and then that one may fail, too.
            most = 2 * (RULES.replacements + 1)
            assert len(member.reasons) <= most or member.stage is Stage.LOST

    @invariant()
    def what_was_condemned_is_not_taken_back(self) -> None:
        for member in self.members.values():
            assert member.pod_id not in member.condemned

    def teardown(self) -> None:
        """Once the world is kind, all comes to rest within the longest deadlines."""
        for _ in range(40):
            for job in list(self.executor):
                self.end(job, "told")
            while self.cloud.late:
                self.a_create_takes_effect_late()
            self.cloud.now += 10.0
            self.act_on(self.cloud.listing())
            self.progress()
        self.check_rest()

    def rests(self, pod: ToyPod) -> bool:
        """Whether a pod is paused and its key was given up."""
        name = FleetPodName.parse(pod.name)
        member = self.members.get(name.key) if name else None
        return pod.status == "PAUSED" and member is not None and member.stage is Stage.LOST

    def check_rest(self) -> None:
        assert self.executor == []
        living = {pod.id for pod in self.cloud.of_fleet() if pod.lives and not self.rests(pod)}
        ready = {key: each for key, each in self.members.items() if each.stage is not Stage.LOST}
        assert {member.stage for member in ready.values()} <= {Stage.READY}
        assert sorted(member.pod_id or "" for member in ready.values()) == sorted(living)
        assert all(self.cloud.pods[member.pod_id or ""].is_ready for member in ready.values())
        given_up = [each for each in self.members.values() if each.stage is Stage.LOST]
        assert all(self.is_hopeless(each.key, each.since) for each in given_up)
        before = dict(self.members)
        assert self.act_on(self.cloud.listing()) == ()
        assert self.members == before


Histories.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    phases=set(Phase) - {Phase.explain},  # it takes longer than a test may
)
TestHistories = Histories.TestCase
