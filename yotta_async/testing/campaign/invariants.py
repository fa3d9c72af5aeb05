"""
What must hold, whatever happens: after each request, when all is calm again, and at the end.

Each is a function that has the scene fail under a name. What is promised is in docs/concepts.md and
docs/bounds.md; where a world is worse than what is promised for, the function says so and does not
judge.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Final

from ...errors import APIError, WaitTimeoutError
from ...fleet.rules.names import FleetPodName
from ...simulator.cloud.pod import Pod, PodStatus
from .lines import caller_of
from .outcomes import Broken
from .programs import Program
from .scene import Birth, FleetFacts, Scene


__all__ = ["AFTER_EACH", "AT_REST", "AT_THE_END", "LEVEL", "Broken"]

# Seconds, beyond a pod's start, after which a fleet has what it wants: docs/bounds.md.
LEVEL: Final = 120.0
# Seconds for which a client may wait for the answer to what it has sent, and for its own turns.
_EXCHANGE: Final = 45.0
# Seconds by which clocks may differ that are taken to agree, and for which pods may have run since
# the last list.
_AGREEING: Final = 4.0
_UNREAD: Final = 60
# Seconds in which lists have to show a pod for its create not to be sent again: a second less than
# `RetryPolicy.settle`.
_SHOWN: Final = 14.0
# Of the limits: what is done later than that after its answer is lost holds a slot for longer.
_GRACE: Final = 10.0
# Beyond its window: `DRAIN_MARGIN`, and the exchanges that are still connecting.
_CLOSING: Final = 60.0 + 15.0 + 45.0


# After each request.


def limits(scene: Scene, _births: list[Birth]) -> None:
    """
    No request is refused for the window, or the slots, of the account.

    A bucket that is smaller than the window is not promised to be kept: what is sent evenly may
    arrive in a bunch.
    """
    violations = scene.cloud.server.gate.violations
    if not violations:
        return
    last = violations[-1]
    violations.clear()
    world = scene.case.world
    if world.untold or last.instant <= scene.unjudged_until:
        return
    if last.kind == "rate" and not world.burst:
        scene.fail("window", f"{last.operation} was refused: {last.detail}")
    elif (
        last.kind != "rate"
        and world.late[1] <= _GRACE
        and not (world.settled and _may_hide_pods(scene))
    ):
        scene.fail("slots", f"{last.operation} was refused: {last.detail}")


def one_pod_at_once(scene: Scene, births: list[Birth]) -> None:
    """No create is sent again while its first pod lives, where lists show that in time."""
    world = scene.case.world
    makes_two = world.repeated or world.refused_after or world.omitting or world.stale
    is_silent = any(spell.kind == "silent" for spell in world.spells)
    if makes_two or is_silent or world.list_lag + world.late[1] + world.latency[1] > _SHOWN:
        return
    for birth in births:
        asked = sum(deed.step.arguments.get("name") == birth.name for deed in scene.deeds)
        alive = [pod for pod in scene.alive() if scene.births[str(pod.id)].name == birth.name]
        if len(alive) > max(1, asked):
            scene.fail("one-pod-a-create", f"{len(alive)} pods are named {birth.name}")


def pods_a_key(scene: Scene, births: list[Birth]) -> None:
    """
    Of each pod that a fleet was asked for there are at most 1 + replacements.

    What a server makes although it has refused to, or twice, is counted only once a list shows it.
    """
    world = scene.case.world
    if world.refused_after or world.repeated or world.deaf:
        return
    for name in filter(None, (FleetPodName.parse(birth.name) for birth in births)):
        lives = [facts for facts in scene.fleets if facts.name == name.fleet]
        if not lives:
            continue
        most = 1 + max(facts.arguments.get("replacements", 3) for facts in lives)
        alive = sum(_key_of(scene, pod) == (name.fleet, name.key) for pod in scene.alive())
        if alive > most * _runs_at_once(lives):
            scene.fail("pods-a-key", f"{alive} pods of {name.fleet}-{name.key}, {most} allowed")


def dollars_an_hour(scene: Scene, births: list[Birth]) -> None:
    """What a fleet's pods cost in an hour is within its budget."""
    for name in {found.fleet for found in map(_fleet_name, births) if found}:
        if scene.case.world.deaf:
            return
        lives = [facts for facts in scene.fleets if facts.name == name]
        most = lives[-1].arguments.get("max_per_hour") if lives else None
        if most is None or _runs_at_once(lives) > 1:
            continue
        alive = [pod for pod in scene.alive() if (_key_of(scene, pod) or ("",))[0] == name]
        cost = sum((_hourly(pod) for pod in alive if pod.status in _BILLING), Decimal(0))
        if cost > Decimal(str(most)):
            scene.fail("money", f"{len(alive)} pods of {name} cost {cost} USD/h, {most} allowed")


