"""
Text that others wrote, such as a server, made fit for a terminal and a log.

What a terminal obeys (escapes, carriage returns), what forges a line (line breaks of any kind) and
what turns the reading direction is shown as Python's escape for it, and none is dropped. Every
error's ``str`` and every record of the logger ``yotta_async`` passes here; the command line's
output does so in `cli._words` and `cli._tables`.
"""

import logging
from typing import Final


__all__ = ["LONGEST_LINE", "harmless", "make_harmless"]

# Characters of a line: a server that sends megabytes must not fill a terminal, or a disk.
LONGEST_LINE: Final = 4_000


def harmless(text: str, longest: int | None = None) -> str:
    """
    Return a text as one line of printable characters.

    Args:
        text: Any text.
        longest: How many characters of it are shown; what is left out is counted. None for all.

    Returns:
        The text itself if it is one already.
    """
    if longest is not None and len(text) > longest:
        text = f"{text[:longest]}... ({len(text)} characters)"
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else _escaped(one) for one in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def make_harmless(record: logging.LogRecord) -> bool:
    """Make what a record was given harmless, as a logger's filter; its format is our own."""
    if isinstance(record.args, tuple):
        record.args = tuple(map(_harmless_argument, record.args))
    return True


def _harmless_argument(value: object) -> object:
    if isinstance(value, str):
        return harmless(value, LONGEST_LINE)
    # Errors of other packages, too: they may quote what a server sent.
    return harmless(str(value)) if isinstance(value, BaseException) else value


# A filter is asked about the records of its own logger, whose name all modules use.
logging.getLogger("yotta_async").addFilter(make_harmless)
