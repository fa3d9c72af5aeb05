"""What comes of a case: its story, its figures, and what broke."""

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from .cases import Case


__all__ = ["Broken", "Outcome", "Told"]


@frozen(kw_only=True)
class Told:
    """
    One event of a story.

    Attributes:
        at: When, in seconds on the clock of the programs.
        who: Whose doing: ``"client 0"``, ``"cloud"``, or ``"invariant"``.
        what: The kind: ``"step"``, ``"result"``, ``"request"``, ``"event"``, ``"log"``, ``"kill"``,
            ``"broken"``.
        text: What happened.
    """

    at: float
    who: str
    what: str
    text: str

    def __str__(self) -> str:
        return f"{self.at:10.3f} {self.who:<10} {self.what:<8} {self.text}"


@frozen(kw_only=True)
class Broken:
    """
    An invariant that did not hold.

    Attributes:
        invariant: Its name.
        at: When that was found out, in seconds on the clock of the programs.
        text: What was found.
    """

    invariant: str
    at: float
    text: str

    def __str__(self) -> str:
        return f"{self.invariant} at {self.at:.3f} s: {self.text}"


@frozen(kw_only=True)
class Outcome:
    """
    What came of a case.

    Attributes:
        case: The case.
        broken: The first invariant that did not hold. None if all held.
        figures: What was counted: seconds, requests, faults by kind, pods and so on.
        story: What happened, oldest first; of a long story the last part.
    """

    case: Case
    broken: Broken | None
    figures: Mapping[str, Any]
    story: tuple[Told, ...] = field(repr=False)
