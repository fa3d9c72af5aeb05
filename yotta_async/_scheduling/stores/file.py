"""
The book in a file, for the processes of one host.

One step reads the file, makes the step in Python and replaces the file, under a lock of its own
which the kernel frees when its holder dies. A step takes one or two milliseconds, and is made where
it is awaited; only the wait for the lock sleeps. A holder that is stopped holds up all; after
`PATIENCE` they take the store to be lost, and try again.

A session is woken through a pipe with a name beside the file. The clock is the host's since its
start, which no one sets and which counts while the host sleeps.
"""

import errno
import json
import os
import socket
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, TypeVar

import anyio
from anyio.lowlevel import checkpoint
from attrs import define, field, frozen

from ...errors import ConfigurationError
from ..rules.book.clock import Clock
from ..rules.book.messages import Reply, Request
from ..rules.book.state import Book
from ..rules.book.status import Status
from ..rules.book.step import EVERYONE, step
from ..rules.book.view import view
from .store import StoreLost, mismatch, read_book


__all__ = ["FileStore"]

T = TypeVar("T")

# Seconds to wait for the lock.
PATIENCE: Final = 5.0
# Seconds between two tries: at first, and at most.
_FIRST_TRY, _LONGEST_TRY = 0.0005, 0.05
# Seconds for which a book that is not used is kept, and within which another host is in use.
_KEPT, _RECENT = 7 * 86_400.0, 600.0
_PRIVATE: Final = 0o600
# What the caller can do something about.
_MISCONFIGURED: Final = {
    errno.EACCES,
    errno.EISDIR,
    errno.ENAMETOOLONG,
    errno.ENOENT,
    errno.ENOTDIR,
    errno.EPERM,
    errno.EROFS,
}
# How it is mended.
_NO_LOCKS: Final = "Share the budget through a Redis server, redis://..., or give each its limits."
_ONE_HOST: Final = "Processes of several hosts share a budget through Redis, redis://..."
_FOREIGN: Final = "Choose another file, or delete this one."
_CLOCK: Final = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))


