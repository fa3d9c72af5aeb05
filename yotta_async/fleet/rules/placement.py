"""
Where the next pod is tried: places are regions with a GPU type each, and some were full lately.

A place that refused for lack of stock, or let pods fail, is left alone for a while, longer each
time; then one pod tries it again for all. So hundreds of creates do not each find out that a region
is full: where that is said at once, only those find out that were under way then, and one a pause.

A place that lets pods fail makes all others suspect in which none has run yet: only a few pods at a
time try each of these, until one runs.

A place where creates get no clear answer, several in a row, may be ill, or all places are: another
one is tried, and once that has accepted a pod the ill one is left alone like a full one.

A trial that began before a place was found full says nothing about it as it is now.
"""

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from math import inf
from typing import Final

from attrs import define, field, frozen

from ..._call.rules.backoff import Backoff
from .places import Place, Placement


__all__ = ["Place", "Placement", "Places", "Trial"]

_PAUSES: Final = Backoff(initial=1.0, factor=2.0, maximum=8.0)  # times the first one
_LONGEST_TRIAL: Final = 300.0  # seconds
_FAILURES: Final = 2  # in a row; of one the image, or bad luck, may be the cause
_ERRORS: Final = 3  # attempts in a row without a clear answer; of fewer a bad moment is the cause
_TRYING: Final = 4  # pods at a time, in a place where none has run, while pods fail elsewhere


@frozen
class Trial:
    """
    One try at a place.

    Attributes:
        number: How often any place had been found full when it began.
    """

    place: Place
    number: int


@define(eq=False)
class _Memory:
    """
    What is known of one place.

    Attributes:
        strikes: How often in a row it was full.
        failures: How many pods in a row have failed there.
        struck: The number of the last strike.
        closed_until: The instant until which it is left alone.
        probed_at: The instant since when a pod is trying it for all; infinitely long ago if none
            is.
        refused: Whether it has said that it is full; else pods have failed there, which may be
            their own fault.
    """

    strikes: int = 0
    failures: int = 0
    struck: int = 0
    closed_until: float = -inf
    probed_at: float = -inf
    refused: bool = False


