"""What a fleet does next, case by case."""

from collections.abc import Collection, Iterable, Sequence
from math import inf, nan

import pytest
from attrs import evolve, field, frozen

from yotta_async.errors import ConfigurationError
from yotta_async.fleet.rules.actions import Create, Delete, GiveUp, Resume, Verify
from yotta_async.fleet.rules.ledger import Ledger
from yotta_async.fleet.rules.members import Member, ReplacePolicy, Stage
from yotta_async.fleet.rules.names import FleetPodName
from yotta_async.fleet.rules.reasons import Reason, ReasonKind
from yotta_async.fleet.rules.reconcile import Reconciled, implausible, reconcile


RULES = ReplacePolicy(replacements=2, starting=100.0, health=50.0, vanished=20.0, patience=200.0)
NOW = 1000.0
MARK, ANOTHER, OWNER = "0a1b2c", "ffffff", "69c67140beef"
FAILED = Reason.of(ReasonKind.FAILED, "FAILED")
VANISHED = Reason.of(ReasonKind.VANISHED)
TWIN = Reason.of(ReasonKind.TWIN)
OUTDATED = Reason.of(ReasonKind.OUTDATED)
UNWANTED = Reason.of(ReasonKind.UNWANTED)
GIVEN_UP = Reason.of(ReasonKind.GIVEN_UP)


def full(name: str, mark: str = MARK) -> str:
    """Return the whole name for the first words of one."""
    return name if FleetPodName.parse(name) else f"{name}-{mark}-{OWNER}"


@frozen
class Listed:
    id: str
    name: str = field(default="a-k-1", converter=full)
    status: str = "RUNNING"
    is_ready: bool = True
    gpu_type: str | None = None
    gpu_count: int | None = None


def starting(pod_id: str, name: str = "a-k-1") -> Listed:
    return Listed(pod_id, name, "INITIALIZING", is_ready=False)


def unhealthy(pod_id: str, name: str = "a-k-1") -> Listed:
    return Listed(pod_id, name, is_ready=False)


def paused(pod_id: str, name: str = "a-k-1") -> Listed:
    return Listed(pod_id, name, "PAUSED", is_ready=False)


def outdated(pod_id: str, name: str = "a-k-1", status: str = "RUNNING") -> Listed:
    return Listed(pod_id, full(name, ANOTHER), status)


def deletion(pod_id: str, name: str, reason: Reason) -> Delete:
    return Delete(pod_id, full(name), reason, bills=reason is not FAILED)


def look(
    members: Iterable[Member],
    pods: Sequence[Listed],
    now: float = NOW,
    in_flight: Collection[str] = (),
    rules: ReplacePolicy = RULES,
) -> Reconciled:
    wanted = {member.key: member for member in members}
    named = [(pod, name) for pod in pods if (name := FleetPodName.parse(pod.name))]
    ledger = Ledger(rules)
    ledger.see(pods, now)
    return reconcile(wanted, named, in_flight, now, rules, ledger=ledger)


def wanted(key: str = "k", mark: str = MARK) -> Member:
    return Member(key=key, mark=mark)


def with_pod(pod_id: str = "1", generation: int = 1, since: float = 0.0) -> Member:
    """Return a member whose pod has been READY for long."""
    return wanted().with_pod(pod_id, generation, since).at(Stage.READY, since)


FRESH = wanted()


# What is wanted and is not there.


def test_whoever_has_no_pod_gets_one_in_the_order_asked_for() -> None:
    keys = ["b", "a", "c"]
    outlook = look([wanted(key) for key in keys], [])
    assert outlook.actions == tuple(Create(key, 1) for key in keys)


def test_a_name_that_was_listed_is_not_given_again() -> None:
    outlook = look([FRESH], [Listed("1", "a-k-7", "TERMINATING")])
    assert outlook.actions == (Create("k", 8),)


def test_a_name_that_was_tried_is_not_given_again() -> None:
    assert look([FRESH.trying(3)], []).actions == (Create("k", 4),)
    assert FRESH.trying(3).trying(2).generation == 3


def test_nothing_is_made_before_its_time() -> None:
    member = evolve(FRESH, not_before=NOW)
    assert look([member], [], NOW - 1).actions == ()
    assert look([member], [], NOW).actions == (Create("k", 1),)


