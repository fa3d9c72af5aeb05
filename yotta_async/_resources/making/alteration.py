"""How a server alters names, as far as one name that it has altered shows."""

from typing import Final

from attrs import frozen

from ..rules.proof import Likeness, letters, likeness


__all__ = ["Alteration"]

# Letters and digits; of a name that is cut to fewer too little is left to name anything for it.
_LEAST_KEPT: Final = 6


@frozen
class Alteration:
    """
    A name that the server has altered.

    Attributes:
        sent: As the create had it.
        listed: As a list has it.
    """

    sent: str
    listed: str

    @property
    def is_readable(self) -> bool:
        """Whether a name that was altered like this one can be recognised."""
        return likeness(self.sent, self.listed, own=True) is Likeness.ALIKE

    @property
    def kept(self) -> int | None:
        """How many letters and digits of a name the server keeps; None if it does not cut."""
        sent, listed = letters(self.sent), letters(self.listed)
        is_cut = _LEAST_KEPT <= len(listed) < len(sent) and sent.startswith(listed)
        return len(listed) if is_cut else None

    def undone(self, listed: str) -> str:
        """
        Return another listed name as it was sent, where something was put in front of this one or
        as many signs behind it, letters are in another case, or another sign stands for each dash.
        """
        in_front, found, behind = self.listed.partition(self.sent)
        if found:
            inner = listed.removeprefix(in_front)
            return inner[: len(inner) - len(behind)]
        if self.listed.lower() == self.sent:
            return listed.lower()
        swapped = {
            (old, new) for old, new in zip(self.sent, self.listed, strict=False) if old != new
        }
        if len(swapped) != 1 or len(self.sent) != len(self.listed):
            return listed
        ((old, new),) = swapped
        return listed.replace(new, old) if old == "-" else listed

    def letters_of(self, listed: str) -> str:
        """Return the letters and digits of another listed name, without what was put in front."""
        in_front, found, _ = letters(self.listed).partition(letters(self.sent))
        return letters(listed).removeprefix(in_front if found else "")
