"""Tickets, and the lines in which they wait: oldest first, anyone may leave."""

from enum import Enum, auto
from heapq import heapify, heappop, heappush
from typing import Final

from attrs import define, field

from .lanes import Lane


__all__ = ["Line", "Lines", "Ticket", "TicketState"]

_LANES: Final = tuple(Lane)  # quicker to go through than the enum


class TicketState(Enum):
    WAITING = auto()
    GRANTED = auto()  # credit and slot are taken, nothing was sent
    SENT = auto()
    OVER = auto()


@define(eq=False)
class Ticket:
    """
    One call's place in the queue.

    A refused call takes the same number again, so it stands in front of everyone who came later.
    """

    number: int
    lane: Lane
    pod_operation: bool
    asked_at: float
    state: TicketState = TicketState.WAITING

    def __lt__(self, other: "Ticket") -> bool:
        return self.number < other.number


@define(eq=False)
class Line:
    """
    Those who wait in one lane for one kind of thing; the oldest is in front.

    Attributes:
        passed_over: Grants to better lanes since this line had one, counted while somebody waits.
    """

    passed_over: int = 0
    _heap: list[Ticket] = field(factory=list[Ticket])
    _waiting: int = 0

    def __len__(self) -> int:
        return self._waiting

    def join(self, ticket: Ticket) -> None:
        heappush(self._heap, ticket)
        self._waiting += 1

    def front(self) -> Ticket | None:
        return self._heap[0] if self._heap else None

    def left(self) -> None:
        """Account for a ticket that no longer waits; in the middle it is swept out later."""
        self._waiting -= 1
        while self._heap and self._heap[0].state is not TicketState.WAITING:
            heappop(self._heap)
        if len(self._heap) > 2 * self._waiting + 16:
            self._heap = [each for each in self._heap if each.state is TicketState.WAITING]
            heapify(self._heap)

    def close(self) -> None:
        """End everybody's wait."""
        for ticket in self._heap:
            ticket.state = TicketState.OVER
        self._heap, self._waiting, self.passed_over = [], 0, 0


def _empty_lines() -> dict[Lane, tuple[Line, Line]]:
    return {lane: (Line(), Line()) for lane in _LANES}


@define(eq=False)
class Lines:
    """All who wait: in each lane, those who need a slot apart from those who do not."""

    _lines: dict[Lane, tuple[Line, Line]] = field(factory=_empty_lines)

    def of(self, ticket: Ticket) -> Line:
        return self._lines[ticket.lane][ticket.pod_operation]

    def waiting(self, *lanes: Lane) -> int:
        count = 0
        for lane in lanes or _LANES:
            plain, slotted = self._lines[lane]
            count += len(plain) + len(slotted)
        return count

    def fronts(self, *lanes: Lane) -> list[Ticket]:
        """Return the oldest of each line, best lane first, in a lane the older one first."""
        found: list[Ticket] = []
        for lane in lanes or _LANES:
            plain, slotted = self._lines[lane]
            one, other = plain.front(), slotted.front()
            if one and other:
                found += sorted((one, other))
            elif only := one or other:
                found.append(only)
        return found

    def granted(self, ticket: Ticket) -> None:
        """Account for a ticket that was let go: it left its line, and passed the worse lanes."""
        line = self.of(ticket)
        line.left()
        line.passed_over = 0
        for lane in _LANES[ticket.lane + 1 :]:
            for other in self._lines[lane]:
                other.passed_over += len(other) > 0

    def close(self) -> None:
        """End everybody's wait."""
        for lane in _LANES:
            for line in self._lines[lane]:
                line.close()
