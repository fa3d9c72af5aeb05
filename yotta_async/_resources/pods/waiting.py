"""Waiting for pods, and watching them, on the one shared list poll."""

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Literal, Self, TypeVar

import anyio
from attrs import define, evolve, field, frozen

from ..._call.watch import PodWatch, Snapshot
from ...errors import NotFoundError, PodFailedError, PodVanishedError, WaitError, WaitTimeoutError
from ...models import Pod
from ...models._lifecycle import PodStatus
from .goals import Goal


__all__ = ["PodChange", "PodChanges", "Wait"]

E = TypeVar("E", bound=WaitError)

_TIMEOUT_HINT = "It exists still, and may bill: wait longer, or delete it."


@define(eq=False)
class Wait:
    """
    One pod on its way to a goal.

    Attributes:
        lag: Seconds for which a list may not show a pod that exists.
    """

    pod_id: str
    goal: Goal
    lag: float
    _watch: PodWatch
    _get: Callable[[str], Awaitable[Pod]]
    seen: Pod | None = None
    _missing_since: float | None = None
    _history: list[tuple[float, str]] = field(factory=list[tuple[float, str]])

    async def reach(self, seconds: float | None) -> Pod:
        """Return the pod when it is there, or raise what became of it."""
        with anyio.move_on_after(seconds):
            return await self._follow()
        late = f"was not {self.goal.text} within {seconds:g} s"
        message = f"pod {self.pod_id} {late}; {self._last_words()}."
        raise self._error(WaitTimeoutError, message, _TIMEOUT_HINT) from self._watch.failure

    async def _follow(self) -> Pod:
        asked = anyio.current_time()
        while True:
            snapshot = await self._watch.next(asked)
            asked = snapshot.sent_at
            pod = snapshot.items.get(self.pod_id) or await self._absent(asked)
            if pod is not None and self._is_there(pod):
                return pod

    def _is_there(self, pod: Pod) -> bool:
        if self.seen is None or self.seen.status != pod.status:
            self._history.append((anyio.current_time(), pod.status))
        self.seen = pod
        if self.goal.reached(pod):
            return True
        if self.goal.lost(pod):
            message = f"pod {self.pod_id} is {pod.status} and will not be {self.goal.text}."
            raise self._error(PodFailedError, message, "Delete it, and create another elsewhere.")
        return False

    async def _absent(self, now: float) -> Pod | None:
        if self.goal.by_absence and self.seen is not None:
            return evolve(self.seen, status=PodStatus.TERMINATED)
        if self._missing_since is None:
            self._missing_since = now
        if now - self._missing_since < self.lag:
            return None
        self._missing_since = None
        return await self._asked_for()

    async def _asked_for(self) -> Pod:
        try:
            return await self._get(self.pod_id)
        except NotFoundError as error:
            if self.seen is None:
                raise
            message = f"pod {self.pod_id} is no longer there; {self._last_words()}."
            raise self._error(PodVanishedError, message) from error

    def _last_words(self) -> str:
        return f"it was last seen {self.seen.status}" if self.seen else "no list has shown it"

    def _error(self, kind: type[E], message: str, hint: str = "") -> E:
        history = tuple(self._history)
        return kind(message, subject=self.pod_id, last_seen=self.seen, history=history, hint=hint)


@frozen(kw_only=True)
class PodChange:
    """
    One change between two lists.

    Attributes:
        kind: ``"appeared"``, ``"changed"`` or ``"vanished"``.
        pod: As it is now; as it was last listed, if it vanished.
        previous: As it was listed before, or None if it appeared.
    """

    kind: Literal["appeared", "changed", "vanished"]
    pod: Pod
    previous: Pod | None


@define(eq=False)
class PodChanges(AsyncIterator[PodChange]):
    """
    The changes of all pods, or of some, one after the other; the first list's pods appear.

    It never ends by itself and holds nothing that must be closed.
    """

    _watch: PodWatch
    _concerns: Callable[[Pod], bool]
    _known: dict[str, Pod] = field(factory=dict[str, Pod])
    _pending: deque[PodChange] = field(factory=deque[PodChange])
    _asked: float = float("-inf")

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> PodChange:
        while not self._pending:
            snapshot = await self._watch.next(self._asked)
            self._asked = snapshot.sent_at
            self._compare(snapshot)
        return self._pending.popleft()

    def _compare(self, snapshot: Snapshot[Pod]) -> None:
        now = {pod.id: pod for pod in snapshot.items.values() if self._concerns(pod)}
        for pod in now.values():
            before = self._known.get(pod.id)
            if before is None:
                self._pending.append(PodChange(kind="appeared", pod=pod, previous=None))
            elif before is not pod and before != pod:
                self._pending.append(PodChange(kind="changed", pod=pod, previous=before))
        gone = [pod for pod in self._known.values() if pod.id not in now]
        self._pending += [PodChange(kind="vanished", pod=pod, previous=pod) for pod in gone]
        self._known = now
