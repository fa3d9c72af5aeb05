"""Bodies spoilt in every way that a server, a proxy or a bad line may spoil them; seeded."""

import copy
import json
import re
from collections.abc import Callable, Iterator
from random import Random
from typing import Any


# Spellings that json.dumps() would not write; each stands for a string in its quotes.
RAW = {
    "@nan@": "NaN",
    "@infinity@": "-Infinity",
    "@double@": "1e999",
    "@long@": "7" * 900,
    "@longer@": "7" * 1500,
    "@fraction@": "0." + "3" * 700,
    "@surrogate@": '"\\ud83d"',
    "@deep@": "[" * 400 + "]" * 400,
    "@deeper@": '{"a":' * 3000 + "0" + "}" * 3000,
}
STRANGE: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1.5,
    2**31,
    2**63,
    -(2**63),
    10**30,
    1e308,
    5e-324,
    "",
    " ",
    "text",
    "0",
    "-7",
    "1e5",
    "NaN",
    "true",
    "2026-01-07",
    "2026-99-99T00:00:00Z",
    "\0\x1b[31m\u202e",
    "漢字" * 40,
    [],
    {},
    [None],
    [[]],
    [{}],
    {"key": "a", "value": 1},
    {"": ""},
    {"id": {"id": []}},
    *RAW,
)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each container in a body with each of its keys."""
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    for key in keys:
        yield value, key
        if isinstance(value[key], dict | list):
            yield from places(value[key])


def replace(body: Any, dice: Random) -> None:
    where, key = dice.choice(list(places(body)))
    where[key] = copy.deepcopy(dice.choice(STRANGE))


def remove(body: Any, dice: Random) -> None:
    where, key = dice.choice(list(places(body)))
    del where[key]


def wrap(body: Any, dice: Random) -> None:
    where, key = dice.choice(list(places(body)))
    where[key] = [where[key]] if dice.random() < 0.5 else {"value": where[key]}


def unwrap(body: Any, dice: Random) -> None:
    where, key = dice.choice(list(places(body)))
    if isinstance(where[key], dict | list) and where[key]:
        inner = where[key]
        where[key] = next(iter(inner.values())) if isinstance(inner, dict) else inner[0]


def exchange(body: Any, dice: Random) -> None:
    (one, first), (other, second) = (dice.choice(list(places(body))) for _ in range(2))
    one[first], other[second] = copy.deepcopy(other[second]), copy.deepcopy(one[first])


def add(body: Any, dice: Random) -> None:
    within = [body, *(where[key] for where, key in places(body))]
    objects = [value for value in within if isinstance(value, dict)]
    if not objects:
        return
    name = dice.choice(["extra", "id", "name", "status", "x.y", "\ud83d", "", "expose", "data"])
    dice.choice(objects)[name] = copy.deepcopy(dice.choice(STRANGE))


def spell(body: Any, dice: Random) -> None:
    objects = [(where, key) for where, key in places(body) if isinstance(where, dict)]
    if not objects:
        return
    where, key = dice.choice(objects)
    where[dice.choice([key.upper(), key.lower(), f"{key}s", key[1:]])] = where.pop(key)


TREE: tuple[Callable[[Any, Random], None], ...] = (
    replace,
    replace,
    replace,
    remove,
    wrap,
    unwrap,
    exchange,
    add,
    spell,
)


def as_text(body: Any) -> str:
    """A body as JSON, with what JSON cannot say put in by hand."""
    text = json.dumps(body)
    return re.sub(r'"(@\w+@)"', lambda found: RAW[found[1]], text)


def twice(text: str, dice: Random) -> str:
    """The same text with one key doubled, the second with another value."""
    keys = list(re.finditer(r'"(\w+)": ', text))
    if not keys:
        return text
    chosen = dice.choice(keys)
    junk = json.dumps(dice.choice([None, 0, "text", [], {}, True]))
    return f"{text[: chosen.start()]}{chosen[0]}{junk}, {text[chosen.start() :]}"


def mutated(body: Any, dice: Random) -> str:
    """One to three things wrong with a body, as JSON text or nearly."""
    changed = copy.deepcopy(body)
    for _ in range(dice.choice([1, 1, 1, 2, 3])):
        if any(True for _ in places(changed)):
            dice.choice(TREE)(changed, dice)
    text = as_text(changed)
    return twice(text, dice) if dice.random() < 0.1 else text