def test_nothing_is_done_about_a_key_that_something_is_under_way_for() -> None:
    pods = [Listed("1", status="FAILED"), Listed("2"), Listed("3", "a-gone-1")]
    outlook = look([FRESH], pods, in_flight={"k", "gone"})
    assert outlook == Reconciled({"k": FRESH}, ())


# Adoption.


@pytest.mark.parametrize(
    ("pods", "best"),
    [
        ([Listed("1", "a-k-1"), Listed("2", "a-k-2")], "2"),  # the newer try
        ([Listed("1", "a-k-1"), starting("2", "a-k-2")], "1"),  # the further one
        ([Listed("10"), Listed("9")], "9"),  # the older twin
        ([Listed("1", status="PAUSED"), starting("2")], "2"),
        ([Listed("1", status="PAUSED"), Listed("2", status="PAUSING")], "1"),
        ([Listed("1", status="NEW"), Listed("2", status="PAUSING")], "2"),
        ([Listed("1", status="FAILED"), Listed("2", status="NEW")], "2"),
        ([Listed("1", status="TERMINATING"), starting("2")], "2"),
    ],
)
def test_of_what_there_is_the_best_is_taken_and_all_others_deleted(
    pods: list[Listed], best: str
) -> None:
    outlook = look([FRESH], pods)
    deleted = {each.pod_id for each in outlook.actions if isinstance(each, Delete)}
    others = {each.id for each in pods if each.id != best and each.status != "TERMINATING"}
    assert outlook.members["k"].pod_id == best
    assert deleted == others
    assert outlook.members["k"].reasons == ()


def test_whoever_has_a_pod_keeps_it_whatever_else_turns_up() -> None:
    own = with_pod("9")
    outlook = look([own], [Listed("1", "a-k-5"), unhealthy("9")])
    assert outlook.members["k"].pod_id == "9"
    assert outlook.actions == (deletion("1", "a-k-5", TWIN),)


def test_a_pod_listed_twice_is_one() -> None:
    outlook = look([with_pod("1")], [Listed("1"), Listed("2"), Listed("2"), Listed("1")])
    assert outlook.actions == (deletion("2", "a-k-1", TWIN),)


def test_when_its_own_pod_fails_a_sound_twin_takes_its_place() -> None:
    outlook = look([with_pod("1")], [Listed("1", status="FAILED"), Listed("2")])
    member = outlook.members["k"]
    assert (member.pod_id, member.stage) == ("2", Stage.READY)
    assert member.reasons == (FAILED,)
    assert outlook.actions == (deletion("1", "a-k-1", FAILED),)


def test_failed_pods_of_an_earlier_run_count_once_and_are_deleted() -> None:
    pods = [Listed(str(each), f"a-k-{each}", "FAILED") for each in (1, 2)]
    outlook = look([FRESH], pods)
    assert outlook.members["k"].reasons == (FAILED,)
    assert {each.pod_id for each in outlook.actions if isinstance(each, Delete)} == {"1", "2"}
    assert outlook.actions[-1] == Create("k", 3)


def test_none_is_made_while_there_are_as_many_for_its_key_as_there_may() -> None:
    pods = [Listed(str(each), f"a-k-{each}", "FAILED") for each in (1, 2, 3)]
    outlook = look([FRESH], pods)
    assert all(isinstance(each, Delete) for each in outlook.actions)
    assert outlook.members["k"].hindered_since == NOW


def test_a_stage_counts_from_the_list_that_shows_it() -> None:
    began = [
        FRESH.with_pod("1", 1, NOW),
        with_pod().without_pod(VANISHED, NOW),
        FRESH.given_up(NOW),
    ]
    shown = [look([FRESH], [pod]).members["k"] for pod in (starting("1"), Listed("1"))]
    assert {member.since for member in (*began, *shown)} == {NOW}


def test_the_next_pod_has_deadlines_of_its_own() -> None:
    late = following([starting("1")] * 3, 60.0).members["k"]
    assert look([late], [starting("2", "a-k-2")], NOW + 120).members["k"].reasons == late.reasons
    again = look([late], [starting("2", "a-k-2")], NOW + 150).members["k"]
    assert look([again], [starting("2", "a-k-2")], NOW + 240).members["k"].reasons == late.reasons


# A list that lags.


