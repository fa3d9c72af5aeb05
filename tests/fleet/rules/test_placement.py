"""Where the next pod is tried, and how little is wasted on places that are full."""

from collections import Counter
from collections.abc import Callable, Sequence
from math import inf, nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from yotta_async.errors import ConfigurationError
from yotta_async.fleet.rules.placement import Place, Placement, Places, Trial


EAST, WEST, NORTH = (Place(region, "H100") for region in ("east", "west", "north"))
ALL = (EAST, WEST, NORTH)
ORDERED, SPREAD = Placement(pause=60.0), Placement(pause=60.0, strategy="spread")
SLOTS = 5


def full(places: Places, place: Place, now: float, placement: Placement = ORDERED) -> None:
    places.note_full(places.begin(place, now), placement, now)


def choice(places: Places, now: float, placement: Placement = ORDERED) -> Place | None:
    return places.choose(ALL, placement, {}, now)


# Places without clear answers.


def unanswered(places: Places, place: Place, number: int) -> None:
    for _ in range(number):
        places.note_unanswered(places.begin(place, 0.0))


@pytest.mark.parametrize(("number", "chosen"), [(2, EAST), (3, WEST), (300, WEST)])
def test_a_place_that_gives_no_clear_answer_three_times_is_the_last_choice(
    number: int, chosen: Place
) -> None:
    """[S1]."""
    places = Places()
    unanswered(places, EAST, number)
    assert choice(places, 0.0) == chosen


def test_where_no_place_gives_clear_answers_the_order_is_as_the_user_says() -> None:
    """[S1] As in an outage, which says nothing of places."""
    places = Places()
    for place in ALL:
        unanswered(places, place, 3)
    assert choice(places, 0.0) == EAST


def test_a_place_without_clear_answers_is_closed_once_another_accepts_a_pod() -> None:
    """[S1] For a pause, and twice as long when one more attempt shows the same."""
    places = Places()
    for number, pause in ((3, 60.0), (1, 120.0)):
        unanswered(places, EAST, number)
        places.note_accepted(places.begin(WEST, 0.0))
        places.close_ill(ORDERED, 0.0)
        assert places.reopening(EAST) == pause
        assert choice(places, pause - 1.0) == WEST


def test_a_place_that_answers_clearly_once_is_as_good_as_the_others() -> None:
    """[S1]."""
    places = Places()
    unanswered(places, EAST, 3)
    places.note_accepted(places.begin(EAST, 0.0))
    places.close_ill(ORDERED, 0.0)
    assert choice(places, 0.0) == EAST


# What the user says.


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("strategy", "random"),
        ("regions", ["east", ""]),
        ("regions", [None]),
        ("gpu_types", [1]),
        ("gpu_types", " "),
        ("pause", -1),
        ("pause", inf),
        ("pause", True),
        ("pause", nan),
        ("pause", "60"),
        ("quotas", {"": 1}),
        ("quotas", {5: 1}),
    ],
    ids=repr,
)
def test_a_setting_that_cannot_be_is_refused(setting: str, value: object) -> None:
    settings: dict[str, object] = {setting: value}
    with pytest.raises(ConfigurationError) as caught:
        Placement(**settings)  # type: ignore[arg-type]
    assert caught.value.field == setting


@pytest.mark.parametrize("quota", [-1, 1.5, True, None])
def test_a_quota_is_a_number_of_pods(quota: object) -> None:
    quotas: dict[str, object] = {"east": quota}
    with pytest.raises(
        ConfigurationError, match="must be a whole number of pods, 0 or more"
    ) as caught:
        Placement(quotas=quotas)  # type: ignore[arg-type]
    assert caught.value.field == "quotas['east']"


def test_a_quota_of_a_misspelt_region_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="must be one of the regions"):
        Placement(regions=["east"], quotas={"eats": 5})


def test_what_is_done_to_the_quotas_later_changes_nothing() -> None:
    quotas = {"east": 5}
    placement = Placement(quotas=quotas)
    quotas.clear()
    assert placement.quota(EAST) == 5


