"""A program of a user: a client, its pods and fleets, and the tasks in which it does its steps."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextvars import ContextVar
from decimal import Decimal
from itertools import pairwise
from math import inf
from typing import Any, Final

import anyio
import attrs
from attrs import define, field

from ..._backend import current_time
from ..._client import AsyncYotta
from ..._scheduling.rules.limits import Limits
from ..._scheduling.rules.queueing import TicketState
from ...errors import FleetConflictError, UnexpectedError, UnresolvedCreateError, YottaError
from ...events import Answered, Event, PodLeft, Refused
from ...models import Pod, PodSpec
from ..worlds import GPU_TYPE, World
from .lines import Line, caller_of, connect
from .scene import Deed, FleetFacts, Scene


__all__ = ["PROGRAM", "Program", "limits_of"]

# Whose task it is.
PROGRAM: Final = ContextVar("yotta_async.testing.program", default="")

_IMAGE: Final = "yottalabsai/pytorch:2.9.0"


def limits_of(world: World, programs: int) -> Limits:
    """Return the limits of one of several programs, which share those of the account evenly."""
    told = not world.untold
    return Limits(
        requests=world.requests // programs,
        pod_operations=max(1, world.slots // programs),
        burst=world.burst // programs or None if told else None,
        operation_span="settled" if world.settled and told else "call",
    )


@define(eq=False)
class Program:
    """
    One life of a program.

    Attributes:
        scene: The run.
        who: Its name in the story.
        client: Its client.
        line: What it is connected by.
        secret: What is in the environment of its pods.
        hook_fails: Whether its hook for events raises.
        is_closed: Whether a step has closed its client.
        was_refused: Whether a call was ever refused for too many requests.
        pods: The pods that it made itself, by the words of its steps.
        open: Its fleets that are open, by name.
        leave: What has a fleet's block end, by the fleet's name.
        closing_at: When its client began to be closed, in seconds.
        closed_at: When its client was closed, in seconds. None before.
        tasks: Its tasks, by the words of its steps.
        scopes: The scopes in which its steps are done, by the same words.
        cancels: What cancels one of them at the next answer to an operation, by that.
    """

    scene: Scene
    who: str
    client: AsyncYotta
    line: Line
    secret: str
    hook_fails: bool = False
    is_closed: bool = False
    was_refused: bool = False
    closing_at: float = 0.0
    closed_at: float | None = None
    pods: dict[str, Pod] = field(factory=dict[str, Pod])
    open: dict[str, FleetFacts] = field(factory=dict[str, FleetFacts])
    leave: dict[str, anyio.Event] = field(factory=dict[str, anyio.Event])
    tasks: dict[str, asyncio.Task[None]] = field(factory=dict[str, "asyncio.Task[None]"])
    scopes: dict[str, anyio.CancelScope] = field(factory=dict[str, anyio.CancelScope])
    cancels: dict[str, Callable[[], object]] = field(factory=dict[str, Callable[[], object]])

    @classmethod
    def start(cls, scene: Scene, index: int, programs: int) -> "Program":
        """Start a program, or start it again after it was killed."""
        life = scene.lives[index] = scene.lives.get(index, 0) + 1
        who = f"client {index}" if life == 1 else f"client {index}.{life}"
        dice = scene.dice(who)
        key = f"yk-{dice.randbytes(12).hex()}"
        # The same in each life: what it asks for has not changed because it was killed.
        secret = f"token-{scene.dice(f'secret {index}').randbytes(8).hex()}"
        scene.secrets += [key, secret]
        scene.keys[key] = who
        line = Line()
        client = AsyncYotta(
            key,
            base_url="http://localhost",
            api_version=scene.case.world.api_version,
            limits=limits_of(scene.case.world, programs),
        )
        connect(client, scene.cloud, line, dice, straight=scene.straight)
        program = cls(scene, who, client, line, secret)
        caller_of(client).on_event = program.hear  # which knows the program
        return program

    @property
    def is_dead(self) -> bool:
        """Whether it was killed."""
        return self.line.is_cut

    @property
    def requests(self) -> int:
        """How many requests of a window it may send."""
        requests: int = caller_of(self.client).scheduler.limits.requests
        return requests

    @property
    def prices(self) -> Mapping[str, Decimal]:
        """What GPUs cost, for budgets."""
        return {GPU_TYPE: Decimal(self.scene.case.world.price)}

    def spec(self, **changes: Any) -> PodSpec:
        """Return the spec of a pod."""
        return PodSpec(image=_IMAGE, gpu_type=GPU_TYPE, environment={"TOKEN": self.secret}).evolve(
            **changes
        )

    def hear(self, event: Event) -> None:
        """Take in an event of the client."""
        if self.is_dead:
            return
        self.was_refused = self.was_refused or isinstance(event, Refused)
        if isinstance(event, Answered):
            self.check_books()
            self.cancels.pop(event.operation, bool)()
            return
        if self.hook_fails:
            raise RuntimeError("the hook of a user fails")
        self.scene.tell(self.who, "event", _told(event))
        self.check_secrets(repr(event))
        if isinstance(event, PodLeft):
            self.note_named({event.pod_name: event.pod_id})

    def note_named(self, pods: Any) -> None:
        """Take in the pods, ids by name, that the user was told of as left."""
        for name, pod_id in dict(pods).items():
            self.scene.named |= {name, pod_id} - {None}

    def note_error(self, error: BaseException) -> None:
        """Take in an error: what it names, and whether it tells a secret."""
        seen: set[int] = set()
        waiting: list[BaseException | None] = [error]
        while waiting:
            each = waiting.pop()
            if each is None or id(each) in seen:
                continue
            seen.add(id(each))
            self.check_secrets(f"{each!r} {each}")
            self._note_one(each)
            waiting += [each.__cause__, each.__context__]
            waiting += getattr(each, "exceptions", ())

    def _note_one(self, error: BaseException) -> None:
        pods = getattr(error, "pods", None)
        if isinstance(error, FleetConflictError):
            self.scene.named |= {*error.pods, *error.pods.values()}
        elif isinstance(pods, dict):
            self.note_named(pods)
        if isinstance(error, UnresolvedCreateError):
            self.note_named({error.name: None})
            self.scene.named |= set(error.candidates)

    def check_secrets(self, text: str) -> None:
        """Fail if a text tells a secret."""
        if any(secret in text for secret in self.scene.secrets):
            shown = self.scene.hidden(text)[:200]
            self.scene.fail("secrets", f"{self.who}: a secret was told in: {shown}")

    def check_books(self) -> None:
        """
        Fail if a call that is not on the wire holds a credit, or a line is out of order.

        A call is on the wire from the moment in which its admission counts as sent to the one in
        which it is over; a refused one stands in front of all that came after it.
        """
        caller: Any = caller_of(self.client)  # whose books nothing else tells
        dispatcher = caller.scheduler._dispatcher  # noqa: SLF001
        on_the_wire = len(caller.transport._under_way)  # noqa: SLF001
        sent = sum(ticket.state is TicketState.SENT for ticket in dispatcher._out)  # noqa: SLF001
        if sent > on_the_wire:
            text = f"{self.who}: {sent} calls hold credits and {on_the_wire} are on the wire"
            self.scene.fail("nothing-held", text)
        for lane in dispatcher._lines._lines if self.was_refused else ():  # noqa: SLF001
            for line in lane:
                waiting = sorted(each for each in line.heap if each.state is TicketState.WAITING)
                if any(after.asked_at < each.asked_at for each, after in pairwise(waiting)):
                    self.scene.fail("first-come", f"{self.who}: a call waits behind a later one")

    async def close(self) -> None:
        """Close its client, once."""
        if self.is_closed:
            return
        self.is_closed, self.closing_at = True, current_time()
        await self.client.aclose()
        self.closed_at = current_time()
        self.note_named(self.client.left_behind)

    def begin(self, deed: Deed, work: Coroutine[Any, Any, object]) -> None:
        """Do something in a task of its own."""
        token = PROGRAM.set(self.who)  # the loop and the task's own tasks heed it
        self.tasks[deed.word] = asyncio.get_running_loop().create_task(self._do(deed, work))
        PROGRAM.reset(token)

    async def _do(self, deed: Deed, work: Coroutine[Any, Any, object]) -> None:
        within = deed.step.arguments.get("within", inf)
        scope = self.scopes[deed.word] = anyio.CancelScope(deadline=deed.began + within)
        deed.due = deed.began + within
        try:
            with scope:
                deed.result = await work
            if scope.cancelled_caught:
                deed.error = asyncio.CancelledError("by its scope")
        except BaseException as error:  # noqa: BLE001  # it is judged
            deed.error = error
        deed.ended = current_time()
        self._tell_result(deed)

    def _tell_result(self, deed: Deed) -> None:
        if self.is_dead:
            return
        if deed.error is None:
            self.scene.tell(self.who, "result", f"{deed.word}: ok")
            return
        text = f"{deed.word}: {_shown(deed.error)}"
        self.scene.tell(self.who, "result", text)
        self.note_error(deed.error)
        if not _is_classified(deed):
            self.scene.fail("classified", text)


def _told(event: Event) -> str:
    """Return what an event tells, without what is empty, and the instant, which the story has."""
    fields = attrs.asdict(event, recurse=False)
    told = (f"{name}={value}" for name, value in fields.items() if name != "at" and value)
    return f"{type(event).__name__} {', '.join(told)}"


def _is_classified(deed: Deed) -> bool:
    error = deed.error
    if isinstance(error, UnexpectedError):
        return False
    if isinstance(error, KeyboardInterrupt | SystemExit):
        return deed.step.verb == "fleet"
    return isinstance(error, YottaError | asyncio.CancelledError)


def _shown(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:400]
