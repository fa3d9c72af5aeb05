"""`yotta-async pods` and `gpus`: what there is at the service, and deleting it by id."""

from datetime import datetime
from functools import partial
from typing import Any, Final

import anyio
from attrs import define, field, frozen

from ..._client import AsyncYotta
from ...errors import YottaError
from ...models import GpuOffer, Pod
from ...models._regions import doubted_regions
from .._exits import Exit
from .._failures import FailedError
from .._interrupts import Interrupts
from .._pods import all_pods, data_of, state_of, unreadable_data
from .._prices import Prices, offers, prices_for
from .._tables import age, money, print_json, show
from .._words import confirmed, counted, say


__all__ = ["OF_RUNNING", "DeletePods", "ListGpus", "ListPods"]

# How a pod that runs is shown: whether its ports answer.
OF_RUNNING: Final = ("ready", "unhealthy")

_POD_HEAD: Final = ("POD", "NAME", "STATUS", "REGION", "GPU", "AGE", "$/HOUR")
_GPU_HEAD: Final = ("GPU", "REGION", "FREE", "VRAM", "RAM", "VCPU", "$/HOUR")


@frozen(kw_only=True)
class ListPods:
    """The command `pods`."""

    regions: tuple[str, ...]
    statuses: tuple[str, ...]
    as_json: bool

    async def __call__(self, client: AsyncYotta) -> int:
        listed = await client.pods.list(regions=self.regions, statuses=self._asked())
        shown = [pod for pod in all_pods(listed) if self._is_wanted(pod)]
        pods = sorted(shown, key=lambda pod: (pod.name, pod.id))
        if not listed and self.regions:
            check_regions(self.regions, await offers(client))
        prices = await prices_for(client, pods)
        if self.as_json:
            unreadable = [unreadable_data(odd) for odd in listed.unreadable]
            wanted = (pod for pod in listed if self._is_wanted(pod))
            readable = sorted(wanted, key=lambda pod: (pod.name, pod.id))
            print_json([data_of(pod, prices) for pod in readable] + unreadable)
        elif pods:
            now = client.server_time
            show(_POD_HEAD, [_row(pod, prices, now) for pod in pods])
        say(f"{counted(len(pods))}; {prices.words(pods)}")
        return Exit.OK

    def _asked(self) -> tuple[str, ...]:
        """Return the statuses that the server knows: what is ready is RUNNING."""
        asked = ("RUNNING" if each in OF_RUNNING else each for each in self.statuses)
        return tuple(dict.fromkeys(asked))

    def _is_wanted(self, pod: Pod) -> bool:
        return not self.statuses or bool({state_of(pod), str(pod.status)} & set(self.statuses))


def check_regions(regions: tuple[str, ...], offered: list[GpuOffer]) -> None:
    """
    Doubt regions of which there is nothing.

    Raises:
        FailedError: One is not on offer, or not known.
    """
    if doubted := doubted_regions(regions, (each.region for each in offered)):
        raise FailedError(" ".join(doubted), "", Exit.USAGE)


def _row(pod: Pod, prices: Prices, now: datetime | None) -> tuple[str, ...]:
    gpus = f"{pod.gpu_count or '?'} x {pod.gpu_type or '?'}"
    price = money(prices.of(pod))
    where, since = pod.region or "", age(pod.created_at, now)
    return pod.id, pod.name, state_of(pod), where, gpus, since, price


@define(eq=False)
class DeletePods:
    """
    The command `pods delete`.

    Attributes:
        failed: What could not be deleted, and why, by id.
    """

    ids: tuple[str, ...]
    yes: bool
    failed: dict[str, str] = field(factory=dict[str, str])

    async def __call__(self, client: AsyncYotta) -> int:
        if not self.yes and not confirmed(f"Delete {counted(len(self.ids))}?"):
            say("yotta-async: nothing was deleted")
            return Exit.ERROR
        interrupts = Interrupts(
            "what was sent is waited for; once more to leave at once",
            "left; see what is there: yotta-async pods",
        )
        await interrupts.run(partial(self._delete_all, client))
        if interrupts.received is not None:
            return interrupts.exit_code
        if not self.failed:
            return Exit.OK
        return Exit.PARTIAL if len(self.failed) < len(self.ids) else Exit.ERROR

    async def _delete_all(self, client: AsyncYotta) -> None:
        async with anyio.create_task_group() as tasks:
            for pod_id in self.ids:
                tasks.start_soon(self._delete, client, pod_id)

    async def _delete(self, client: AsyncYotta, pod_id: str) -> None:
        try:
            await client.pods.delete(pod_id)
        except YottaError as error:
            self.failed[pod_id] = str(error)
            say(f"yotta-async: {pod_id}: {error}")
        else:
            say(f"deleted {pod_id}")


@frozen(kw_only=True)
class ListGpus:
    """The command `gpus`."""

    regions: tuple[str, ...]
    as_json: bool

    async def __call__(self, client: AsyncYotta) -> int:
        found = await client.gpus.list(regions=self.regions)
        if not found and self.regions:
            check_regions(self.regions, await offers(client))
        if self.as_json:
            unreadable = [unreadable_data(odd) for odd in found.unreadable]
            print_json([_data_of(offer) for offer in found] + unreadable)
        elif found:
            show(_GPU_HEAD, [_offer_row(offer) for offer in found])
        if not found:
            say("No GPUs are on offer there.")
        return Exit.OK


def _offer_row(offer: GpuOffer) -> tuple[str, ...]:
    return (
        offer.gpu_type,
        offer.region or "",
        _number(offer.gpu_count),
        _number(offer.single_card_vram_in_gb, " GB"),
        _number(offer.single_card_ram_in_gb, " GB"),
        _number(offer.single_card_vcpu),
        money(offer.single_card_price),
    )


def _number(value: int | None, unit: str = "") -> str:
    return "" if value is None else f"{value}{unit}"


def _data_of(offer: GpuOffer) -> dict[str, Any]:
    return {
        "gpu_type": offer.gpu_type,
        "gpu_count": offer.gpu_count,
        "region": offer.region,
        "vram_in_gb": offer.single_card_vram_in_gb,
        "ram_in_gb": offer.single_card_ram_in_gb,
        "vcpu": offer.single_card_vcpu,
        "price_per_hour": offer.single_card_price,
    }