def test_the_best_type_is_tried_in_all_regions_before_the_next_type() -> None:
    placement = Placement(regions=["east", "west", "east"], gpu_types=["H100", "A100"])
    expected = ["H100 in east", "H100 in west", "A100 in east", "A100 in west"]
    assert [str(place) for place in placement.places(["north"], "B200")] == expected


@pytest.mark.parametrize(
    ("regions", "expected"),
    [([], "B200 in any region"), (["north", "north"], "B200 in north")],
)
def test_without_a_placement_the_spec_says_where(regions: list[str], expected: str) -> None:
    assert [str(each) for each in Placement().places(regions, "B200")] == [expected]


def test_one_region_or_type_may_be_given_as_a_text() -> None:
    placement = Placement(regions="east", gpu_types="H100")
    assert placement.places(["west"], "B200") == (EAST,)


# Which place is chosen.


@pytest.mark.parametrize(
    ("placement", "load", "expected"),
    [
        (ORDERED, {}, EAST),
        (ORDERED, {EAST: 100}, EAST),
        (SPREAD, {}, EAST),
        (SPREAD, {EAST: 1}, WEST),
        (SPREAD, {EAST: 2, WEST: 1, NORTH: 1}, WEST),
        (SPREAD, {EAST: 2, WEST: 3, NORTH: 1}, NORTH),
        (Placement(quotas={"east": 2}), {EAST: 1}, EAST),
        (Placement(quotas={"east": 2}), {EAST: 2}, WEST),
        (Placement(quotas={"east": 2}), {Place("east", "A100"): 2}, WEST),
        (Placement(quotas={"east": 0, "west": 0}), {}, NORTH),
        (Placement(quotas={"east": 0, "west": 0, "north": 0}), {}, None),
        (Placement(strategy="spread", quotas={"east": 1}), {EAST: 1, WEST: 9, NORTH: 9}, WEST),
    ],
)
def test_the_first_open_place_or_the_emptiest_is_chosen(
    placement: Placement, load: dict[Place, int], expected: Place | None
) -> None:
    assert Places().choose(ALL, placement, load, 0.0) == expected


def test_where_any_region_will_do_no_quota_is_asked_for() -> None:
    anywhere = Place(None, "H100")
    load = {anywhere: 9}
    assert Places().choose([anywhere], Placement(quotas={"east": 0}), load, 0.0) == anywhere


@pytest.mark.parametrize("placement", [ORDERED, SPREAD], ids=["ordered", "spread"])
def test_a_pod_that_failed_goes_elsewhere_if_it_can(placement: Placement) -> None:
    places = Places()
    assert places.choose(ALL, placement, {WEST: 1, NORTH: 2}, 0.0, failed_in=EAST) == WEST
    assert places.choose([EAST], placement, {}, 0.0, failed_in=EAST) == EAST


# What is remembered.


def test_a_full_place_is_left_alone_for_twice_as_long_each_time_up_to_eightfold() -> None:
    places, now, pauses = Places(), 0.0, list[float]()
    for _ in range(6):
        full(places, EAST, now)
        opens = places.next_opening([EAST], now)
        pauses.append(opens - now)
        assert choice(places, opens - 0.001) == WEST
        assert choice(places, opens) == EAST
        now = opens
    assert pauses == [60, 120, 240, 480, 480, 480]


def test_without_a_pause_a_full_place_is_tried_again_at_once_by_one_pod() -> None:
    places, placement = Places(), Placement(pause=0)
    full(places, EAST, 5.0, placement)
    assert choice(places, 5.0, placement) == EAST
    places.begin(EAST, 5.0)
    assert choice(places, 5.0, placement) == WEST


def test_a_place_that_was_full_for_ever_is_still_asked_at_the_longest_pause() -> None:
    places, now = Places(), 0.0
    for _ in range(2000):
        full(places, EAST, now)
        now = places.next_opening([EAST], now)
    assert places.next_opening([EAST], now - 1) == now


def test_no_number_of_strikes_takes_long_to_reckon_with() -> None:
    places = Places()
    full(places, EAST, 0.0)
    places._memory[EAST].strikes = 10**18
    full(places, EAST, 60.0)
    assert places.next_opening([EAST], 60.0) == 60.0 + 480.0


