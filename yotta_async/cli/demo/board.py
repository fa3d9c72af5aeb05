"""Where every pod of the demo stands, as its fleet tells it."""

from collections import Counter
from collections.abc import Iterable

from attrs import define, field, frozen

from ...fleet import FleetMember


__all__ = ["Board", "Tally"]


@frozen
class Tally:
    """How many pods of one region, or of all, are where."""

    starting: int = 0
    running: int = 0
    ready: int = 0
    failed: int = 0

    @property
    def there(self) -> int:
        """How many of them exist."""
        return self.starting + self.running + self.ready


@define(eq=False)
class Board:
    """
    The state of the job: written by what follows the fleet, read by what shows it.

    Attributes:
        wanted: How many pods.
        members: Each of them as the fleet last told of it, by key.
        failed: Pods that were made and did not become ready, by region.
        ending: Whether the pods are being deleted.
        began: The instant before the first request, ``ready_at`` that of the last pod's readiness.
    """

    wanted: int
    members: dict[str, FleetMember] = field(factory=dict[str, FleetMember])
    failed: Counter[str] = field(factory=Counter[str])
    ending: bool = False
    began: float = 0.0
    ready_at: float | None = None

    def tally(self, region: str = "") -> Tally:
        """Return the counts of one region, or of all of them."""
        count = Counter(each.stage for each in self._within(region))
        return Tally(
            starting=count["made"] + count["starting"] + count["missing"] + count["moving"],
            running=count["unhealthy"],
            ready=count["ready"],
            failed=self.failed[region] if region else self.failed.total(),
        )

    def see(self, member: FleetMember) -> str:
        """Take in how a member stands; return why its last pod is no good, if that is news."""
        before = self.members.get(member.key)
        self.members[member.key] = member
        if before is None or len(member.reasons) == len(before.reasons):
            return ""
        region = _region_of(before)
        self.failed[region] += 1
        return f"pod {member.key} failed in {region or 'its region'} ({member.reasons[-1]})"

    def _within(self, region: str) -> Iterable[FleetMember]:
        return (each for each in self.members.values() if region in ("", _region_of(each)))


def _region_of(member: FleetMember) -> str:
    return (member.place and member.place.region) or ""
