"""What tests of the shell share."""

import gc
import logging
from collections.abc import Iterator

import pytest


@pytest.fixture
def no_complaints(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """See that asyncio finds no task that was forgotten, and no error that nobody took."""
    yield
    gc.collect()
    assert [record.message for record in caplog.records if record.levelno > logging.INFO] == []