def test_one_pod_at_a_time_tries_a_place_that_was_full() -> None:
    places = Places()
    full(places, EAST, 0.0)
    assert choice(places, 60.0) == EAST
    places.begin(EAST, 60.0)
    assert choice(places, 359.9) == WEST


def test_whoever_tries_a_place_for_longer_than_five_minutes_will_never_tell() -> None:
    places = Places()
    full(places, EAST, 0.0)
    places.begin(EAST, 60.0)
    assert choice(places, 360.0) == EAST
    places.begin(EAST, 361.0)
    assert choice(places, 660.9) == WEST


def test_a_probe_without_an_answer_lets_the_next_one_try() -> None:
    places = Places()
    full(places, EAST, 0.0)
    probe = places.begin(EAST, 60.0)
    places.note_no_answer(probe)
    assert choice(places, 60.0) == EAST
    places.begin(EAST, 60.0)
    assert choice(places, 60.0) == WEST


@pytest.mark.parametrize("tell", [Places.note_accepted, Places.note_running])
def test_a_place_that_refused_is_open_again_to_all_once_it_takes_a_pod(tell: object) -> None:
    places = Places()
    full(places, EAST, 0.0)
    assert callable(tell)
    tell(places, places.begin(EAST, 60.0))
    assert choice(places, 60.0) == EAST
    places.begin(EAST, 60.0)
    assert choice(places, 60.0) == EAST
    full(places, EAST, 60.0)
    assert places.next_opening([EAST], 60.0) == 120.0


def test_one_failed_pod_closes_no_place_and_two_in_a_row_do() -> None:
    places = Places()
    places.note_failed(places.begin(EAST, 0.0), ORDERED, 0.0)
    assert choice(places, 0.0) == EAST
    places.note_failed(places.begin(EAST, 10.0), ORDERED, 10.0)
    assert choice(places, 10.0) == WEST
    assert places.next_opening(ALL, 10.0) == 70.0


def test_a_pod_that_runs_makes_up_for_one_that_failed() -> None:
    places = Places()
    for now in range(10):
        places.note_failed(places.begin(EAST, now), ORDERED, now)
        places.note_running(places.begin(EAST, now))
    assert choice(places, 10.0) == EAST


def test_where_pods_fail_a_create_that_is_accepted_proves_nothing() -> None:
    places = Places()
    for _ in range(2):
        trial = places.begin(EAST, 0.0)
        places.note_accepted(trial)
        places.note_failed(trial, ORDERED, 0.0)
    probe = places.begin(EAST, 60.0)
    places.note_accepted(probe)
    assert choice(places, 60.0) == WEST
    places.note_running(probe)
    assert choice(places, 60.0) == EAST


def test_a_probe_that_fails_closes_the_place_at_once() -> None:
    places = Places()
    full(places, EAST, 0.0)
    places.note_failed(places.begin(EAST, 60.0), ORDERED, 60.0)
    assert places.next_opening([EAST], 60.0) == 180.0


def failing(places: Places, place: Place, now: float) -> None:
    for _ in range(2):
        places.note_failed(places.begin(place, now), ORDERED, now)


def test_where_pods_have_failed_everywhere_the_place_that_opens_first_is_tried() -> None:
    places = Places()
    for now, place in enumerate([WEST, EAST, NORTH]):
        failing(places, place, float(now))
    assert choice(places, 3.0) == WEST
    assert places.choose([NORTH, EAST], ORDERED, {}, 3.0) == EAST


@pytest.mark.parametrize("order", [(full, failing), (failing, full)])
def test_a_place_that_said_that_it_is_full_is_no_last_resort(
    order: Sequence[Callable[[Places, Place, float], None]],
) -> None:
    places = Places()
    for tell in order:
        tell(places, EAST, 0.0)
    assert places.choose([EAST], ORDERED, {}, 1.0) is None
    failing(places, WEST, 0.0)
    assert places.choose([EAST, WEST], ORDERED, {}, 1.0) == WEST


def test_an_open_place_goes_before_all_last_resorts() -> None:
    places = Places()
    failing(places, EAST, 0.0)
    failing(places, WEST, 0.0)
    assert choice(places, 1.0) == NORTH