def test_a_failed_pod_that_is_still_listed_is_not_taken_again() -> None:
    """Its successor may not be listed yet."""
    failed = Listed("1", status="FAILED")
    first = look([with_pod("1")], [failed])
    member = first.members["k"].with_pod("2", 2, NOW + 1)
    again = look([member], [failed], NOW + 5)
    assert again.members["k"].pod_id == "2"
    assert again.members["k"].reasons == (FAILED,)
    assert again.actions == (deletion("1", "a-k-1", FAILED),)


def test_a_pod_that_was_to_be_deleted_is_not_taken_from_an_old_list() -> None:
    twins = [Listed("1"), Listed("2")]
    member = look([with_pod("1")], twins).members["k"].without_pod(VANISHED, NOW)
    outlook = look([member], twins[1:])
    assert outlook.members["k"].pod_id is None
    assert set(outlook.actions) == {deletion("2", "a-k-1", TWIN), Create("k", 2)}


def test_a_pod_that_no_list_has_shown_yet_is_waited_for() -> None:
    made = FRESH.with_pod("1", 1, NOW)
    for since in (-50.0, 0.0, 19.0):
        outlook = look([made], [], NOW + since)
        assert (outlook.members["k"].stage, outlook.actions) == (Stage.MADE, ())
    assert look([made], [], NOW + 20).actions == (Verify("k", "1"),)


def test_a_missing_pod_is_asked_about_after_a_grace_and_replaced_only_then() -> None:
    member = with_pod("1")
    for since in (0.0, 10.0, 19.0):
        outlook = look([member], [], NOW + since)
        member = outlook.members["k"]
        assert (member.stage, outlook.actions) == (Stage.MISSING, ())
    asked = look([member], [], NOW + 20)
    assert asked.actions == (Verify("k", "1"),)
    gone = asked.members["k"].without_pod(VANISHED, NOW + 21)
    assert look([gone], [], NOW + 25).actions == (Create("k", 2),)


def test_a_missing_pod_that_is_there_after_all_has_another_grace() -> None:
    missing = look([with_pod("1")], [], NOW).members["k"].still_there(NOW + 21)
    assert look([missing], [], NOW + 40).actions == ()
    assert look([missing], [], NOW + 41).actions == (Verify("k", "1"),)


def test_a_missing_pod_that_is_listed_again_is_what_it_was() -> None:
    missing = look([with_pod("1")], [], NOW).members["k"]
    back = look([missing], [Listed("1")], NOW + 19)
    assert (back.members["k"].stage, back.actions) == (Stage.READY, ())
    assert look([back.members["k"]], [], NOW + 25).actions == ()


def test_while_its_own_pod_is_missing_no_other_is_deleted_or_taken() -> None:
    outlook = look([with_pod("1")], [Listed("2")])
    assert (outlook.members["k"].pod_id, outlook.actions) == ("1", ())
    gone = outlook.members["k"].without_pod(VANISHED, NOW)
    assert look([gone], [Listed("2")]).members["k"].pod_id == "2"


# A list that is not to be believed.


def fleet_of(number: int) -> dict[str, Member]:
    return {
        str(each): wanted(str(each)).with_pod(str(each), 1, 0.0).at(Stage.READY, 1.0)
        for each in range(number)
    }


@pytest.mark.parametrize(
    ("known", "listed", "doubtful"),
    [(0, 0, False), (3, 0, False), (4, 0, True), (4, 1, True), (4, 2, False), (200, 99, True)],
)
def test_a_list_without_more_than_half_of_the_pods_is_doubted(
    known: int, listed: int, doubtful: bool
) -> None:
    pods = [Listed(str(each), f"a-{each}-1") for each in range(listed)]
    pods.append(Listed("somebody else's", "b-1-1"))
    doubt = implausible(fleet_of(known), pods)
    assert doubt == (Verify(str(listed), str(listed)) if doubtful else None)


@pytest.mark.parametrize(
    "member",
    [FRESH, FRESH.with_pod("1", 1, 0.0), with_pod().at(Stage.MISSING, 5.0), FRESH.given_up(0.0)],
    ids=["wanted", "made", "missing", "lost"],
)
def test_pods_that_were_not_listed_before_cast_no_doubt(member: Member) -> None:
    assert implausible({str(each): member for each in range(9)}, []) is None


