"""One Redis server for all tests of a run that only need a script to be run."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scheduling.book.servers import RedisServer, redis_server


@pytest.fixture(scope="session")
def server() -> Iterator[RedisServer]:
    # A socket's path has at most 107 bytes, which pytest's own directories exceed.
    with (
        tempfile.TemporaryDirectory(prefix="book") as directory,
        redis_server(Path(directory)) as running,
    ):
        yield running
