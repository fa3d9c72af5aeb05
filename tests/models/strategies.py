"""Models of any content: a strategy for each type of field, and one for each model made of them."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import attrs
from hypothesis import strategies as st

from yotta_async.models import PodStatus
from yotta_async.models._statuses import OpenStatus
from yotta_async.models._values import (
    Count,
    Environment,
    Flag,
    HiddenText,
    Id,
    Json,
    Labels,
    Measure,
    Opaque,
)


Strategy = st.SearchStrategy[Any]

# Of fixed offsets alone: a time in a zone's lost or doubled hour equals nothing but itself.
ZONES = (UTC, timezone(timedelta(hours=8)), timezone(timedelta(hours=-9, minutes=-30)))
LONG = 2**63 - 1

text: Strategy = st.text(max_size=12)
words: Strategy = st.text("abcXYZ089_.-", min_size=1, max_size=12)
ids: Strategy = st.integers(0, LONG).map(str)
names: Strategy = st.from_regex(r"[A-Za-z][A-Za-z0-9@._-]{0,19}", fullmatch=True)
texts: Strategy = st.dictionaries(text, text, max_size=3)
scalars: Strategy = (
    st.none()
    | st.booleans()
    | st.integers(-(2**200), 2**200)
    | st.floats(allow_nan=False, allow_infinity=False)
    | text
)
any_json: Strategy = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=10,
)
# No field of a model has a dot in its name.
extras: Strategy = st.dictionaries(text.map("x.".__add__), any_json, max_size=2)
times: Strategy = st.datetimes(
    datetime(1900, 1, 1),  # noqa: DTZ001  # the zone comes from the last line
    datetime(9000, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from(ZONES),
)

amounts: Strategy = st.decimals(0, 10**9, places=6) | st.decimals(0, 10**9, places=60)

_PLAIN: dict[Any, Strategy] = {
    str: text,
    bool: st.booleans(),
    int: st.integers(-LONG - 1, LONG),
    float: st.floats(allow_nan=False, allow_infinity=False),
    Decimal: amounts,
    datetime: times,
    Id: ids | words,
    Opaque: text,
    Flag: st.booleans(),
    Count: st.integers(0, LONG),
    Measure: st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from(["", "2h 5m"]),
    Environment: texts,
    HiddenText: texts,
    Labels: texts,
    Json: any_json,
}


def of(kind: Any) -> Strategy:
    """Anything of a field's type, or of a model's."""
    if kind in _PLAIN:
        return _PLAIN[kind]
    if isinstance(kind, type) and attrs.has(kind):
        return st.deferred(lambda: _model(kind))
    if get_origin(kind) is tuple:
        return st.lists(of(get_args(kind)[0]), max_size=2).map(tuple)
    if isinstance(kind, UnionType) or get_origin(kind) is Union:
        return _union(get_args(kind))
    raise LookupError(kind)


def _union(parts: tuple[Any, ...]) -> Strategy:
    some = [part for part in parts if part is not NoneType]
    status = next((part for part in some if _is_status(part)), None)
    inner = of(some[0]) if status is None else statuses(status)
    return st.none() | inner if NoneType in parts else inner


def _is_status(part: Any) -> bool:
    return isinstance(part, type) and issubclass(part, PodStatus | OpenStatus)


def statuses(kind: type[PodStatus | OpenStatus]) -> Strategy:
    """The words that are known, and others."""
    known: Strategy = st.sampled_from(list(kind))
    return known | text.filter(lambda word: not isinstance(kind.parse(word), kind))


def _model(kind: type[Any]) -> Strategy:
    fields = {
        field.name: extras if field.name == "extra" else of(field.type)
        for field in attrs.fields(kind)
    }
    return st.fixed_dictionaries(fields).map(lambda given: kind(**given))
