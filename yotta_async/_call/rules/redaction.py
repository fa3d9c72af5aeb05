"""
What a refused call has sent as a secret is taken out of what the server says about it.

Servers repeat what they were sent: Spring and Jackson do so in their error messages. Which fields
are secrets is said here once, for both generations; a secret is found as it is, as JSON and URLs
have it, and cut short at its end, wherever it stands in the answer.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from html import escape
from posixpath import commonprefix
from typing import Any, Final, cast
from urllib.parse import quote, quote_plus

from .operation import Call


__all__ = ["HIDDEN", "forms_of", "redaction"]

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
# So many characters of a longer secret betray it.
_HEAD: Final = 12


def redaction(call: Call) -> Callable[[Any], Any]:
    """Return what takes a call's secrets out of a text, or of all texts in decoded JSON."""
    heads: dict[str, list[str]] = {}
    for secret in {*_secrets(call.body or {}), *_secrets(call.headers)}:
        for form in forms_of(secret):
            heads.setdefault(form[:_HEAD], []).append(form)
    longest_first = sorted(heads.items(), key=lambda item: len(item[0]), reverse=True)
    return lambda value: _without(value, longest_first)


def forms_of(secret: str) -> set[str]:
    """Return the ways in which a text may be spelt: plain, in JSON, in JSON in JSON, URL, HTML."""
    once = {json.dumps(secret, ensure_ascii=each)[1:-1] for each in (False, True)}
    twice = {json.dumps(form, ensure_ascii=False)[1:-1] for form in once}
    quotes = (quote(secret, safe=""), quote(secret), quote_plus(secret)) if _fits(secret) else ()
    quoted = set[str](quotes)
    lower = {re.sub("%[0-9A-F]{2}", lambda each: each[0].lower(), form) for form in quoted}
    return {secret, escape(secret), *once, *twice, *quoted, *lower}


def _fits(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


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


def _least(name: str) -> int | None:
    plain = re.sub("[^a-z]", "", name.lower())
    if _SECRET.search(plain):
        return _SHORTEST
    return _SHORTEST_HELD if plain in _HOLDERS else None


def _without(value: Any, heads: list[tuple[str, list[str]]]) -> Any:
    if isinstance(value, str):
        return _hidden(value, heads)
    if isinstance(value, dict):
        items = cast("dict[str, object]", value).items()
        return {_hidden(name, heads): _without(item, heads) for name, item in items}
    if isinstance(value, list):
        return [_without(item, heads) for item in cast("list[object]", value)]
    if isinstance(value, int | float) and _hidden(text := str(value), heads) != text:
        return HIDDEN
    return value


def _hidden(text: str, heads: list[tuple[str, list[str]]]) -> str:
    for head, forms in heads:
        at = text.find(head)
        while at >= 0:
            # As much of the secret as is there, so that nothing is left behind its beginning.
            rest = text[at:]
            end = at + max(len(commonprefix((rest, form))) for form in forms)
            text = f"{text[:at]}{HIDDEN}{text[end:]}"
            at = text.find(head, at + len(HIDDEN))
    return text
