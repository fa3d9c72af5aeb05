"""A program of a user: one client, its pods and fleets, and the tasks in which it does its steps."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

import anyio
from attrs import define, field

from ..._backend import current_time
from ..._client import AsyncYotta
from ..._scheduling.rules.limits import Limits
from ...errors import UnresolvedCreateError, YottaError
from ...events import Answered, Event, PodLeft
from ...models import Pod, PodSpec
from ..worlds import GPU_TYPE, World
from .lines import Line, connect
from .scene import Deed, FleetFacts, Scene


__all__ = ["Program", "limits_of"]

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
        pods: The pods that it made itself, by the words of its steps.
        open: Its fleets that are open, by name.
        leave: What has a fleet's block end, by the fleet's name.
        tasks: Its tasks, by the words of its steps.
        scopes: The scopes in which its steps are done, by the same words.
    """

    scene: Scene
    who: str
    client: AsyncYotta
    line: Line
    secret: str
    pods: dict[str, Pod] = field(factory=dict[str, Pod])
    open: dict[str, FleetFacts] = field(factory=dict[str, FleetFacts])
    leave: dict[str, anyio.Event] = field(factory=dict[str, anyio.Event])
    tasks: dict[str, asyncio.Task[None]] = field(factory=dict[str, "asyncio.Task[None]"])
    scopes: dict[str, anyio.CancelScope] = field(factory=dict[str, anyio.CancelScope])

    @classmethod
    def start(cls, scene: Scene, index: int, life: int, programs: int) -> "Program":
        """Start a program, or start it again after it was killed."""
        who = f"client {index}" if life == 1 else f"client {index}.{life}"
        dice = scene.dice(who)
        key, secret = f"yk-{dice.randbytes(12).hex()}", f"token-{dice.randbytes(8).hex()}"
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
        client._account.caller.on_event = program.hear  # noqa: SLF001  # it knows the program
        return program

    @property
    def is_dead(self) -> bool:
        """Whether it was killed."""
        return self.line.is_cut

    def spec(self, **changes: Any) -> PodSpec:
        """Return the spec of a pod."""
        return PodSpec(image=_IMAGE, gpu_type=GPU_TYPE, environment={"TOKEN": self.secret}).evolve(
            **changes
        )

    def hear(self, event: Event) -> None:
        """Take in an event of the client."""
        if self.is_dead or isinstance(event, Answered):
            return
        text = repr(event)
        self.scene.tell(self.who, "event", text)
        self.check_secrets(text)
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
        if isinstance(pods, dict):
            known = {key: value for key, value in pods.items()}
            self.note_named(known)
        if isinstance(error, UnresolvedCreateError):
            self.note_named({error.name: None})
            self.scene.named |= {str(pod.id) for pod in error.candidates}

    def check_secrets(self, text: str) -> None:
        """Fail if a text tells a secret."""
        if any(secret in text for secret in self.scene.secrets):
            self.scene.fail("secrets", f"{self.who}: a secret was told in: {text[:200]}")

    def begin(self, word: str, deed: Deed, work: Coroutine[Any, Any, object]) -> None:
        """Do something in a task of its own."""
        self.tasks[word] = asyncio.get_running_loop().create_task(self._do(word, deed, work))

    async def _do(self, word: str, deed: Deed, work: Coroutine[Any, Any, object]) -> None:
        scope = self.scopes[word] = anyio.CancelScope()
        try:
            with scope:
                deed.result = await work
            if scope.cancelled_caught:
                deed.error = asyncio.CancelledError("by its scope")
        except BaseException as error:  # noqa: BLE001  # it is judged
            deed.error = error
        deed.ended = current_time()
        self._tell_result(word, deed)

    def _tell_result(self, word: str, deed: Deed) -> None:
        if self.is_dead:
            return
        if deed.error is None:
            self.scene.tell(self.who, "result", f"{word}: ok")
            return
        self.scene.tell(self.who, "result", f"{word}: {deed.error!r}"[:400])
        self.note_error(deed.error)
        known = (YottaError, asyncio.CancelledError, TimeoutError)
        if not isinstance(deed.error, known):
            self.scene.fail("classified", f"{word}: {deed.error!r}"[:400])
