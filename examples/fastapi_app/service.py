"""
A fleet and single pods, in the care of a web service. Nothing in here knows a web framework.

Whatever bills has a name by which the next run finds it again, should this one be killed: the
fleet's pods by the fleet's name, single ones by a prefix. What names do not tell is how many pods
the fleet was to have, and that it was to have none; a file does (`Wish`).
"""

import gc
import logging
import os
import secrets
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from fcntl import LOCK_EX, LOCK_NB, flock  # POSIX's
from pathlib import Path

import anyio
from attrs import define, field, frozen

from yotta_async import AsyncYotta, Fleet, Placement, Pod, PodSpec, YottaError
from yotta_async.errors import NotFoundError

from .board import Board
from .problems import RefusedError


__all__ = ["Service", "Wish", "make_collections_rare", "running"]

logger = logging.getLogger(__name__)

FLEET = "web"
SINGLE = "web.single-"  # no fleet gives such a name
REGIONS = ["us-east-1", "us-west-1", "us-central-2", "eu-1"]
SPEC = PodSpec(image="you/worker:1", gpu_type="NVIDIA_RTX_5090_32G", regions=REGIONS, expose=[8000])


@frozen
class Wish:
    """
    How many pods the fleet shall have, in a file, which a crash leaves behind.

    A shutdown deletes the pods, and then the file: the next start begins with no fleet.
    """

    path: Path

    @contextmanager
    def held(self) -> Iterator[None]:
        """
        Keep others off: a second instance would take the pods over, and delete them as it ends.

        It ends at once where its port is taken: web servers begin the lifespan before they bind.
        """
        with self.path.with_suffix(".lock").open("w") as lock:
            try:
                flock(lock, LOCK_EX | LOCK_NB)
            except OSError:
                raise RuntimeError(f"Another instance of this service uses {self.path}.") from None
            yield

    def read(self) -> int | None:
        text = self.path.read_text(errors="replace").strip() if self.path.exists() else ""
        if text and not text.isdecimal():
            logger.error("%s holds no number, and is passed over", self.path)
        return int(text) if text.isdecimal() else None

    def write(self, number: int) -> None:
        # In one step: whoever is killed while writing leaves the old number.
        new = self.path.with_suffix(".new")
        with new.open("w") as file:
            file.write(str(number))
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.path)

    def give_up(self) -> None:
        """Have whoever follows go on deleting; a full disk is no reason to delete nothing."""
        try:
            self.write(0)
        except OSError as error:
            logger.error("%s: %s", self.path, error)  # noqa: TRY400  # its text is enough

    def forget(self) -> None:
        self.path.unlink(missing_ok=True)


