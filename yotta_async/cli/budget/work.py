"""What the command `budget` does."""

import sys
from typing import Any

import anyio
import click
from attrs import frozen

from ..._config import api_key_from, base_url_from
from ..._scheduling.rules.book.status import LineStatus, SessionStatus, Status
from ..._scheduling.rules.lanes import Lane
from ..._scheduling.rules.limits import Limits
from ..._scheduling.stores.opening import book_name, opener
from ..._scheduling.stores.store import Store, StoreLost
from .._exits import Exit
from .._failures import FailedError
from .._tables import print_json, print_lines, show


__all__ = ["ShowBudget", "as_document"]

# Seconds between two looks of `--watch`.
PERIOD = 1.0


@frozen(kw_only=True)
class ShowBudget:
    """Shows the book of a key once, or again and again."""

    url: str
    as_json: bool
    watch: bool

    async def __call__(self) -> int:
        Limits(shared=self.url)  # says what is wrong with a URL
        name = book_name(api_key_from(None).reveal(), base_url_from(None))
        store = opener(self.url, name)("reader")
        try:
            await self._show(store)
            while self.watch:
                await anyio.sleep(PERIOD)
                await self._show(store)
        except StoreLost as lost:
            hint = "Is it the URL that the processes have in Limits.shared?"
            message = f"the shared budget cannot be read: {lost.reason}"
            raise FailedError(message, hint, Exit.ERROR) from lost
        finally:
            await store.aclose()
        return Exit.OK

    async def _show(self, store: Store) -> None:
        status = await store.status()
        if self.as_json:
            print_json(status and as_document(status), indent=None if self.watch else 2)
            return
        if self.watch and sys.stdout.isatty():
            click.clear()
        if status is None:
            print_lines("No process has shared this key's budget here yet.")
        else:
            _print(status)


def as_document(status: Status) -> dict[str, Any]:
    """Return the book as JSON has it; all times in seconds."""
    learned, settings = status.learned, status.settings
    return {
        "requests": settings.requests,
        "per": settings.per / 1000,
        "allowed": learned.allowed,
        "burst": learned.burst or None,
        "operation_span": "settled" if learned.settled else "call",
        "closed_for": learned.closed_for / 1000,
        "credits": {
            "free": status.credits,
            "on_the_wire": status.in_flight,
            "coming_back": status.coming_back,
            "unknown": status.unknown,
            "next": None if status.next_credit < 0 else status.next_credit / 1000,
        },
        "pod_operations": {
            "allowed": settings.pod_operations,
            "on_the_wire": status.slots_busy,
            "without_an_answer": status.slots_lingering,
            "of_pods_in_motion": status.slots_moving,
            "unknown": status.slots_unknown,
        },
        "changed": status.age / 1000,
        "processes": [_process(each) for each in status.sessions],
    }


def _process(session: SessionStatus) -> dict[str, Any]:
    return {
        "label": session.label,
        "seen": session.seen / 1000,
        "on_the_wire": session.in_flight,
        "coming_back": session.coming_back,
        "pod_operations": session.operations,
        "silent": session.silent,
        "waiting": [
            {
                "lane": Lane(line.lane).name,
                "pod_operation": line.pod_operation,
                "calls": line.count,
                "waited": line.waited / 1000,
            }
            for line in session.waiting
        ],
    }


def _print(status: Status) -> None:
    print_lines(*_summary(status), "")
    head = ("PROCESS", "SEEN", "ON THE WIRE", "COMING BACK", "OPERATIONS", "WAITS")
    rows = [
        (
            each.label,
            _seconds(each.seen),
            str(each.in_flight),
            str(each.coming_back),
            str(each.operations),
            ", ".join(map(_waits, each.waiting)) + (" (silent)" if each.silent else ""),
        )
        for each in status.sessions
    ]
    show(head, rows)


def _summary(status: Status) -> list[str]:
    settings, learned = status.settings, status.learned
    next_one = "" if status.next_credit < 0 else f"; the next in {_seconds(status.next_credit)}"
    requests = (
        f"{settings.requests} requests in {_seconds(settings.per)}: {status.credits} free, "
        f"{status.in_flight} on the wire, {status.coming_back} coming back, "
        f"{status.unknown} unknown{next_one}"
    )
    slots = (
        f"{settings.pod_operations} pod operations at once: {status.slots_busy} on the wire, "
        f"{status.slots_lingering} without an answer, {status.slots_moving} of pods in motion, "
        f"{status.slots_unknown} unknown"
    )
    lines = [requests, slots]
    if learned.closed_for:
        lines.append(f"paused after a refusal: nothing is sent for {_seconds(learned.closed_for)}")
    if learned.allowed < settings.requests:
        lines.append(f"narrowed after refusals: {learned.allowed} requests are used")
    if learned.burst:
        lines.append(f"paced: at most {learned.burst} requests back to back")
    return lines


def _waits(line: LineStatus) -> str:
    slot = " for a slot" if line.pod_operation else ""
    return f"{line.count} {Lane(line.lane).name}{slot} since {_seconds(line.waited)}"


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:.1f}s"
