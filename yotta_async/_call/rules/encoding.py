"""Bodies as bytes: strict JSON, or an error that names the place at fault."""

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any, cast

from ...errors import ConfigurationError


__all__ = ["encode_body", "is_unicode"]


def is_unicode(text: str) -> bool:
    """Whether UTF-8 can carry a text: it has no halves of characters."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def encode_body(body: Mapping[str, object]) -> bytes:
    """
    Return a body as JSON.

    Raises:
        ConfigurationError: It holds what JSON cannot; the place is named, the value is hidden.
    """
    try:
        return json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError):
        where, problem = next(_faults(body, ""), ("body", "is nested too deeply, or in itself"))
    hint = "Give text, finite numbers, booleans, None, lists and objects of these."
    raise ConfigurationError(where, "(hidden)", problem, hint=hint)


def _faults(value: Any, where: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    if depth > 100:
        return
    if isinstance(value, Mapping):
        for key, item in cast("Mapping[object, object]", value).items():
            if not isinstance(key, str) or not is_unicode(key):
                yield where or "body", "has a key that is no Unicode text"
            else:
                yield from _faults(item, f"{where}.{key}" if where else key, depth + 1)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(cast("list[object]", value)):
            yield from _faults(item, f"{where}[{index}]", depth + 1)
    elif problem := _problem_of(value):
        yield where, problem


def _problem_of(value: object) -> str:
    if isinstance(value, str):
        return "" if is_unicode(value) else "is not Unicode text"
    if isinstance(value, float):
        return "" if math.isfinite(value) else "is no finite number"
    return "" if value is None or isinstance(value, bool | int) else "is nothing that JSON has"