# When all is calm again.


def level(scene: Scene, _programs: list[Program]) -> None:
    """
    What is wanted is there, what is not wanted is not, but for what was given up.

    That is not judged where there is no room for it.
    """
    if not _has_room(scene):
        return
    for facts in scene.fleets:
        if not facts.is_open or facts.fleet.failure is not None or facts.has_quorum:
            continue
        if facts.who in scene.killed or _runs_at_once(_lives(scene, facts.name)) > 1:
            continue
        report = facts.fleet.status()
        lost = len(report.failed)
        mine = [
            pod
            for pod in scene.alive()
            if (_key_of(scene, pod) or ("",))[0] == facts.name and str(pod.id) not in scene.named
        ]
        ready = {_key_of(scene, pod) for pod in mine if pod.ready(scene.cloud.catch_up())}
        if len(ready) < facts.wanted - lost:
            scene.fail("level", f"{len(ready)} of {facts.wanted} are ready: {report}")
        if len(ready) >= facts.wanted - lost > len(report.ready):
            scene.fail("level", f"{len(ready)} are ready, and are not seen: {report}")
        if len(mine) > facts.wanted:
            scene.fail("level", f"{len(mine)} pods for {facts.wanted}: {report}")


def told_spending(scene: Scene, _programs: list[Program]) -> None:
    """What a fleet reports as spent is no less than what the pods cost that it has."""
    world = scene.case.world
    if not world.date or abs(world.date_offset) > _AGREEING or _clock_leaps(scene):
        return
    for facts in scene.fleets:
        if not facts.is_open or facts.who in scene.killed:
            continue
        held = set(facts.fleet._life.roster.pods)  # noqa: SLF001  # what it has seen
        mine = [pod for pod in scene.alive() if str(pod.id) in held]
        cost = sum((pod.cost(scene.cloud.catch_up()) for pod in mine), Decimal(0))
        report = facts.fleet.status()
        if report.unpriced:
            continue  # it says that what these cost is in no sum
        seconds = Decimal(scene.now - report.listed_at + _UNREAD)
        unread = sum(map(_hourly, mine), Decimal(0)) * seconds / 3600
        if (told := report.total_spent) < cost - unread:
            scene.fail("money", f"{facts.name} reports {told:.2f} USD, its pods cost {cost:.2f}")


# At the end.


def one_pod_a_create(scene: Scene, programs: list[Program]) -> None:
    """Of each create there is one pod at most, unless the user was told of another one."""
    if scene.case.world.deaf:
        return  # only the end of a fleet sees to it that a delete was done
    returned = Counter(pod.name for program in programs for pod in program.pods.values())
    names = Counter(birth.name for birth, _ in _judged(scene, programs))
    for name, number in names.items():
        if number > max(1, returned[name]):
            scene.fail("one-pod-a-create", f"{number} pods are named {name}")


def nothing_left_unnamed(scene: Scene, programs: list[Program]) -> None:
    """What is alive is held by the program, or was to be kept, or was named to the user."""
    held = {pod.id for program in programs for pod in program.pods.values()}
    for birth, pod in _judged(scene, programs):
        if scene.case.world.deaf and _fleet_name(birth) is None:
            continue  # only the end of a fleet sees to it that a delete was done
        if birth.id in held or _is_kept(scene, birth, pod):
            continue
        text = f"pod {birth.id} ({birth.name}) of {birth.who}, {pod.status}, made at {birth.at:.1f}"
        scene.fail("nothing-left-unnamed", text)


def steadfast(scene: Scene, _programs: list[Program]) -> None:
    """No fleet gives up for want of answers where nothing goes wrong."""
    if scene.case.world.disturbed_until or scene.killed:
        return
    for facts in scene.fleets:
        if isinstance(facts.error, WaitTimeoutError | APIError):
            scene.fail("level", f"{facts.name} has given up: {facts.error}"[:400])


