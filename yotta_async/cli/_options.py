"""Options that several commands have, and what their values may be."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from ..errors import ConfigurationError
from ._failures import DEBUG


if TYPE_CHECKING:
    from ._session import Session

__all__ = [
    "amount",
    "api_version",
    "as_json",
    "debug",
    "duration",
    "duration_of",
    "names",
    "of_the_service",
    "quorum",
    "requests",
    "session_of",
    "shared",
    "yes",
]

F = TypeVar("F", bound=Callable[..., Any])

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_DURATION: Final = re.compile(r"(?:(\d+(?:\.\d+)?)([smhd]))+", re.ASCII)
_PART: Final = re.compile(r"(\d+(?:\.\d+)?)([smhd])", re.ASCII)


def duration_of(text: str) -> float:
    """
    Read a duration, such as 7200, 90s, 2h or 1h30m, in seconds.

    Raises:
        ValueError: Neither of these.
    """
    if not _DURATION.fullmatch(text):
        return float(text)
    return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))


def duration(text: str) -> float:
    """Read the value of an option that is a duration."""
    try:
        seconds = duration_of(text.strip().lower())
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise click.BadParameter(
            f"{text!r}: must be seconds, more than 0, or such as 90m, 2h, 1h30m."
        )
    return seconds


def names(text: str) -> tuple[str, ...]:
    """Read the value of an option that is names with commas between them."""
    found = tuple(name.strip() for name in text.split(","))
    if not all(found) or len(set(found)) < len(found):
        raise click.BadParameter(f"{text!r}: must be different names with commas between them.")
    return found


def quorum(text: str) -> float:
    """Read the value of an option that is a number of pods, or a share of them."""
    try:
        return int(text) if text.isdecimal() else float(text)
    except ValueError:
        message = f"{text!r}: must be a number of pods, or a share such as 0.9."
        raise click.BadParameter(message) from None


def amount(text: str) -> str:
    """Read the value of an option that is an amount of money."""
    number = text.removeprefix("$")
    if not re.fullmatch(r"\d+(\.\d+)?", number, re.ASCII):
        raise click.BadParameter(f"{text!r}: must be an amount in USD, such as 12.50.")
    return number


def _remember(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    ctx.meta[DEBUG] = value or ctx.meta.get(DEBUG, False)


debug: Final = click.option(
    "--debug",
    is_flag=True,
    expose_value=False,
    callback=_remember,
    help="Show tracebacks, and the log.",
)


def _as_limits(_ctx: click.Context, _option: click.Parameter, number: int) -> int:
    """Refuse what `Limits` refuses, and nothing else."""
    from .._scheduling.rules.limits import Limits  # noqa: PLC0415  # --help must not pay for it

    try:
        return Limits(requests=number).requests
    except ConfigurationError as error:
        raise click.BadParameter(str(error)) from error


requests: Final = click.option(
    "--requests",
    type=int,
    callback=_as_limits,
    default=60,
    show_default=True,
    help="Requests a minute that the plan allows; the plans have 60 to 120.",
)
api_version: Final = click.option(
    "--api-version",
    type=click.Choice(["v1", "v2"]),
    help="Of the service.  [YOTTA_API_VERSION, else v1]",
)
shared: Final = click.option(
    "--shared",
    envvar="YOTTA_SHARED",
    metavar="URL",
    help="Share the key's budget with other processes, as Limits.shared does.  [YOTTA_SHARED]",
)
as_json: Final = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
yes: Final = click.option("--yes", "-y", is_flag=True, help="Do not ask.")


def of_the_service(command: F) -> F:
    """Give a command the options of all that speak to the service."""
    return requests(shared(api_version(debug(command))))


def session_of(ctx: click.Context, options: dict[str, Any]) -> "Session":
    """Return how to reach the service, taken out of a command's options."""
    from ._session import Session, World  # noqa: PLC0415  # --help must not pay for it

    return Session(
        debug=bool(ctx.meta.get(DEBUG)),
        requests=options.pop("requests"),
        api_version=options.pop("api_version"),
        shared=options.pop("shared"),
        world=ctx.obj or World(),
    )
