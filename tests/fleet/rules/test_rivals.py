"""Of two runs at work on one fleet exactly the later yields, and what a dead run made is kept."""

from collections.abc import Iterable

import pytest
from attrs import define, field, frozen
from hypothesis import given
from hypothesis import strategies as st

from yotta_async.fleet.rules.names import FleetPodName
from yotta_async.fleet.rules.rivals import Rivals


MARK = "0a1b2c"
EARLIEST, EARLIER, OWN, LATER = (f"00000000000{digit}" for digit in "0123")
WINDOW = 60.0


@frozen
class Listed:
    id: str
    name: str
    status: str = "RUNNING"
    is_ready: bool = True


def pod_of(owner: str, pod_id: str = "1", key: str = "k") -> Listed:
    return Listed(pod_id, str(FleetPodName("a", key, 1, MARK, owner)))


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
    assert (rivals.elder, rivals.followers, rivals.inherited) == (None, set(), set())


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
        (EARLIER, WINDOW + 1, False, EARLIER),
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
    assert (rivals.elder, rivals.inherited) == (None, {"1"})


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
    assert rivals.elder == EARLIER


def test_whoever_yields_keeps_only_its_own() -> None:
    rivals = run()
    inherited, own = pod_of(EARLIER, "1"), pod_of(OWN, "2")
    assert ids(rivals, [inherited, own], 0.0) == {"1", "2"}
    new, other = pod_of(EARLIER, "3"), pod_of(EARLIEST, "4")
    assert ids(rivals, [inherited, own, new, other, pod_of(LATER, "5")], WINDOW + 1) == {"2"}


def test_whoever_has_yielded_does_not_come_back() -> None:
    rivals = run()
    rivals.mine([pod_of(EARLIER)], WINDOW + 1)
    assert ids(rivals, [pod_of(OWN, "2"), pod_of(EARLIER, "3")], WINDOW + 2) == {"2"}
    assert ids(rivals, [pod_of(EARLIER)], 0.0) == set()  # a list that was overtaken
    assert rivals.elder == EARLIER


@pytest.mark.parametrize("asked_at", [0.0, WINDOW + 1])
def test_followers_are_noted_and_not_heeded(asked_at: float) -> None:
    rivals = run()
    pods = [pod_of(LATER, "1"), pod_of("ffffffffffff", "2"), pod_of(LATER, "3"), pod_of(OWN, "4")]
    assert ids(rivals, pods, asked_at) == {"4"}
    assert rivals.followers == {LATER, "ffffffffffff"}
    assert rivals.elder is None


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
        assert all(owners[pod_id] <= self.owner for pod_id in mine)
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
        pod = pod_of(self.runs[which].owner, str(self.number))
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
    for which in order:
        history.make(which)
        history.look(order[0])
    history.look(0)
    history.look(1)
    history.happen(after)
    assert (earlier.elder, later.elder) == (None, tokens[0])
    assert earlier.followers == {tokens[1]}


@given(TOKENS, st.floats(0.0, 3 * WINDOW), EVENTS)
def test_the_earlier_run_never_yields_nor_touches_the_later_one_s_pods(
    tokens: list[str], gap: float, events: list[tuple[str, int, float]]
) -> None:
    history = history_of(tokens, gap)
    history.happen(events)
    history.look(0)
    assert history.runs[0].rivals.elder is None
    assert history.runs[0].rivals.inherited == set()


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