def test_no_list_alone_makes_a_pod_to_be_replaced() -> None:
    """However often, and however empty."""
    members: Iterable[Member] = fleet_of(200).values()
    for tick in range(100):
        outlook = look(members, [], NOW + 10 * tick)
        members = outlook.members.values()
        assert all(isinstance(action, Verify) for action in outlook.actions)


# Deadlines.


def following(pods: Sequence[Listed | None], step: float) -> Reconciled:
    """Show the same member list after list, a step apart."""
    outlook = Reconciled({"k": FRESH})
    for tick, pod in enumerate(pods):
        shown = [pod] if pod else []
        outlook = look(outlook.members.values(), shown, NOW + tick * step)
    return outlook


@pytest.mark.parametrize(
    ("pod", "deadline", "kind"),
    [
        (starting("1"), 100.0, ReasonKind.NOT_STARTED),
        (unhealthy("1"), 50.0, ReasonKind.UNHEALTHY),
    ],
)
def test_each_phase_has_its_deadline(pod: Listed, deadline: float, kind: ReasonKind) -> None:
    first = look([FRESH], [pod], NOW).members["k"]
    assert look([first], [pod], NOW + deadline).actions == ()
    late = look([first], [pod], NOW + deadline + 1)
    reason = Reason.of(kind, deadline)
    assert late.actions == (deletion("1", "a-k-1", reason), Create("k", 2))
    assert late.members["k"].reasons == (reason,)


def test_the_health_deadline_begins_when_the_pod_runs() -> None:
    assert following([starting("1")] * 9 + [unhealthy("1")] * 5, 10.0).actions == ()


@pytest.mark.parametrize(
    "pods",
    [
        [starting("1"), None] * 6,
        [starting("1"), unhealthy("1")] * 6,
        [starting("1"), Listed("1", status="NEW", is_ready=False)] * 6,
    ],
    ids=["missing", "restarting", "unknown"],
)
def test_going_to_and_fro_puts_off_no_deadline(pods: list[Listed | None]) -> None:
    assert len(following(pods, 19.0).members["k"].reasons) == 1


@pytest.mark.parametrize("between", [Listed("1"), Listed("1", status="PAUSED")])
@pytest.mark.parametrize("pod", [starting("1"), unhealthy("1")])
def test_a_pod_that_was_ready_or_paused_has_its_time_again(pod: Listed, between: Listed) -> None:
    assert following([pod, pod, between, pod, pod], 40.0).members["k"].reasons == ()


@pytest.mark.parametrize("status", ["NEW", "PAUSING"])
def test_about_what_is_not_understood_nothing_is_done(status: str) -> None:
    outlook = following([Listed("1", status=status, is_ready=False)] * 50, 1000.0)
    assert (outlook.members["k"].stage, outlook.actions) == (Stage.MOVING, ())


def test_without_a_deadline_a_pod_may_start_for_ever() -> None:
    rules = ReplacePolicy(starting=inf)
    first = look([FRESH], [starting("1")], NOW, rules=rules)
    assert look(first.members.values(), [starting("1")], NOW + 1e9, rules=rules).actions == ()


def test_without_a_grace_a_missing_pod_is_asked_about_at_once() -> None:
    rules = ReplacePolicy(replacements=0, starting=0, health=0, vanished=0)
    assert look([with_pod("1")], [], rules=rules).actions == (Verify("k", "1"),)


@pytest.mark.parametrize("name", ["starting", "health", "vanished", "patience"])
@pytest.mark.parametrize("value", [-1, nan, "60", None, True])
def test_a_deadline_is_a_number_of_seconds(name: str, value: object) -> None:
    given: dict[str, object] = {name: value}
    with pytest.raises(ConfigurationError, match="must be seconds, 0 or more") as caught:
        ReplacePolicy(**given)  # type: ignore[arg-type]
    assert caught.value.field == name


@pytest.mark.parametrize("value", [-1, 1.5, True, None])
def test_the_bound_on_replacements_is_a_number_of_pods(value: object) -> None:
    given: dict[str, object] = {"replacements": value}
    with pytest.raises(ConfigurationError, match="must be a whole number of pods, 0 or more"):
        ReplacePolicy(**given)  # type: ignore[arg-type]


# The end of a pod.


