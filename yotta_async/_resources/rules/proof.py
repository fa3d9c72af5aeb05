"""
What proves that a thing exists, what proves that it is gone, and what proves whose it is.

Lists and replicas lag: for `RetryPolicy.settle` seconds after a thing was made, its absence from a
list, and a 404 to its id, prove nothing. One table says what is concluded (`PROOF`), for creates,
waits, deletes, fleets and their ends alike. Where the instant of its making is not known, its age
counts from when it was first heard of.

A name is the key of a create that was not answered, and proves less than an id: `whose` says what
one is worth.
"""

import re
from collections.abc import Mapping
from enum import Enum
from typing import Final

from attrs import frozen


__all__ = [
    "LAGS_UNSEEN",
    "PROOF",
    "Evidence",
    "Likeness",
    "Signs",
    "Verdict",
    "Whose",
    "likeness",
    "proven",
    "whose",
]


class Evidence(Enum):
    """What the server has said of a thing."""

    CREATED = "a create's answer has its id"
    SHOWN = "a list or a get shows it"
    UNREADABLE = "a list does not show it, and has items that cannot be read"
    UNLISTED = "a list does not show it"
    NOT_FOUND = "its id is answered with a 404"
    NOT_FOUND_AFTER_LOST_DELETE = "the same, and the answer to a delete of ours was lost"
    DELETING = "its delete is answered with success"
    REFUSED = "its delete is answered with a 409"


class Verdict(Enum):
    """What that proves."""

    EXISTS = "it exists"
    ENDING = "it ends; until a list or a 404 says so it may be there"
    DOUBTFUL = "nothing: look again"
    ASK = "nothing yet: it is asked for by its id"
    GONE = "it is gone"
    UNSEEN = "nothing, and waiting longer is of no use: it is named, as it may exist"


# By what was said: what that proves of a thing younger than lists lag, of one that is older and was
# never shown, and of one that is older and was.
PROOF: Final[Mapping[Evidence, tuple[Verdict, Verdict, Verdict]]] = {
    Evidence.CREATED: (Verdict.EXISTS, Verdict.EXISTS, Verdict.EXISTS),
    Evidence.SHOWN: (Verdict.EXISTS, Verdict.EXISTS, Verdict.EXISTS),
    Evidence.UNREADABLE: (Verdict.DOUBTFUL, Verdict.ASK, Verdict.ASK),
    Evidence.UNLISTED: (Verdict.DOUBTFUL, Verdict.ASK, Verdict.ASK),
    Evidence.NOT_FOUND: (Verdict.DOUBTFUL, Verdict.UNSEEN, Verdict.GONE),
    Evidence.NOT_FOUND_AFTER_LOST_DELETE: (Verdict.DOUBTFUL, Verdict.GONE, Verdict.GONE),
    Evidence.DELETING: (Verdict.ENDING, Verdict.ENDING, Verdict.ENDING),
    Evidence.REFUSED: (Verdict.DOUBTFUL, Verdict.DOUBTFUL, Verdict.DOUBTFUL),
}
# What was never shown may have been unknown to the server that was to delete it: its age has to
# be so many times the lag before a 404 says that the delete was done.
LAGS_UNSEEN: Final = 4.0


def proven(evidence: Evidence, *, age: float, lag: float, seen: bool = True) -> Verdict:
    """
    Return what is proven of a thing that is known by its id.

    Args:
        age: Seconds since it was made; since it was first heard of where that is not known.
        lag: Seconds for which a list or a replica may not show it.
        seen: Whether a list or a get has ever shown it; a create's answer alone does not count.
    """
    young, unseen, known = PROOF[evidence]
    if evidence is Evidence.NOT_FOUND_AFTER_LOST_DELETE and not seen:
        lag *= LAGS_UNSEEN
    if age < lag:
        return young
    return known if seen else unseen


class Likeness(Enum):
    """How a listed name is like the one that was sent."""

    SAME = "as it was sent"
    ALIKE = "altered, and its letters and digits are all there"
    PART = "it is a part of the listed one"
    CUT = "the beginning of it"
    OTHER = "another name"


# A shorter name may be the beginning of many.
_LEAST_CUT: Final = 12


def likeness(sent: str, listed: str | None, *, own: bool = False) -> Likeness:
    """
    Compare names, as far as a server may have altered one: case, signs, length, a word around it.

    Args:
        own: Whether the name sent was made up here, so that no other contains it by chance.
    """
    if listed == sent:
        return Likeness.SAME
    wanted, found = letters(sent), letters(listed or "")
    if found == wanted or (own and wanted in found):
        return Likeness.ALIKE
    if re.search(rf"(?<![^\W_]){re.escape(sent)}(?![^\W_])", listed or "", re.IGNORECASE):
        return Likeness.PART
    is_cut = len(found) >= _LEAST_CUT and wanted.startswith(found)
    return Likeness.CUT if is_cut else Likeness.OTHER


def letters(name: str) -> str:
    """Return what servers that alter names leave of one: its letters and digits, in one case."""
    return "".join(filter(str.isalnum, name.casefold()))


class Whose(Enum):
    """Which create a listed thing is of."""

    OURS = "this create made it"
    OTHERS = "it did not"
    DOUBTFUL = "nothing tells"


@frozen(kw_only=True)
class Signs:
    """
    What is known of a listed thing in the light of one create.

    Attributes:
        name: How its name is like the one that was sent.
        own: Whether that name was made up here, and belongs to nothing else.
        returned: Whether a create of ours has returned it.
        listed_before: Whether a list that was read before the create was sent shows it.
        appeared: Whether a list that was asked for shortly before that does not show it.
        shared: Whether another create of that name was under way, or unclear, meanwhile.
        within: Whether it was made while the create was under way, by the server's clock; None
            where a time is missing.
        clocks_agree: Whether the Date header was seen to agree with the times of things.
    """

    name: Likeness
    own: bool
    returned: bool = False
    listed_before: bool = False
    appeared: bool = False
    shared: bool = False
    within: bool | None = None
    clocks_agree: bool = False


def whose(signs: Signs) -> Whose:
    """
    Return which create a listed thing is of; the first line that applies counts.

    1. It has another name, or was returned, or was there before: not of this create.
    2. The name was made up here: of this create; where it is cut, others may have the same.
    3. The name was chosen, and is a part of a listed one that is not new: not of this create.
       Else, if it was altered, or another create had it, too: nothing tells.
    4. It has appeared since the create was sent, or was made meanwhile by the clock: of this one.
    5. It was made earlier, or later, by a clock that was seen to agree: not of this create.
    6. Nothing tells.
    """
    if signs.name is Likeness.OTHER or signs.returned or signs.listed_before:
        return Whose.OTHERS
    if signs.own:
        return Whose.DOUBTFUL if signs.name is Likeness.CUT else Whose.OURS
    return _whose_of_chosen(signs)


def _whose_of_chosen(signs: Signs) -> Whose:
    recent = signs.appeared or signs.within
    if signs.name is Likeness.PART and not recent:
        return Whose.OTHERS
    if signs.shared or signs.name is not Likeness.SAME:
        return Whose.DOUBTFUL
    if recent:
        return Whose.OURS
    if signs.within is False and signs.clocks_agree:
        return Whose.OTHERS
    return Whose.DOUBTFUL