def test_a_last_resort_has_its_quota_too() -> None:
    places, placement = Places(), Placement(quotas={"east": 1})
    failing(places, EAST, 0.0)
    assert places.choose([EAST], placement, {}, 1.0) == EAST
    assert places.choose([EAST], placement, {EAST: 1}, 1.0) is None


TELLS = ["was_full", "failed", "took", "was_free", "gave_no_answer"]


@pytest.mark.parametrize("tell", TELLS)
@pytest.mark.parametrize("probing", [False, True])
def test_what_began_before_a_place_was_known_to_be_full_tells_nothing(
    tell: str, probing: bool
) -> None:
    places = Places()
    earlier = places.begin(EAST, 0.0)
    full(places, EAST, 0.0)
    if probing:
        places.begin(EAST, 60.0)
    report(places, tell, earlier, 61.0)
    assert places.next_opening([EAST], 0.0) == (360.0 if probing else 60.0)
    assert choice(places, 60.0) == (WEST if probing else EAST)
    assert choice(places, 59.0) == WEST


def report(places: Places, tell: str, trial: Trial, now: float) -> None:
    match tell:
        case "was_full":
            places.note_full(trial, ORDERED, now)
        case "failed":
            places.note_failed(trial, ORDERED, now)
        case "took":
            places.note_accepted(trial)
        case "was_free":
            places.note_running(trial)
        case _:
            places.note_no_answer(trial)


def test_an_early_trial_tells_nothing_of_a_place_that_was_open_meanwhile_either() -> None:
    places = Places()
    earlier = places.begin(EAST, 0.0)
    full(places, EAST, 0.0)
    places.note_running(places.begin(EAST, 60.0))
    full(places, EAST, 100.0)
    places.note_running(earlier)
    assert choice(places, 100.0) == WEST


def test_the_next_opening_is_the_first_that_time_alone_brings() -> None:
    places = Places()
    assert places.next_opening(ALL, 0.0) == inf  # open already
    full(places, EAST, 0.0)
    full(places, WEST, 5.0)
    assert places.next_opening(ALL, 10.0) == 60.0
    assert places.next_opening(ALL, 60.0) == 65.0
    places.begin(WEST, 60.0)
    assert places.next_opening(ALL, 65.0) == 360.0  # when it will get no answer any more


# What 200 creates waste.


def waste(pods: int, full_regions: int, hold: float, seconds_each: float) -> Counter[Place]:
    """Create pods, some at a time, and count the refusals; full regions stay so for a while."""
    places, refusals, now, done = Places(), Counter[Place](), 0.0, 0
    under_way: list[Trial] = []
    while done < pods:
        place = choice(places, now)
        if place is not None and len(under_way) < SLOTS:
            under_way.append(places.begin(place, now))
            continue
        now += seconds_each
        trial = under_way.pop(0) if under_way else None
        if trial and trial.place in ALL[:full_regions] and now < hold:
            places.note_full(trial, ORDERED, now)
            refusals[trial.place] += 1
        elif trial:
            places.note_accepted(trial)
            done += 1
    return refusals


def test_of_200_creates_only_those_under_way_find_out_that_a_region_is_full() -> None:
    # 200 creates at 0.1 s each end before the first pause does.
    assert waste(200, 2, hold=inf, seconds_each=0.1) == {EAST: SLOTS, WEST: SLOTS}


def test_over_a_long_launch_each_pause_adds_one_probe() -> None:
    # 200 creates at 1 s each take some 210 s: pauses end after 60 and 60 + 120 s.
    assert waste(200, 1, hold=inf, seconds_each=1.0) == {EAST: SLOTS + 2}


@given(st.integers(0, 3), st.floats(1.0, 2000.0), st.floats(0.05, 3.0))
def test_refusals_are_bounded_by_slots_and_pauses(
    full_regions: int, hold: float, seconds_each: float
) -> None:
    refusals = waste(200, full_regions, hold, seconds_each)
    pauses = sum(1 for end in [60, 180, 420, *range(900, 4000, 480)] if end <= hold)
    assert all(number <= SLOTS + pauses for number in refusals.values())


