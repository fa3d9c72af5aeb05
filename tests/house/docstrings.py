"""
What is missing in the docstrings of public names: ``python -m tests.house.docstrings``.

- A function has ``Args`` with an entry for every parameter, ``Returns`` if it returns something,
  and ``Raises`` if it awaits, raises, or is a verb of a noun.
- A class has ``Attributes`` with an entry for every public attribute that it adds: a field, a
  member of an enum, or what it sets in ``__init__``. The parameters of an ``__init__`` of its own
  are its ``Args``. If it checks its fields it has ``Raises``.
- An entry for what may be None says so: it has the word "None". An entry for a number says its
  unit: a float's in words (`_FLOATS`), USD for a Decimal, and GB or Mbps where the name ends so. A
  time says that it is aware, or in UTC.
- No entry is for what is not there, and none refers to what stands above it.
"""

import ast
import builtins
import inspect
import re
import sys
import textwrap
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Final

import attrs
from attrs import field, frozen

from tests.contract.operations_page import nouns
from tests.house.public import (
    Function,
    attributes_of,
    code_of,
    members_of,
    name_of,
    parameters_of,
    public,
    text_of,
)
from yotta_async import errors, testing


__all__ = ["Docstring", "gaps", "gaps_of", "parsed", "untold_in"]

# Fields that another class's docstring explains, by the typed dict that has them.
TOLD_BY: Final = {"PodFields": "PodSpec", "EndpointFields": "EndpointSpec"}
# They await and do not fail: what goes wrong in them is logged, or an outcome.
INFALLIBLE: Final = {"_client.AsyncYotta.aclose", "fleet.Work.run"}

_SECTIONS: Final = ("Args", "Attributes", "Raises", "Returns", "Yields", "Source")
_HEAD: Final = re.compile(rf"({'|'.join(_SECTIONS)}):\s*(.*)")
_ENTRY: Final = re.compile(r" {4}(\*{0,2}\w+):(?: (.*))?")
_FLOATS: Final = "seconds ratio share probability percent factor Mbps GB unit"
# Words of which an entry has at least one, by what its type's text contains, and by the name's end.
_BY_TYPE: Final = {
    r"\bNone\b": "None",
    r"\bfloat\b": _FLOATS,
    r"\bDecimal\b": "USD",
    r"\bdatetime\b": "UTC aware",
}
_BY_NAME: Final = {"_gb": "GB", "_vram": "GB", "_ram": "GB", "_mbps": "Mbps", "_bytes": "bytes"}


@frozen(kw_only=True)
class Docstring:
    """
    A docstring, taken apart.

    Attributes:
        text: All of it, without indentation.
        entries: Of the sections with entries: what is said of each name.
        paragraphs: Of the other sections: their text.
    """

    text: str
    entries: dict[str, dict[str, str]] = field(factory=dict[str, dict[str, str]])
    paragraphs: dict[str, str] = field(factory=dict[str, str])

    def section(self, name: str) -> dict[str, str]:
        return self.entries.get(name, {})


def parsed(text: str | None) -> Docstring:
    """Take a docstring apart; a section ends with a blank line, or with the next one."""
    found = Docstring(text=inspect.cleandoc(text or ""))
    for block in re.split(r"\n\s*\n", found.text):
        head, *lines = block.splitlines() or [""]
        if (match := _HEAD.fullmatch(head)) is not None:
            name, rest = match.groups()
            if name in {"Args", "Attributes", "Raises"}:
                found.entries[name] = _entries(lines)
            else:
                found.paragraphs[name] = " ".join(map(str.strip, [rest, *lines])).strip()
    return found


def _entries(lines: list[str]) -> dict[str, str]:
    entries: dict[str, str] = {}
    name = ""
    for line in lines:
        if (match := _ENTRY.fullmatch(line)) is not None:
            name, entries[name] = match[1], match[2] or ""
        else:
            entries[name] = f"{entries.get(name, '')} {line.strip()}"
    return entries


def gaps() -> list[str]:
    """Return what is missing, each with the name of what it is missing in."""
    things = list(public().values())
    found = [gap for thing in things for gap in gaps_of(thing)]
    # What several classes inherit is told once.
    return list(dict.fromkeys([*found, *untold_in({thing.__name__: thing for thing in things})]))


def untold_in(things: Mapping[str, Any]) -> Iterator[str]:
    """Yield the fields of typed dicts of which the class that is to explain them knows nothing."""
    for fields, spec in TOLD_BY.items():
        told = parsed(things[spec].__doc__).section("Attributes")
        for name in attributes_of(things[fields]).keys() - told.keys():
            yield f"{fields}.{name}: {spec} does not tell of it"


