"""
How a fleet ends: its pods are deleted, or paused, dearest first, until a list shows that it is so.

Level-triggered like everything else: what the lists show of the fleet, and what its creates may yet
have made, is dealt with again and again, in the URGENT lane, until nothing is left or the time is
up. A list says so for certain once it was asked for later than anything still unknown can
take effect. Of a pod that lists describe in ways that contradict each other its id tells.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from math import inf
from typing import Final

import anyio
from anyio.lowlevel import checkpoint
from attrs import define, field

from .._call.rules.backoff import Backoff
from .._call.rules.reach import Reach, is_from_in_between, reach_of
from .._call.watch import Snapshot
from .._resources.making.removal import Removal
from .._resources.pods.known import UNREADABLE
from .._resources.pods.verbs import Pods
from .._resources.pods.watching import PodWatch
from .._resources.rules.proof import Verdict
from ..errors import FleetLeftoverError, NotFoundError, YottaError
from ..models import Pod
from ..models._lifecycle import Phase, PodStatus, is_ending, phase
from ._inventory import Inventory
from ._roster import Roster
from ._settings import OnExit
from ._tasks import classified
from .rules.dearness import Rated, dearest_first
from .rules.names import leftover_command
from .rules.rivals import Rivals


__all__ = ["Ending"]

logger = logging.getLogger("yotta_async")

# Seconds after a list that is refused: what refuses now may not do so a little later.
_PAUSES: Final = Backoff(initial=1.0, factor=2.0, maximum=10.0)
_DONE: Final = {"delete": "deleted", "pause": "paused", "keep": "known"}


@define(eq=False)
class Ending:
    """
    The end of one fleet.

    Attributes:
        list_lag: Seconds after which a list shows all that was unclear before.
        certain_at: The instant before which no list is certain, for reasons of earlier runs.
        reached: The ids of the pods that were to be deleted, or paused.
    """

    roster: Roster
    rivals: Rivals
    inventory: Inventory
    list_lag: float
    certain_at: float
    _pods: Pods = field(alias="pods")
    _watch: PodWatch = field(alias="watch")
    _removal: Removal[Pod] = field(alias="removal")
    reached: set[str] = field(factory=set[str])
    _errors: dict[str, YottaError] = field(factory=dict[str, YottaError])
    _listed: Mapping[str, Pod] = field(factory=dict[str, Pod])
    _cause: YottaError | None = None
    _refusals: int = 0
    _listed_at: float = -inf
    _accepted: dict[str, float] = field(factory=dict[str, float])
    _unseen: dict[str, str] = field(factory=dict[str, str])
    _doubted: frozenset[str] = frozenset()
    _proven: set[str] = field(factory=set[str])
    _began: float = field(init=False, factory=anyio.current_time)

    async def run(self, how: OnExit, seconds: float) -> None:
        """
        End it.

        Raises:
            FleetLeftoverError: Something is left, or may be; it is named.
        """
        self._listed, done = self.roster.pods, False
        with anyio.move_on_after(seconds, shield=True):
            done = await (self._await_creates() if how == "keep" else self._until_done(how))
        if how != "keep":
            self.inventory.hand_over()
        if not done or self._unseen:
            raise self._leftover(how, seconds) from self._cause

    async def _await_creates(self) -> bool:
        while self.inventory.under_way:  # noqa: ASYNC110  # every exchange ends by its own time-out
            await anyio.sleep(0.1)
        return True

    async def _until_done(self, how: OnExit) -> bool:
        """Act and look until all is done; False if nothing can be asked for any more."""
        while True:
            try:
                if await self._is_done(how):
                    return True
            except Exception as error:  # noqa: BLE001  # whatever it is, there is time left
                self._cause = classified(error, f"ending fleet {self.roster.name!r}")
                if reach_of(self._cause) is Reach.CLIENT:
                    return False
                await anyio.sleep(_PAUSES.after(self._refusals))
                self._refusals += 1

    async def _is_done(self, how: OnExit) -> bool:
        await self._act(how)
        snapshot = await self._watch.next(anyio.current_time(), prompt=True)
        self._cause, self._refusals = None, 0
        self._take_in(snapshot)
        is_left = self._targets(how) or self.inventory.under_way
        return not is_left and self._is_certain(snapshot.sent_at)

    def _is_certain(self, asked_at: float) -> bool:
        return asked_at >= max(self.certain_at, self.inventory.unclear_at + self.list_lag)

    def _take_in(self, snapshot: Snapshot[Pod]) -> None:
        mine = self.rivals.mine(snapshot.items.values(), snapshot.sent_at)
        self._listed = {pod.id: pod for pod, _ in mine}
        self._listed_at = snapshot.sent_at
        self._doubted = self._contradicted(snapshot)
        self.roster.see(self._listed.values(), snapshot.sent_at)
        self.inventory.see(self._listed.values(), snapshot.sent_at, self.list_lag, self._doubted)
        for pod_id in self._proven:
            self.inventory.forget(pod_id)
        for pod_id in self._unseen.keys() & self._listed.keys():
            del self._unseen[pod_id]

    def _contradicted(self, snapshot: Snapshot[Pod]) -> frozenset[str]:
        """Return the pods that lists contradict each other about; what is unreadable is awaited."""
        odd = (snapshot.unconfirmed & self._listed.keys()) - self._proven
        return frozenset(each for each in odd if self._listed[each].status != UNREADABLE)

    def _targets(self, how: OnExit) -> dict[str, str]:
        """Return the pods that are not yet as they are to be: names by id."""
        if how == "delete":
            return dict(self.inventory.ids)
        if how == "keep":
            return {}
        ids = self.inventory.ids.items()
        return {pod_id: name for pod_id, name in ids if not self._is_at_rest(pod_id)}

    def _is_at_rest(self, pod_id: str) -> bool:
        shown = pod_id not in self._doubted and _rests(self._listed.get(pod_id))
        return shown or pod_id in self._proven

    async def _act(self, how: OnExit) -> None:
        act, targets = self._delete if how == "delete" else self._pause, self._targets(how)
        self.reached.update(targets)
        order = dearest_first(self._rated(*target) for target in targets.items())
        async with anyio.create_task_group() as tasks:
            for pod_id in order:
                tasks.start_soon(self._attempt, act, pod_id)
                await checkpoint()  # it is in line before the next one

    def _rated(self, pod_id: str, name: str) -> Rated:
        pod = self._listed.get(pod_id)
        return self.roster.rated(pod) if pod else self.roster.rated_as_asked(pod_id, name)

    async def _attempt(self, act: Callable[[str], Awaitable[None]], pod_id: str) -> None:
        try:
            await act(pod_id)
        except NotFoundError as error:
            if is_from_in_between(error):
                self._errors[pod_id] = error
            else:
                self._note_absent(pod_id, error)
        except Exception as error:  # noqa: BLE001  # the next list tells, and it is tried again
            self._errors[pod_id] = classified(error, f"ending pod {pod_id}")
        else:
            self._errors.pop(pod_id, None)

    def _note_absent(self, pod_id: str, error: NotFoundError) -> None:
        """Conclude what a 404 allows; what was made and never shown may exist all the same."""
        verdict = self._removal.proven_by_404(pod_id, self.list_lag, heard_at=self._began)
        if verdict is Verdict.DOUBTFUL:
            self._errors[pod_id] = error
            return
        if verdict is Verdict.UNSEEN:
            self._errors[pod_id] = error
            self._unseen[pod_id] = self.inventory.ids.get(pod_id, "")
        self.inventory.forget(pod_id)

    async def _delete(self, pod_id: str) -> None:
        is_doubted = pod_id in self._doubted and pod_id in self._accepted
        if is_doubted and is_ending((await self._pods.get(pod_id)).status):
            self._note_proven(pod_id)
            return
        await self._pods.delete(pod_id)
        self._accepted.setdefault(pod_id, anyio.current_time())
        self.inventory.forget(pod_id)

    async def _pause(self, pod_id: str) -> None:
        shown = None if pod_id in self._doubted else self._listed.get(pod_id)
        pod = shown or await self._pods.get(pod_id)
        if shown is None and (_rests(pod) or is_ending(pod.status)):
            self._note_proven(pod_id)
            return
        match phase(pod.status):
            case Phase.UP:
                await self._pods.pause(pod_id)
            case Phase.ENDED:
                await self._delete(pod_id)
            case _:
                pass  # it cannot be paused before it runs

    def _note_proven(self, pod_id: str) -> None:
        """Note that a pod is as it is to be, by its id, whatever lists say."""
        self._proven.add(pod_id)
        self.inventory.forget(pod_id)

    def _leftover(self, how: OnExit, seconds: float) -> FleetLeftoverError:
        alive = self._targets(how) | self._shown_alive(how) | self._unseen
        unknown = (*self.inventory.under_way, *self.inventory.unclear)
        left: dict[str, str | None] = dict.fromkeys(unknown)
        reasons = [f"{name} (id unknown): its create has no clear answer" for name in unknown]
        for pod_id, name in alive.items():
            left[name] = pod_id
            error = self._errors.get(pod_id) or YottaError(self._state_of(pod_id, seconds))
            self._removal.tell_left(name, pod_id, error)
            reasons.append(f"{name} (id {pod_id}): {error}")
        command = leftover_command(self.roster.name)
        what = "; ".join(reasons) or f"no list came late enough within {seconds:g} s to be certain"
        message = f"fleet {self.roster.name!r}: not all is {_DONE[how]} for certain: {what}"
        return FleetLeftoverError(message, pods=left, command=command, hint=f"Run: {command}")

    def _shown_alive(self, how: OnExit) -> dict[str, str]:
        """
        Return the pods that the last list has shown as they are not to be: names by id; without
        those whose delete was accepted after it.
        """
        if how == "keep":
            return {}
        shown = (each for each in self._listed.values() if not is_ending(each.status))
        known = (each for each in shown if each.id not in self._proven)
        since, accepted = self._listed_at, self._accepted
        alive = (pod for pod in known if accepted.get(pod.id, since) <= since)
        made = self.inventory.made
        left = (pod for pod in alive if how == "delete" or not self._is_at_rest(pod.id))
        return {pod.id: made.get(pod.id, pod.name) for pod in left}

    def _state_of(self, pod_id: str, seconds: float) -> str:
        """Return why a pod of which no error is known is left."""
        pod = self._listed.get(pod_id)
        shown = f"the last list shows it {pod.status}" if pod else "no list shows it"
        asked = "its delete was accepted" if pod_id in self._accepted else "it was not asked to end"
        return f"{asked}, and {shown} after {seconds:g} s."


def _rests(pod: Pod | None) -> bool:
    resting = (PodStatus.PAUSED, PodStatus.PAUSING)
    return pod is not None and PodStatus.parse(pod.status) in resting
