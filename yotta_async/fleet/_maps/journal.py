"""
The journal of a map: a file of what is done, for one program at a time.

A line is added before its outcome is given away, with one write that goes to the kernel at once. So
the death of the process loses nothing; for that of the machine there is ``fsync``. The lock is the
kernel's, on the file itself, and goes with the process.
"""

import logging
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import Any, Final, cast

import anyio
from attrs import define, evolve, field, frozen

from ...errors import (
    ConfigurationError,
    JournalError,
    JournalLockedError,
    JournalMismatchError,
    YottaError,
)
from ...errors._arguments import explains
from ..rules.journal import (
    Contents,
    JournalEntry,
    UnreadableJournal,
    digest_of,
    header,
    line_of,
    parsed,
)


__all__ = ["Journal", "JournalFile", "journal_of", "read_journal", "told"]

logger = logging.getLogger("yotta_async")

_PRIVATE: Final = 0o600


def _as_path(value: object) -> Path:
    try:
        name = os.fsdecode(cast("str", value))
    except TypeError:
        name = ""
    if name:
        return Path(name)
    problem, hint = "must be the path of a file", 'For example journal="sweep.jsonl".'
    raise ConfigurationError("journal", value, problem, hint=hint)


@explains
@frozen
class Journal:
    """
    The file in which a map notes what is done: ``fleet.map(work, items, journal=Journal("x.jsonl",
    fsync=True))``; a path alone is a journal with these defaults.

    Attributes:
        path: The file; it is made if it is not there.
        fsync: Whether each line waits for the disk, some milliseconds, so that it outlives a power
            cut. Without it a line outlives the death of the program, in whatever way.
        key: Returns what an item is told by: JSON, or what is made of it. None for the item itself.
        encode: Makes JSON of a result. None if results are JSON.
        decode: Makes a result of its JSON again. None if results are JSON.

    Raises:
        ConfigurationError: The path cannot be one, or a function is none.
    """

    path: Path = field(converter=_as_path)
    fsync: bool = field(default=False, kw_only=True)
    key: Callable[[Any], object] | None = field(default=None, kw_only=True)
    encode: Callable[[Any], object] | None = field(default=None, kw_only=True)
    decode: Callable[[Any], object] | None = field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        for name in ("key", "encode", "decode"):
            value = getattr(self, name)
            if value is not None and not callable(value):
                problem, hint = "must be a function of one argument", "Leave it out for JSON."
                raise ConfigurationError(name, value, problem, hint=hint)


def journal_of(value: object) -> Journal | None:
    """
    Return a journal that is given as itself, by its path, or not at all.

    Raises:
        ConfigurationError: It is neither.
    """
    if value is None or isinstance(value, Journal):
        return value
    return Journal(_as_path(value))


def read_journal(path: str | os.PathLike[str]) -> tuple[JournalEntry, ...]:
    """
    Return what a journal holds, also while a map is at work with it.

    Args:
        path: The file.

    Returns:
        The items, in the order in which they were noted. One that failed and was tried again in a
        later run is there for each of these; a line that is not whole yet is left out.

    Raises:
        JournalError: There is no such file, or it is no journal.
    """
    found = _as_path(path)
    try:
        return parsed(found.read_bytes()).entries
    except OSError as error:
        raise _cannot("be read", found, error) from error
    except UnreadableJournal as error:
        raise _unreadable(found, error) from None


