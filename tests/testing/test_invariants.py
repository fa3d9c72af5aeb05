"""The invariants of the campaign: each fails for what it is to find, and for nothing else."""

from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import anyio
import pytest
from attrs import evolve

from yotta_async._backend import current_time
from yotta_async._scheduling.rules.lanes import Lane
from yotta_async.errors import WaitTimeoutError
from yotta_async.simulator.cloud.pod import PodRequest, PodStatus
from yotta_async.simulator.server_limits import Violation
from yotta_async.testing import run_virtual
from yotta_async.testing.campaign import Case, Step
from yotta_async.testing.campaign import invariants as judges
from yotta_async.testing.campaign.programs import Program
from yotta_async.testing.campaign.scene import Birth, Deed, FleetFacts, Scene
from yotta_async.testing.worlds import GPU_TYPE, World


NAME = "crew-p0-1-abcdef-0123456789ab"
TWIN = "crew-p0-2-abcdef-0123456789ab"
VIOLATION = Violation(instant=5.0, kind="rate", operation="listPods", detail="too many")


class Stage:
    """A scene that is set by hand."""

    def __init__(self, **world: Any) -> None:
        case = Case(world=World(**world))
        self.scene = Scene(case, case.world.open())
        self.program = Program.start(self.scene, 0, 1)
        self.program.is_closed = True
        self.program.closing_at = self.program.closed_at = 1000.0

    def pod(self, name: str = NAME, status: PodStatus = PodStatus.RUNNING) -> Birth:
        request = PodRequest(image="a/b", gpu_type=GPU_TYPE, gpu_count=1, name=name)
        pods = self.scene.cloud._cloud.pods
        made = pods.create(request, self.scene.cloud.catch_up())
        made.become(status, made.created_at)
        birth = Birth(id=str(made.id), name=name, at=made.created_at, who=self.program.who)
        self.scene.births[birth.id] = birth
        return birth

    def fleet(self, **arguments: Any) -> FleetFacts:
        facts = FleetFacts(name="crew", who=self.program.who, arguments=arguments)
        seen, spent = arguments.get("seen", 0), Decimal(arguments.get("spent", 0))
        report = SimpleNamespace(
            failed=(), ready=range(seen), total_spent=spent, unpriced=0, listed_at=current_time()
        )
        pods = SimpleNamespace(roster=SimpleNamespace(pods=dict(self.scene.births)))
        facts.fleet = SimpleNamespace(failure=None, status=lambda: report, _life=pods)
        facts.is_open = True
        self.scene.fleets.append(facts)
        return facts

    def broken(self, *judged: Callable[..., None]) -> str | None:
        for judge in judged:
            judge(self.scene, [self.program])
        return None if self.scene.broken is None else self.scene.broken.invariant


def on_stage(play: Callable[[Stage], str | None], **world: Any) -> str | None:
    async def act() -> str | None:
        stage = Stage(**world)
        found = play(stage)
        await stage.program.client.aclose()
        return found

    return run_virtual(act)


def after(stage: Stage, judge: Callable[..., None], *births: Birth) -> str | None:
    judge(stage.scene, [*births])
    return None if stage.scene.broken is None else stage.scene.broken.invariant


def refused(violation: Violation) -> Callable[[Stage], str | None]:
    def play(stage: Stage) -> str | None:
        stage.scene.cloud.server.gate.violations.append(violation)
        return after(stage, judges.limits)

    return play


SLOTS = evolve(VIOLATION, kind="concurrency")


@pytest.mark.parametrize(
    ("violation", "world", "broken"),
    [
        (VIOLATION, {}, "window"),
        (VIOLATION, {"untold": True}, None),
        (VIOLATION, {"burst": 10, "window": "bucket"}, None),
        (SLOTS, {}, "slots"),
        (SLOTS, {"late": (0.0, 40.0)}, None),
        (SLOTS, {"settled": True}, "slots"),
        (SLOTS, {"settled": True, "list_lag": 5.0}, None),
    ],
)
def test_a_refusal_for_a_limit(
    violation: Violation, world: dict[str, Any], broken: str | None
) -> None:
    assert on_stage(refused(violation), **world) == broken


def test_after_a_kill_the_server_still_counts_what_its_successor_does_not_know() -> None:
    def play(stage: Stage) -> str | None:
        stage.scene.unjudged_until = 10.0
        return refused(VIOLATION)(stage)

    assert on_stage(play) is None


@pytest.mark.parametrize(
    ("replacements", "pods", "world", "broken"),
    [
        (0, 1, {}, None),
        (0, 2, {}, "pods-a-key"),
        (1, 2, {}, None),
        (1, 3, {}, "pods-a-key"),
        (0, 2, {"repeated": 0.1}, None),
    ],
)
def test_pods_of_one_key(
    replacements: int, pods: int, world: dict[str, Any], broken: str | None
) -> None:
    def play(stage: Stage) -> str | None:
        stage.fleet(replacements=replacements)
        births = [stage.pod(f"crew-p0-{each}-abcdef-0123456789ab") for each in range(1, 1 + pods)]
        return after(stage, judges.pods_a_key, births[-1])

    assert on_stage(play, **world) == broken


