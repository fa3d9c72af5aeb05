"""
When to look: what a list costs while creates wait, and what not knowing costs.

A list takes a credit. While creates wait for credits it takes that of a create, which goes a window
later; so does one create at each later window's edge, so that in the end one more create is in the
last batch. What that costs is the work that waits: of these creates, for a window each, and of all
pods that wait for the last one, for as long as that is expected to be ready later. What not knowing
costs is the pods that are expected to be ready, and of which no list has told, each for as long as
that lasts. All of it is pod-seconds, at one price; but a pod that is not made costs time and no
money, and counts half.

The rule. Find how many lists a window make the sum the least (the sum is a curve with one valley,
but for the edges of windows). One list more then costs as much as it saves: that is the price of a
list. Look when not knowing has cost that price since the last list: in a steady state this is the
spacing that costs least, and otherwise lists come when most boots are due. Where each list costs
more than it saves, there is none until the queue is through, which is soon then; and the makespan
of a small launch, which is a promise, is not put at risk for the sake of its last window.

What is known of boot times is a log-normal distribution: what is documented, as a dozen pods would
have shown it, and the boots seen so far; a pod that is still starting counts as one that takes
longer than it has.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Sequence
from math import erf, erfc, exp, floor, inf, log, pi, sqrt
from typing import Final, Self

from attrs import define, field, frozen


__all__ = ["BootTimes", "Course", "Plan", "looks_of"]

# From a create to the answer of the pod's ports, as `fleet.rules.estimate` has it: 90 s and up to
# 30 s more, of which the spread is that of a tutorial's pods.
_MEDIAN: Final = 105.0
_SPREAD: Final = 0.4
_PRIOR: Final = 12.0
_REMEMBERED: Final = 1000
# Sigmas of a log-normal draw from which on a pod that still starts says something.
_INFORMATIVE: Final = -3.0

_LISTS: Final = (0.0, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 6.0, 8.0, 12.0)  # that a window may have
_STEPS: Final = 12  # of a window
_WINDOWS: Final = 6  # that are looked at one by one; those after them are alike
_LONGEST_BOOT: Final = 6  # windows, after which a boot is over
_FELT: Final = 4  # windows, of the creates before the last ones that may end last
# What the time of a pod that is not made yet counts, beside that of one which is paid for.
_UNBILLED: Final = 0.5
# A launch of so many windows of creates may take a fifth longer for one that is pushed over its
# last edge, and would save a minute of a few pods.
_SMALL: Final = 2.5
# Without a list there may be so many windows and no more.
_BLIND: Final = 2.5


@define(eq=False)
class BootTimes:
    """
    How long pods take from their create until they are ready.

    Attributes:
        mean: Of the logarithm of the seconds.
        spread: The standard deviation of that.
    """

    mean: float = log(_MEDIAN)
    spread: float = _SPREAD
    _seen: deque[float] = field(factory=lambda: deque[float](maxlen=_REMEMBERED))

    def note(self, seconds: float) -> None:
        """Note that a pod took so long."""
        self._seen.append(log(max(seconds, 1.0)))

    def fit(self, ages: Iterable[float]) -> None:
        """
        Fit the distribution to what was seen, by one step of expectation and maximization.

        Args:
            ages: Seconds for which each of the pods has been starting that still are.
        """
        mean, spread = self.mean, self.spread
        values, extra = [*self._seen], 0.0
        for age in ages:
            beyond = (log(max(age, 1.0)) - mean) / spread
            if beyond > _INFORMATIVE:
                hazard = _hazard(beyond)
                values.append(mean + spread * hazard)
                extra += spread**2 * max(0.0, 1.0 + beyond * hazard - hazard**2)
        weight = _PRIOR + len(values)
        self.mean = (_PRIOR * log(_MEDIAN) + sum(values)) / weight
        squares = sum((each - self.mean) ** 2 for each in values)
        prior = _PRIOR * (_SPREAD**2 + (log(_MEDIAN) - self.mean) ** 2)
        self.spread = max(0.1, sqrt((prior + squares + extra) / weight))

    def share(self, seconds: float) -> float:
        """Return which share of pods is ready after so many seconds."""
        if seconds <= 0.0:
            return 0.0
        return (1.0 + erf((log(seconds) - self.mean) / (self.spread * sqrt(2.0)))) / 2.0


def _hazard(beyond: float) -> float:
    """Return the density of a normal distribution over the share beyond a point, in sigmas."""
    if beyond > 5.0:
        return beyond + 1.0 / beyond
    return sqrt(2.0 / pi) * exp(-(beyond**2) / 2.0) / erfc(beyond / sqrt(2.0))


@frozen(kw_only=True)
class Course:
    """
    How things stand while creates wait.

    Attributes:
        now: The instant.
        looked_at: That of the last list.
        queue: How many creates wait.
        credits: When how many credits are there, from now on for one turn; they come back a turn
            after each use.
        allowed: The credits of a window.
        turn: Seconds from a credit's use until it is back.
        starting: The pods on their way up: instants, and how many were asked for at each.
        pods: How many pods wait for the last one, those that are ready among them.
    """

    now: float
    looked_at: float
    queue: int
    credits: Sequence[tuple[float, int]]
    allowed: int
    turn: float
    starting: Sequence[tuple[float, int]]
    pods: int

    def batches(self, lists: float) -> list[tuple[float, float]]:
        """Return when how many creates go if each window has so many lists, the last batch none."""
        part, left, rounds = 1.0 - lists / self.allowed, float(self.queue), 0.0
        found, returns = list[tuple[float, float]](), [each for each in self.credits if each[1]]
        returns = returns or [(self.now + self.turn, self.allowed)]
        while left > 0.0:
            for at, number in returns:
                batch = left if left <= number else number * part
                found.append((at + rounds, batch))
                left -= batch
                if left <= 0.0:
                    break
            rounds += self.turn
        return found

    def starts(self, lists: float) -> float:
        """Return the instants at which the creates go with so many lists, added up."""
        return sum((at - self.now) * number for at, number in self.batches(lists))


@frozen
class Plan:
    """
    When to look.

    Attributes:
        looks: The next instants, one turn ahead and a little more; empty if there are none before
            the creates are through.
        kept: How many of the credits that are free they need.
    """

    looks: tuple[float, ...] = ()
    kept: int = 0

    @classmethod
    def of(cls, looks: Iterable[float], returns: Sequence[float]) -> Self:
        """
        Return the plan of these looks.

        Args:
            returns: When the credits come back that are not free, in order.
        """
        looks = tuple(looks)
        lacking = (n + 1 - bisect_left(returns, at) for n, at in enumerate(looks))
        return cls(looks, max(0, max(lacking, default=0)))


@define(eq=False)
class _Curve:
    """What lists and blindness cost, on a grid of instants since the last list."""

    course: Course
    boots: BootTimes
    step: float = field(init=False)
    _shares: list[float] = field(init=False)
    _logs: list[float] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.step = self.course.turn / _STEPS
        self._shares = [self.boots.share(n * self.step) for n in range(_LONGEST_BOOT * _STEPS + 1)]
        self._logs = [log(each) if each > 0.0 else -inf for each in self._shares]

    def at(self, instant: float) -> int:
        """Return the place of an instant in the grid; negative before the last list."""
        return floor((instant - self.course.looked_at) / self.step)

    def ready(self, length: int) -> list[float]:
        """Return how many pods are expected to be ready, and not known to be, at each instant."""
        found = [0.0] * length
        for instant, number in (*self.course.starting, *self.course.batches(0)):
            place = self.at(instant)
            if place >= length:
                break
            known = self._share(-place)
            left = number / max(1e-9, 1.0 - known)
            for each in range(max(0, place), length):
                found[each] += left * (self._share(each - place) - known)
        return found

    def end(self, lists: float) -> float:
        """Return when the last pod is expected to be ready, in steps."""
        batches = [(self.at(at), number) for at, number in self.course.batches(lists)]
        last = batches[-1][0]
        starting = ((self.at(at), number) for at, number in self.course.starting)
        groups = [each for each in (*starting, *batches) if last - each[0] <= _FELT * _STEPS]
        later = 0.0
        for place in range(last, last + len(self._logs)):
            likely = sum(number * self._log(place - start) for start, number in groups)
            if likely > -1e-3:
                break
            later += 1.0 - exp(likely)
        return last + later

    def _share(self, steps: int) -> float:
        return 0.0 if steps <= 0 else self._shares[min(steps, len(self._shares) - 1)]

    def _log(self, steps: int) -> float:
        return -inf if steps <= 0 else self._logs[min(steps, len(self._logs) - 1)]

    def blind(self, lists: float, ready: Sequence[float], until: int) -> float:
        """
        Return the pod-seconds of not knowing until the creates are through.

        Args:
            lists: How many there are in each window.
            ready: The pods that are ready, at each instant that is looked at one by one.
            until: The last of these.
        """
        gap = _STEPS / lists if lists else inf
        cost, known, due = 0.0, 0.0, gap
        for place, number in enumerate(ready[: until + 1]):
            if place >= due:
                known, due = number, due + gap
            cost += (number - known) * self.step
        return cost


def looks_of(course: Course, boots: BootTimes) -> tuple[float, ...]:
    """
    Return when to look, as things stand: the next instants, one turn ahead and a little more; none
    if the creates are through before a list is worth one of them.
    """
    curve = _Curve(course, boots)
    ready = curve.ready(_WINDOWS * _STEPS)
    price = _price(curve, ready)
    if price == inf:
        return ()
    looks = [course.looked_at + each * curve.step for each in _looks(curve, ready, price)]
    late = [course.now] if looks and looks[0] <= course.now else []
    until = course.now + 1.25 * course.turn
    return (*late, *(each for each in looks if course.now < each <= until))


def _price(curve: _Curve, ready: Sequence[float]) -> float:
    """
    Return what a list costs where there are as many as cost least: as much as not knowing costs
    from each list to the next. Infinite if that is none.
    """
    course = curve.course
    last = curve.at(course.batches(0)[-1][0])
    windows = max(0.0, (last - curve.at(course.now)) / _STEPS)
    is_small = course.pods <= _SMALL * course.allowed
    if windows <= (1.0 + 1.0 / _STEPS if is_small else 1.0 / _STEPS):
        return inf
    beyond, until = max(0.0, windows - _WINDOWS), min(last, len(ready) - 1)
    blind, costs = list[float](), list[float]()
    for lists in (each for each in _LISTS if each <= course.allowed / 4):
        steady = beyond * course.allowed * course.turn / (2 * lists) if lists else 0.0
        blind.append(curve.blind(lists, ready, until) + steady)
        later = curve.end(lists) * curve.step * course.pods + _UNBILLED * course.starts(lists)
        costs.append(blind[-1] + later if lists or windows <= _BLIND else inf)
        if len(costs) > 3 and costs[-1] > costs[-2] > costs[-3]:
            break
    best = min(range(len(costs)), key=costs.__getitem__)
    if not best:
        return inf
    return blind[best] / max(1.0, _LISTS[best] * windows)


def _looks(curve: _Curve, ready: Sequence[float], price: float) -> list[float]:
    """
    Return the instants, in steps, at which not knowing has cost what a list costs, or has lasted
    for a window.
    """
    found, cost, known, blind_for = list[float](), 0.0, 0.0, 0
    for place, number in enumerate(ready):
        more = (number - known) * curve.step
        blind_for += number - known >= 1.0
        if cost + more < price and blind_for <= _STEPS:
            cost += more
            continue
        part = (price - cost) / more if more else 0.0
        found.append(place + min(1.0, max(0.0, part)))  # of this step
        cost, known, blind_for = 0.0, number, 0
    return found