@define(eq=False)
class Places:
    """
    What a fleet, and all others of its client, know of places.

    Each trial that is begun ends by `note_full`, `note_failed`, `note_running` or
    `note_no_answer`, and
    before that perhaps by `note_accepted`.
    """

    _memory: dict[Place, _Memory] = field(factory=dict[Place, _Memory])
    _proven: set[Place] = field(factory=set[Place])  # of those that users name
    # The last attempts in a row that got no clear answer.
    _unanswered: dict[Place, deque[Trial]] = field(factory=dict[Place, deque[Trial]])
    _strikes: int = 0

    def choose(
        self,
        places: Iterable[Place],
        placement: Placement,
        load: Mapping[Place, int],
        now: float,
        *,
        failed_in: Place | None = None,
    ) -> Place | None:
        """
        Return where the next pod is tried, or None while all places are full.

        Places where pods have failed are better than none.

        Args:
            places: Those that the pod may run in, best first.
            load: How many pods each place has, those under way included.
            failed_in: Where the pod's last try failed: it goes elsewhere if it can.
        """
        used = Counter[str | None]()
        for place, number in load.items():
            used[place.region] += number
        able = [place for place in places if used[place.region] < placement.quota(place)]
        open_ = [place for place in able if self._is_open(place, now)]
        free = self._not_crowded(open_, load) if open_ else self._last_resorts(able)
        free = [place for place in free if not self.may_be_ill(place)] or free
        others = [place for place in free if place != failed_in] or free
        if placement.strategy == "spread":
            return min(others, key=lambda place: load.get(place, 0), default=None)
        return next(iter(others), None)

    def begin(self, place: Place, now: float) -> Trial:
        """Note that a pod tries a place; one that was full is tried by one at a time."""
        memory = self._memory.get(place)
        if memory is not None and memory.strikes:
            memory.probed_at = now
        return Trial(place, self._strikes)

    def latest(self, place: Place) -> Trial:
        """Return the trial of a pod whose fate says what a place is like now."""
        return Trial(place, self._strikes)

    def is_outdated(self, trial: Trial) -> bool:
        """Whether a place was found full after a trial of it had begun."""
        return trial.number < self._memory.get(trial.place, _Memory()).struck

    def note_full(self, trial: Trial, placement: Placement, now: float) -> None:
        """Note that a place refused a pod for lack of stock."""
        self._strike(trial, placement, now, refused=True)

    def _strike(self, trial: Trial, placement: Placement, now: float, *, refused: bool) -> None:
        memory = self._memory.setdefault(trial.place, _Memory())
        if trial.number < memory.struck:
            return
        self._strikes += 1
        memory.struck = self._strikes
        pause = placement.pause * _PAUSES.after(memory.strikes)
        memory.strikes += 1
        memory.closed_until, memory.probed_at = now + pause, -inf
        memory.refused = refused

    def note_failed(self, trial: Trial, placement: Placement, now: float) -> None:
        """Note that a place took a pod and let it fail, for lack of stock or another cause."""
        memory = self._memory.setdefault(trial.place, _Memory())
        if trial.number >= memory.struck:
            memory.failures += 1
            if memory.strikes or memory.failures >= _FAILURES:
                self._strike(trial, placement, now, refused=memory.refused)

    def note_unanswered(self, trial: Trial) -> None:
        """Note that an attempt at a create got no clear answer."""
        self._unanswered.setdefault(trial.place, deque(maxlen=_ERRORS)).append(trial)

    def note_accepted(self, trial: Trial) -> None:
        """Note that a place accepted a pod: one that refuses when it is full has room again."""
        memory = self._current(trial)
        if memory is not None and not memory.failures:
            del self._memory[trial.place]
        self._unanswered.pop(trial.place, None)

    def close_ill(self, placement: Placement, now: float) -> None:
        """Leave alone the places without clear answers, now that one has accepted a pod."""
        for place in [each for each in self._unanswered if self.may_be_ill(each)]:
            self._strike(self._unanswered.pop(place)[-1], placement, now, refused=True)

    def may_be_ill(self, place: Place) -> bool:
        """Whether creates get no clear answer in a place, several in a row."""
        memory = self._memory.get(place)
        least = 1 if memory is not None and memory.strikes else _ERRORS
        return len(self._unanswered.get(place, ())) >= least

    def note_running(self, trial: Trial) -> None:
        """Note that a place has got a pod running."""
        self._proven.add(trial.place)
        if self._current(trial) is not None:
            del self._memory[trial.place]

    def note_no_answer(self, trial: Trial) -> None:
        """Note that trying a place told nothing of it."""
        memory = self._current(trial)
        if memory is not None:
            memory.probed_at = -inf

    def next_opening(self, places: Iterable[Place], now: float) -> float:
        """
        Return the next instant at which one of some places opens, or `math.inf` if none does by
        time alone: what is open may have no quota left.
        """
        known = (self._memory.get(place) for place in places)
        closed = (max(each.closed_until, each.probed_at + _LONGEST_TRIAL) for each in known if each)
        return min((until for until in closed if until > now), default=inf)

    def reopening(self, place: Place) -> float:
        """Return the instant from which one pod may try a place that was full, or tries it."""
        return self._memory.get(place, _Memory()).closed_until

    def _current(self, trial: Trial) -> _Memory | None:
        """Return what is known of a place, unless it was learnt after the trial had begun."""
        memory = self._memory.get(trial.place)
        return memory if memory is not None and trial.number >= memory.struck else None

    def is_proven(self, place: Place) -> bool:
        """Whether a pod has run in a place."""
        return place in self._proven

    def is_sound(self, place: Place, now: float) -> bool:
        """Whether a place is open, and gives clear answers."""
        return self._is_open(place, now) and not self.may_be_ill(place)

    def is_good(self, place: Place, now: float) -> bool:
        """Whether a pod has run in a place that is open."""
        return self.is_proven(place) and self._is_open(place, now)

    def _not_crowded(self, places: list[Place], load: Mapping[Place, int]) -> list[Place]:
        """Return the places that one more pod may try."""
        if not any(each.strikes and not each.refused for each in self._memory.values()):
            return places
        return [place for place in places if self.is_proven(place) or load.get(place, 0) < _TRYING]

    def _last_resorts(self, places: Iterable[Place]) -> list[Place]:
        known = ((place, self._memory.get(place)) for place in places)
        failing = [(memory.closed_until, place) for place, memory in known if memory]
        able = [(until, place) for until, place in failing if not self._memory[place].refused]
        return [min(able, key=lambda each: each[0])[1]] if able else []

    def _is_open(self, place: Place, now: float) -> bool:
        memory = self._memory.get(place)
        if memory is None:
            return True
        # The create that tried it may have been cancelled, without a result.
        return memory.closed_until <= now and now - memory.probed_at >= _LONGEST_TRIAL
