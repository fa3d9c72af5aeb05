"""The job: pods over regions, all at once; those that fail replaced; all of them deleted."""

from contextlib import suppress

import anyio
from attrs import define, field

from .._client import AsyncYotta
from .._core.lifecycle import PodStatus
from ..errors import (
    APIError,
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    ConflictError,
    InsufficientBalanceError,
    NotFoundError,
    NotSentError,
    OutOfCapacityError,
    PermissionDeniedError,
    UnresolvedCreateError,
    WaitError,
    YottaError,
)
from ..models import Pod
from ._demo_board import Board, Phase, Seat, Stage
from ._demo_chronicle import Chronicle, short
from ._demo_plan import Pace, Plan


__all__ = ["FanOut"]

# What no other region and no second try can heal.
_HOPELESS = (
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    InsufficientBalanceError,
    PermissionDeniedError,
)
# Simulated seconds: the longest boot worth waiting for, the longest deletion, and between looks.
_BOOT = 900.0
_DELETION = 180.0
_LOOK = 3.0


@define(eq=False)
class FanOut:
    """
    Makes the pods of a plan, waits for them, and deletes whatever it made.

    Attributes:
        hopeless: The error that ended the job, if one did.
    """

    client: AsyncYotta
    plan: Plan
    pace: Pace
    board: Board
    chronicle: Chronicle
    hopeless: YottaError | None = None
    _scope: anyio.CancelScope = field(factory=anyio.CancelScope)

    async def run(self) -> None:
        """Fill all seats, as far as that can be done."""
        self.board.began = anyio.current_time()
        with self._scope:
            async with anyio.create_task_group() as watching:
                watching.start_soon(self._follow)
                async with anyio.create_task_group() as seats:
                    for seat in self.board.seats:
                        seats.start_soon(self._fill, seat)
                watching.cancel_scope.cancel()

    async def clean_up(self) -> None:
        """Delete all pods that were made, and look until no list shows one of them."""
        self.board.phase = Phase.DELETING
        async with anyio.create_task_group() as deletions:
            for pod_id in self.board.made:
                deletions.start_soon(self._delete, pod_id)
        if not (self.board.made or self.board.doubtful):
            return
        with anyio.move_on_after(self.pace.real(_DELETION)):
            while not await self._nothing_listed():  # noqa: ASYNC110  # the server tells no one
                await anyio.sleep(self.pace.real(_LOOK))

    async def _follow(self) -> None:
        # Whoever waits for a pod gets the same error, and tells it.
        with suppress(YottaError):
            async for change in self.client.pods.watch():
                self.board.take_in(change)

    async def _fill(self, seat: Seat) -> None:
        try:
            for region in self.plan.places(seat.region):
                seat.region = region
                if await self._filled(seat):
                    return
            seat.stage = Stage.GIVEN_UP
        except YottaError as error:
            self.hopeless = error
            self._scope.cancel()

    async def _filled(self, seat: Seat) -> bool:
        pod = await self._created(seat)
        if pod is None:
            return False
        self.board.note_made(seat, pod, anyio.current_time())
        try:
            ready = await self.client.pods.wait(pod.id, timeout=self.pace.real(_BOOT))
        except WaitError:
            self.chronicle.say(f"{short(pod.name)}: failed in {seat.region}; trying elsewhere")
            self.board.note_failed(seat)
            return False
        self.board.note_ready(seat, ready, anyio.current_time())
        return True

    async def _created(self, seat: Seat) -> Pod | None:
        try:
            return await self.client.pods.create(self.plan.spec(seat.region))
        except OutOfCapacityError:
            if not self.board.full[seat.region]:
                self.chronicle.say(f"{seat.region} is full; trying elsewhere")
            self.board.full[seat.region] += 1
        except UnresolvedCreateError as error:
            self.board.doubtful.add(error.name)
        except _HOPELESS:
            raise
        except APIError as error:
            if isinstance(error, NotSentError) and not self.board.made:
                raise
            self.chronicle.say(f"a create failed ({type(error).__name__}); trying elsewhere")
        return None

    async def _delete(self, pod_id: str) -> None:
        try:
            await self.client.pods.delete(pod_id)
        except (NotFoundError, ConflictError):
            # Gone, or going: the list that follows has the last word.
            pass
        except YottaError as error:
            self.chronicle.say(f"deleting {pod_id} failed ({type(error).__name__})")
            return
        self.board.note_deleted(pod_id, anyio.current_time())

    async def _nothing_listed(self) -> bool:
        try:
            pods = [pod for pod in await self.client.pods.list() if self._is_mine(pod)]
        except YottaError as error:
            self.chronicle.say(f"no list to see what is left ({type(error).__name__})")
            return False
        self.board.listed = {pod.id: pod.name for pod in pods}
        for pod in pods:
            if pod.status not in (PodStatus.TERMINATING, PodStatus.TERMINATED):
                await self._delete_again(pod)
        return not pods

    def _is_mine(self, pod: Pod) -> bool:
        return pod.id in self.board.made or pod.name in self.board.doubtful

    async def _delete_again(self, pod: Pod) -> None:
        with suppress(YottaError):
            await self.client.pods.delete(pod.id)
