"""
What a refused call has sent as a secret is taken out of what the server says about it.

Servers repeat what they were sent: Spring and Jackson do so in their error messages. Which fields
are secrets is said here once, for both generations; in which spellings they are found, wherever
they stand in the answer, is said in `spelling`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, cast
from urllib.parse import parse_qsl, urlsplit

from attrs import define

from .operation import Call
from .spelling import Spellings


__all__ = ["HIDDEN", "redaction"]

HIDDEN: Final = "(hidden)"
# By what is left of a field's or header's name without its case and marks.
_SECRET = re.compile(
    r"password|passwd|token|secret|authorization|cookie|apikey|authkey|accesskey|privatekey"
)
# What users put their secrets into, among other things; by the names on the wire.
_HOLDERS: Final = frozenset(
    {"environmentvars", "envvars", "initializationcommand", "taskdata", "input", "header"}
    | {"headers"}
)
# What names a secret and is none.
_NAMES: Final = frozenset({"key", "name"})
# Characters: what is shorter is a word or a number, and may stand in any answer.
_SHORTEST: Final = 4
_SHORTEST_HELD: Final = 8
# Characters of one answer; the search of more would hold up the event loop.
_MOST_SEARCHED: Final = 200_000
_DEEPEST: Final = 64  # arrays and objects inside each other; what is deeper is hidden


def redaction(call: Call, reveal: Callable[[], str] | None = None) -> Callable[[Any], Any]:
    """
    Return what takes a call's secrets out of a text, or of all texts in decoded JSON.

    Args:
        reveal: Returns one more secret, the key of the call; "" for none.
    """
    given = {*_secrets(call.body or {}), *_secrets(call.headers), *_secrets_in_query(call.query)}
    if key := reveal() if reveal else "":
        given.add(key)
    return _Redaction(Spellings(given)) if given else _as_it_is


def _as_it_is(value: Any) -> Any:
    return value


def _secrets_in_query(query: str) -> Iterator[str]:
    for name, value in parse_qsl(query):
        yield from _secrets({name: value})


def _secrets_in_url(text: str) -> Iterator[str]:
    """Yield what the address of a webhook has in it for those alone who know it."""
    try:
        parts = urlsplit(text)
        yield from filter(None, (parts.password, *(value for _, value in parse_qsl(parts.query))))
    except ValueError:  # no address
        return


def _secrets(value: Any, *, least: int | None = None) -> Iterator[str]:
    """Yield the secrets in a body; ``least`` is how long they are at the least, inside of one."""
    if isinstance(value, Mapping):
        fields = cast("Mapping[str, object]", value)
        for name, item in fields.items():
            if least is None or name not in _NAMES or "value" not in fields:
                yield from _secrets(item, least=_least(name) if least is None else least)
    elif isinstance(value, list | tuple):
        for item in cast("list[object]", value):
            yield from _secrets(item, least=least)
    elif least is not None and isinstance(value, str | int | float):
        text = str(value)
        # A server may tell of one line of a command.
        lines = {text, *(line.strip() for line in text.splitlines())}
        yield from (line for line in lines if len(line) >= least)
    elif isinstance(value, str) and "://" in value:
        yield from (each for each in _secrets_in_url(value) if len(each) >= _SHORTEST_HELD)


def _least(name: str) -> int | None:
    plain = re.sub("[^a-z]", "", name.lower())
    if _SECRET.search(plain):
        return _SHORTEST
    return _SHORTEST_HELD if plain in _HOLDERS else None


@define(eq=False)
class _Redaction:
    """
    Takes secrets out of what belongs to one answer.

    Args:
        left: Characters that are searched; what comes after them is hidden as a whole.
    """

    _secrets: Spellings
    left: int = _MOST_SEARCHED

    def __call__(self, value: Any, depth: int = 0) -> Any:
        if isinstance(value, str):
            return self._hidden(value)
        if isinstance(value, dict | list) and depth >= _DEEPEST:
            return HIDDEN
        if isinstance(value, dict):
            items = cast("dict[str, object]", value).items()
            return {self._hidden(name): self(item, depth + 1) for name, item in items}
        if isinstance(value, list):
            return [self(item, depth + 1) for item in cast("list[object]", value)]
        if isinstance(value, int | float) and self._hidden(text := str(value)) != text:
            return HIDDEN
        return value

    def _hidden(self, text: str) -> str:
        self.left -= len(text)
        return HIDDEN if self.left < 0 else self._secrets.replaced(text, HIDDEN)
