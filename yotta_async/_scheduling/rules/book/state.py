"""
The book: all that is kept of one key's budget, as one small value.

Instants are whole milliseconds of the book's own clock, which begins at zero. As JSON it is arrays
in a fixed order, which the same book in Lua writes alike.
"""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, Final

from attrs import Factory, define, field, fields

from .messages import LINES, Settings
from .wire import settings_of


__all__ = [
    "FOREIGN",
    "LONG_AGO",
    "ONE",
    "SCHEMA",
    "Book",
    "Lessons",
    "Moving",
    "Past",
    "Queue",
    "Return",
    "Session",
    "Slot",
    "Token",
]

SCHEMA: Final = 2
LONG_AGO: Final = -(10**12)
FOREIGN: Final = 2
# One credit, where parts of it are counted.
ONE: Final = 1000


@define
class Token:
    """A credit on the wire, and its slot: until when it is lent, to which session's key."""

    number: int
    key: int
    line: int
    granted: int
    until: int
    serial: int

    @property
    def needs_slot(self) -> bool:
        return self.line % 2 == 1


@define
class Return:
    """A credit that comes back at an instant."""

    at: int
    lane: int
    number: int
    key: int


@define
class Slot:
    """A slot that stays taken until an instant, because of a token or (0) of a refusal."""

    until: int
    number: int


@define
class Moving:
    """A pod in motion, which is taken to be at rest at an instant at last."""

    subject: str
    until: int


@define
class Queue:
    """One session's claim in one line: how many, the oldest's instant, and its place in turn."""

    count: int = 0
    since: int = 0
    stamp: int = 0


@define
class Session:
    """
    One process.

    Attributes:
        key: Its number in this book.
        fact: The last of its facts that was booked.
        due: The instant at which it is to ask, or was woken; 0 if it need not.
        used: What it was granted of late, in thousandths of a credit (`accounts.forget_use`).
    """

    name: str
    label: str
    key: int
    seen: int
    serial: int = 0
    fact: int = 0
    due: int = 0
    used: int = 0
    lines: list[Queue] = field(factory=lambda: [Queue() for _ in LINES])


@define
class Lessons:
    """
    What refusals have taught.

    Attributes:
        ceiling: The most that ``burst`` may recover to.
        run: Grants back to back until ``last_grant``.
        ready: The instant at which the paced bucket is full again.
    """

    narrowed: int = 1000
    burst: int = 0
    ceiling: int = 0
    run: int = 0
    last_grant: int = LONG_AGO
    last_counted: int = LONG_AGO
    last_step: int = LONG_AGO
    quiet_since: int = LONG_AGO
    last_given_up: int = LONG_AGO
    streak: int = 0
    episodes: int = 0
    settled: int = 0
    ready: int = 0
    closed: int = 0


@define
class Past:
    """
    An earlier incarnation.

    Attributes:
        version: The last that lives on in this book.
        booked: Whether its loss is: 0 or 1; `FOREIGN` if this book has nothing of it, not even its
            clock.
    """

    epoch: int
    version: int
    booked: int


@define
class Book:
    """
    One key's budget.

    Attributes:
        settings: As `Settings`, in order; ``founder`` is the label of who wrote them.
        run: The run of the store in which the last step was made.
        shift: The store's clock less the book's.
        last: The book's instant of the last step.
        corrected: The version in which its clock was last found not to go with the store's.
        witnesses_until: Before this instant nothing is granted: who knows of a loss may come.
        unknown: Credits, and slots, that may be out without being in the book.
        lease: The longest that was ever granted.
        number: The last token's.
        stamp: The last one's given.
        key: The last session's.
        loan: What is lent to NORMAL's queue (`dispatch.Loan`).
        passed: By line, grants to better lanes since it had one, counted while it waits.
    """

    settings: list[int]
    founder: str
    epoch: int
    run: str
    shift: int
    number: int
    schema: int = SCHEMA
    version: int = 0
    last: int = 0
    corrected: int = 0
    witnesses_until: int = 0
    unknown_credits: int = 0
    unknown_slots: int = 0
    unknown_until: int = 0
    lease: int = 0
    stamp: int = 0
    key: int = 0
    loan: int = 0
    passed: list[int] = Factory(lambda: [0] * len(LINES))
    lessons: Lessons = Factory(Lessons)
    past: list[Past] = Factory(list[Past])
    tokens: list[Token] = Factory(list[Token])
    returns: list[Return] = Factory(list[Return])
    slots: list[Slot] = Factory(list[Slot])
    moving: list[Moving] = Factory(list[Moving])
    released: list[Moving] = Factory(list[Moving])
    sessions: list[Session] = Factory(list[Session])

    # The settings by name.

    @property
    def requests(self) -> int:
        return self.settings[0]

    @property
    def per(self) -> int:
        return self.settings[1]

    @property
    def size(self) -> int:
        return self.settings[2]

    @property
    def grace(self) -> int:
        return self.settings[6]

    # What follows from them and from the lessons.

    @property
    def turn(self) -> int:
        """Milliseconds from receipt until a credit is back."""
        return self.per + -(-self.per // 1000)

    @property
    def allowed(self) -> int:
        return max(1, self.requests * self.lessons.narrowed // 1000)

    @property
    def interval(self) -> int:
        """Milliseconds between two requests at the rate in use."""
        return -(-self.per // self.allowed)

    @property
    def reserve(self) -> int:
        return min(self.settings[4], self.allowed - 1)

    @property
    def polls_share(self) -> int:
        return max(1, min(self.allowed // 10, self.allowed - self.reserve - 1))

    def session(self, name: str) -> Session | None:
        return next((each for each in self.sessions if each.name == name), None)

    def busy_slots(self) -> int:
        return sum(each.needs_slot for each in self.tokens)

    def plan(self) -> Settings:
        return settings_of(self.settings)

    def document(self) -> dict[str, Any]:
        """Return it as JSON has it: an object of numbers, texts and arrays."""
        found = {each.name: getattr(self, each.name) for each in fields(Book)}
        found["lessons"] = _lessons_row(self.lessons)
        for name, row in _ROWS_OF.items():
            found[name] = [row(each) for each in found[name]]
        found["sessions"] = [
            (*row[:-1], [_queue_row(each) for each in row[-1]]) for row in found["sessions"]
        ]
        return found

    @classmethod
    def read(cls, document: dict[str, Any]) -> "Book":
        """Read what `document` wrote, or the book in Lua, where an empty array is an object."""
        found = dict(document)
        found["lessons"] = Lessons(*document["lessons"])
        for name, kind in _ROWS.items():
            found[name] = [kind(*row) for row in document[name] or ()]
        for session in found["sessions"]:
            session.lines = [Queue(*row) for row in session.lines]
        return cls(**found)


def _row_of(kind: Any) -> Callable[[Any], Any]:
    return attrgetter(*(each.name for each in fields(kind)))


_ROWS: Final[dict[str, Any]] = {
    "past": Past,
    "tokens": Token,
    "returns": Return,
    "slots": Slot,
    "moving": Moving,
    "released": Moving,
    "sessions": Session,
}
_ROWS_OF: Final = {name: _row_of(kind) for name, kind in _ROWS.items()}
_lessons_row: Final = _row_of(Lessons)
_queue_row: Final = _row_of(Queue)
