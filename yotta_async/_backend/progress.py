"""
Words for the user who waits for an end: a line when it begins, one now and then, one when it is
done, so that there is no silence of ten seconds.

They are records of the logger ``yotta_async.progress``. Where the program has configured no logging
at all they are lines on stderr, as a script that is stopped by Ctrl-C is to say what it does. A
handler on that logger, a ``NullHandler`` too, has them for itself.
"""

import logging
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import anyio
from attrs import define

from ..errors._text import harmless, make_harmless


__all__ = ["Progress", "tell"]

logger: Final = logging.getLogger("yotta_async.progress")
logger.addFilter(make_harmless)

# Seconds: what ends sooner ends without a word; and between two lines.
_SOON: Final = 3.0
_PAUSE: Final = 8.0


def tell(text: str, level: int = logging.INFO, *, is_end: bool = False) -> None:
    """
    Log a line, or write it to stderr where no logging is configured.

    Args:
        is_end: Whether it is what came of something; an attribute of the record.
    """
    if logger.hasHandlers():
        logger.log(level, "%s", text, extra={"is_end": is_end})
    elif level >= _least_level():
        with suppress(Exception):  # the terminal may be gone: what is being ended counts
            print(harmless(text), file=sys.stderr, flush=True)  # noqa: T201


def _least_level() -> int:
    """Return from which level on lines are written where no logging is configured."""
    above = logging.getLogger("yotta_async")
    return max(logger.level, above.level, logging.root.manager.disable + 1)


@define(eq=False)
class Progress:
    """
    The lines about one thing that takes a while.

    Attributes:
        begins: Returns what is being done, and how long it takes.
        stands: Returns how far it has come, after so many seconds.
        level: The level of the records.
        is_told: Whether it was said that it has begun.
    """

    begins: Callable[[], str]
    stands: Callable[[float], str]
    level: int = logging.INFO
    is_told: bool = False

    async def run(self) -> None:
        """Say the lines until this is cancelled."""
        began = anyio.current_time()
        if not self.is_told:
            await anyio.sleep(_SOON)
            self.begin()
        while True:
            await anyio.sleep(_PAUSE)
            tell(self.stands(anyio.current_time() - began), self.level)

    def begin(self) -> None:
        """Say now what is being done."""
        self.is_told = True
        tell(self.begins(), self.level)

    def end(self, text: str) -> None:
        """Say what came of it, if it was said that it has begun."""
        if self.is_told:
            tell(text, self.level, is_end=True)