def strangers(scene: Scene, _programs: list[Program]) -> None:
    """Nothing is done to what is somebody else's."""
    for pod in scene.cloud.strangers:
        if pod.status not in (PodStatus.RUNNING, PodStatus.INITIALIZE, PodStatus.FAILED):
            scene.fail("strangers", f"somebody else's pod {pod.id} is {pod.status}")


def dollars_in_all(scene: Scene, _programs: list[Program]) -> None:
    """What a fleet's pods cost is within its budget, but for the time that its end takes."""
    now = scene.cloud.catch_up()
    for name in {facts.name for facts in scene.fleets}:
        lives = _lives(scene, name)
        most = lives[-1].arguments.get("max_total")
        if most is None or any(facts.arguments.get("on_exit") == "keep" for facts in lives):
            continue
        if scene.case.world.deaf:
            continue
        pods = (
            pod
            for pod in scene.cloud.pods_by_id.values()
            if _is_of(scene, scene.births.get(str(pod.id)), name) and not _was_gone(pod, lives[-1])
        )
        cost = sum((pod.cost(now) for pod in pods), Decimal(0))
        allowed = Decimal(str(most)) + _slack(scene, lives)
        if cost > allowed:
            scene.fail("money", f"fleet {name} cost {cost:.2f} USD, {most} allowed")


def deadlines(scene: Scene, _programs: list[Program]) -> None:
    """All ends in its time: waits, calls, the ends of fleets."""
    for deed in scene.deeds:
        if deed.who in scene.killed or deed.step.verb == "fleet":
            continue
        late = (float("inf") if deed.ended is None else deed.ended) - deed.due
        slack = 1.0 if deed.step.verb in _READS else _EXCHANGE
        if late > slack:
            scene.fail("deadlines", f"{deed.word} ended {late:.1f} s after its deadline")
    for facts in scene.fleets:
        if facts.leaving_at is None or facts.ended_at is None or facts.who in scene.killed:
            continue
        took = facts.ended_at - facts.leaving_at
        if took > _exit_seconds(facts) + _EXCHANGE:
            scene.fail("deadlines", f"the end of {facts.name} took {took:.1f} s")


def nothing_held(scene: Scene, programs: list[Program]) -> None:
    """No call waits, no credit, slot, exchange or task is left."""
    for program in programs:
        if program.is_dead:
            continue
        caller = caller_of(program.client)
        under_way = len(caller.transport._under_way)  # noqa: SLF001  # the same
        if not caller.scheduler.is_idle or caller.owner.at_work or under_way:
            scene.fail(
                "nothing-held", f"{program.who}: {caller.scheduler!r}, {under_way} under way"
            )
        took = 0.0 if program.closed_at is None else program.closed_at - program.closing_at
        ends = (_exit_seconds(facts) for facts in scene.fleets if facts.who == program.who)
        if took > _CLOSING + max(ends, default=0.0):
            scene.fail("deadlines", f"closing {program.who} took {took:.1f} s")


def unexpected(scene: Scene, _programs: list[Program]) -> None:
    """Nothing went wrong that nothing has caught."""
    for fault in scene.faults:
        scene.fail("classified", fault[:400])


_READS: Final = ("wait", "get", "list", "watch")
_BILLING: Final = (PodStatus.RUNNING, PodStatus.INITIALIZE)


def _key_of(scene: Scene, pod: Pod) -> tuple[str, str] | None:
    birth = scene.births.get(str(pod.id))
    name = FleetPodName.parse(birth.name) if birth else None
    return (name.fleet, name.key) if name else None


def _fleet_name(birth: Birth) -> FleetPodName | None:
    return FleetPodName.parse(birth.name)


def _was_gone(pod: Pod, facts: FleetFacts) -> bool:
    """Whether a fleet's last run cannot know a pod any more."""
    return pod.status is PodStatus.TERMINATED and pod.updated_at < facts.entered_at


def _is_of(scene: Scene, birth: Birth | None, name: str) -> bool:
    """Whether a pod is a fleet's, and nobody was told that it goes on."""
    if birth is None:
        return False
    found = FleetPodName.parse(birth.name)
    is_named = bool({birth.id, birth.name} & scene.named)
    return found is not None and found.fleet == name and not is_named