def test_a_pod_that_is_being_deleted_is_not_counted() -> None:
    def play(stage: Stage) -> str | None:
        stage.fleet(replacements=0)
        stage.pod(NAME, PodStatus.TERMINATING)
        return after(stage, judges.pods_a_key, stage.pod(TWIN))

    assert on_stage(play) is None


@pytest.mark.parametrize(("most", "broken"), [(0.4, "money"), (0.6, None)])
def test_dollars_an_hour(most: float, broken: str | None) -> None:
    def play(stage: Stage) -> str | None:
        stage.fleet(max_per_hour=most)
        return after(stage, judges.dollars_an_hour, stage.pod())

    assert on_stage(play) == broken


@pytest.mark.parametrize(
    ("wanted", "pods", "seen", "world", "broken"),
    [
        (1, 1, 1, {}, None),
        (1, 1, 0, {}, "level"),
        (2, 1, 1, {}, "level"),
        (0, 1, 1, {}, "level"),
        (2, 1, 1, {"stock": 1, "regions": 1}, None),
    ],
)
def test_the_level(
    wanted: int, pods: int, seen: int, world: dict[str, Any], broken: str | None
) -> None:
    def play(stage: Stage) -> str | None:
        stage.fleet(seen=seen).asks(wanted)
        for number in range(pods):
            stage.pod(f"crew-p{number}-1-abcdef-0123456789ab")
        return stage.broken(judges.level)

    assert on_stage(play, **world) == broken


@pytest.mark.parametrize(
    ("world", "broken"),
    [
        ({}, "one-pod-a-create"),
        ({"list_lag": 40.0}, None),
        ({"stale": 0.1, "stale_by": 30.0}, None),
        ({"repeated": 0.1}, None),
    ],
)
def test_a_second_pod_of_a_create_is_judged_where_lists_show_the_first(
    world: dict[str, Any], broken: str | None
) -> None:
    def play(stage: Stage) -> str | None:
        assert after(stage, judges.one_pod_at_once, stage.pod("ya-1")) is None
        return after(stage, judges.one_pod_at_once, stage.pod("ya-1"))

    assert on_stage(play, **world) == broken


@pytest.mark.parametrize(
    ("spent", "world", "broken"),
    [
        ("0.50", {}, None),
        ("0.10", {}, "money"),
        ("0.10", {"date": False}, None),
        ("0.10", {"date_offset": -86400.0}, None),
    ],
)
async def test_a_fleet_reports_no_less_than_its_pods_cost(
    spent: str, world: dict[str, Any], broken: str | None
) -> None:
    """Unless it says that what they cost is not known."""
    stage = Stage(**world)
    stage.pod()
    await anyio.sleep(3600.0)
    report: Any = stage.fleet(spent=spent).fleet.status()
    assert stage.broken(judges.told_spending) == broken
    report.unpriced, stage.scene.broken = 1, None
    assert stage.broken(judges.told_spending) is None
    await stage.program.client.aclose()


@pytest.mark.parametrize(
    ("error", "world", "broken"),
    [
        (WaitTimeoutError("no list could be read", subject="crew"), {}, "level"),
        (WaitTimeoutError("no list could be read", subject="crew"), {"refuse": 0.1}, None),
        (None, {}, None),
    ],
)
def test_a_fleet_does_not_give_up_where_nothing_goes_wrong(
    error: BaseException | None, world: dict[str, Any], broken: str | None
) -> None:
    def play(stage: Stage) -> str | None:
        stage.fleet().error = error
        return stage.broken(judges.steadfast)

    assert on_stage(play, **world) == broken


def test_one_pod_a_create() -> None:
    def play(stage: Stage) -> str | None:
        stage.pod("twice")
        stage.pod("twice")
        return stage.broken(judges.one_pod_a_create)

    assert on_stage(play) == "one-pod-a-create"


def test_a_twin_that_was_named_is_none() -> None:
    def play(stage: Stage) -> str | None:
        stage.pod("twice")
        stage.scene.named.add(stage.pod("twice").id)
        return stage.broken(judges.one_pod_a_create)

    assert on_stage(play) is None


def named(stage: Stage, birth: Birth) -> None:
    stage.scene.named.add(birth.name)


def killed(stage: Stage, _birth: Birth) -> None:
    stage.scene.killed.add(stage.program.who)


def too_late(_stage: Stage, birth: Birth) -> None:
    birth.at = 1000.0


def kept(stage: Stage, _birth: Birth) -> None:
    stage.fleet(on_exit="keep")


@pytest.mark.parametrize("excuse", [named, killed, too_late, kept])
def test_what_is_left_and_excused(excuse: Callable[[Stage, Birth], None]) -> None:
    def play(stage: Stage) -> str | None:
        excuse(stage, stage.pod())
        return stage.broken(judges.nothing_left_unnamed)

    assert on_stage(play) is None


