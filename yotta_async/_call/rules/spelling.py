"""
Texts that are found in another one however they are spelt there, whole or in part.

Two nets are drawn through it. The narrow one finds a text as it is; one of few letters also as
JSON, URLs and HTML have it, and cut short at its end. The wide one compares nothing but ASCII
letters and digits in one case, so that it does not matter which other signs are escaped, doubled,
dropped or replaced, nor how; it also finds parts of a text, and what base64 and hexadecimal make
of it.
"""

import json
import re
from array import array
from base64 import b64encode
from collections.abc import Collection, Iterable, Iterator
from html import escape
from math import ceil
from typing import Final
from urllib.parse import quote, quote_plus

from attrs import define, field, frozen


__all__ = ["WIDE", "Spellings", "forms_of"]

# So many characters of a longer text betray it.
_HEAD: Final = 12
# Letters and digits; a text with fewer is only found by the narrow net.
WIDE: Final = 8
# Places of all texts together that are looked for; where there are more, a part has to be longer
# than `_HEAD` to be found, by the step from one place to the next; as what is encoded anyway.
_MOST_PLACES: Final = 100_000
_STEP_ENCODED: Final = 8
# Letters of all texts together, the shortest first, that are looked for as encoded.
_MOST_ENCODED: Final = 100_000
_MOST_ALIKE: Final = 8  # places that begin alike

# One sign, however it is written, or several letters and digits. URLs may be quoted, and JSON and
# HTML escaped, any number of times.
_SIGN: Final = re.compile(
    r"(?P<plain>[0-9A-Za-z]+)"
    r"|%(?:25)*(?P<percent>[0-9A-Fa-f]{2})"
    r"|\\+(?:u(?P<unit>[0-9A-Fa-f]{4})|x(?P<byte>[0-9A-Fa-f]{2})|[abfnrtv])"
    r"|&(?:amp;)*(?:#(?P<decimal>[0-9]{1,7})|#[xX](?P<hexadecimal>[0-9A-Fa-f]{1,6})|[A-Za-z]{2,8});"
)
_BASES: Final = {"percent": 16, "unit": 16, "byte": 16, "decimal": 10, "hexadecimal": 16}


def forms_of(text: str) -> set[str]:
    """Return the ways in which a text may be spelt: plain, in JSON, in JSON in JSON, URL, HTML."""
    once = {json.dumps(text, ensure_ascii=each)[1:-1] for each in (False, True)}
    twice = {json.dumps(form, ensure_ascii=False)[1:-1] for form in once}
    quotes = (quote(text, safe=""), quote(text), quote_plus(text)) if _fits(text) else ()
    quoted = set[str](quotes)
    lower = {re.sub("%[0-9A-F]{2}", lambda each: each[0].lower(), form) for form in quoted}
    return {text, escape(text), *once, *twice, *quoted, *lower}