class Trials(RuleBasedStateMachine):
    """Any trials, told of in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.places, self.now = Places(), 0.0
        self.under_way: list[Trial] = []
        self.probes: dict[Place, float] = {}
        self.closed: dict[Place, float] = {}
        self.refused: set[Place] = set()

    def is_shut(self, place: Place) -> bool:
        probed = self.now - self.probes.get(place, -inf) <= 300.0
        return probed or self.closed.get(place, -inf) > self.now

    @rule(quota=st.integers(0, 3), strategy=st.sampled_from(["ordered", "spread"]))
    def begin(self, quota: int, strategy: str) -> None:
        placement = Placement(
            quotas={"east": quota}, strategy="spread" if strategy == "spread" else "ordered"
        )
        load = Counter(trial.place for trial in self.under_way)
        place = self.places.choose(ALL, placement, load, self.now)
        if place is None:
            return
        assert place != EAST or load[EAST] < quota
        if self.is_shut(place):  # a last resort
            assert place not in self.refused
            able = [each for each in ALL if each != EAST or load[EAST] < quota]
            assert all(map(self.is_shut, able))
        trial = self.places.begin(place, self.now)
        self.under_way.append(trial)
        if place in self.closed:
            self.probes[place] = self.now

    @precondition(lambda self: self.under_way)
    @rule(data=st.data(), tell=st.sampled_from(TELLS))
    def tell(self, data: st.DataObject, tell: str) -> None:
        trial = data.draw(st.sampled_from(self.under_way))
        if tell != "took":
            self.under_way.remove(trial)
        place = trial.place
        known = place in self.places._memory
        heeded = not known or self.places._current(trial) is not None
        before = self.places.next_opening([place], self.now)
        report(self.places, tell, trial, self.now)
        after = self.places.next_opening([place], self.now)
        if after not in (before, inf):
            assert tell in ("was_full", "failed", "gave_no_answer")
            if tell != "gave_no_answer":
                assert 60.0 <= after - self.now <= 480.0
                self.closed[place] = after
        if heeded and tell == "was_full":
            self.refused.add(place)
        if heeded and tell != "took":
            self.probes.pop(place, None)
        if place not in self.places._memory:
            self.closed.pop(place, None)
            self.probes.pop(place, None)
            self.refused.discard(place)

    @rule(seconds=st.sampled_from([1.0, 30.0, 60.0, 480.0]))
    def pass_time(self, seconds: float) -> None:
        self.now += seconds

    def teardown(self) -> None:
        """Once all trials have ended every place opens again."""
        for trial in self.under_way:
            self.places.note_no_answer(trial)
        for place in ALL:
            assert self.places.choose([place], ORDERED, {}, self.now + 480.0) == place


Trials.TestCase.settings = settings(max_examples=60, stateful_step_count=40)
TestTrials = Trials.TestCase


# Places that let pods fail.


def failed(places: Places, place: Place, now: float) -> None:
    for _ in range(2):
        places.note_failed(places.begin(place, now), ORDERED, now)


def test_while_pods_fail_in_one_place_few_at_a_time_try_the_others() -> None:
    """[S2]."""
    places = Places()
    failed(places, EAST, 0.0)
    chosen = Counter[Place]()
    while (place := places.choose(ALL, ORDERED, chosen, 1.0)) is not None:
        chosen[place] += 1
    assert chosen == {WEST: 4, NORTH: 4}


def test_a_place_in_which_a_pod_has_run_takes_all_of_them() -> None:
    """[S2]."""
    places = Places()
    failed(places, EAST, 0.0)
    places.note_running(places.begin(WEST, 0.0))
    assert places.choose(ALL, ORDERED, {WEST: 100}, 1.0) == WEST
    assert places.is_good(WEST, 1.0)
    assert not places.is_good(NORTH, 1.0)


def test_a_trial_is_outdated_by_a_place_that_was_found_full_since() -> None:
    """[S3]."""
    places = Places()
    early = places.begin(EAST, 0.0)
    assert not places.is_outdated(early)
    full(places, EAST, 1.0)
    assert places.is_outdated(early)
    assert not places.is_outdated(places.begin(EAST, 2.0))
