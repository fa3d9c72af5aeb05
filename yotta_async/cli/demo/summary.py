"""What came of a demo, as numbers, and whether that is what was promised."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import attrs
from attrs import frozen

from .._exits import SIGNALLED, Exit


__all__ = ["Served", "Summary"]


@frozen(kw_only=True)
class Served:
    """
    What the simulated cloud saw: the truth that the client is held against.

    Attributes:
        least_possible: Simulated seconds that no client can undercut; None unless all were ready.
        refusals: Requests refused for the rate limit.
        sixth_operations: Requests refused for too many pod operations at once.
        worst_window: The most requests that arrived within any window.
        worst_concurrency: The most pod operations at once.
        faults: How often each fault struck.
        faulty_operations: How often a fault struck each operation, those that it heard of.
        cost: USD, the clean-up included.
    """

    least_possible: float | None
    refusals: int
    sixth_operations: int
    worst_window: int
    worst_concurrency: int
    faults: Mapping[str, int]
    faulty_operations: Mapping[str, int]
    cost: Decimal


@frozen(kw_only=True)
class Summary:
    """
    The result of one demo; times are simulated seconds, but for ``real_seconds``.

    Attributes:
        makespan: From the first create until the client knew the last pod to be ready.
        requests_sent: All of them, the clean-up's too; ``polls`` are those that only watched.
        refused: Answers that said too many requests, as the client counted them.
        unclear_creates: Creates without a clear answer; ``recovered`` of them were found by name.
        removed: Pods without an owner that the client deleted: late twins, cancelled creates.
        left: Pods that are still there, or may be: names by id.
        signal: The number of the signal that ended it early, or None.
        error: What ended it early, or None.
        served: None for the real service, which shows no books.
    """

    pods_wanted: int
    pods_ready: int
    regions: tuple[str, ...]
    requests_per_minute: int
    pod_operations: int
    speed: float
    makespan: float | None
    real_seconds: float
    requests_sent: int
    polls: int
    refused: int
    retried: int
    unclear_creates: int
    recovered: int
    removed: int
    pods_made: int
    pods_failed: int
    out_of_stock: int
    left: Mapping[str, str]
    cost_at_most: Decimal | None
    signal: int | None = None
    error: str | None = None
    served: Served | None = None

    @property
    def kept(self) -> bool:
        """Whether every limit was kept and nothing is left."""
        broken = self.served.refusals + self.served.sixth_operations if self.served else 0
        return not (self.left or self.refused or broken)

    @property
    def ok(self) -> bool:
        complete = self.pods_ready == self.pods_wanted
        return complete and self.kept and self.signal is None and self.error is None

    @property
    def exit_code(self) -> int:
        """The exit code for this result; a signal's comes first, as for any process."""
        if self.signal is not None:
            return SIGNALLED + self.signal
        if self.ok:
            return Exit.OK
        return Exit.PARTIAL if self.kept and self.error is None else Exit.ERROR

    @property
    def ratio(self) -> float | None:
        """The makespan in units of the least possible one."""
        least = self.served.least_possible if self.served else None
        return self.makespan / least if least and self.makespan else None

    def to_json(self) -> str:
        """Return all fields and what follows from them as a JSON object."""
        data: dict[str, Any] = attrs.asdict(self)
        data |= {"ok": self.ok, "ratio": self.ratio, "pods_left": len(self.left)}
        return json.dumps(data, default=str, indent=2)