def _host_clock() -> Clock:
    now = time.monotonic_ns() if _CLOCK is None else time.clock_gettime_ns(_CLOCK)
    return Clock(now=now // 1_000_000)


def _boot() -> str:
    """Return what tells one start of the host from another, as far as it can be known."""
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return ""


@frozen
class _Host:
    name: str = field(factory=socket.gethostname)
    boot: str = field(factory=_boot)

    def is_another(self, content: dict[str, Any]) -> bool:
        """Whether a file was written by another host of late."""
        written = _Host(content["host"], content["boot"])
        is_recent = time.time() - content["saved"] < _RECENT
        return is_recent and self.name != written.name and self.boot != written.boot


@define(eq=False)
class FileStore:
    """
    A `Store` in a file.

    Args:
        path: The file; others beside it have longer names.
        name: Which of the books in it: one for each key.
        session: The name of the one session that this is for.
    """

    path: Path
    name: str
    session: str
    clock: Callable[[], Clock] = _host_clock
    _host: _Host = field(factory=_Host)
    _pipe: int | None = None

    def __attrs_post_init__(self) -> None:
        if sys.platform == "win32":
            raise self._bad("must be redis://... on a system without file locks", hint=_NO_LOCKS)

    async def step(self, request: Request) -> Reply:
        return await self._locked(lambda: self._step(request))

    async def news(self) -> None:
        pipe = self._pipe
        if pipe is None:
            pipe = await self._locked(self._open_pipe)
        await anyio.wait_readable(pipe)
        with suppress(BlockingIOError):
            os.read(pipe, 4096)

    async def status(self) -> Status | None:
        await checkpoint()
        with self._errors():
            book = self._book(self._read())
        return None if book is None else view(book, self.clock())

    async def aclose(self) -> None:
        if self._pipe is not None:
            os.close(self._pipe)
            self._pipe = None
            self._pipe_path(self.session).unlink(missing_ok=True)

    # Under the lock.

    async def _locked(self, action: Callable[[], T]) -> T:
        await checkpoint()
        wait, patience = _FIRST_TRY, anyio.current_time() + PATIENCE
        while (lock := self._try_lock()) is None:
            if anyio.current_time() > patience:
                raise StoreLost(f"{self.path} was locked for {PATIENCE:g} s")
            await anyio.sleep(wait)
            wait = min(2 * wait, _LONGEST_TRY)
        try:
            with self._errors():
                return action()
        finally:
            # A child that was forked meanwhile has it open, too, so that closing is not enough.
            _unlock(lock)
            os.close(lock)

    def _try_lock(self) -> int | None:
        """Return the open lock, or None while another process has it."""
        with self._errors():
            path = self._beside("lock")
            lock = os.open(path, os.O_RDWR | os.O_CREAT, _PRIVATE)
            with suppress(BlockingIOError, FileNotFoundError):
                _lock(lock)
                if os.path.samestat(os.fstat(lock), path.stat()):
                    return lock  # and not of a file that was deleted
            os.close(lock)
            return None

    def _step(self, request: Request) -> Reply:
        self._open_pipe()
        content = self._read()
        outcome = step(self._book(content), request, self.clock())
        if outcome.book is not None:
            self._write(content, outcome.book)
        for name in self._all_sessions() if EVERYONE in outcome.wakes else outcome.wakes:
            self._wake(name)
        if outcome.reply.refusal is not None:
            raise mismatch(outcome.reply.refusal, request)
        return outcome.reply

    def _read(self) -> dict[str, Any]:
        text = self._read_bytes()
        if not text:  # there is none, or what a power failure may leave
            return {"books": {}}
        try:
            content: dict[str, Any] = json.loads(text)
            is_foreign = self._host.is_another(content)
        except (ValueError, KeyError, TypeError) as error:
            raise self._bad(
                "must be a budget of this package, or no file yet", hint=_FOREIGN
            ) from error
        if is_foreign:
            raise self._bad(
                f"must be used on one host, and is on {content['host']}", hint=_ONE_HOST
            )
        return content

    def _book(self, content: dict[str, Any]) -> Book | None:
        entry = content["books"].get(self.name)
        return None if entry is None else read_book(entry[1])

    def _write(self, content: dict[str, Any], book: Book) -> None:
        now = time.time()
        books = {name: entry for name, entry in content["books"].items() if entry[0] > now - _KEPT}
        books[self.name] = [int(now), book.document()]
        whole = {"host": self._host.name, "boot": self._host.boot, "saved": now, "books": books}
        fresh = self._beside("new")
        # At once: what writes part by part is encoded in Python, which takes twenty times as long.
        text = json.dumps(whole, separators=(",", ":")).encode()
        target = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE)
        with os.fdopen(target, "wb", buffering=0) as file:
            if file.write(text) != len(text):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._put_in_place(fresh)

    def _put_in_place(self, fresh: Path) -> None:
        # Where a file of that name is replaced, some file systems first write the new one to the
        # disk, for which all would wait. Whoever is killed in between leaves the old one aside.
        aside = self._beside("old")
        with suppress(FileNotFoundError):
            self.path.rename(aside)
        fresh.rename(self.path)
        aside.unlink(missing_ok=True)

    def _read_bytes(self) -> bytes | None:
        for path in (self.path, self._beside("old"), self.path):
            with suppress(FileNotFoundError):
                return path.read_bytes()
        return None

    # Wake-ups.

    def _open_pipe(self) -> int:
        if self._pipe is None:
            path = self._pipe_path(self.session)
            with suppress(FileExistsError):
                os.mkfifo(path, _PRIVATE)
            # Open for writing, too, so that it does not end when the last who woke is gone.
            self._pipe = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        return self._pipe

    def _wake(self, session: str) -> None:
        path = self._pipe_path(session)
        try:
            pipe = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno == errno.ENXIO:  # its reader has died
                path.unlink(missing_ok=True)
            return
        with suppress(BlockingIOError):  # it is full of wake-ups
            os.write(pipe, b".")
        os.close(pipe)

    def _all_sessions(self) -> list[str]:
        prefix = self._pipe_path("").name
        names = [each.name for each in self.path.parent.glob(f"{prefix}*")]
        return [name.removeprefix(prefix) for name in names]

    def _pipe_path(self, session: str) -> Path:
        return self._beside(f"{self.name}.{session}")

    def _beside(self, ending: str) -> Path:
        return self.path.with_name(f"{self.path.name}.{ending}")

    # Errors.

    @contextmanager
    def _errors(self) -> Generator[None]:
        try:
            yield
        except OSError as error:
            raise self._told(error) from error

    def _bad(self, problem: str, *, hint: str) -> ConfigurationError:
        return ConfigurationError("Limits.shared", f"file://{self.path}", problem, hint=hint)

    def _told(self, error: OSError) -> Exception:
        if error.errno not in _MISCONFIGURED:
            return StoreLost(f"{self.path}: {error.strerror}")
        if not self.path.parent.is_dir():
            problem = f"must be in a directory that exists, and {self.path.parent} does not"
            return self._bad(problem, hint="Make it, or choose another.")
        return self._bad(
            f"must be a file that can be read and written ({error.strerror})",
            hint="It and others beside it are made with mode 0600.",
        )


def _lock(file: int) -> None:
    import fcntl  # noqa: PLC0415  # Windows has none

    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _unlock(file: int) -> None:
    import fcntl  # noqa: PLC0415  # as above

    fcntl.flock(file, fcntl.LOCK_UN)
