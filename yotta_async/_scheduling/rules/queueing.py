"""
Tickets, and the lines in which they wait: oldest first, and any of them may leave.

A ticket that leaves the middle of a line is only marked, and swept out when it comes to the front
or when such tickets are the greater part. So joining and leaving cost the logarithm of the line's
length. Precedent: asyncio's cancelled timers.
"""

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

    A refused call takes the same number again, so it stands in front of all that came later.

    Attributes:
        expired: How often it was granted and nothing was sent in time.
    """

    number: int
    lane: Lane
    pod_operation: bool
    asked_at: float
    state: TicketState = TicketState.WAITING
    expired: int = 0

    def __lt__(self, other: "Ticket") -> bool:
        return self.number < other.number


@define(eq=False)
class Line:
    """
    The tickets that wait in one lane and need the same; the oldest is in front.

    Attributes:
        waiting: How many they are.
        passed_over: Grants to better lanes since this line had one, counted while a ticket waits.
        heap: They, and some that have left; the one in front always waits.
    """

    waiting: int = 0
    passed_over: int = 0
    heap: list[Ticket] = field(factory=list[Ticket])

    def join(self, ticket: Ticket) -> None:
        heappush(self.heap, ticket)
        self.waiting += 1

    def left(self) -> None:
        """Account for a ticket that no longer waits."""
        self.waiting -= 1
        while self.heap and self.heap[0].state is not TicketState.WAITING:
            heappop(self.heap)
        if len(self.heap) > 2 * self.waiting + 16:
            self.heap = [each for each in self.heap if each.state is TicketState.WAITING]
            heapify(self.heap)

    def close(self) -> None:
        """End the wait of all."""
        for ticket in self.heap:
            ticket.state = TicketState.OVER
        self.heap, self.waiting, self.passed_over = [], 0, 0


@define(eq=False)
class Lines:
    """
    All that wait: in each lane, the tickets that need a slot apart from those that do not.

    A read can pass creates that wait for a slot. In one line for both it would have to be searched
    for behind a thousand creates, at each grant.
    """

    # By lane, which is a number: an enum's hash is slow.
    _lines: tuple[tuple[Line, Line], ...] = field(
        factory=lambda: tuple((Line(), Line()) for _ in _LANES)
    )

    def of(self, ticket: Ticket) -> Line:
        return self._lines[ticket.lane][ticket.pod_operation]

    def front(self, lane: Lane, *, pod_operation: bool) -> Ticket | None:
        """Return the oldest that waits in one line."""
        heap = self._lines[lane][pod_operation].heap
        return heap[0] if heap else None

    def waiting(self, *lanes: Lane) -> int:
        count = 0
        for lane in lanes or _LANES:
            plain, slotted = self._lines[lane]
            count += plain.waiting + slotted.waiting
        return count

    def fronts(self, *lanes: Lane) -> list[Ticket]:
        """
        Return all that can be next: the oldest of each line, best lane first.

        There are three cases for a lane:

        1. Both of its lines wait. The older front comes first: it goes first if it can, and if it
           cannot for want of a slot the other one may.
        2. One of them waits: its front.
        3. None waits.
        """
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
        """End the wait of all."""
        for lane in self._lines:
            for line in lane:
                line.close()
