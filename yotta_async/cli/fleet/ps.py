"""`yotta-async fleet ps` and `fleet watch`: what there is of fleets, and how it changes."""

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import frozen

from ..._client import AsyncYotta
from ..._resources.pods.verbs import PodChange
from ...errors._arguments import did_you_mean
from ...fleet import FleetPodName, check_fleet_name
from .._exits import Exit
from .._interrupts import Interrupts
from .._pods import all_pods, state_of
from .._prices import Prices, prices_for
from .._tables import age, money, print_json, print_lines, show
from .._words import counted, say
from .pods import FleetPod, fleets_of, summary


__all__ = ["Ps", "Watch", "not_found_text"]

_HEAD = ("KEY", "STATUS", "REGION", "GPU", "AGE", "$/HOUR", "POD")
_FLEETS_HEAD = ("FLEET", "PODS", "READY", "OTHERS", "$/HOUR", "AGE")


def not_found_text(name: str, fleets: Mapping[str, object]) -> str:
    """Say that there is nothing of a fleet, and what there is."""
    there = f"There are: {', '.join(fleets)}." if fleets else "There is no fleet at all."
    return f"no pods of fleet {name} are listed. {did_you_mean(name, fleets) or there}"


@frozen(kw_only=True)
class Ps:
    """
    The command `fleet ps`.

    Attributes:
        name: Of one fleet, or None for all.
    """

    name: str | None
    as_json: bool

    def __attrs_post_init__(self) -> None:
        if self.name is not None:
            check_fleet_name(self.name)

    async def __call__(self, client: AsyncYotta) -> int:
        fleets = fleets_of(all_pods(await client.pods.list()))
        shown = fleets.values() if self.name is None else [fleets.get(self.name, [])]
        prices = await prices_for(client, [each.pod for members in shown for each in members])
        now = client.server_time
        if self.name is None:
            self._tell_all(fleets, prices, now)
        else:
            self._tell_one(self.name, fleets, prices, now)
        return Exit.OK

    def _tell_all(
        self, fleets: Mapping[str, list[FleetPod]], prices: Prices, now: datetime | None
    ) -> None:
        told = [summary(name, members, prices) for name, members in fleets.items()]
        if self.as_json:
            print_json(told)
        elif told:
            show(_FLEETS_HEAD, [_row(each, now) for each in told])
        else:
            say("There is no fleet.")

    def _tell_one(
        self,
        name: str,
        fleets: Mapping[str, list[FleetPod]],
        prices: Prices,
        now: datetime | None,
    ) -> None:
        members = fleets.get(name, [])
        if self.as_json:
            print_json([each.data(prices) for each in members])
        elif members:
            show(_HEAD, [each.row(prices, now) for each in members])
        if not members:
            say(not_found_text(name, fleets))
            return
        ready = sum(state_of(each.pod) == "ready" for each in members)
        say(f"{counted(len(members))}, {ready} ready; {prices.words(each.pod for each in members)}")


def _row(told: Mapping[str, Any], now: datetime | None) -> tuple[str, ...]:
    others = (f"{number} {state}" for state, number in told["states"].items() if state != "ready")
    return (
        told["name"],
        str(told["pods"]),
        str(told["ready"]),
        ", ".join(others),
        money(told["cost_per_hour"]),
        age(told["oldest"], now),
    )


@frozen(kw_only=True)
class Watch:
    """The command `fleet watch`."""

    name: str
    as_json: bool

    def __attrs_post_init__(self) -> None:
        check_fleet_name(self.name)

    async def __call__(self, client: AsyncYotta) -> int:
        interrupts = Interrupts("no longer watching; the fleet is left as it is", "left")

        async def work() -> None:
            fleets = fleets_of(all_pods(await client.pods.list()))
            if self.name not in fleets:
                say(f"{not_found_text(self.name, fleets)} Waiting for some.")
            async for change in client.pods.watch():
                self._tell(change)

        await interrupts.run(work)
        return interrupts.exit_code

    def _tell(self, change: PodChange) -> None:
        name = FleetPodName.parse(change.pod.name)
        if name is None or name.fleet != self.name:
            return
        if self.as_json:
            print_json({"change": change.kind, **FleetPod(name, change.pod).data()}, indent=None)
            return
        pod = change.pod
        state = "gone" if change.kind == "vanished" else state_of(pod)
        before = f"{state_of(change.previous)} -> " if change.previous else ""
        where = f"{pod.gpu_type or '?'} in {pod.region or '?'}"
        at = time.strftime("%H:%M:%S")
        print_lines(f"{at}  {name.key}  {before}{state}  {where}  {pod.id}")
