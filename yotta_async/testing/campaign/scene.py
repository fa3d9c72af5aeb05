"""What is known of a run while it goes on: its cloud, its story, and the facts that are judged."""

import json
from collections import deque
from decimal import Decimal
from itertools import takewhile
from random import Random
from typing import Any, Final

from attrs import define, evolve, field

from ..._backend import current_time, running_asyncio_loop
from ...simulator.cloud.pod import Pod, PodStatus
from ...simulator.exchange import Answer, Exchange
from ..worlds import STRANGER, WorldCloud
from .cases import Case, Step
from .outcomes import Broken, Told


__all__ = ["ENDED", "Birth", "Deed", "FleetFacts", "Scene", "Sent"]

# Of a story so much is kept.
_MOST_TOLD: Final = 20_000
# Pods that are gone for so many seconds are taken out of the cloud, which looks at all for a list.
_REMEMBERED: Final = 7200.0
_CROWDED: Final = 200

ENDED: Final = (PodStatus.TERMINATING, PodStatus.TERMINATED)


@define(eq=False, kw_only=True)
class Sent:
    """
    A name under which creates were sent.

    Attributes:
        name: As it was sent.
        who: The program that sent it.
        first_at: The instant of the first arrival, in seconds.
        last_at: The instant of the last arrival, in seconds.
    """

    name: str
    who: str
    first_at: float
    last_at: float


@define(eq=False, kw_only=True)
class Birth:
    """
    A pod that was made.

    Attributes:
        id: Its id.
        name: As it was sent.
        at: When, in seconds on the cloud's clock.
        who: The program whose create it was.
    """

    id: str
    name: str
    at: float
    who: str


@define(eq=False, kw_only=True)
class Deed:
    """
    A step that was done, or is being done.

    Attributes:
        step: The step.
        word: What it is called in the story, and by other steps.
        who: The program that does it.
        began: When, in seconds.
        due: When it has to have ended, in seconds; infinite if nothing says so.
        ended: When it ended, in seconds. None while it goes on.
        result: What it returned.
        error: What it raised. None for nothing.
        pod_id: The id of the pod that it made or was about. None if there is none.
    """

    step: Step
    word: str
    who: str
    began: float
    due: float = float("inf")
    ended: float | None = None
    result: Any = None
    error: BaseException | None = None
    pod_id: str | None = None


@define(eq=False, kw_only=True)
class FleetFacts:
    """
    What was asked of a fleet.

    Attributes:
        name: Its name.
        who: The program.
        arguments: Of the step that entered it.
        fleet: The fleet.
        entered_at: When its step began, in seconds.
        wanted: How many pods are wanted now.
        most_wanted: The most that were ever wanted.
        changed_at: When that was last changed, in seconds.
        is_open: Whether it was entered, and has not ended.
        has_quorum: Whether all its pods are deleted if too few get ready.
        how: Why it is to end: ``"leave"``, ``"cancel"``, ``"signal"``, ``"close"``. Empty before.
        leaving_at: When that was, in seconds. None before.
        ended_at: When it had ended, in seconds. None before.
        error: What its block raised. None for nothing.
    """

    name: str
    who: str
    arguments: dict[str, Any]
    fleet: Any = None
    entered_at: float = field(factory=current_time)
    wanted: int = 0
    most_wanted: int = 0
    changed_at: float = 0.0
    is_open: bool = False
    has_quorum: bool = False
    how: str = ""
    leaving_at: float | None = None
    ended_at: float | None = None
    error: BaseException | None = None

    @property
    def is_ended(self) -> bool:
        """Whether it was entered, and has ended."""
        return self.ended_at is not None

    def asks(self, number: int) -> None:
        """Note how many pods are wanted from now on."""
        self.wanted, self.changed_at = number, current_time()
        self.most_wanted = max(self.most_wanted, number)

    def leaves(self, how: str) -> None:
        """Note that it is to end."""
        if self.leaving_at is None:
            self.how, self.leaving_at = how, current_time()

    def note_end(self) -> None:
        """Note that it has ended."""
        self.is_open, self.ended_at = False, current_time()


