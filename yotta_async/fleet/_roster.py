"""What a fleet knows: the pods it was asked for, and those it has. It lives in one event loop."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from math import inf
from typing import Final
from weakref import WeakSet

import anyio
from attrs import define, field

from .._backend import current_time
from ..errors import ClientClosedError, YottaError
from ..events import Event, FleetPodChanged
from ..models import Pod, PodSpec
from ..models._lifecycle import Phase, phase
from ._report import FleetMember, FleetReport, Outcome
from ._rolling import Rolling
from ._siting import Siting
from ._specs import mark_of
from ._standing import died_of, member_of, outcome_of, strangeness
from .rules.clock import ServerClock, oldest
from .rules.dearness import Rated
from .rules.members import AT_REST, Member, Stage, face_of, stage_of
from .rules.money import PricedPod
from .rules.names import FleetPodName
from .rules.rollout import Rollout


__all__ = ["Changes", "Roster"]

# Of so many keys that are not wanted any more it is known which names they had.
_REMEMBERED: Final = 1024


def _silent(_: float) -> datetime | None:
    return None


@define(eq=False)
class Changes:
    """
    Which members have changed since they were last looked at: most have not, when one has.

    Attributes:
        keys: The members' keys, in the order of their changes.
    """

    keys: dict[str, None]

    def add(self, key: str) -> None:
        """Note that a member has changed, or is to be looked at for another reason."""
        self.keys[key] = None

    def take(self) -> tuple[str, ...]:
        """Return them; from now on the next ones are collected."""
        taken = tuple(self.keys)
        self.keys.clear()
        return taken


@define(eq=False)
class Roster:
    """
    The members of a fleet, and the pods that the last list showed.

    Attributes:
        siting: Where their pods are, and what they cost.
        specs: What was asked for, by key.
        members: How far each has come, by key, in the same order.
        pods: The fleet's pods as the last list showed them, by id.
        listed_at: The instant for which that list was asked.
        errors: What last stood in the way of a member.
        server_time: Tells what the server's clock showed at an instant; None where it does not say.
        wall: Tells what this machine's clock shows.
        clock: Tells how much time has passed for the server.
        asked: Whether anything was asked for yet; until then nothing is done about what is there.
        over: Whether the fleet has ended.
        parked: The members whose pods are to be paused, and to stay so until they are asked for
            anew; with the instants before which they are not paused again.
        warnings: What may be a slip in the names of its places, in words.
        rolling: The exchange of its pods for those of new specs.
        generations: Of the last pods of keys that are not wanted any more, the latest of them.
        least_generation: Of the last pods of all other such keys, the highest: no name is given
            twice.
    """

    name: str
    siting: Siting
    _on_event: Callable[[Event], None]
    specs: dict[str, PodSpec] = field(factory=dict[str, PodSpec])
    members: dict[str, Member] = field(factory=dict[str, Member])
    pods: dict[str, Pod] = field(factory=dict[str, Pod])
    listed_at: float = 0.0
    errors: dict[str, YottaError] = field(factory=dict[str, YottaError])
    asked: bool = False
    over: bool = False
    parked: dict[str, float] = field(factory=dict[str, float])
    generations: dict[str, int] = field(factory=dict[str, int])
    least_generation: int = 0
    server_time: Callable[[float], datetime | None] = _silent
    wall: Callable[[], datetime] = field(default=partial(datetime.now, UTC))
    clock: ServerClock = field(factory=ServerClock)
    warnings: tuple[str, ...] = ()
    rolling: Rolling = field(init=False)
    _stages: Counter[Stage] = field(factory=Counter[Stage])
    _followed: "WeakSet[Changes]" = field(factory=WeakSet["Changes"])
    _news: anyio.Event = field(factory=anyio.Event)

    def __attrs_post_init__(self) -> None:
        self.rolling = Rolling(self.name)

    # What is wanted.

    def want(self, specs: Mapping[str, PodSpec], rollout: Rollout | None = None) -> None:
        """
        Let the fleet be of these pods; what is there already is kept where it is the same, and what
        was given up is tried again.

        Args:
            specs: The specs by key.
            rollout: How pods whose specs have changed are exchanged. None for all at once.
        """
        # Most are the same spec over and over.
        marks = {id(spec): mark_of(spec) for spec in {id(s): s for s in specs.values()}.values()}
        rolls = rollout is not None
        members = {key: self._member(key, marks[id(spec)], rolls) for key, spec in specs.items()}
        changed = {k: spec for k, spec in specs.items() if members[k].mark != marks[id(spec)]}
        if self.asked and self.target != specs:
            self.rolling.previous = self.target
        self.rolling.begin(rollout, changed)
        self.parked.clear()
        self.specs = {k: self.specs.get(k, v) if k in changed else v for k, v in specs.items()}
        self.asked = True
        self.siting.keep_only({each.mark for each in members.values()} | set(marks.values()))
        self._become(members)

    def exchanged(self, specs: Mapping[str, PodSpec]) -> list[PodSpec]:
        """Return the specs for which pods that are there would have to be exchanged."""
        marks = {key: member.mark for key, member in self.members.items() if member.pod_id}
        for name in filter(None, (FleetPodName.parse(pod.name) for pod in self.pods.values())):
            marks.setdefault(name.key, name.mark)
        return [
            spec for key, spec in specs.items() if marks.get(key, "") not in {"", mark_of(spec)}
        ]

    @property
    def target(self) -> dict[str, PodSpec]:
        """What the fleet is to be of once all of its pods are exchanged."""
        return {**self.specs, **self.rolling.waiting}

    def release(self, keys: Iterable[str]) -> None:
        """Let the fleet do without some of its pods."""
        gone = set(keys)
        self.specs = {key: spec for key, spec in self.specs.items() if key not in gone}
        self._become({key: each for key, each in self.members.items() if key not in gone})

    def park(self, keys: Iterable[str]) -> None:
        """Let pods of the fleet be paused, once they run."""
        for key in keys:
            self.parked[key] = -inf
            self.set(self.members[key].parked())

    def is_parked(self, key: str) -> bool:
        """Whether a member's pod is to be paused, or was."""
        return key in self.parked

    def _member(self, key: str, mark: str, rolls: bool) -> Member:
        known = self.members.get(key)
        if known is None:
            generation = self.generations.pop(key, self.least_generation)
            known = self._left_before(key) if rolls else None
            return known or Member(key=key, mark=mark, generation=generation)
        if known.mark != mark and key in self.rolling.before:
            known = self._restored(known)
        keeps_serving = rolls and known.mark != mark and known.pod_id is not None
        if keeps_serving or (known.mark == mark and known.stage is not Stage.LOST):
            return known.unhindered(-inf) if self.is_parked(key) else known
        self.siting.leave(key)
        return Member(key=key, mark=mark, generation=known.generation, condemned=known.condemned)

    def _left_before(self, key: str) -> Member | None:
        """Return a member of which an earlier run has left a pod that serves; None without one."""
        named = ((pod, FleetPodName.parse(pod.name)) for pod in self.pods.values())
        for pod, name in named:
            if name is not None and name.key == key and phase(pod.status) is Phase.UP:
                now = current_time()
                member = Member(key=key, mark=name.mark).with_pod(pod.id, name.generation, now)
                return member.at(stage_of(pod), now)
        return None

    def _become(self, members: dict[str, Member]) -> None:
        for key in self.members.keys() - members.keys():
            self.generations[key] = self.members[key].generation
            if len(self.generations) > _REMEMBERED:
                forgotten = self.generations.pop(next(iter(self.generations)))
                self.least_generation = max(self.least_generation, forgotten)
            self.siting.forget(key)
            self.siting.forget(_before(key))
            self.rolling.forget(key)
            self.errors.pop(key, None)
            self.parked.pop(key, None)
            self._mark(key)
        self.replace(members)
        self.tell()

    # A roll-out.

    def roll(self) -> Iterable[str]:
        """Have the pods whose turn it is exchanged for new ones; return the keys of these."""
        rolling, ledger = self.rolling, self.siting.ledger
        if not rolling.is_under_way:
            return ()
        lost = (key for key in rolling.before if self.members[key].stage is Stage.LOST)
        if (key := next(lost, None)) is not None:
            self._stop_rolling(key)
        settled = rolling.settle(self.members, ledger)
        for key, member in settled.items():
            if member.predecessor is None:
                self.siting.leave(_before(key))
        members = {**self.members, **settled}
        turned = rolling.turn(members, self.specs)
        for key, member in turned.items():
            if member.predecessor is not None:
                self.siting.move(key, _before(key))
            self.siting.leave(key)
        self.replace({**members, **turned})
        return turned.keys()

    def _stop_rolling(self, lost: str) -> None:
        why = self._why(self.members[lost])
        self.rolling.stop(lost, why, self.members)
        for key in self.rolling.stopped:
            if key in self.rolling.before:
                self.members[key] = self._restored(self.members[key])
                self.errors.pop(key, None)
            self._mark(key)

    def _restored(self, member: Member) -> Member:
        """Return a member as it was before its pod was being exchanged."""
        self.siting.leave(member.key)
        self.siting.move(_before(member.key), member.key)
        return self.rolling.restored(member, self.specs, self.pods, current_time())

    # What comes of it.

    def set(self, member: Member) -> None:
        """Note how far a member has come, if it is still wanted."""
        before = self.members.get(member.key)
        if before is not None and before.mark == member.mark:
            self.members[member.key] = member
            self._stages[face_of(before)] -= 1
            self._stages[face_of(member)] += 1
            self._mark(member.key)
            self.tell_change(before, member)
            self.tell()

    def replace(self, members: dict[str, Member]) -> list[tuple[Member, Member]]:
        """Note how far all have come; return those that have changed, before and after."""
        before, self.members = self.members, members
        self._stages = Counter(map(face_of, members.values()))
        changed: list[tuple[Member, Member]] = []
        for key, after in members.items():
            earlier = before.get(key)
            if after is not earlier:
                self._mark(key)
                changed += [(earlier, after)] if earlier else []
        return changed

    def see(self, pods: Iterable[Pod], asked_at: float) -> None:
        """Take in a list of the fleet's pods."""
        before, self.pods = self.pods, {pod.id: pod for pod in pods}
        self.listed_at = asked_at
        self.siting.ledger.see(self.pods.values(), asked_at)
        # Without a Date, this machine's clock tells better than one that stands while it sleeps.
        told, own = self.server_time(asked_at), self.wall()

        def age(pod: PricedPod) -> float:
            sent = asked_at - self.siting.ledger.asked_at(pod.id)
            return oldest(pod.created_at, told, own, sent=sent)

        now = self.clock.read(asked_at, told or own, own)
        self.siting.meter.read(self.pods.values(), now, age)
        if changed := before.keys() ^ self.pods.keys():
            for key, member in self.members.items():
                if member.pod_id in changed:
                    self._mark(key)

    def rated(self, pod: Pod) -> Rated:
        """Return a pod with what it costs."""
        return Rated(pod.id, pod.status, self.siting.meter.price_of(pod))

    def rated_as_asked(self, pod_id: str, name: str) -> Rated:
        """Return a pod that no list shows with what it will cost, by what was asked for."""
        parsed = FleetPodName.parse(name)
        spec = self.specs.get(parsed.key) if parsed else None
        if spec is None:
            return Rated(pod_id, "", None)
        told = self.siting.meter.prices
        return Rated(pod_id, "", self.siting.budget.price(spec.gpu_type, spec.gpu_count, told))

    def note_error(self, key: str, error: YottaError) -> None:
        """Note what stands in a member's way, if it is still wanted."""
        if key in self.members:
            self.errors[key] = error
            self._mark(key)

    # Followers.

    def follow(self) -> Changes:
        """Return what collects the members' changes from now on; at first all have changed."""
        changes = Changes(dict.fromkeys(self.members))
        self._followed.add(changes)
        return changes

    def _mark(self, key: str) -> None:
        for changes in self._followed:
            changes.add(key)

    def tell(self) -> None:
        """Wake all that wait for a change."""
        self._news.set()
        self._news = anyio.Event()

    def check_open(self) -> None:
        """
        Raises:
            ClientClosedError: The fleet has ended.
        """
        if self.over:
            hint = "Ask inside of its `async with`."
            raise ClientClosedError(f"fleet {self.name!r} has ended.", hint=hint)

    def tell_change(self, before: Member, after: Member) -> None:
        """Tell the client's hook that a member has come to another stage."""
        if before.stage is after.stage:
            return
        pod = self.pods.get(after.pod_id or "")
        reason = after.reasons[-1] if after.reasons else None
        event = FleetPodChanged(
            at=current_time(),
            fleet=self.name,
            key=after.key,
            stage=after.stage.name.lower(),
            pod_id=after.pod_id,
            pod_name=pod.name if pod else None,
            reason=reason.text if reason else "",
            reason_kind=reason.kind if reason else "",
        )
        self._on_event(event)

    async def changed(self) -> None:
        """Wait until something changes."""
        await self._news.wait()

    def count(self, *stages: Stage) -> int:
        """Return how many members are in some stages."""
        return sum(self._stages[stage] for stage in stages)

    @property
    def is_at_rest(self) -> bool:
        """Whether each member is ready, given up or parked, and waits for nothing."""
        at_rest = self.count(*AT_REST) + self._parked_beside(*AT_REST) == len(self.members)
        return at_rest and not self.rolling.is_under_way

    @property
    def has_hope(self) -> bool:
        """Whether any pod is, or may become, ready, and is not parked."""
        hopeless = self.count(Stage.LOST) + self._parked_beside(Stage.LOST)
        return not self.asked or hopeless < len(self.members)

    def _parked_beside(self, *stages: Stage) -> int:
        """Return how many members are parked, and not in one of some stages."""
        return sum(face_of(self.members[key]) not in stages for key in self.parked)

    def ready_pod(self, key: str) -> Pod | None:
        """Return the pod of a member that serves, and is not parked; None of any other."""
        member = self.members.get(key)
        if member is None or face_of(member) is not Stage.READY or self.is_parked(key):
            return None
        pod = self.pods.get(member.serving_id or "")
        return pod if pod is not None and stage_of(pod) is Stage.READY else None

    def why_lost(self) -> YottaError | None:
        """Return why the first of its members that were given up was; None if none was."""
        lost = (each for each in self.members.values() if each.stage is Stage.LOST)
        return next(map(self._why, lost), None)

    def launched(self, key: str) -> Outcome | None:
        """Return what became of a member since the last launch; None while that is under way."""
        if (error := self.rolling.stopped.get(key)) is not None:
            return Outcome(key=key, error=error)
        member = self.members.get(key)
        is_new = member is None or face_of(member) is member.stage
        return self.outcome(key) if is_new and key not in self.rolling.waiting else None

    def outcome(self, key: str) -> Outcome | None:
        """Return what became of a member, or None while it is on its way."""
        member = self.members.get(key)
        if member is None:
            error = YottaError(f"pod {key!r} is not wanted any more.")
            return Outcome(key=key, error=error)
        if member.stage is Stage.READY and (pod := self.pods.get(member.pod_id or "")):
            return outcome_of(member, pod=pod)
        return outcome_of(member, error=self._why(member)) if member.stage is Stage.LOST else None

    def member(self, key: str) -> FleetMember:
        """Return a member as others see it."""
        found = self.members[key]
        if found.predecessor is not None and (pod := self.ready_pod(key)) is not None:
            return member_of(found.predecessor, pod, self.siting.place_of(_before(key)))
        pod, place = self.pods.get(found.pod_id or ""), self.siting.place_of(key)
        error = self.errors.get(key) if found.hindered_since is not None else None
        why = self._why(found) if found.stage is Stage.LOST else error
        return member_of(found, pod, place, str(error or strangeness(pod)), why)

    def report(self) -> FleetReport:
        """Return how the fleet stands."""
        outcomes, meter = filter(None, map(self.outcome, self.members)), self.siting.meter
        return FleetReport(
            name=self.name,
            at=current_time(),
            listed_at=self.listed_at,
            members=tuple(map(self.member, self.members)),
            failed=tuple(each for each in outcomes if each.error),
            cost_per_hour=meter.per_hour,
            spent=dict(meter.spent),
            unpriced=meter.unpriced,
            warnings=(*self.warnings, *filter(None, [str(self.rolling.failure or "")])),
        )

    def _why(self, member: Member) -> YottaError:
        return self.errors.get(member.key) or died_of(member, self.name)


def _before(key: str) -> str:
    """Return the word for the predecessor of a member, which no key is."""
    return f"{key}-before"
