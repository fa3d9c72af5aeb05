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
        waiting: How many.
        passed_over: Grants to better lanes since this line had one, counted while somebody waits.
        heap: Them, and who has left without being in front; that one always waits.
    """

    waiting: int = 0
    passed_over: int = 0
    heap: list[Ticket] = field(factory=list[Ticket])

    def join(self, ticket: Ticket) -> None:
        heappush(self.heap, ticket)
        self.waiting += 1

    def left(self) -> None:
        """Account for a ticket that no longer waits; in the middle it is swept out later."""
        self.waiting -= 1
        while self.heap and self.heap[0].state is not TicketState.WAITING:
            heappop(self.heap)
        if len(self.heap) > 2 * self.waiting + 16:
            self.heap = [each for each in self.heap if each.state is TicketState.WAITING]
            heapify(self.heap)

    def close(self) -> None:
        """End everybody's wait."""
        for ticket in self.heap:
            ticket.state = TicketState.OVER
        self.heap, self.waiting, self.passed_over = [], 0, 0


@define(eq=False)
class Lines:
    """All who wait: in each lane, those who need a slot apart from those who do not."""

    # By lane, which is a number: an enum's hash is slow.
    _lines: tuple[tuple[Line, Line], ...] = field(
        factory=lambda: tuple((Line(), Line()) for _ in _LANES)
    )

    def of(self, ticket: Ticket) -> Line:
        return self._lines[ticket.lane][ticket.pod_operation]

    def waiting(self, *lanes: Lane) -> int:
        count = 0
        for lane in lanes or _LANES:
            plain, slotted = self._lines[lane]
            count += plain.waiting + slotted.waiting
        return count

    def fronts(self, *lanes: Lane) -> list[Ticket]:
        """Return the oldest of each line, best lane first, in a lane the older one first."""
        found: list[Ticket] = []
        for lane in lanes or _LANES:
            plain, slotted = self._lines[lane]
            if plain.heap and slotted.heap:
                found += sorted((plain.heap[0], slotted.heap[0]))
            elif heap := plain.heap or slotted.heap:
                found.append(heap[0])
        return found

    def granted(self, ticket: Ticket) -> None:
        """Account for a ticket that was let go: it left its line, and passed the worse lanes."""
        line = self.of(ticket)
        line.left()
        line.passed_over = 0
        for lane in _LANES[ticket.lane + 1 :]:
            for other in self._lines[lane]:
                other.passed_over += other.waiting > 0

    def close(self) -> None:
        """End everybody's wait."""
        for lane in self._lines:
            for line in lane:
                line.close()
