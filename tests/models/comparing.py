"""Whether what was read comes back: bodies compared by what they say, not by how they spell it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from yotta_async.models._wire import spellings


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def lost(sent: Mapping[str, Any], written: Mapping[str, Any], kind: type[Any]) -> list[str]:
    """The fields of a body that did not come back under their own or the written spelling."""
    first = {wire: wires[0] for wires in spellings(kind).values() for wire in wires}
    back = {first.get(name, name): plain(item, name) for name, item in written.items()}
    return [
        name
        for name, item in sent.items()
        if not says_nothing(item) and not holds(back.get(first.get(name, name)), plain(item, name))
    ]


def says_nothing(value: object) -> bool:
    """Null, an empty list or object and a field left out are the same to the API."""
    return value is None or (isinstance(value, Sequence | Mapping) and not value)


def holds(whole: object, part: object) -> bool:
    """Whether everything in one value stands in the other; a model writes its defaults, too."""
    if isinstance(part, Mapping) and isinstance(whole, Mapping):
        return all(
            says_nothing(item) or holds(whole.get(name), item) for name, item in part.items()
        )
    if isinstance(part, list) and isinstance(whole, list):
        return len(part) == len(whole) and all(map(holds, whole, part))
    return type(whole) is type(part) and whole == part


def plain(value: Any, name: str = "") -> object:
    """A value in one spelling of the many: times aware, numbers exact, statuses in lower case."""
    if isinstance(value, Mapping):
        return {key: plain(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, bool) or value is None:
        return value
    if name.endswith(("At", "SendTime")) or name == "timestamp":
        return _time(value)
    if name.lower().endswith("status"):
        return "initializing" if value == "INITIALIZE" else str(value).lower()
    return _number(value)


def _time(value: float | str) -> datetime:
    number = _number(value)
    if isinstance(number, Decimal):
        return EPOCH + timedelta(milliseconds=float(number))
    read = datetime.fromisoformat(str(value))
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _number(value: float | str) -> Decimal | str:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return str(value)
