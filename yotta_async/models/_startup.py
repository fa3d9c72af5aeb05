"""An initialization command that arrives as it was sent."""

import re
import shlex
from base64 import b64encode
from typing import Final

from ..errors import ConfigurationError
from ._checks import HIDDEN


__all__ = ["startup_script"]

_LONGEST: Final = 2**17 - 1  # MAX_ARG_STRLEN without its NUL: one argument of a Linux process
_SHELL: Final = re.compile(r"[A-Za-z0-9/.][A-Za-z0-9/. -]*")


def startup_script(script: str, *, shell: str = "bash") -> str:
    """
    Return a shell script as an ``initialization_command`` of one line, which arrives as it was
    sent.

    Quotes, dollar signs and line breaks do not survive the server's own shell unharmed, so the
    vendor's staff encode what they send; so does this. The line holds letters, digits and
    ``+/=|. -`` alone. The container needs ``base64`` and the shell.

    Args:
        script: The script. It is read whole before it starts, so that its commands may read from
            standard input, which is at its end for them.
        shell: A POSIX shell of the container, with options if needed, such as ``"sh -eu"``.

    Returns:
        The command, for ``PodSpec(initialization_command=...)``.

    Raises:
        ConfigurationError: The script is empty, not text, too long (about 95 kB), or has a NUL in
            it; or the shell is not the name of one.
    """
    _check(script, shell)
    # Piped into a shell as it is, the script would be the standard input of its own commands.
    wrapped = f"eval {shlex.quote(script)}\n"
    line = f"echo {b64encode(wrapped.encode()).decode()} | base64 -d | {shell}"
    if len(line) > _LONGEST:
        problem = f"is too long: at most {_LONGEST} characters as a command, not {len(line)}"
        hint = "Linux runs no longer one; put the script into the image."
        raise ConfigurationError("script", HIDDEN, problem, hint=hint)
    return line


def _check(script: object, shell: object) -> None:
    if not isinstance(script, str) or not script.strip():
        hint = "Give the text of a shell script, or no initialization_command."
        raise ConfigurationError("script", HIDDEN, "must be a non-empty string", hint=hint)
    if "\0" in script or any("\ud800" <= character <= "\udfff" for character in script):
        problem = "must be Unicode text without NUL characters and lone surrogates"
        hint = "Decode what was read as UTF-8."
        raise ConfigurationError("script", HIDDEN, problem, hint=hint)
    if not isinstance(shell, str) or not _SHELL.fullmatch(shell):
        hint = 'For example "sh" or "/bin/bash -eu".'
        raise ConfigurationError("shell", shell, "must be a shell's name or path", hint=hint)
