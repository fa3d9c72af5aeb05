"""
What a refused create says of the place it was made for, told by evidence and not by the words.

The same code may stand for a GPU that a region does not have, for a spec that is wrong, or for the
largest number of pods that the account may have. What was accepted before tells them apart: where a
pod of the same spec was accepted, a refusal is a limit, which passes; where none ever was, the
place is ruled out for that spec. A spec that all of its places have ruled out is hopeless.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from attrs import define, field, frozen

from ...errors import APIStatusError, YottaError
from .places import Place


__all__ = ["RULED_OUT", "Refusals", "refused_everywhere"]

# Seconds for which a place is left alone that has refused a spec; then one create tries it again.
RULED_OUT: Final = 600.0
_LONGEST_TRIAL: Final = 300.0  # seconds

_Kind = tuple[Place, str]


@frozen
class _Refusal:
    error: YottaError
    until: float


@define(eq=False)
class Refusals:
    """What the places of one fleet have accepted, and refused, by the marks of what was asked."""

    _accepted: set[_Kind] = field(factory=set[_Kind])
    _refused: dict[_Kind, _Refusal] = field(factory=dict[_Kind, _Refusal])

    def note_accepted(self, place: Place, mark: str) -> None:
        """Note that a pod with a mark was made in a place, or runs there."""
        self._accepted.add((place, mark))
        self._refused.pop((place, mark), None)

    def rules_out(self, place: Place, mark: str, error: YottaError, now: float) -> bool:
        """
        Note that a place has refused a pod with a mark.

        Returns:
            Whether the place is ruled out for that mark; False if it is a limit.
        """
        if (place, mark) in self._accepted:
            return False
        self._refused[place, mark] = _Refusal(error, now + RULED_OUT)
        return True

    def open_places(self, places: Iterable[Place], mark: str, now: float) -> list[Place]:
        """Return the places that are not ruled out at present."""
        known = [(place, self._refused.get((place, mark))) for place in places]
        return [place for place, refusal in known if refusal is None or refusal.until <= now]

    def begin(self, place: Place, mark: str, now: float) -> None:
        """Note that a create tries a place; one that was ruled out is tried by one at a time."""
        if (refusal := self._refused.get((place, mark))) is not None:
            self._refused[place, mark] = _Refusal(refusal.error, now + _LONGEST_TRIAL)

    def reasons(
        self, places: Collection[Place], mark: str, now: float
    ) -> Mapping[Place, YottaError] | None:
        """Return why each place is ruled out, or None if one of them is not."""
        if not places or self.open_places(places, mark, now):
            return None
        return {place: self._refused[place, mark].error for place in places}

    def keep_only(self, marks: Collection[str]) -> None:
        """Forget all but some marks: what is not asked for any more."""
        self._accepted = {kind for kind in self._accepted if kind[1] in marks}
        self._refused = {kind: each for kind, each in self._refused.items() if kind[1] in marks}


def refused_everywhere(reasons: Mapping[Place, YottaError]) -> YottaError:
    """Return the error of a pod that no place takes, with the reason of each."""
    first = next(iter(reasons.values()))
    if len(reasons) == 1 or not isinstance(first, APIStatusError):
        return first
    told = "; ".join(f"{place}: {error}" for place, error in reasons.items())
    error = type(first)(
        f"no place takes it: {told}",
        operation=first.operation,
        status=first.status,
        code=first.code,
        hint="Look at the spec, or name other regions or GPU types in the Placement.",
    )
    error.__cause__ = first
    return error