@pytest.mark.parametrize(
    ("status", "kind", "deleted"),
    [
        ("FAILED", ReasonKind.FAILED, True),
        ("TERMINATING", ReasonKind.ENDED, False),
        ("TERMINATED", ReasonKind.ENDED, False),
    ],
)
def test_a_pod_that_ended_is_replaced(status: str, kind: ReasonKind, deleted: bool) -> None:
    outlook = look([with_pod("1")], [Listed("1", status=status)])
    reason = Reason.of(kind, status)
    expected = [deletion("1", "a-k-1", FAILED)] * deleted + [Create("k", 2)]
    assert list(outlook.actions) == expected
    assert outlook.members["k"].reasons == (reason,)


@pytest.mark.parametrize("replacements", [0, 1, 3])
def test_replacements_end_and_that_is_said_once_with_the_reasons(replacements: int) -> None:
    rules, member, made = ReplacePolicy(replacements=replacements), FRESH, 0
    for tick in range(20):
        pod = Listed(str(tick), f"a-k-{tick + 1}", "FAILED")
        outlook = look([member], [pod] if member.pod_id else [], NOW, rules=rules)
        member = outlook.members["k"]
        if Create("k", member.generation + 1) in outlook.actions:
            made += 1
            member = member.with_pod(str(tick + 1), member.generation + 1, NOW)
        elif GiveUp("k") in outlook.actions:
            break
    assert made == replacements + 1
    assert member.stage is Stage.LOST
    assert member.reasons == (FAILED,) * made
    assert look([member], [], NOW, rules=rules) == Reconciled({"k": member}, ())


@pytest.mark.parametrize("member", [FRESH, with_pod("1")], ids=["without", "with"])
def test_what_a_key_that_was_given_up_has_or_gets_is_deleted(member: Member) -> None:
    outlook = look([member.given_up(NOW)], [Listed("1")])
    assert outlook.actions == (deletion("1", "a-k-1", GIVEN_UP),)
    assert outlook.members["k"].stage is Stage.LOST


def test_a_paused_pod_is_resumed_when_it_is_time() -> None:
    assert look([FRESH], [paused("1")]).actions == (Resume("k", "1"),)
    later = evolve(FRESH, not_before=NOW + 1)
    assert look([later], [paused("1")]).actions == ()
    assert look([later], [paused("1")], NOW + 1).actions == (Resume("k", "1"),)


# Pods from another spec.


@pytest.mark.parametrize("generation", [1, 7])
@pytest.mark.parametrize("status", ["RUNNING", "INITIALIZING", "PAUSED", "FAILED", "NEW"])
def test_a_pod_from_another_spec_is_replaced_without_counting_a_reason(
    status: str, generation: int
) -> None:
    pod = outdated("1", f"a-k-{generation}", status)
    outlook = look([FRESH], [pod])
    assert outlook.actions == (
        Delete("1", pod.name, OUTDATED, bills=status != "FAILED"),
        Create("k", generation + 1),
    )
    assert outlook.members["k"].reasons == ()


@pytest.mark.parametrize(
    ("pods", "taken"),
    [
        ([outdated("1"), Listed("2")], "2"),
        ([outdated("1"), starting("2")], "2"),  # the outdated one is further
        ([outdated("1", "a-k-9"), Listed("2")], "2"),  # or newer
        ([outdated("1"), paused("2")], "2"),
        ([outdated("1"), outdated("2", "a-k-2")], None),
    ],
)
def test_only_a_pod_of_its_own_mark_is_taken(pods: list[Listed], taken: str | None) -> None:
    outlook = look([FRESH], pods)
    assert outlook.members["k"].pod_id == taken
    assert [each for each in outlook.actions if isinstance(each, Delete)] == [
        Delete(pod.id, pod.name, OUTDATED) for pod in pods if pod.id != taken
    ]


@pytest.mark.parametrize("status", ["TERMINATING", "TERMINATED"])
def test_an_outdated_pod_that_is_ending_is_let_go(status: str) -> None:
    outlook = look([FRESH], [outdated("1", status=status)])
    assert outlook.actions == (Create("k", 2),)
    assert outlook.members["k"].reasons == ()


def test_an_outdated_pod_is_deleted_until_no_list_shows_it() -> None:
    pod = outdated("1")
    member = look([FRESH], [pod]).members["k"].with_pod("2", 2, NOW)
    again = look([member], [pod, Listed("2", "a-k-2")], NOW + 5)
    assert again.actions == (Delete("1", pod.name, OUTDATED),)
    assert look(again.members.values(), [Listed("2", "a-k-2")], NOW + 10).actions == ()


