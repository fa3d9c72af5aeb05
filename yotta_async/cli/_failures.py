"""From an exception to one line, a hint and an exit code."""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, NoReturn

import click

from .._config import base_url_from
from ..errors import APIConnectionError, AuthenticationError, ConfigurationError, YottaError
from ..errors._text import LONGEST_LINE, harmless
from ._exits import SIGNALLED, Exit


__all__ = [
    "DEBUG",
    "Command",
    "FailedError",
    "Group",
    "discard_output",
    "exit_code_of",
    "located_text_of",
    "text_of",
]

DEBUG = "yotta_async.debug"


class FailedError(click.ClickException):
    """A failure that has been put into words."""

    def __init__(self, message: str, hint: str, code: Exit) -> None:
        super().__init__(message)
        self.hint: str = hint
        self.code: Exit = code

    def show(self, file: Any = None) -> None:
        out = file or sys.stderr
        click.echo(f"yotta-async: {harmless(self.message, LONGEST_LINE)}", file=out)
        if self.hint:
            click.echo(f"  {harmless(self.hint, LONGEST_LINE)}", file=out)


class Command(click.Command):
    """A command whose errors are a line and a hint; with ``--debug``, a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; put what it raises into words."""
        with _in_words(ctx):
            return super().invoke(ctx)


class Group(click.Group):
    """The same for a command that has others."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; put what it raises into words."""
        with _in_words(ctx):
            return super().invoke(ctx)


@contextmanager
def _in_words(ctx: click.Context) -> Generator[None]:
    shows_traceback = bool(ctx.meta.get(DEBUG))
    try:
        yield
    except BrokenPipeError:
        _leave_quietly()
    except FailedError as error:
        if shows_traceback and error.__cause__ is not None:
            raise error.__cause__ from None
        raise
    except (YottaError, OSError) as error:
        if shows_traceback:
            raise
        _fail(error)


def discard_output() -> None:
    """Discard what is printed from now on: its reader is gone."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _leave_quietly() -> NoReturn:
    """End as other commands do when their output's reader is gone, as after `| head`."""
    discard_output()
    raise click.exceptions.Exit(SIGNALLED + 13)


def exit_code_of(error: Exception) -> Exit:
    wrong_setting = isinstance(error, ConfigurationError | AuthenticationError)
    return Exit.CONFIGURATION if wrong_setting else Exit.ERROR


def text_of(error: Exception) -> str:
    """Return an error's words without its hint."""
    hint = error.hint if isinstance(error, YottaError) else ""
    return str(error).removesuffix(hint).strip()


def located_text_of(error: Exception) -> str:
    """Return the same with the address, where none of it answers."""
    address = f" ({base_url_from(None)})" if isinstance(error, APIConnectionError) else ""
    return f"{text_of(error).removesuffix('.')}{address}."


def _fail(error: Exception) -> NoReturn:
    hint = error.hint if isinstance(error, YottaError) else ""
    raise FailedError(located_text_of(error), hint, exit_code_of(error)) from error
