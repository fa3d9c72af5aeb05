"""The commands and their options. What a command does is imported when it is asked for."""

import click

from .._version import __version__
from ._exits import Exit
from ._extras import absent, told_how_to_install
from ._failures import DEBUG, Command


__all__ = ["cli", "run"]

_HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def run(arguments: list[str]) -> int:
    """Run a command line and return its exit code."""
    try:
        code = cli.main(arguments, prog_name="yotta-async", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("yotta-async: stopped before anything was made", err=True)
        return Exit.INTERRUPTED
    return int(code or 0)


def _remember_debug(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    ctx.meta[DEBUG] = value


_debug = click.option(
    "--debug",
    is_flag=True,
    expose_value=False,
    callback=_remember_debug,
    help="Show tracebacks.",
)
_requests = click.option(
    "--requests",
    type=click.IntRange(1, 120),
    default=60,
    show_default=True,
    help="Requests a minute; the plans allow 60 to 120.",
)
_seed = click.option("--seed", default=4, show_default=True, help="Of the simulator's dice.")


def _faults(default: float) -> "click.decorators.FC":  # type: ignore[valid-type]
    raise NotImplementedError
