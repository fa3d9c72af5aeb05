"""What the shared list of all pods shows: one of them, or what has changed."""

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Literal, Self, TypeAlias

import anyio
from attrs import define, field, frozen

from ..._call.watch import ListWatch, Snapshot
from ...errors import YottaError
from ...models import Pod


__all__ = ["PodChange", "PodChanges", "PodObserver", "PodWatch"]

PodWatch: TypeAlias = ListWatch[Pod]


@define(eq=False)
class PodObserver:
    """
    An `Observer` of one pod, which looks along with all others.

    Attributes:
        ask: Gets the pod by its id.
    """

    _pod_id: str
    _watch: PodWatch
    ask: Callable[[], Awaitable[Pod]]
    _asked: float = field(init=False, factory=anyio.current_time)

    @property
    def failure(self) -> YottaError | None:
        return self._watch.failure

    @property
    def known(self) -> Pod | None:
        """The pod in the last list, whichever waiter asked for that."""
        last = self._watch.latest
        return last.items.get(self._pod_id) if last else None

    async def next(self) -> Pod | None:
        snapshot = await self._watch.next(self._asked)
        self._asked = snapshot.sent_at
        return snapshot.items.get(self._pod_id)


@frozen(kw_only=True)
class PodChange:
    """
    One change between two lists.

    Attributes:
        kind: ``"appeared"``, ``"changed"`` or ``"vanished"``.
        pod: The pod as it is now; if it vanished, as it was last listed.
        previous: The pod as it was listed before. None if it appeared.
    """

    kind: Literal["appeared", "changed", "vanished"]
    pod: Pod
    previous: Pod | None


@define(eq=False, repr=False)
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

    def __repr__(self) -> str:
        return f"<PodChanges: {len(self._known)} pods known, {len(self._pending)} changes pending>"

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