def test_an_outdated_pod_is_deleted_even_while_its_own_is_missing() -> None:
    """It can be no substitute."""
    pod = outdated("2")
    outlook = look([with_pod("1")], [pod])
    assert outlook.members["k"].stage is Stage.MISSING
    assert outlook.actions == (Delete("2", pod.name, OUTDATED),)


def test_an_outdated_pod_is_no_twin_that_takes_a_failed_one_s_place() -> None:
    pods = [Listed("1", status="FAILED"), outdated("2")]
    outlook = look([with_pod("1")], pods)
    member = outlook.members["k"]
    assert (member.pod_id, member.reasons) == (None, (FAILED,))
    assert outlook.actions[-1] == Create("k", 2)


def test_a_spec_may_change_more_often_than_a_pod_may_be_replaced() -> None:
    pod = Listed("0", full("a-k-1", "000000"))
    for change in range(1, 10):
        mark = f"{change:06}"
        outlook = look([wanted(mark=mark)], [pod])
        made = Create("k", change + 1)
        assert outlook.actions == (Delete(pod.id, pod.name, OUTDATED), made)
        pod = Listed(str(change), full(f"a-k-{made.generation}", mark))


def test_the_pods_of_a_key_that_nobody_wants_are_deleted_whatever_they_were_made_from() -> None:
    pods = [outdated("1", "a-old-1"), Listed("2", "a-old-1")]
    deletions = tuple(Delete(pod.id, pod.name, UNWANTED) for pod in pods)
    assert look([], pods).actions == deletions


@pytest.mark.parametrize("began", [FRESH.with_pod("1", 1, NOW), with_pod("1")], ids=["made", "up"])
def test_a_member_whose_own_pod_was_made_from_another_spec_lets_go_of_it(began: Member) -> None:
    """As after a create that was under way while the spec changed."""
    pod = outdated("1")
    outlook = look([began], [pod])
    assert outlook.actions == (Delete("1", pod.name, OUTDATED), Create("k", 2))
    assert (outlook.members["k"].pod_id, outlook.members["k"].reasons) == (None, ())


# Hindrance, and the end of patience.


STUCK = FRESH.hindered(NOW, NOW + 5)
ASLEEP = with_pod("1").at(Stage.PAUSED, NOW)


def test_a_hindrance_puts_off_the_next_try() -> None:
    assert look([STUCK], [], NOW + 4).actions == ()
    assert look([STUCK], [], NOW + 5).actions == (Create("k", 1),)


def test_a_hindrance_counts_from_its_beginning() -> None:
    again = STUCK.hindered(NOW + 50, NOW + 60)
    assert (again.hindered_since, again.not_before) == (NOW, NOW + 60)


def test_a_hindrance_counts_no_reason() -> None:
    member = FRESH
    for tick in range(100):
        member = member.hindered(NOW + tick, NOW + tick)
    outlook = look([member], [], NOW + 100)
    assert outlook.members["k"].reasons == ()
    assert outlook.actions == (Create("k", 1),)


@pytest.mark.parametrize(
    ("member", "pods", "step"),
    [(FRESH, [], Create("k", 1)), (ASLEEP, [paused("1")], Resume("k", "1"))],
    ids=["wanted", "paused"],
)
def test_whoever_is_hindered_for_longer_than_patience_is_given_up(
    member: Member, pods: list[Listed], step: Create | Resume
) -> None:
    member = member.hindered(NOW, NOW).hindered(NOW + 150, NOW + 160)
    assert look([member], pods, NOW + 200).actions == (step,)
    outlook = look([member], pods, NOW + 201)
    assert outlook.actions == (GiveUp("k"),)
    assert (outlook.members["k"].stage, outlook.members["k"].pod_id) == (Stage.LOST, None)


def test_patience_may_end_before_the_next_try() -> None:
    member = FRESH.hindered(NOW, NOW + 480)
    assert look([member], [], NOW + 201).actions == (GiveUp("k"),)


@pytest.mark.parametrize("pods", [[], [paused("1")]], ids=["wanted", "paused"])
def test_that_patience_has_ended_is_said_once(pods: list[Listed]) -> None:
    member = (ASLEEP if pods else FRESH).hindered(NOW, NOW)
    lost = look([member], pods, NOW + 201).members["k"]
    assert look([lost], pods, NOW + 300) == Reconciled({"k": lost}, ())


