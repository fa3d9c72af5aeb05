"""How often a call was tried, and how each attempt but the last ended."""

from typing import TypeVar

from attrs import define, field

from ...errors import APIError
from .retry import may_have_happened


__all__ = ["Attempts"]

E = TypeVar("E", bound=APIError)


@define(eq=False)
class Attempts:
    """
    The attempts of one call.

    Attributes:
        number: Of the attempt under way, counted from 1.
        unclear: Whether an attempt that failed may have done what was asked.
    """

    number: int = 1
    unclear: bool = False
    _notes: list[str] = field(factory=list[str], init=False)

    def again(self, error: APIError, wait: float) -> None:
        """Note an attempt that failed and is followed by another."""
        name = type(error).__name__
        self._notes.append(f"attempt {self.number}: {name}: {error} Next after {wait:.1f} s.")
        self.number += 1
        self.unclear = self.unclear or may_have_happened(error)

    def last(self, error: E) -> E:
        """Put on an error what went before it, and return it."""
        error.unclear = self.unclear
        return error.after(self.number, self._notes)
