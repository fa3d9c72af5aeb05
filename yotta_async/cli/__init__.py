"""
The `yotta-async` command.

Words and progress go to stderr, data to stdout. Exit codes: 0 all went well, 1 an error, 2 wrong
usage, 3 only a part of it was done, 4 a setting is wrong or missing, 129 SIGHUP, 130 Ctrl-C, 143
SIGTERM.
"""

import sys

from ._extras import absent, told_how_to_install


__all__ = ["main"]


def main() -> None:
    """Run the command line that this process was started with, and exit."""
    if missing := absent("click", "rich"):
        sys.exit(told_how_to_install(missing))
    # Not before it is known that click is there.
    from ._commands import run  # noqa: PLC0415

    sys.exit(run(sys.argv[1:]))