def _fits(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@frozen
class _Folded:
    """The letters and digits of a text in lower case, and where each of them begins and ends."""

    letters: str
    begins: "array[int]"
    ends: "array[int]"


def _folded(text: str) -> _Folded:
    letters, begins, ends = list[str](), array("L"), array("L")
    for sign in _SIGN.finditer(text):
        begin, end = sign.span()
        if sign["plain"] is not None:
            letters.append(sign["plain"].lower())
            begins.extend(range(begin, end))
            ends.extend(range(begin + 1, end + 1))
        elif letter := _letter(sign):
            letters.append(letter)
            begins.append(begin)
            ends.append(end)
    return _Folded("".join(letters), begins, ends)


def _letters(text: str) -> str:
    """Return no more of `_folded` than its letters."""
    found = _SIGN.finditer(text)
    return "".join([(sign["plain"] or _letter(sign)).lower() for sign in found])


def _letter(sign: re.Match[str]) -> str:
    """Return the letter or digit that is written in another way; "" for any other sign."""
    digits = sign[sign.lastgroup] if sign.lastgroup else None
    code = int(digits, _BASES[str(sign.lastgroup)]) if digits else 0
    return chr(code).lower() if code < 128 and chr(code).isalnum() else ""


def _encoded(text: str) -> Iterator[str]:
    """Yield what base64, at any place in something longer, and hexadecimal make of a text."""
    content = text.encode(errors="surrogatepass")
    yield content.hex()
    for before in range(3):
        # The first and the last signs have bits of what stands beside it.
        first, last = ceil(before * 8 / 6), (before + len(content)) * 8 // 6
        yield b64encode(bytes(before) + content).decode()[first:last]


@define(eq=False)
class Spellings:
    """
    Texts to be found.

    Args:
        texts: The texts.
    """

    texts: Collection[str]
    _heads: list[tuple[str, list[str]]] = field(init=False)
    _places: dict[str, list[tuple[str, int]]] = field(init=False)

    def __attrs_post_init__(self) -> None:
        letters = {text: _letters(text) for text in sorted(self.texts, key=len)}
        wide = {text: each for text, each in letters.items() if len(each) >= WIDE}
        heads: dict[str, list[str]] = {}
        for text in letters:
            if text in wide:
                heads[text] = [text]  # as a whole, with the signs at its ends
                continue
            for form in forms_of(text):
                heads.setdefault(form[:_HEAD], []).append(form)
        self._heads = sorted(heads.items(), key=lambda item: len(item[0]), reverse=True)
        self._places = _places_of(wide.values(), list(_all_encoded(letters)))

    def replaced(self, text: str, other: str) -> str:
        """Return a text with another in the place of each of these, and of each part of them."""
        for head, forms in self._heads:
            at = text.find(head)
            while at >= 0:
                # As much of it as is there, so that nothing is left behind its beginning.
                end = at + max(_common(text, at, form, 0) for form in forms)
                text = f"{text[:at]}{other}{text[end:]}"
                at = text.find(head, at + len(other))
        return self._replaced_widely(text, other) if self._places else text

    def _replaced_widely(self, text: str, other: str) -> str:
        parts, done = list[str](), 0
        folded = _folded(text)
        for first, last in self._found(folded.letters):
            parts += text[done : folded.begins[first]], other
            done = folded.ends[last - 1]
        return "".join([*parts, text[done:]])

    def _found(self, letters: str) -> Iterator[tuple[int, int]]:
        """Yield where these stand, and parts of them, one after the other."""
        at = done = 0
        while at + WIDE <= len(letters):
            first, last = self._longest(letters, at)
            if last:
                yield max(first, done), last
                at = done = last
            else:
                at += 1

    def _longest(self, letters: str, at: int) -> tuple[int, int]:
        """Return where what stands at a place begins and ends; (0, 0) for nothing."""
        longest = 0, 0
        for wanted, place in self._places.get(letters[at : at + WIDE], ()):
            last = at + _common(letters, at, wanted, place)
            first = at - _common_before(letters, at, wanted, place)
            if last - first >= min(_HEAD, len(wanted)) and last > longest[1]:
                longest = first, last
        return longest


def _all_encoded(texts: Iterable[str]) -> Iterator[str]:
    left = _MOST_ENCODED
    for text in texts:
        left -= len(text)
        if left < 0:
            return
        yield from (each for each in map(_letters, _encoded(text)) if len(each) >= WIDE)


def _places_of(
    plain: Collection[str], encoded: Collection[str]
) -> dict[str, list[tuple[str, int]]]:
    places: dict[str, list[tuple[str, int]]] = {}
    dense = 1 + sum(map(len, plain)) // _MOST_PLACES
    for texts, step in ((plain, dense), (encoded, _STEP_ENCODED)):
        for each in texts:
            for at in range(0, len(each) - WIDE + 1, step):
                alike = places.setdefault(each[at : at + WIDE], [])
                if len(alike) < _MOST_ALIKE:
                    alike.append((each, at))
    return places


def _common(one: str, at: int, other: str, place: int) -> int:
    """Return how many characters two texts have in common from a place on."""
    most = min(len(one) - at, len(other) - place)
    differing = (count for count in range(most) if one[at + count] != other[place + count])
    return next(differing, most)


def _common_before(one: str, at: int, other: str, place: int) -> int:
    most = min(at, place)
    differing = (count for count in range(most) if one[at - count - 1] != other[place - count - 1])
    return next(differing, most)
