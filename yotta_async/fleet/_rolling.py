"""A roll-out while it lasts: which pods have their old specs yet, and what it stops at."""

import logging
from collections.abc import Mapping

from attrs import define, evolve, field

from ..errors import FleetError, YottaError
from ..models import Pod, PodSpec
from ._specs import mark_of
from .rules.ledger import Ledger
from .rules.members import Member, Stage, stage_of
from .rules.rollout import Rollout, next_turn


__all__ = ["Rolling"]

logger = logging.getLogger("yotta_async")


@define(eq=False)
class Rolling:
    """
    The roll-out of one fleet; idle most of the time.

    Attributes:
        fleet: The fleet's name.
        rollout: How many at once.
        waiting: The specs that are to come, by key.
        before: The specs of those that are being exchanged; None where an earlier run had them.
        previous: What the fleet was asked for before, to go back to.
        stopped: Why it has stopped, by key of those that have not got their new specs.
    """

    fleet: str
    rollout: Rollout | None = None
    waiting: dict[str, PodSpec] = field(factory=dict[str, PodSpec])
    before: dict[str, PodSpec | None] = field(factory=dict[str, "PodSpec | None"])
    previous: dict[str, PodSpec] = field(factory=dict[str, PodSpec])
    stopped: dict[str, FleetError] = field(factory=dict[str, FleetError])

    @property
    def is_under_way(self) -> bool:
        """Whether pods are being exchanged, or wait for that."""
        return bool(self.waiting or self.before)

    @property
    def failure(self) -> FleetError | None:
        """Why the last one has stopped; None if it has not."""
        return next(iter(self.stopped.values()), None)

    def begin(self, rollout: Rollout | None, waiting: Mapping[str, PodSpec]) -> None:
        """Begin anew; what is being exchanged already goes on."""
        self.rollout, self.waiting, self.stopped = rollout, dict(waiting), {}

    def forget(self, key: str) -> None:
        """Note that a member is not wanted any more."""
        for each in (self.waiting, self.before, self.stopped):
            each.pop(key, None)

    def settle(self, members: Mapping[str, Member], ledger: Ledger) -> dict[str, Member]:
        """Return the members whose old pods are gone, or whose new ones are ready, as they are."""
        changed: dict[str, Member] = {}
        for key in list(self.before):
            member = members[key]
            old = member.predecessor
            if old is not None and not ledger.is_known(old.pod_id or ""):
                member = changed[key] = evolve(member, predecessor=None)
            if member.predecessor is None and member.stage is Stage.READY:
                changed[key] = evolve(member, beside=None)
                del self.before[key]
        return changed

    def turn(self, members: Mapping[str, Member], specs: dict[str, PodSpec]) -> dict[str, Member]:
        """Return the members that get their new specs now; the specs are put in place."""
        if self.rollout is None or not self.waiting:
            return {}
        waiting = [members[key] for key in self.waiting]
        turn = next_turn(self.rollout, waiting, [members[key] for key in self.before])
        changed: dict[str, Member] = {}
        for key in (*turn.beside, *turn.instead):
            spec = self.waiting.pop(key)
            self.before[key], specs[key] = specs.get(key), spec
            changed[key] = members[key].succeeding(mark_of(spec), beside=key in turn.beside)
        return changed

    def stop(self, key: str, why: YottaError, members: Mapping[str, Member]) -> None:
        """Exchange no more, as a new pod did not get ready."""
        begun = [each for each in self.before if members[each].stage is not Stage.READY]
        left = [*self.waiting, *begun]
        kept = [members[each].predecessor or members[each] for each in left]
        number = sum(each.serves for each in kept)
        message = (
            f"fleet {self.fleet!r}: the roll-out has stopped, as pod {key!r} did not become ready; "
            f"{len(left)} pods keep their old specs, {number} of them are ready: {why}"
        )
        hint = "Launch a spec that works, or go back with `rollback`."
        error = FleetError(message, [why], hint=hint)
        logger.error("%s", error)
        self.stopped = dict.fromkeys(left, error)
        self.waiting.clear()

    def restored(
        self, member: Member, specs: dict[str, PodSpec], pods: Mapping[str, Pod], now: float
    ) -> Member:
        """Return a member as it was with its old pod, or spec; its new pod is condemned."""
        spec, old = self.before.pop(member.key), member.predecessor
        if spec is not None:
            specs[member.key] = spec
        pod = pods.get(old.pod_id or "") if old is not None else None
        if old is not None and pod is not None and old.pod_id not in member.condemned:
            known = {**old.condemned, **member.condemned}
            kept = evolve(old, generation=member.generation, condemned=known)
            return kept.at(stage_of(pod), now)
        mark = mark_of(specs[member.key])
        return Member(
            key=member.key, mark=mark, generation=member.generation, condemned=member.condemned
        )