@define(eq=False)
class Scene:
    """
    A run.

    Attributes:
        case: What is run.
        cloud: Its cloud.
        straight: Whether programs reach it without httpx.
        broken: The first invariant that did not hold.
        secrets: Texts that must not be seen anywhere.
        sent: The names under which creates were sent, by the name that a pod then has.
        births: The pods that programs have made, by id.
        deeds: The steps, in the order in which they began.
        fleets: The fleets, in the order in which they were entered.
        named: The names and ids of pods that the user was told of as left.
        killed: The programs that were killed.
        unjudged_until: The instant until which limits may be broken: a killed program's requests
            count at the server, and its successor knows nothing of them.
        faults: Of tasks, callbacks and loggers: what nothing has caught.
        most_alive: The most pods of programs that there were at once.
        spent: USD that the pods cost which were taken out of the cloud.
        requests: How many requests arrived.
        keys: The programs by their API keys.
        lives: How often a program was started, by its number.
    """

    case: Case
    cloud: WorldCloud
    straight: bool = True
    broken: Broken | None = None
    secrets: list[str] = field(factory=list[str])
    sent: dict[str, Sent] = field(factory=dict[str, Sent])
    births: dict[str, Birth] = field(factory=dict[str, Birth])
    deeds: list[Deed] = field(factory=list[Deed])
    fleets: list[FleetFacts] = field(factory=list[FleetFacts])
    named: set[str] = field(factory=set[str])
    killed: set[str] = field(factory=set[str])
    unjudged_until: float = -1.0
    faults: list[str] = field(factory=list[str])
    most_alive: int = 0
    spent: Decimal = Decimal(0)
    requests: int = 0
    keys: dict[str, str] = field(factory=dict[str, str])
    lives: dict[int, int] = field(factory=dict[int, int])
    _told: deque[Told] = field(factory=lambda: deque[Told](maxlen=_MOST_TOLD))
    _last_id: int = 0

    @property
    def now(self) -> float:
        """The instant by the clock of the programs, in seconds."""
        return current_time()

    def dice(self, purpose: str) -> Random:
        """Return a source of chance of the run's own."""
        return Random(f"{self.case.seed}:{purpose}")

    @property
    def is_running(self) -> bool:
        """Whether an event loop runs."""
        return running_asyncio_loop() is not None

    @property
    def story(self) -> tuple[Told, ...]:
        """What was told so far, without secrets: what broke is shown around."""
        if self.broken is None or self.broken.invariant != "secrets":
            return tuple(self._told)
        return tuple(evolve(told, text=self.hidden(told.text)) for told in self._told)

    def hidden(self, text: str) -> str:
        """Return a text without the secrets in it."""
        for secret in self.secrets:
            text = text.replace(secret, "(hidden)")
        return text

    def tell(self, who: str, what: str, text: str) -> None:
        """Add to the story."""
        self._told.append(Told(at=current_time(), who=who, what=what, text=text))

    def fail(self, invariant: str, text: str) -> None:
        """Note that an invariant did not hold; the first one counts."""
        if self.broken is None:
            text = self.hidden(text)
            self.broken = Broken(invariant=invariant, at=current_time(), text=text)
            self.tell("invariant", "broken", f"{invariant}: {text}")

    def hear(self, exchange: Exchange, answer: Answer | None) -> list[Birth]:
        """
        Take in a request, and return the pods that were made meanwhile.

        Args:
            exchange: The request.
            answer: What becomes of it. None if it has not arrived, for want of a connection.
        """
        self.requests += answer is not None
        operation = exchange.match.operation
        who = self.keys.get(exchange.request.headers.get("x-api-key", ""), "?")
        subject = exchange.match.parameters.get("pod_id", "")
        if operation == "createPod" and answer is not None:
            subject = self._note_sent(exchange, who)
        what = "request" if exchange.fault is None else "fault"
        self.tell(who, what, f"{operation} {subject} {_outcome(exchange, answer)}")
        if self.requests % _CROWDED == 0:
            self._forget()
        return self.note_births()

    def note_births(self) -> list[Birth]:
        """Return the pods that were made since this was last asked."""
        every = self.cloud.pods_by_id
        if not every or next(reversed(every)) <= self._last_id:
            return []
        new = list(takewhile(lambda pod: pod.id > self._last_id, reversed(every.values())))
        self._last_id = new[0].id
        births = [self._birth(pod) for pod in reversed(new) if pod.request.name != STRANGER]
        self.births.update((birth.id, birth) for birth in births)
        self.most_alive = max(self.most_alive, len(self.alive()))
        return births

    def alive(self) -> list[Pod]:
        """Return the pods that programs have made, and that are neither gone nor being deleted."""
        return [
            pod
            for pod in self.cloud.pods_by_id.values()
            if pod.status not in ENDED and pod.request.name != STRANGER
        ]

    def _note_sent(self, exchange: Exchange, who: str) -> str:
        body = json.loads(exchange.request.body)
        name = body.get("podName") or body.get("name") or ""
        altered = self.cloud.server.style.name(name)
        at = exchange.arrives_at
        known = self.sent.setdefault(altered, Sent(name=name, who=who, first_at=at, last_at=at))
        known.last_at = at
        return str(name)

    def _birth(self, pod: Pod) -> Birth:
        sent = self.sent.get(pod.request.name)
        name, who = (sent.name, sent.who) if sent else (pod.request.name, "?")
        return Birth(id=str(pod.id), name=name, at=pod.created_at, who=who)

    def _forget(self) -> None:
        self.cloud.server.log.clear()
        now, every = self.cloud.catch_up(), self.cloud.pods_by_id
        gone = [
            pod
            for pod in every.values()
            if pod.status is PodStatus.TERMINATED and pod.updated_at < now - _REMEMBERED
        ]
        for pod in gone:
            self.spent += pod.cost(now)
            del every[pod.id]


def _outcome(exchange: Exchange, answer: Answer | None) -> str:
    reply, fault = answer.reply if answer else None, exchange.fault
    text = "no answer" if reply is None else f"{reply.status}/{reply.code}"
    return f"{text} [{fault.value}]" if fault else text
