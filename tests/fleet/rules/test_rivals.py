"""Of two runs at work on one fleet exactly the later yields, and what a dead run made is kept."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from attrs import define, field, frozen
from hypothesis import given
from hypothesis import strategies as st

from yotta_async.fleet.rules.names import FleetPodName
from yotta_async.fleet.rules.rivals import Rivals, Signs, Standing, judge


NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
MARK = "0a1b2c"
EARLIEST, EARLIER, OWN, LATER = (f"00000000000{digit}" for digit in "0123")
WINDOW = 60.0


@frozen
class Listed:
    id: str
    name: str
    status: str = "RUNNING"
    is_ready: bool = True
    created_at: datetime | None = None


def pod_of(
    owner: str,
    pod_id: str = "1",
    key: str = "k",
    *,
    generation: int = 1,
    made_at: float | None = None,
    status: str = "RUNNING",
) -> Listed:
    name = str(FleetPodName("a", key, generation, MARK, owner))
    created_at = None if made_at is None else NOON + timedelta(seconds=made_at)
    return Listed(pod_id, name, status, created_at=created_at)


def run(owner: str = OWN) -> Rivals:
    return Rivals("a", owner, inherits_until=WINDOW)


def ids(rivals: Rivals, pods: Iterable[Listed], asked_at: float) -> set[str]:
    return {pod.id for pod, _ in rivals.mine(pods, asked_at)}


# Whose names they are.


def test_a_fleet_s_pods_come_with_their_names_read() -> None:
    pod = pod_of(OWN)
    assert run().mine([pod], 0.0) == [(pod, FleetPodName("a", "k", 1, MARK, OWN))]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a",
        "a-k",
        "a-k-1",
        f"a-k-0-{MARK}-{OWN}",
        f"a-k-1-{OWN}",
        f"a-k-1-{MARK}-{OWN}-",
        f"a-k-1-{MARK}-{OWN} ",
        f"a-b-k-1-{MARK}-{OWN}",
        f"ab-k-1-{MARK}-{OWN}",
        f"A-k-1-{MARK}-{OWN}",
        f"b-k-1-{MARK}-{OWN}",
        f"b-a-k-1-{MARK}-{EARLIER}",
        f"a-b-k-1-{MARK}-{EARLIER}",
        f"ab-k-1-{MARK}-{LATER}",
    ],
)
def test_the_pods_of_other_fleets_are_nobody_s_business(name: str) -> None:
    rivals = run()
    assert rivals.mine([Listed("1", name)], WINDOW + 1) == []
    assert (rivals.elder, rivals.followers, rivals.inherited) == (None, set(), {})


def test_the_order_of_a_list_is_kept() -> None:
    pods = [pod_of(OWN, "2"), pod_of(EARLIER, "3"), Listed("x", "b"), pod_of(OWN, "1")]
    assert [pod.id for pod, _ in run().mine(pods, 0.0)] == ["2", "3", "1"]


def test_a_list_is_read_once() -> None:
    assert ids(run(), iter([pod_of(OWN, "1"), pod_of(EARLIER, "2")]), 0.0) == {"1", "2"}


# Whose pods they are.


@pytest.mark.parametrize(
    ("owner", "asked_at", "mine", "elder"),
    [
        (OWN, 0.0, True, None),
        (OWN, WINDOW + 1, True, None),
        (EARLIER, 0.0, True, None),
        (EARLIER, WINDOW, True, None),
        (EARLIER, WINDOW + 1, True, None),
        (LATER, 0.0, False, None),
        (LATER, WINDOW + 1, False, None),
    ],
)
def test_a_pod_is_a_run_s_own_or_inherited_or_another_s(
    owner: str, asked_at: float, mine: bool, elder: str | None
) -> None:
    rivals = run()
    assert ids(rivals, [pod_of(owner)], asked_at) == ({"1"} if mine else set())
    assert rivals.elder == elder


def test_until_a_window_is_set_all_is_inherited() -> None:
    assert ids(Rivals("a", OWN), [pod_of(EARLIER)], 1e9) == {"1"}


def test_what_was_inherited_remains_so() -> None:
    rivals = run()
    assert ids(rivals, [pod_of(EARLIER)], 0.0) == {"1"}
    assert ids(rivals, [], WINDOW + 1) == set()
    assert ids(rivals, [pod_of(EARLIER)], WINDOW + 2) == {"1"}
    assert (rivals.elder, set(rivals.inherited)) == (None, {"1"})


def test_what_a_dead_run_began_is_inherited_when_it_surfaces_within_the_window() -> None:
    rivals, pods = run(), list[Listed]()
    for number in range(4):
        pods.append(pod_of(EARLIEST if number % 2 else EARLIER, str(number)))
        assert ids(rivals, pods, WINDOW * number / 3) == {pod.id for pod in pods}
    assert ids(rivals, pods, 1e9) == {"0", "1", "2", "3"}
    assert rivals.elder is None


def test_an_inherited_name_under_another_id_is_another_pod() -> None:
    """A run that lives may use a name twice."""
    rivals = run()
    rivals.mine([pod_of(EARLIER, "1")], 0.0)
    rivals.mine([pod_of(EARLIER, "2")], WINDOW + 1)
    rivals.mine([pod_of(EARLIER, "3")], WINDOW + 2)
    assert rivals.elder == EARLIER


def test_whoever_yields_keeps_only_its_own() -> None:
    rivals = run()
    inherited, own = pod_of(EARLIER, "1"), pod_of(OWN, "2")
    assert ids(rivals, [inherited, own], 0.0) == {"1", "2"}
    new, other = pod_of(EARLIER, "3", generation=2), pod_of(EARLIEST, "4")
    assert ids(rivals, [inherited, own, new, other, pod_of(LATER, "5")], WINDOW + 1) == {"2"}


def test_whoever_has_yielded_does_not_come_back() -> None:
    rivals = run()
    rivals.mine([pod_of(EARLIER)], WINDOW)
    rivals.mine([pod_of(EARLIER, "3", generation=2)], WINDOW + 1)
    assert ids(rivals, [pod_of(OWN, "2"), pod_of(EARLIER, "3")], WINDOW + 2) == {"2"}
    assert ids(rivals, [pod_of(EARLIER)], 0.0) == set()  # a list that was overtaken
    assert rivals.elder == EARLIER


@pytest.mark.parametrize("asked_at", [0.0, WINDOW + 1])
def test_followers_are_noted_and_not_heeded(asked_at: float) -> None:
    rivals = run()
    owners = (LATER, "ffffffffffff", LATER, OWN)
    pods = [pod_of(each, f"{at}", made_at=9.0 - at) for at, each in enumerate(owners, 1)]
    assert ids(rivals, pods, asked_at) == {"4"}
    assert rivals.followers == {LATER, "ffffffffffff"}
    assert rivals.elder is None


# What is a sign of life.


@pytest.mark.parametrize(
    ("signs", "standing"),
    [
        (Signs(earlier=True, in_window=True), Standing.INHERITED),
        (Signs(earlier=True, in_window=True, again=True, late=99), Standing.INHERITED),
        (Signs(earlier=True, in_window=False), Standing.INHERITED),
        (Signs(earlier=True, in_window=False, older=True, again=True), Standing.INHERITED),
        (Signs(earlier=True, in_window=False, late=4), Standing.INHERITED),
        (Signs(earlier=True, in_window=False, late=5), Standing.ELDER),
        (Signs(earlier=True, in_window=False, again=True), Standing.ELDER),
        (Signs(earlier=True, in_window=False, older=False, continues=True), Standing.ELDER),
        (Signs(earlier=False, in_window=True), Standing.FOLLOWER),
        (Signs(earlier=False, in_window=True, older=True), Standing.INHERITED),
        (Signs(earlier=False, in_window=True, older=False), Standing.FOLLOWER),
        (Signs(earlier=False, in_window=False), Standing.FOLLOWER),
        (Signs(earlier=False, in_window=False, older=True), Standing.INHERITED),
    ],
)
def test_what_a_new_pod_of_another_run_means(signs: Signs, standing: Standing) -> None:
    """[T7] and [T12]."""
    assert judge(signs) is standing


@given(st.permutations(range(5)), st.floats(WINDOW + 1, 1e6), st.booleans())
def test_what_a_dead_run_had_under_way_is_taken_over_however_late(
    keys: list[int], late_at: float, dated: bool
) -> None:
    """[T12]."""
    rivals, pods = run(), [pod_of(OWN, "own", made_at=1.0)]
    rivals.mine(pods, 2.0)
    for number, key in enumerate(keys):
        made_at = late_at + number if dated else None
        pods.append(pod_of(EARLIER, f"late{key}", str(key), made_at=made_at))
        assert ids(rivals, pods, late_at + number) == {pod.id for pod in pods}
    assert rivals.elder is None


@given(st.lists(st.floats(-1e6, 0.9), max_size=40), st.floats(WINDOW + 1, 1e6), st.booleans())
def test_what_was_made_before_a_run_s_own_is_taken_over_however_late_it_is_listed(
    made_at: list[float], listed_at: float, later: bool
) -> None:
    """[T12] and [T7]: whatever clock the other run went by."""
    rivals, own = run(), pod_of(OWN, "own", made_at=1.0)
    rivals.mine([own], 2.0)
    owner = LATER if later else EARLIER
    pods = [pod_of(owner, f"{n}", made_at=at, generation=n + 1) for n, at in enumerate(made_at)]
    assert ids(rivals, [own, *pods], listed_at) == {"own", *(pod.id for pod in pods)}
    assert rivals.elder is None


@pytest.mark.parametrize("made_at", [-100.0, 9.0, 10.0])
def test_what_is_no_younger_than_what_was_found_is_taken_over_by_a_run_that_made_nothing(
    made_at: float,
) -> None:
    """[T12] Its keys all had pods, so it has no pod of its own to compare with."""
    rivals = run()
    found = [pod_of(EARLIER, "1", made_at=10.0), pod_of(EARLIEST, "2", made_at=1.0)]
    assert ids(rivals, found, 0.0) == {"1", "2"}
    late = pod_of(EARLIER, "3", generation=2, made_at=made_at)
    assert ids(rivals, [*found, late], 10 * WINDOW) == {"1", "2", "3"}
    assert rivals.elder is None


def test_what_is_younger_than_all_that_was_found_is_a_sign_of_life() -> None:
    """[T12]."""
    rivals = run()
    found = [pod_of(EARLIER, "1", made_at=10.0), pod_of(LATER, "2", made_at=500.0)]
    ids(rivals, found, 0.0)
    ids(rivals, [*found, pod_of(EARLIER, "3", generation=2, made_at=11.0)], 10 * WINDOW)
    assert rivals.elder == EARLIER


def test_a_conflict_names_every_pod_that_is_left() -> None:
    """[T12]."""
    rivals = run()
    pods = [pod_of(EARLIER, f"{number}", f"{number}") for number in range(30)]
    rivals.mine([*pods, pod_of(OWN, "own")], 0.0)
    late = [pod_of(EARLIER, f"late{number}", "0", generation=2) for number in range(2)]
    rivals.mine([*pods, *late, pod_of(OWN, "own")], WINDOW + 1)
    error = rivals.conflict()
    assert error.pods == {pod.id: pod.name for pod in (*pods, *late)}
    assert pods[0].id in str(error)
    assert "and 12 more" in str(error)
    assert error.command in str(error)


# Two runs, whatever happens.


@define(eq=False)
class Program:
    """A run of a program, from an instant on; it makes pods, and looks at lists."""

    owner: str
    began: float
    rivals: Rivals

    def look(self, pods: Iterable[Listed], now: float) -> None:
        mine = ids(self.rivals, pods, now)
        owners = {pod.id: pod.name.rpartition("-")[2] for pod in pods}
        assert {pod_id for pod_id, owner in owners.items() if owner == self.owner} <= mine
        if self.rivals.elder is not None:
            assert {owners[pod_id] for pod_id in mine} <= {self.owner}


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["make", "look", "end", "wait"]),
        st.sampled_from([0, 1]),
        st.floats(0.0, WINDOW),
    ),
    max_size=40,
)
TOKENS = st.lists(
    st.from_regex(r"[0-9a-f]{12}", fullmatch=True), min_size=2, max_size=2, unique=True
).map(sorted)


@define(eq=False)
class History:
    """What two runs do on one fleet; the first began earlier."""

    runs: list[Program]
    now: float = 0.0
    number: int = 0
    pods: dict[str, Listed] = field(factory=dict[str, Listed])

    def make(self, which: int) -> None:
        self.number += 1
        owner, number = self.runs[which].owner, self.number
        pod = pod_of(owner, str(number), generation=number, made_at=self.now)
        self.pods[pod.id] = pod

    def look(self, which: int) -> None:
        self.runs[which].look(self.pods.values(), self.now)

    def happen(self, events: Iterable[tuple[str, int, float]]) -> None:
        for what, which, seconds in events:
            if self.now < self.runs[which].began:
                self.now += seconds
                continue
            match what:
                case "make":
                    self.make(which)
                case "look":
                    self.look(which)
                case "end" if self.pods:
                    self.pods.pop(next(iter(self.pods)))
                case _:
                    self.now += seconds


def history_of(tokens: Iterable[str], gap: float) -> History:
    return History(
        [
            Program(token, began, Rivals("a", token, inherits_until=began + WINDOW))
            for token, began in zip(tokens, (0.0, gap), strict=True)
        ]
    )


@given(TOKENS, st.floats(0.0, 3 * WINDOW), EVENTS, EVENTS, st.permutations([0, 1]))
def test_of_two_runs_that_make_pods_after_the_window_exactly_the_later_yields(
    tokens: list[str],
    gap: float,
    before: list[tuple[str, int, float]],
    after: list[tuple[str, int, float]],
    order: list[int],
) -> None:
    history = history_of(tokens, gap)
    earlier, later = (each.rivals for each in history.runs)
    history.happen(before)
    history.now = max(history.now, gap + WINDOW) + 1.0
    for which in (*order, *order):
        history.make(which)
        history.look(order[0])
        history.look(1)
    history.look(0)
    history.look(1)
    history.happen(after)
    assert (earlier.elder, later.elder) == (None, tokens[0])
    assert earlier.followers == {tokens[1]}


@given(TOKENS, st.floats(0.0, 3 * WINDOW), EVENTS)
def test_the_earlier_run_never_yields(
    tokens: list[str], gap: float, events: list[tuple[str, int, float]]
) -> None:
    history = history_of(tokens, gap)
    history.happen(events)
    history.look(0)
    assert history.runs[0].rivals.elder is None


@given(TOKENS, EVENTS, EVENTS)
def test_nobody_yields_to_a_dead_run_whose_last_pods_surface_within_the_window(
    tokens: list[str],
    late: list[tuple[str, int, float]],
    after: list[tuple[str, int, float]],
) -> None:
    history = history_of(tokens, 0.0)
    later = history.runs[1].rivals
    history.happen((what, which, seconds / 40) for what, which, seconds in late)
    assert history.now <= WINDOW
    history.look(1)
    history.happen((what, 1, seconds) for what, _, seconds in after)
    assert later.elder is None
    assert ids(later, history.pods.values(), history.now) == set(history.pods)