def _has_room(scene: Scene) -> bool:
    """Whether all that is wanted would fit, twice, as while what runs is replaced."""
    world = scene.case.world
    lost = sum(spell.kind == "breakdown" for spell in world.spells)
    limits = [spell.value for spell in world.spells if spell.kind == "limit"]
    room = world.stock * max(0, world.regions - lost) - world.strangers
    return 2 * sum(facts.most_wanted for facts in scene.fleets) + 10 <= room and not limits


def _may_hide_pods(scene: Scene) -> bool:
    """Whether there may be pods of which a program cannot know whether they are at rest."""
    world = scene.case.world
    hidden = (world.list_lag, world.id_lag, world.omitting, world.stale, world.flipping)
    return bool(scene.killed or any(hidden) or scene.cloud.server.fired or world.spells)


def _lives(scene: Scene, name: str) -> list[FleetFacts]:
    return [facts for facts in scene.fleets if facts.name == name]


def _runs_at_once(lives: list[FleetFacts]) -> int:
    """Count the runs of a fleet that may know nothing of each other's pods."""
    return max(1, len({facts.who for facts in lives}))


def _hourly(pod: Pod) -> Decimal:
    return pod.price * pod.request.gpu_count


def _clock_leaps(scene: Scene) -> bool:
    return any(spell.kind in ("jump", "asleep") for spell in scene.case.world.spells)


def _slack(scene: Scene, lives: list[FleetFacts]) -> Decimal:
    """Return what pods may cost between a budget's end and their own."""
    world = scene.case.world
    seconds = 120.0 + max(map(_exit_seconds, lives)) + sum(spell.seconds for spell in world.spells)
    pods = max(facts.most_wanted for facts in lives) * 4
    return Decimal(world.price) * pods * Decimal(str(seconds)) / 3600


def _exit_seconds(facts: FleetFacts) -> float:
    given = facts.arguments.get("exit_timeout")
    if given is not None:
        return float(given)
    pause = 600.0 * (facts.arguments.get("on_exit") == "pause")
    return (2 * 5 * facts.most_wanted / 30 + 1) * 60.0 + 60.0 + pause


def _judged(scene: Scene, programs: list[Program]) -> Iterator[tuple[Birth, Pod]]:
    """Yield what is alive and was not named, but for what could not be found."""
    closed = {program.who: program.closed_at for program in programs}
    for pod in scene.alive():
        birth = scene.births.get(str(pod.id))
        if birth is None or {birth.id, birth.name, pod.request.name} & scene.named:
            continue
        at = closed.get(birth.who)
        if birth.who in scene.killed or at is None:
            at = _last_end(scene, birth, closed)
        if at is not None and not _is_too_late(scene, birth, at):
            yield birth, pod


def _last_end(scene: Scene, birth: Birth, closed: dict[str, float | None]) -> float | None:
    """Return when the last run of a killed program's fleet was closed, which had to clean up."""
    name = FleetPodName.parse(birth.name)
    if name is None:
        return None
    lives = _lives(scene, name.fleet)
    last = lives[-1] if lives else None
    if last is None or last.who in scene.killed or last.error is not None or not last.is_ended:
        return None
    return closed.get(last.who)


def _is_too_late(scene: Scene, birth: Birth, closed_at: float) -> bool:
    """Whether no list has shown a pod, for certain, before its client was closed."""
    world = scene.case.world
    lies = world.omitting > 0.0 or world.stale > 0.0
    if lies and not 0.0 < world.storm < closed_at:
        return True
    offset = scene.cloud.catch_up() - scene.now
    return birth.at - offset + world.list_lag + 1.0 >= closed_at


def _is_kept(scene: Scene, birth: Birth, pod: Pod) -> bool:
    name = FleetPodName.parse(birth.name)
    lives = _lives(scene, name.fleet) if name else []
    if not lives:
        return False
    how = lives[-1].arguments.get("on_exit", "delete")
    return how == "keep" or (how == "pause" and pod.status in (PodStatus.PAUSED, PodStatus.PAUSING))


AFTER_EACH: Final[tuple[Callable[[Scene, list[Birth]], None], ...]] = (
    limits,
    one_pod_at_once,
    pods_a_key,
    dollars_an_hour,
)
AT_REST: Final[tuple[Callable[[Scene, list[Program]], None], ...]] = (level, told_spending)
AT_THE_END: Final[tuple[Callable[[Scene, list[Program]], None], ...]] = (
    one_pod_a_create,
    nothing_left_unnamed,
    steadfast,
    strangers,
    dollars_in_all,
    deadlines,
    nothing_held,
    unexpected,
)
