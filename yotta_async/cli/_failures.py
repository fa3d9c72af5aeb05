"""From an exception to one line, a hint and an exit code."""

import sys
from typing import Any, NoReturn

import click

from ..errors import AuthenticationError, ConfigurationError, YottaError
from ._exits import Exit


__all__ = ["DEBUG", "Command", "FailedError", "exit_code_of", "text_of"]

DEBUG = "yotta_async.debug"


class FailedError(click.ClickException):
    """A failure that has been put into words."""

    def __init__(self, message: str, hint: str, code: Exit) -> None:
        super().__init__(message)
        self.hint, self.code = hint, code

    def show(self, file: Any = None) -> None:
        out = file or sys.stderr
        click.echo(f"yotta-async: {self.message}", file=out)
        if self.hint:
            click.echo(f"  {self.hint}", file=out)


class Command(click.Command):
    """A command whose errors are a line and a hint; with ``--debug``, a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; put what it raises into words."""
        try:
            return super().invoke(ctx)
        except (YottaError, OSError) as error:
            if ctx.meta.get(DEBUG):
                raise
            _fail(error)


def exit_code_of(error: Exception) -> Exit:
    wrong_setting = isinstance(error, ConfigurationError | AuthenticationError)
    return Exit.CONFIGURATION if wrong_setting else Exit.ERROR


def text_of(error: Exception) -> str:
    """Return an error's words without its hint."""
    hint = error.hint if isinstance(error, YottaError) else ""
    return str(error).removesuffix(hint).strip()


def _fail(error: Exception) -> NoReturn:
    hint = error.hint if isinstance(error, YottaError) else ""
    raise FailedError(text_of(error), hint, exit_code_of(error)) from error
