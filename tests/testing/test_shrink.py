"""What becomes of a case that breaks an invariant: the smallest one that breaks it, too."""

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from yotta_async.testing.campaign.cases import Case, Step
from yotta_async.testing.campaign.outcomes import Broken, Outcome
from yotta_async.testing.campaign.shrink import TRIES, shrink
from yotta_async.testing.worlds import Spell, World


Run = Callable[[Case], Outcome]

VERBS = ("list", "watch", "hook", "close")
SPELLS = st.builds(Spell, kind=st.sampled_from(["silent", "full"]), at=st.floats(0, 900))
WORLDS = st.builds(
    World,
    list_lag=st.floats(0, 200),
    strangers=st.integers(0, 5),
    refuse=st.floats(0, 1),
    names=st.sampled_from(["kept", "cut"]),
    spells=st.lists(SPELLS, max_size=3),
)
STEPS = st.builds(
    Step,
    at=st.floats(0, 3600),
    client=st.integers(0, 2),
    verb=st.sampled_from(VERBS),
    arguments=st.dictionaries(st.sampled_from(["pod", "timeout"]), st.integers(0, 50)),
)
CASES = st.builds(
    Case,
    seed=st.integers(0, 1 << 30),
    world=WORLDS,
    steps=st.lists(STEPS, max_size=8).map(tuple),
    hours=st.sampled_from([0.0, 1.0, 24.0]),
)
# What is to be in a case for the invariant to break.
NEEDS = st.fixed_dictionaries(
    {
        "verbs": st.frozensets(st.sampled_from(VERBS)),
        "fields": st.frozensets(st.sampled_from(["list_lag", "strangers", "refuse", "names"])),
        "spells": st.integers(0, 2),
    }
)


def outcome_of(case: Case, invariant: str | None) -> Outcome:
    broken = Broken(invariant=invariant, at=1.0, text="it broke") if invariant else None
    return Outcome(case=case, broken=broken, figures={}, story=())


def breaks_with(needs: dict[str, frozenset[str] | int]) -> Run:
    """Return what runs a case that breaks `window` if it has all that is needed."""

    def run(case: Case) -> Outcome:
        has = {
            "verbs": frozenset(step.verb for step in case.steps),
            "fields": frozenset(case.world.to_dict()),
            "spells": len(case.world.spells),
        }
        breaks = all(has[what] >= needed for what, needed in needs.items())
        return outcome_of(case, "window" if breaks else None)

    return run


@given(CASES, NEEDS)
def test_what_is_left_breaks_the_same_invariant(
    case: Case, needs: dict[str, frozenset[str] | int]
) -> None:
    run = breaks_with(needs)
    before = run(case)
    after = shrink(before, run, tries=100).outcome
    assert run(after.case).broken == after.broken == before.broken


@given(CASES, NEEDS)
@settings(max_examples=25)
def test_only_what_the_invariant_needs_is_left(
    case: Case, needs: dict[str, frozenset[str] | int]
) -> None:
    run = breaks_with(needs)
    if (before := run(case)).broken is None:
        return
    left = shrink(before, run, tries=5000).outcome.case
    fields = needs["fields"]
    assert isinstance(fields, frozenset)
    assert sorted(step.verb for step in left.steps) == sorted(needs["verbs"])  # type: ignore[arg-type]
    assert set(left.world.to_dict()) == fields | ({"spells"} if needs["spells"] else set())
    assert len(left.world.spells) == needs["spells"]
    assert left.hours == 0
    assert not any(step.arguments or step.client or step.at for step in left.steps)


@given(CASES, NEEDS, st.integers(0, 40))
def test_no_more_cases_are_run_than_allowed_and_none_twice(
    case: Case, needs: dict[str, frozenset[str] | int], tries: int
) -> None:
    tried: list[Case] = []
    run = breaks_with(needs)

    def counted(each: Case) -> Outcome:
        tried.append(each)
        return run(each)

    found = shrink(run(case), counted, tries=tries)
    assert len(tried) == found.tries <= tries
    assert len({str(each.to_dict()) for each in tried}) == len(tried)


@given(CASES)
def test_the_same_case_is_shrunk_to_the_same(case: Case) -> None:
    run = breaks_with({"verbs": frozenset(case.steps[0].verb) if case.steps else frozenset()})
    first, second = (shrink(outcome_of(case, "window"), run, tries=60) for _ in range(2))
    assert first == second


def test_a_number_comes_near_to_the_least_that_breaks() -> None:
    def run(case: Case) -> Outcome:
        return outcome_of(case, "window" if case.world.list_lag >= 17 else None)

    left = shrink(run(Case(world=World(list_lag=150.0))), run).outcome.case
    assert 17 <= left.world.list_lag < 2 * 17


def test_a_number_comes_near_to_that_of_a_calm_world() -> None:
    def run(case: Case) -> Outcome:
        return outcome_of(case, "slots" if case.world.requests < 110 else None)

    left = shrink(run(Case(world=World(requests=60))), run).outcome.case
    assert 100 < left.world.requests < 110


def test_a_smaller_case_that_breaks_another_invariant_is_not_taken() -> None:
    def run(case: Case) -> Outcome:
        return outcome_of(case, "window" if len(case.steps) > 1 else "slots")

    steps = tuple(Step(at=float(at), verb="list") for at in range(4))
    assert len(shrink(run(Case(steps=steps)), run).outcome.case.steps) == 2


def test_a_case_that_cannot_be_is_not_run() -> None:
    def run(case: Case) -> Outcome:
        assert all(spell.kind == "full" for spell in case.world.spells)
        return outcome_of(case, "window" if case.world.spells else None)

    world = World(spells=[Spell(kind="full", at=3.0, seconds=600.0, value=2.0)])
    left = shrink(run(Case(world=world)), run, tries=TRIES).outcome.case
    assert left.world.spells == (Spell(kind="full", at=0.0),)


def test_what_breaks_nothing_is_returned_and_nothing_is_run() -> None:
    green = outcome_of(Case(steps=(Step(at=0.0, verb="list"),)), None)
    found = shrink(green, breaks_with({}))
    assert found.outcome is green
    assert found.tries == 0
