"""A fleet's changes, a line each, while it is made and kept."""

import anyio
from attrs import define, field

from ...errors import ClientClosedError
from ...fleet import Fleet, FleetChange, FleetMember
from .._words import reason_of, say


__all__ = ["ChangePrinter"]


@define(eq=False)
class ChangePrinter:
    """
    Says what becomes of a fleet's pods.

    Attributes:
        began: The instant from which time is counted.
    """

    fleet: Fleet
    began: float
    _stages: dict[str, str] = field(factory=dict[str, str])
    _ready: int = 0
    _told: set[str] = field(factory=set[str])

    async def run(self) -> None:
        """Say it until the fleet ends, or this is cancelled."""
        try:
            async for change in self.fleet.watch():
                self._count(change)
                if text := self._words(change):
                    say(f"{anyio.current_time() - self.began:5.0f} s  {change.key}  {text}")
        except ClientClosedError:
            return

    def _words(self, change: FleetChange) -> str:
        member, pod = change.member, change.member.pod
        where = f"{pod.gpu_type or '?'} in {pod.region or '?'}, pod {pod.id}" if pod else ""
        words = {
            "made": "",
            "starting": f"starts  {where}",
            "ready": f"ready   {where}  ({self._ready} of {len(self._stages)})",
            "unhealthy": "runs, and its ports do not answer yet",
        }
        if change.stage == "wanted":
            return self._why_wanted(change)
        if change.stage == "lost":
            return f"given up: {self._once(member)}"
        other = f"{change.stage}  {pod.status if pod else ''}  {member.hindrance}"
        return words.get(change.stage, other).strip()

    def _why_wanted(self, change: FleetChange) -> str:
        member = change.member
        if change.previous not in (None, "wanted") and member.reasons:
            return f"another is made: {member.reasons[-1]}"
        return f"waits: {self._once(member)}" if member.hindrance else ""

    def _once(self, member: FleetMember) -> str:
        reason = reason_of(member.error) if member.error else member.hindrance
        if reason in self._told:
            return "as above"
        self._told.add(reason)
        return reason

    def _count(self, change: FleetChange) -> None:
        before = self._stages.pop(change.key, "")
        if change.stage != "unwanted":
            self._stages[change.key] = change.stage
        self._ready += (change.stage == "ready") - (before == "ready")
