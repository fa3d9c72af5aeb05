"""Strict reading of JSON's scalars: one table a type, of what is read and of what is refused."""

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import FunctionType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.models.strategies import amounts
from yotta_async.models import _values as values
from yotta_async.models._values import ShapeError


NOON = datetime(2024, 3, 14, 12, 0, 0, tzinfo=UTC)
HUGE = 10**400


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        (1710417600, NOON),
        (1710417600000, NOON),
        ("1710417600", NOON),
        ("1710417600000", NOON),
        (1710417600.25, NOON + timedelta(milliseconds=250)),
        ("1710417600.25", NOON + timedelta(milliseconds=250)),
        ("1767757113485", datetime(2026, 1, 7, 3, 38, 33, 485000, tzinfo=UTC)),
        ("2024-03-14T12:00:00Z", NOON),
        ("2024-03-14T12:00:00", NOON),
        ("2024-03-14T12:00:00.000+0000", NOON),
        ("2024-03-14T20:00:00+08:00", NOON),
        ("2024-03-14 12:00:00", NOON),
        (" 2024-03-14T12:00:00Z ", NOON),
        ("2025-11-12 18:02:22.030", datetime(2025, 11, 12, 18, 2, 22, 30000, tzinfo=UTC)),
        ("2024-01-15T10:30:15.123Z", datetime(2024, 1, 15, 10, 30, 15, 123000, tzinfo=UTC)),
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        (-1, datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_every_form_of_a_time_is_read(value: object, moment: datetime) -> None:
    read = values.read_time(value)
    assert read == moment
    assert read.utcoffset() == timedelta(0)


@given(st.integers(10**11, 10**13))
def test_no_millisecond_is_lost(milliseconds: int) -> None:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert values.read_time(milliseconds) == epoch + timedelta(milliseconds=milliseconds)


@given(st.integers(100_000_000_000, 4_102_444_800_000))
def test_milliseconds_are_read_exactly(milliseconds: int) -> None:
    read = values.read_time(str(milliseconds))
    assert (read - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1) == milliseconds


@given(st.integers(0, 99_999_999_999))
def test_seconds_are_read_exactly(seconds: int) -> None:
    read = values.read_time(seconds)
    assert (read - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1) == seconds


def shown(value: object) -> str:
    return value.__name__ if isinstance(value, FunctionType) else ascii(value)


ACCEPTED: list[tuple[Callable[..., object], object, object]] = [
    (values.read_int, 5, 5),
    (values.read_int, "5", 5),
    (values.read_int, "-5", -5),
    (values.read_int, "420522713875330018", 420522713875330018),
    (values.read_float, 5, 5.0),
    (values.read_float, 0.5, 0.5),
    (values.read_float, "0.5", 0.5),
    (values.read_decimal, "0.65", Decimal("0.65")),
    (values.read_decimal, 0.65, Decimal("0.65")),
    (values.read_decimal, 1, Decimal(1)),
    (values.read_decimal, "1.10", Decimal("1.10")),
    (values.read_bool, False, False),
    (values.read_str, "", ""),
    (values.read_id, 420522713875330018, "420522713875330018"),
    (values.read_id, "420522713875330018", "420522713875330018"),
    (values.read_id, 0, "0"),
    (values.read_id, "b5a2-uuid", "b5a2-uuid"),
    (values.read_opaque, 2**63, "9223372036854775808"),
    (values.read_opaque, -1, "-1"),
    (values.read_opaque, "", ""),
    (values.read_flag, 1, True),
    (values.read_flag, 0, False),
    (values.read_flag, True, True),
    (values.read_count, 0, 0),
    (values.read_count, "515", 515),
    (values.read_measure, 5, 5.0),
    (values.read_measure, "5.5", 5.5),
    (values.read_measure, "2h 5m", "2h 5m"),
]


@pytest.mark.parametrize(("read", "value", "expected"), ACCEPTED, ids=shown)
def test_what_means_the_value_is_read(
    read: Callable[..., object], value: object, expected: object
) -> None:
    assert read(value) == expected
    assert type(read(value)) is type(expected)


REFUSED: dict[Callable[..., object], list[object]] = {
    values.read_int: [
        True,
        5.7,
        5.0,
        None,
        "5.7",
        "",
        " 5",
        "\N{ARABIC-INDIC DIGIT FIVE}",
        "0x5",
        [],
        {},
    ],
    values.read_float: [True, None, math.nan, math.inf, "NaN", "inf", "1e999", "", "1_0", []],
    values.read_decimal: [
        True,
        None,
        math.nan,
        -math.inf,
        "NaN",
        "Infinity",
        "1e99999999999999999999",
        "1e999999",
        1e308,
        10**4000,
        "1e-999999",
        "-0.01",
        -1,
        "1000000000.01",
        [],
    ],
    values.read_bool: [0, 1, None, "true", "", []],
    values.read_str: [None, 5, True, b"x", ["x"], {}],
    values.read_id: [4.2e17, True, None, "", " ", -1, [], {}],
    values.read_opaque: [True, 1.0, None, [], {}],
    values.read_flag: [2, -1, 1.0, "1", "true", None, []],
    values.read_count: [-1, "-1", 2**63, "9" * 500, True, 1.0, "", None],
    values.read_measure: [True, None, math.inf, "1e999", [], {}],
    values.read_time: [True, None, "", "soon", math.nan, math.inf, 10**18, HUGE, "1e30", [], {}],
}


@pytest.mark.parametrize(
    ("read", "value"),
    [(read, value) for read, values in REFUSED.items() for value in values],
    ids=lambda value: shown(value)[:20],
)
def test_what_could_merely_be_made_the_value_is_refused(
    read: Callable[..., object], value: object
) -> None:
    with pytest.raises(ShapeError):
        read(value)


@given(amounts)
def test_amounts_survive_as_text(number: Decimal) -> None:
    assert values.read_decimal(str(number)) == number


@given(st.integers(0, 2**64 - 1))
def test_ids_of_64_bits_keep_every_digit(number: int) -> None:
    assert values.read_id(number) == values.read_id(str(number)) == str(number)


def test_an_error_names_the_kind_and_not_the_value() -> None:
    with pytest.raises(ShapeError, match=r"^expected a whole number, got a string$"):
        values.read_int("tr0ub4dor")
