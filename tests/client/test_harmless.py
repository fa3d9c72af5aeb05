"""Text of a server in errors and in the log: one line, of which a terminal obeys nothing."""

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yotta_async.errors import FleetError, FleetLeftoverError, NotFoundError, YottaError
from yotta_async.errors._text import LONGEST_LINE, harmless


HOSTILE = "\x1b[31m\nFORGED\r\u202e\u2028"


@given(st.text())
def test_any_text_becomes_one_printable_line(text: str) -> None:
    """[W12]."""
    assert harmless(text).isprintable()


@given(st.text(st.characters(exclude_categories=["C", "Z"])))
def test_printable_text_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


def test_a_long_text_says_how_long_it_is() -> None:
    assert harmless("x" * 50, 10) == f"{'x' * 10}... (50 characters)"


@pytest.mark.parametrize(
    "error",
    [
        YottaError(HOSTILE, hint=HOSTILE),
        NotFoundError(HOSTILE, operation="getPod", status=404),
        FleetError(HOSTILE, [YottaError(HOSTILE)], hint=HOSTILE),
        FleetLeftoverError(HOSTILE, pods={HOSTILE: None}, command="a"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_shows_harmless_text(error: YottaError) -> None:
    """[W12]."""
    assert str(error).isprintable()
    assert "FORGED" in str(error)


def test_the_log_shows_harmless_text(caplog: pytest.LogCaptureFixture) -> None:
    """[W12]."""
    error = ValueError(HOSTILE)
    logging.getLogger("yotta_async").warning("pod %s %d: %s", HOSTILE, 3, error)
    logging.getLogger("yotta_async").warning("%s", "x" * 2 * LONGEST_LINE)
    first, second = (record.getMessage() for record in caplog.records)
    assert first.isprintable()
    assert len(second) < 1.1 * LONGEST_LINE
