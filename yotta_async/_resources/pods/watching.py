"""What the shared list of all pods shows: one of them, or what has changed."""

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final, Literal, Self, TypeAlias

import anyio
from attrs import define, field, frozen

from ..._call.rules.reach import is_passing
from ..._call.watch import ListWatch, Snapshot
from ...errors import YottaError
from ...models import Pod


__all__ = ["PodChange", "PodChanges", "PodObserver", "PodWatch"]

PodWatch: TypeAlias = ListWatch[Pod]

_FEW: Final = 3  # requests by id that a list may bring about


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
        """Return the pod as the next list has it; None where that has it not, or not as it is."""
        snapshot = await self._watch.next(self._asked)
        self._asked = snapshot.sent_at
        if self._pod_id in snapshot.unconfirmed:
            return None
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

    It never ends by itself and holds nothing that must be closed. A pod that was not seen to end
    and is listed no more has vanished once the server, asked by its id, denies it.
    """

    _watch: PodWatch
    _concerns: Callable[[Pod], bool]
    _find: Callable[[str], Awaitable[Pod | None]]
    _lag: float
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
            await self._ask_for_missing(snapshot)
        return self._pending.popleft()

    def _compare(self, snapshot: Snapshot[Pod]) -> None:
        now = {pod.id: pod for pod in snapshot.items.values() if self._concerns(pod)}
        for pod in now.values():
            self._see(pod)
        there = now.keys() | snapshot.missing.keys()
        for pod_id in [each for each in self._known if each not in there]:
            self._vanish(self._known[pod_id])

    def _see(self, pod: Pod) -> None:
        before, self._known[pod.id] = self._known.get(pod.id), pod
        if before is None:
            self._pending.append(PodChange(kind="appeared", pod=pod, previous=None))
        elif before is not pod and before != pod:
            self._pending.append(PodChange(kind="changed", pod=pod, previous=before))

    def _vanish(self, pod: Pod) -> None:
        before = self._known.pop(pod.id)
        self._pending.append(PodChange(kind="vanished", pod=pod, previous=before))

    async def _ask_for_missing(self, snapshot: Snapshot[Pod]) -> None:
        """Ask for a few of the pods that lists have not shown for longer than they may lag."""
        now, since = snapshot.sent_at, snapshot.missing
        due = [each for each in self._known if each in since and now - since[each] >= self._lag]
        for pod_id in sorted(due, key=lambda each: since[each])[:_FEW]:
            try:
                pod = await self._find(pod_id)
            except YottaError as error:
                if not is_passing(error):
                    raise
                continue  # the next list may show it
            if pod is None:
                self._vanish(self._known[pod_id])
            else:
                self._see(pod)