@define(eq=False)
class Service:
    """
    What the endpoints do.

    Attributes:
        board: How the fleet stands.
        wanted: How many pods it shall have.
        longest_stream: Seconds.
    """

    client: AsyncYotta
    wish: Wish
    fleet: Fleet
    board: Board = field(factory=Board)
    wanted: int = 0
    longest_stream: float = 5.0
    _singles: dict[str, Pod] = field(factory=dict)
    _deleting: bool = False
    _following: anyio.CancelScope = field(factory=anyio.CancelScope)

    # The fleet.

    def begin(self, number: int) -> None:
        """Have so many pods, where there are none."""
        self._check_fleet()
        if self.wanted:
            raise RefusedError(409, "There is a fleet already: scale it, or delete it first.")
        self._ask_for(number)

    def scale(self, number: int) -> None:
        """Have so many pods instead of those that there are."""
        self._check_fleet()
        if not self.wanted:
            raise RefusedError(409, "There is no fleet to be scaled.")
        self._ask_for(number)

    async def end(self) -> None:
        """Delete all pods of the fleet; a list has shown that none is left."""
        self._check_fleet()
        self.wish.give_up()
        self.wanted, self._deleting = 0, True
        self.board.tell(deleting=True)
        try:
            await self.fleet.down()
        finally:
            self._deleting = False
            self.board.tell(deleting=False)
            self.board.show(self.fleet.status())

    def _ask_for(self, number: int) -> None:
        self.wish.write(number)  # the file is never behind the pods
        try:
            self.fleet.launch([SPEC] * number, placement=Placement(regions=REGIONS))
        except YottaError:
            self.wish.write(self.wanted)
            raise
        self.wanted = number
        self.board.show(self.fleet.status())

    def _check_fleet(self) -> None:
        if self.fleet.failure is not None:
            raise RefusedError(503, f"The fleet has ended: {self.fleet.failure}")
        if self._deleting:
            raise RefusedError(409, "The fleet is being deleted.")

    def resume(self, wanted: int | None) -> None:
        """Have what an earlier run was to have; None: as far as the names of its pods tell."""
        if wanted is None:
            # Started on another machine: better one pod too many than one nobody looks after.
            wanted = max((int(key) + 1 for key in self.fleet.inherited), default=None)
        if wanted is not None:
            self._ask_for(wanted)
        self.board.show(self.fleet.status())

    async def follow_fleet(self) -> None:
        """Show the fleet until it ends; what ends it before its time leaves the rest running."""
        await self.board.follow(self.fleet)

    # Single pods.

    async def create(self, spec: PodSpec) -> Pod:
        """Make a pod."""
        pod = await self.client.pods.create(
            spec.evolve(name=SINGLE + secrets.token_hex(6)),
        )
        return self._singles.setdefault(pod.id, pod)  # a list may have shown it before

    def single(self, pod_id: str) -> Pod:
        """Return a pod of ours as the last list showed it; others of the account stay hidden."""
        if pod_id not in self._singles:
            raise RefusedError(404, f"There is no pod {pod_id!r} here.")
        return self._singles[pod_id]

    async def delete(self, pod_id: str) -> None:
        """Delete a pod."""
        self.single(pod_id)
        with suppress(NotFoundError):  # it was deleted elsewhere, or has ended
            await self.client.pods.delete(pod_id)
        self._singles.pop(pod_id, None)

    def adopt(self, pods: Iterable[Pod]) -> None:
        """Take in the single pods that an earlier run has left."""
        self._singles |= {pod.id: pod for pod in pods if pod.name.startswith(SINGLE)}

    async def follow_singles(self) -> None:
        """Keep what is known of single pods up to date; it shares the fleet's one list a tick."""
        try:
            with self._following:
                async for change in self.client.pods.watch():
                    if change.kind == "vanished":
                        self._singles.pop(change.pod.id, None)
                    else:
                        self.adopt([change.pod])
        except YottaError as error:
            logger.error("single pods are not followed any more: %s", error)  # noqa: TRY400

    async def delete_singles(self) -> None:
        """Delete all single pods."""

        async def delete(pod_id: str) -> None:
            try:
                await self.delete(pod_id)
            except YottaError as error:
                logger.error("pod %s may be left, and bill: %s", pod_id, error)  # noqa: TRY400

        async with anyio.create_task_group() as removals:
            for pod_id in list(self._singles):
                removals.start_soon(delete, pod_id)

    # The end.

    def stop_streams(self) -> None:
        """End what is streamed: a server may wait for it before it ends the rest."""
        self.board.close()

    async def close(self) -> None:
        """Delete everything, but for the fleet, whose task does it."""
        self.stop_streams()
        self.wish.give_up()
        self._say_goodbye()
        self.fleet.close()
        self._following.cancel()
        await self.delete_singles()

    def _say_goodbye(self) -> None:
        number = sum(each.pod is not None for each in self.fleet.status().members)
        if number := number + len(self._singles):
            logger.warning(
                "deleting %d pods, at 60 requests a minute one a second; what an interruption"
                " leaves, the next start takes over, or: yotta-async fleet down %s",
                number,
                FLEET,
            )


@asynccontextmanager
async def running(client: AsyncYotta, wish: Wish) -> AsyncIterator[Service]:
    """
    Run the service until the block is left; nothing is left then that bills.

    Raises:
        RuntimeError: Another instance runs.
        OSError: The file cannot be there.
    """
    with wish.held():
        async with _run(client, wish) as service:
            yield service


@asynccontextmanager
async def _run(client: AsyncYotta, wish: Wish) -> AsyncIterator[Service]:
    # Before there is a fleet, which an error would delete.
    wanted, found = wish.read(), await client.pods.list()
    async with anyio.create_task_group() as beside:
        # The web server heeds the signals, and then ends this.
        fleet = await beside.start(client.fleet(FLEET, signals=False).keep)
        service = Service(client, wish, fleet)
        service.adopt(found)
        service.resume(wanted)
        beside.start_soon(service.follow_fleet)
        beside.start_soon(service.follow_singles)
        try:
            yield service
        finally:
            with anyio.CancelScope(shield=True):
                await service.close()
    wish.forget()  # not after an error: then the next start has something to delete


def make_collections_rare() -> None:
    """
    Let requests wait less often for the garbage collector; called once, when all is imported.

    A full one looks through all that was imported, and through the coroutines of every open stream.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 10, 50)