def gaps_of(thing: Any) -> list[str]:
    """Return what is missing in the docstrings of a class with its members, or of a function."""
    return list(_of_class(thing) if inspect.isclass(thing) else _of_function(thing))


def _of_class(kind: type) -> Iterator[str]:
    name, docstring = name_of(kind), parsed(vars(kind).get("__doc__"))
    wanted = {} if kind.__name__ in TOLD_BY else attributes_of(kind)
    yield from _compared(name, "Attributes", docstring, wanted)
    start = vars(kind).get("__init__")
    if start is not None and not attrs.has(kind) and not issubclass(kind, BaseException):
        yield from _compared(name, "Args", docstring, parameters_of(start))
    yield from _errors(name, docstring, needed=_checks_fields(kind))
    for each in members_of(kind).values():
        if isinstance(each, property | cached_property):
            yield from _of_property(code_of(each))
        else:
            yield from _of_function(code_of(each), kind)


def _of_function(function: Function, owner: type | None = None) -> Iterator[str]:
    name, docstring = name_of(function), parsed(function.__doc__)
    yield from _compared(name, "Args", docstring, parameters_of(function))
    yield from _errors(name, docstring, needed=_can_fail(function, owner))
    returned = text_of(inspect.signature(function).return_annotation)
    if returned == "None":
        return
    told = docstring.paragraphs.get("Returns") or docstring.paragraphs.get("Yields")
    if told is None:
        yield f"{name}: no Returns"
    else:
        yield from _unsaid(f"{name}, Returns", "", told, returned)


def _of_property(function: Function) -> Iterator[str]:
    name, docstring = name_of(function), parsed(function.__doc__)
    yield from _compared(name, "Args", docstring, {})
    yield from _errors(name, docstring, needed=_raises(function))
    returned = text_of(inspect.signature(function).return_annotation)
    yield from _unsaid(name, name.rpartition(".")[2], docstring.text, returned)


def _checks_fields(kind: type) -> bool:
    validated = attrs.has(kind) and any(each.validator for each in attrs.fields(kind))
    return validated or "__attrs_post_init__" in vars(kind)


def _can_fail(function: Function, owner: type | None) -> bool:
    if name_of(function) in INFALLIBLE:
        return False
    awaits = inspect.iscoroutinefunction(function)
    return awaits or owner in nouns().values() or _raises(function)


def _raises(function: Function) -> bool:
    source = textwrap.dedent(inspect.getsource(inspect.unwrap(function)))
    return any(isinstance(node, ast.Raise) for node in ast.walk(ast.parse(source)))


def _errors(name: str, docstring: Docstring, *, needed: bool) -> Iterator[str]:
    named = docstring.section("Raises")
    if needed and not named:
        yield f"{name}: no Raises"
    for error, text in named.items():
        kinds = (getattr(module, error, None) for module in (errors, testing, builtins))
        if not any(inspect.isclass(each) and issubclass(each, BaseException) for each in kinds):
            yield f"{name}: Raises {error}, which is no error"
        if not _says_something(text):
            yield f"{name}: Raises {error}, and does not say when"


def _compared(
    name: str, section: str, docstring: Docstring, wanted: Mapping[str, str]
) -> Iterator[str]:
    if not docstring.text:
        yield f"{name}: no docstring"
    given = docstring.section(section)
    for each in dict.fromkeys([*wanted, *given]):
        if each not in given:
            yield f"{name}: {section} without {each}"
        elif each not in wanted:
            yield f"{name}: {section} has {each}, which is not there"
        else:
            yield from _unsaid(f"{name}, {section}, {each}", each, given[each], wanted[each])


def _unsaid(where: str, name: str, text: str, kind: str) -> Iterator[str]:
    """Yield what an entry leaves out: anything at all, None, or the unit."""
    if not _says_something(text):
        yield f"{where}: says nothing"
    plain = re.sub(r"Callable\[.*\]|, None\]$", "", kind)  # the last: what a generator is sent
    words = [words for pattern, words in _BY_TYPE.items() if re.search(pattern, plain)]
    words += [word for ending, word in _BY_NAME.items() if name.endswith(ending)]
    for each in words:
        if not any(re.search(rf"\b({word}|{word.capitalize()})\b", text) for word in each.split()):
            yield f"{where}: does not say {each.replace(' ', ' or ')}"


def _says_something(text: str) -> bool:
    return len(text.split()) > 1 and "as above" not in text.lower()


def main() -> int:
    found = gaps()
    print(*found, f"{len(found)} gaps", sep="\n")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