@define(eq=False)
class JournalFile:
    """
    A journal that is open and locked.

    Attributes:
        fleet: The name of the fleet that it was begun for.
        done: What was done before it was opened, by index.
    """

    _settings: Journal
    _file: FileIO
    fleet: str = ""
    done: dict[int, JournalEntry] = field(factory=dict[int, JournalEntry])
    _length: int = 0

    @classmethod
    def open(cls, settings: Journal, fleet: str) -> "JournalFile":
        """
        Open a journal, lock it, mend its last line, and read it.

        Args:
            fleet: The name of the fleet; for a journal that is new.

        Raises:
            JournalLockedError: Another map is at work with it.
            JournalError: It cannot be read or written, or is no journal.
        """
        path = settings.path
        try:
            file = FileIO(path, "a+", opener=_opened)
        except OSError as error:
            raise _cannot("be opened", path, error) from error
        try:
            _lock(file, path)
            return cls._of(settings, file, fleet)
        except BaseException:
            file.close()
            raise

    @classmethod
    def _of(cls, settings: Journal, file: FileIO, fleet: str) -> "JournalFile":
        file.seek(0)
        data = file.readall() or b""
        try:
            contents = parsed(data)
        except UnreadableJournal as error:
            raise _unreadable(settings.path, error) from None
        opened = cls(settings, file, contents.fleet or fleet, contents.done(), contents.length)
        opened._mend(contents, len(data))  # the same class
        return opened

    def _mend(self, contents: Contents, size: int) -> None:
        try:
            if contents.length < size:
                message = "journal %s: its last line is not whole, and is cut off"
                logger.warning(message, self._settings.path)
                self._file.truncate(contents.length)
            if contents.is_open:
                self._append(b"\n")
            if not contents.length:
                self._append(header(self.fleet))
                self._sync_folder()
        except OSError as error:
            raise _cannot("be written", self._settings.path, error) from error

    def _sync_folder(self) -> None:
        """Have a power cut not lose the file itself."""
        if self._settings.fsync:
            folder = os.open(self._settings.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def find(self, index: int, value: object) -> JournalEntry | None:
        """
        Return what was done of an item; None if it is to be done.

        Raises:
            JournalMismatchError: The journal has another item there.
            JournalError: The item has no digest.
        """
        entry = self.done.get(index)
        if entry is not None and (digest := self.digest(index, value)) != entry.digest:
            message = (
                f"item {index} is not that of the journal {self._settings.path}: its digest is "
                f"{digest}, and there it is {entry.digest}."
            )
            raise self._mismatch(message, index)
        return entry

    def check_complete(self, items: int) -> None:
        """
        Check that the input has all items of the journal.

        Raises:
            JournalMismatchError: It has not.
        """
        missing = [index for index in self.done if index >= items]
        if missing:
            message = (
                f"there are {items} items, and the journal {self._settings.path} has item "
                f"{min(missing)}, counted from 0."
            )
            raise self._mismatch(message, min(missing))

    def digest(self, index: int, value: object) -> str:
        """
        Return the digest of an item.

        Raises:
            JournalError: It has none.
        """
        try:
            return digest_of(value if self._settings.key is None else self._settings.key(value))
        except Exception as error:
            message = f"item {index} has no digest: {_kind(error)}."
            raise self._error(
                message, "Give Journal(path, key=...), which returns JSON."
            ) from error

    def result_of(self, entry: JournalEntry) -> Any:
        """
        Return what the work had returned.

        Raises:
            JournalError: It cannot be made of the JSON again.
        """
        try:
            decode = self._settings.decode
            return entry.result if decode is None else decode(entry.result)
        except Exception as error:
            message = f"the result of item {entry.index} cannot be decoded: {_kind(error)}."
            raise self._error(message, "It is `decode` of the Journal that fails.") from error

    async def note(self, entry: JournalEntry) -> None:
        """
        Note what came of an item.

        Raises:
            JournalError: Its result is not JSON, or the file cannot be written.
        """
        line = self._line(evolve(entry, at=datetime.now(UTC)))
        try:
            self._append(line)
            if self._settings.fsync:
                await anyio.to_thread.run_sync(os.fsync, self._file.fileno())
        except OSError as error:
            raise _cannot("be written", self._settings.path, error) from error

    def _line(self, entry: JournalEntry) -> bytes:
        try:
            if self._settings.encode is not None and entry.is_done:
                entry = evolve(entry, result=self._settings.encode(entry.result))
            return line_of(entry)
        except Exception as error:
            message = f"the result of item {entry.index} cannot be written: {_kind(error)}."
            raise self._error(message, "Return JSON, or give Journal(path, encode=...).") from error

    def _append(self, line: bytes) -> None:
        """Write a line, whole or not at all."""
        written = 0
        try:
            while written < len(line):
                written += self._file.write(line[written:]) or 0
        except OSError:
            with suppress(OSError):
                self._file.truncate(self._length)
            raise
        self._length += len(line)

    def close(self) -> None:
        """Leave the journal to others; a child that was forked meanwhile has it open, too."""
        if not self._file.closed:
            _unlock(self._file)
            self._file.close()

    def _mismatch(self, message: str, index: int) -> JournalMismatchError:
        hint = "Give the items that it was begun with, in their order, or another file."
        path = str(self._settings.path)
        return JournalMismatchError(message, path=path, index=index, hint=hint)

    def _error(self, message: str, hint: str) -> JournalError:
        return JournalError(message, path=str(self._settings.path), hint=hint)


def told(error: Exception) -> str:
    """Return an error as a journal has it: the text of a foreign one may hold a secret."""
    kind = type(error).__name__
    return f"{kind}: {error}" if isinstance(error, YottaError) else kind


def _opened(path: str, flags: int) -> int:
    return os.open(path, flags, _PRIVATE)


def _lock(file: FileIO, path: Path) -> None:
    if sys.platform == "win32":
        problem, hint = "must be None on a system without file locks", "Leave it out."
        raise ConfigurationError("journal", str(path), problem, hint=hint)
    import fcntl  # noqa: PLC0415  # not every system has it

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        message = f"another map is at work with the journal {path}."
        hint = "Wait for its end, or give this one another file."
        raise JournalLockedError(message, path=str(path), hint=hint) from None
    except OSError as error:
        raise _cannot("be locked", path, error) from error


def _unlock(file: FileIO) -> None:
    if sys.platform != "win32":
        import fcntl  # noqa: PLC0415  # not every system has it

        fcntl.flock(file, fcntl.LOCK_UN)


def _kind(error: Exception) -> str:
    return type(error).__name__


def _cannot(what: str, path: Path, error: OSError) -> JournalError:
    message = f"the journal {path} cannot {what}: {error.strerror or _kind(error)}."
    return JournalError(message, path=str(path), hint="Give the path of a file of yours.")


def _unreadable(path: Path, error: UnreadableJournal) -> JournalError:
    message = f"the file {path} {error}."
    return JournalError(message, path=str(path), hint="Give another path, or mend the file.")
