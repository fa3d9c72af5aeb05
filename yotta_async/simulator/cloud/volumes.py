"""Network volumes and their lives. Pure: every method takes `now`."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from random import Random

from attrs import define, field

from yotta_async.simulator.cloud.agenda import Agenda
from yotta_async.simulator.cloud.ids import Ids
from yotta_async.simulator.cloud.life import VolumeLife
from yotta_async.simulator.cloud.problems import CloudError, Problem, invalid
from yotta_async.simulator.cloud.volume import Storage, Volume, VolumeRequest, VolumeStatus


__all__ = ["Volumes"]

_NO_RECORD = 10007


@define(eq=False, kw_only=True)
class Volumes:
    """
    Every volume that ever was.

    Attributes:
        count_mounts: Tells how many pods and VMs a volume is mounted in.
        all: By id, in the order of their creation, the deleted ones too.
    """

    life: VolumeLife
    dice: Random
    agenda: Agenda
    ids: Ids
    count_mounts: Callable[[int], int]
    all: dict[int, Volume] = field(factory=dict[int, Volume])

    def create(self, request: VolumeRequest, now: float) -> Volume:
        self.agenda.advance(now)
        volume = Volume(
            id=self.ids.new(now),
            request=request,
            name=request.name,
            size=request.size,
            created_at=now,
        )
        self.all[volume.id] = volume
        fails = self.dice.random() < self.life.failing
        target = VolumeStatus.ERROR if fails else VolumeStatus.ACTIVE
        self._move(volume, now, self.life.create, partial(volume.become, target))
        return volume

    def get(self, volume_id: int, now: float) -> Volume:
        """Return the volume; raise CloudError when there is none, or none any more."""
        self.agenda.advance(now)
        volume = self.all.get(volume_id)
        if volume is None or volume.gone:
            raise CloudError(
                Problem.NOT_FOUND, f"volume [{volume_id}] does not exist", code=_NO_RECORD
            )
        return volume

    def ready(self, volume_id: int, now: float) -> Volume:
        """Return the volume; raise CloudError unless it can be mounted."""
        volume = self.get(volume_id, now)
        if volume.status is not VolumeStatus.ACTIVE:
            raise _wrong_state(volume, "mounted")
        return volume

    def list(
        self, now: float, *, storage: Storage, region: str = "", lag: float = 0.0
    ) -> tuple[Volume, ...]:
        """Return the volumes of a kind committed `lag` seconds ago or earlier, newest first."""
        self.agenda.advance(now)
        return tuple(
            volume
            for volume in reversed(self.all.values())
            if not volume.gone
            and volume.request.storage is storage
            and (not region or volume.request.region == region)
            and volume.created_at + lag <= now
        )

    def rename(self, volume_id: int, name: str, now: float) -> Volume:
        volume = self.get(volume_id, now)
        volume.name = name
        return volume

    def resize(self, volume_id: int, size: int, now: float) -> Volume:
        volume = self.get(volume_id, now)
        if not volume.request.storage.sized:
            raise invalid(f"a {volume.request.storage} volume has no size")
        self._check_unmounted(volume, "resized")
        if volume.status is not VolumeStatus.ACTIVE:
            raise _wrong_state(volume, "resized")
        volume.become(VolumeStatus.RESIZING, now)
        volume.size = size
        self._move(volume, now, self.life.resize, partial(volume.become, VolumeStatus.ACTIVE))
        return volume

    def delete(self, volume_id: int, now: float) -> Volume:
        volume = self.get(volume_id, now)
        self._check_unmounted(volume, "deleted")
        if volume.status is VolumeStatus.DELETING:
            raise _wrong_state(volume, "deleted")
        volume.become(VolumeStatus.DELETING, now)
        self._move(volume, now, self.life.delete, volume.end)
        return volume

    def cost(self, now: float) -> Decimal:
        """Return what all volumes that ever were have cost until `now`, in USD."""
        return sum((volume.meter.cost(now) for volume in self.all.values()), Decimal(0))

    def _check_unmounted(self, volume: Volume, verb: str) -> None:
        if self.count_mounts(volume.id):
            raise CloudError(
                Problem.WRONG_STATE, f"volume [{volume.id}] is mounted and cannot be {verb}"
            )

    def _move(
        self,
        volume: Volume,
        now: float,
        span: tuple[float, float],
        happen: Callable[[float], None],
    ) -> None:
        volume.move += 1
        self.agenda.at(
            now + self.dice.uniform(*span), partial(_unless_overtaken, volume, volume.move, happen)
        )


def _unless_overtaken(
    volume: Volume, move: int, happen: Callable[[float], None], now: float
) -> None:
    if move == volume.move:
        happen(now)


def _wrong_state(volume: Volume, verb: str) -> CloudError:
    return CloudError(
        Problem.WRONG_STATE, f"volume [{volume.id}] is {volume.status} and cannot be {verb}"
    )