def test_what_is_left_without_a_word() -> None:
    def play(stage: Stage) -> str | None:
        stage.pod()
        return stage.broken(judges.nothing_left_unnamed)

    assert on_stage(play) == "nothing-left-unnamed"


def test_what_a_killed_program_left_is_for_its_successor_to_end() -> None:
    def play(stage: Stage) -> str | None:
        birth = stage.pod()
        birth.who = "client 0.0"
        stage.scene.killed.add("client 0.0")
        stage.fleet().note_end()
        return stage.broken(judges.nothing_left_unnamed)

    assert on_stage(play) == "nothing-left-unnamed"


@pytest.mark.parametrize(
    ("status", "broken"), [(PodStatus.RUNNING, None), (PodStatus.TERMINATING, "strangers")]
)
def test_somebody_elses_pods(status: PodStatus, broken: str | None) -> None:
    def play(stage: Stage) -> str | None:
        (pod,) = stage.scene.cloud.strangers
        pod.become(status, 0.0)
        return stage.broken(judges.strangers)

    assert on_stage(play, strangers=1) == broken


@pytest.mark.parametrize(("most", "broken"), [(1.0, "money"), (1000.0, None)])
def test_dollars_in_all(most: float, broken: str | None) -> None:
    async def act() -> str | None:
        stage = Stage(price="22.40")
        stage.fleet(max_total=most)
        stage.pod()
        await anyio.sleep(36_000.0)
        found = stage.broken(judges.dollars_in_all)
        await stage.program.client.aclose()
        return found

    assert run_virtual(act) == broken


@pytest.mark.parametrize(
    ("verb", "late", "broken"),
    [
        ("wait", 0.5, None),
        ("wait", 2.0, "deadlines"),
        ("create", 30.0, None),
        ("create", 60.0, "deadlines"),
    ],
)
def test_deadlines(verb: str, late: float, broken: str | None) -> None:
    def play(stage: Stage) -> str | None:
        step = Step(at=0.0, verb=verb, arguments={"pod": "a"})
        deed = Deed(step=step, word="it", who=stage.program.who, began=0.0, due=10.0)
        deed.ended = 10.0 + late
        stage.scene.deeds.append(deed)
        return stage.broken(judges.deadlines)

    assert on_stage(play) == broken


@pytest.mark.parametrize(("took", "broken"), [(100.0, None), (900.0, "deadlines")])
def test_the_end_of_a_fleet_has_its_time(took: float, broken: str | None) -> None:
    def play(stage: Stage) -> str | None:
        facts = stage.fleet()
        facts.leaving_at, facts.ended_at = 10.0, 10.0 + took
        return stage.broken(judges.deadlines)

    assert on_stage(play) == broken


def test_a_call_that_waits_is_held() -> None:
    async def act() -> str | None:
        stage = Stage()
        scheduler = stage.program.client._account.caller.scheduler
        admission = await scheduler.admit(Lane.NORMAL, pod_operation=True)
        found = stage.broken(judges.nothing_held)
        admission.refund()
        await stage.program.client.aclose()
        return found

    assert run_virtual(act) == "nothing-held"


def test_nothing_is_held_by_a_client_at_rest() -> None:
    assert on_stage(lambda stage: stage.broken(judges.nothing_held)) is None


def test_what_nothing_has_caught_is_a_fault() -> None:
    def play(stage: Stage) -> str | None:
        stage.scene.faults.append("Task exception was never retrieved")
        return stage.broken(judges.unexpected)

    assert on_stage(play) == "classified"


def test_a_secret_that_is_told_is_found() -> None:
    def play(stage: Stage) -> str | None:
        stage.program.note_error(ValueError(f"it was {stage.program.secret}"))
        return stage.broken()

    assert on_stage(play) == "secrets"


async def test_a_call_that_is_not_on_the_wire_holds_no_credit() -> None:
    stage = Stage()
    scheduler = stage.program.client._account.caller.scheduler
    admission = await scheduler.admit(Lane.NORMAL)
    stage.program.check_books()
    assert stage.scene.broken is None  # it was granted, and is about to be sent
    scheduler.note_sent(admission)
    stage.program.check_books()
    assert stage.scene.broken is not None
    assert stage.scene.broken.invariant == "nothing-held"
    admission.answered()
    await stage.program.client.aclose()


@pytest.mark.parametrize(("late", "broken"), [(False, None), (True, "first-come")])
async def test_a_refused_call_stands_in_front_of_later_ones(late: bool, broken: str | None) -> None:
    stage = Stage()
    dispatcher = stage.program.client._account.caller.scheduler._dispatcher  # type: ignore[attr-defined]
    first = dispatcher.submit(Lane.NORMAL, 0.0)
    second = dispatcher.submit(Lane.NORMAL, 1.0)
    if late:
        first.number, second.number = second.number, first.number
    stage.program.was_refused = True
    stage.program.check_books()
    assert (stage.scene.broken and stage.scene.broken.invariant) == broken
    dispatcher.withdraw(first)
    dispatcher.withdraw(second)
    await stage.program.client.aclose()