def test_a_paused_pod_of_a_key_that_was_given_up_is_left_alone() -> None:
    """What is on its volumes may be all there is."""
    lost = ASLEEP.given_up(NOW)
    assert look([lost], [paused("1"), paused("2")]) == Reconciled({"k": lost}, ())


def test_a_pod_of_a_key_that_was_given_up_is_deleted_once_somebody_wakes_it() -> None:
    lost = look([ASLEEP.given_up(NOW)], [paused("1")]).members["k"]
    outlook = look([lost], [starting("1")])
    assert outlook.actions == (deletion("1", "a-k-1", GIVEN_UP),)


def test_giving_up_keeps_the_reasons_that_there_were() -> None:
    lost = with_pod("1").without_pod(FAILED, NOW).given_up(NOW + 1)
    assert lost.reasons == (FAILED,)
    assert (lost.stage, lost.pod_id, lost.since) == (Stage.LOST, None, NOW + 1)


def test_whoever_gets_a_pod_is_hindered_no_more() -> None:
    assert STUCK.with_pod("1", 1, NOW + 6).hindered_since is None


def test_a_pod_that_a_list_shows_ends_a_hindrance_too() -> None:
    member = look([STUCK], [starting("1")], NOW + 999).members["k"]
    assert (member.pod_id, member.hindered_since) == ("1", None)


@pytest.mark.parametrize("pod", [starting("1"), unhealthy("1"), Listed("1")])
def test_whoever_has_a_pod_that_is_up_is_not_given_up_for_what_hindered_it(pod: Listed) -> None:
    member = with_pod("1").hindered(NOW, NOW)
    assert look([member], [pod], NOW + 999).actions == ()


def test_the_next_hindrance_has_all_the_patience_again() -> None:
    member = STUCK.with_pod("1", 1, NOW + 150).without_pod(FAILED, NOW + 160)
    member = member.hindered(NOW + 170, NOW + 170)
    assert look([member], [], NOW + 370).actions == (Create("k", 2),)
    assert look([member], [], NOW + 371).actions == (GiveUp("k"),)


@pytest.mark.parametrize("between", [starting("1"), unhealthy("1"), Listed("1")])
def test_a_pod_that_was_resumed_after_all_may_be_paused_and_resumed_again(between: Listed) -> None:
    """What hindered it then hinders it no more: its patience begins anew."""
    member = ASLEEP.hindered(NOW, NOW + 5)
    member = look([member], [between], NOW + 20).members["k"]
    outlook = look([member], [paused("1")], NOW + 9999, rules=evolve(RULES, starting=inf))
    assert outlook.actions == (Resume("k", "1"),)


def test_without_an_end_of_patience_a_pod_is_tried_for_for_ever() -> None:
    rules = evolve(RULES, patience=inf)
    assert look([STUCK], [], NOW + 1e9, rules=rules).actions == (Create("k", 1),)


def test_without_patience_the_first_hindrance_is_the_last() -> None:
    rules = evolve(RULES, patience=0.0)
    assert look([STUCK], [], NOW + 1, rules=rules).actions == (GiveUp("k"),)
    assert look([FRESH], [], NOW + 1, rules=rules).actions == (Create("k", 1),)


# What is not wanted.


def test_pods_of_keys_that_nobody_wants_are_deleted_first() -> None:
    pods = [Listed("1", "a-old-1"), Listed("2", "a-old-2", "TERMINATING"), starting("3", "a-x-1")]
    deletions = (deletion("1", "a-old-1", UNWANTED), deletion("3", "a-x-1", UNWANTED))
    assert look([FRESH], pods).actions == (*deletions, Create("k", 1))


@pytest.mark.parametrize("spelling", ["terminated", "5", "TERMINATING "])
def test_any_spelling_of_a_status_will_do(spelling: str) -> None:
    assert look([FRESH], [Listed("1", status=spelling)]).actions == (Create("k", 2),)


def test_what_has_come_to_rest_stays_as_it_is() -> None:
    members = [wanted(str(each)) for each in range(50)]
    pods = [Listed(str(each), f"a-{each}-1") for each in range(50)]
    first = look(members, pods, NOW)
    second = look(first.members.values(), pods, NOW + 1e6)
    assert first.actions == ()
    assert second == first
