"""How the fleet stands, encoded once for however many look."""

import json
import random
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from typing import Any, TypeAlias

import anyio
from attrs import define, field

from yotta_async import Fleet, FleetMember, FleetReport, YottaError
from yotta_async.errors import ClientClosedError
from yotta_async.fleet import FleetChange, FleetChanges


__all__ = ["Board"]

Facts: TypeAlias = dict[str, Any]

# Seconds in which changes are gathered: one frame for all of them, and the same for all who look.
PACE = 0.5
# How many of the last frames are kept, for those who are a little late.
KEPT = 20
# Seconds without a frame after which a stream shows that it lives.
BEAT = 5.0


@define(eq=False)
class Board:
    """
    What `GET /fleet` and the page show.

    Attributes:
        state: All of it, as JSON.
    """

    state: bytes = b'{"pods": []}'
    _facts: Facts = field(factory=lambda: {"failure": "", "deleting": False})
    _pods: list[Facts] = field(factory=list)
    _number: int = 0
    _frames: deque[bytes] = field(factory=lambda: deque[bytes](maxlen=KEPT))
    _closed: bool = False
    _news: anyio.Event = field(factory=anyio.Event)

    async def follow(self, fleet: Fleet) -> None:
        """Show a fleet until it ends, and why it cannot go on, if so."""
        changes = fleet.watch()
        with suppress(ClientClosedError):
            while (found := await _gathered(changes, PACE)) is not None:
                self.show(fleet.status(), found, fleet.failure)
        self.show(fleet.status(), failure=fleet.failure)

    def show(
        self,
        report: FleetReport,
        changes: Iterable[FleetChange] = (),
        failure: YottaError | None = None,
    ) -> None:
        """Show how a fleet stands now."""
        changed = [_pod(change.member) for change in changes]
        facts = self._facts | _facts(report) | {"failure": str(failure or "")}
        if changed or facts != self._facts:
            self._pods = [_pod(member) for member in report.members]
            self._publish(facts, changed)

    def tell(self, **facts: object) -> None:
        """Show what the fleet itself does not know: ``deleting``."""
        self._publish(self._facts | facts, [])

    def close(self) -> None:
        """End all streams."""
        self._closed = True
        self._wake()

    async def stream(self, seconds: float) -> AsyncIterator[bytes]:
        """
        Yield server-sent events: all, then what changes; whoever is too slow gets all again.

        Args:
            seconds: When to end. A browser comes back by itself, and a server that waits for its
                streams to end, as uvicorn does, can end.
        """
        ends, shown = anyio.current_time() + seconds, self._number
        # Hundreds of streams that all write at once would keep every request waiting meanwhile.
        phase = random.uniform(0, PACE)
        yield b"retry: 300\n\n" + _frame("all", self.state)
        while not self._closed and (left := ends - anyio.current_time()) > 0:
            if shown != self._number:
                frames, shown = self._since(shown), self._number
                yield frames
                continue
            with anyio.move_on_after(min(left, BEAT)) as waited:
                await self._news.wait()
                await anyio.sleep(phase)
            if waited.cancelled_caught:
                yield b": still here\n\n"

    def _since(self, number: int) -> bytes:
        """Return what was published after a frame; all, if that is too long ago."""
        missed = self._number - number
        if missed > len(self._frames):
            return _frame("all", self.state)
        return b"".join(list(self._frames)[-missed:])

    def _publish(self, facts: Facts, changed: list[Facts]) -> None:
        self._facts = facts
        self.state = json.dumps(facts | {"pods": self._pods}).encode()
        self._frames.append(_frame("changes", json.dumps(facts | {"pods": changed}).encode()))
        self._number += 1
        self._wake()

    def _wake(self) -> None:
        self._news.set()
        self._news = anyio.Event()


async def _gathered(changes: FleetChanges, seconds: float) -> list[FleetChange] | None:
    """Return what changes within some seconds, of each pod the last; None: the fleet has ended."""
    found: dict[str, FleetChange] = {}
    with anyio.move_on_after(seconds):
        async for change in changes:
            found[change.key] = change
        return None
    return list(found.values())


def _frame(event: str, data: bytes) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (event.encode(), data)


def _facts(report: FleetReport) -> Facts:
    wanted, ready, failed = len(report.members), len(report.ready), len(report.failed)
    return {
        "name": report.name,
        "wanted": wanted,
        "ready": ready,
        "pending": wanted - ready - failed,
        "failed": failed,
        "cost_per_hour": f"{report.cost_per_hour:.2f}",
        "spent": f"{report.total_spent:.4f}",
        "unpriced": report.unpriced,
    }


def _pod(member: FleetMember) -> Facts:
    pod = member.pod
    return {
        "key": member.key,
        "stage": member.stage,
        "generation": member.generation,
        "id": pod.id if pod else None,
        "region": pod.region if pod else None,
        "note": member.hindrance or "; ".join(member.reasons),
    }
