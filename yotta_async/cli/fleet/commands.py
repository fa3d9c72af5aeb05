"""The commands `fleet ...` and `plan`, and their options."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from .._failures import Command
from .._options import (
    amount,
    as_json,
    duration,
    names,
    of_the_service,
    quorum,
    session_of,
    yes,
)


if TYPE_CHECKING:
    from .desired import DesiredFleet


__all__ = ["fleet", "plan"]

F = TypeVar("F", bound=Callable[..., Any])

_FILE_EPILOG = """\b
FILE is TOML; the options count more than it, and it needs a name:
  name = "sweep-42"
  count = 8                              # or a [[pods]] for each, over [pod]
  on_exit = "delete"                     # also min_ready, max_lifetime
  [pod]                                  # the fields of PodSpec
  image = "pytorch/pytorch:latest"
  gpu_type = "NVIDIA_RTX_5090_32G"
  expose = [8888]
  environment = { STEPS = "1000" }
  [placement]                            # of Placement
  regions = ["us-east-1", "eu-1"]
  [budget]                               # of Budget; [replace]: of ReplacePolicy
  max_per_hour = 10
"""


def _of_a_fleet(command: F) -> F:
    """Give a command the options that say what a fleet is to be."""
    decorators = (
        click.argument("file", required=False),
        click.option("--name", help="The fleet's name.  [FILE's, else a new one]"),
        click.option("--count", type=click.IntRange(1), help="How many pods.  [1]"),
        click.option("--image", help="The pods' container image."),
        click.option("--gpu-type", help="The pods' GPU, as `yotta-async gpus` lists it."),
        click.option("--gpu-count", type=click.IntRange(1), help="GPUs in each pod.  [1]"),
        click.option("--expose", type=int, multiple=True, metavar="PORT", help="May be repeated."),
        click.option(
            "--regions",
            type=names,
            metavar="A,B",
            help="Where they may run, best first.  [anywhere]",
        ),
        click.option(
            "--gpu-types", type=names, metavar="A,B", help="What they may run on, best first."
        ),
        click.option(
            "--min-ready", type=quorum, metavar="N|0.9", help="Delete all unless so many get ready."
        ),
        click.option(
            "--max-per-hour", type=amount, metavar="USD", help="Make no pod that would cost more."
        ),
        click.option(
            "--max-total", type=amount, metavar="USD", help="End it when it has cost so much."
        ),
        click.option(
            "--max-lifetime", type=duration, metavar="SECONDS|2h", help="End it after that."
        ),
        click.option(
            "--on-exit",
            type=click.Choice(["delete", "pause", "keep"]),
            help="What becomes of the pods when it ends.  [delete]",
        ),
    )
    for decorate in reversed(decorators):
        command = decorate(command)
    return command


def _desired(options: dict[str, Any]) -> "DesiredFleet":
    from .desired import desired_fleet  # noqa: PLC0415  # --help must not pay for it

    file = options.pop("file")
    if not (file or options["image"]):
        raise click.UsageError("give a fleet FILE, or --image and --gpu-type.")
    return desired_fleet(file, options)


@click.group()
def fleet() -> None:
    """Many pods under one name: made, watched, replaced and ended together."""


@fleet.command(cls=Command, epilog=_FILE_EPILOG)
@_of_a_fleet
@click.option(
    "--detach", "-d", is_flag=True, help="Leave when all are ready or given up; they run on."
)
@as_json
@yes
@of_the_service
@click.pass_context
def up(ctx: click.Context, /, detach: bool, yes: bool, as_json: bool, **options: Any) -> int:
    """
    Make a fleet, replace what fails, and end it at Ctrl-C.

    The same name finds the same pods again, after a crash, too; what it has of others is deleted.
    Asks above 8 pods, and before it deletes any. With --json, a line on stdout for each pod that is
    ready or given up.

    Exit code 0 with --detach: all are ready, or as many as --min-ready says; 3: only some are.
    """
    session = session_of(ctx, options)
    if detach and options["on_exit"] not in (None, "keep"):
        raise click.UsageError("--detach keeps the pods; leave --on-exit out.")
    desired = _desired(options)
    bounded = desired.settings.max_lifetime, desired.settings.budget.max_total
    if detach and bounded != (None, None):
        why = "they would end with this command, and not the fleet"
        raise click.UsageError(f"--detach goes with neither max_lifetime nor max_total: {why}.")
    from .up import Up  # noqa: PLC0415  # --help must not pay for it

    return session.do(
        Up(desired=desired, limits=session.limits, detach=detach, yes=yes, as_json=as_json)
    )


@fleet.command(cls=Command)
@click.argument("name", required=False)
@as_json
@of_the_service
@click.pass_context
def ps(ctx: click.Context, /, name: str | None, as_json: bool, **options: Any) -> int:
    """List a fleet's pods; without NAME, all fleets. It reads their names, from any host."""
    from .ps import Ps  # noqa: PLC0415  # --help must not pay for it

    return session_of(ctx, options).do(Ps(name=name, as_json=as_json))


@fleet.command(cls=Command)
@click.argument("name")
@as_json
@of_the_service
@click.pass_context
def watch(ctx: click.Context, /, name: str, as_json: bool, **options: Any) -> int:
    """Print a line for each change of a fleet's pods, until Ctrl-C."""
    from .ps import Watch  # noqa: PLC0415  # --help must not pay for it

    return session_of(ctx, options).do(Watch(name=name, as_json=as_json))


@fleet.command(cls=Command)
@click.argument("name")
@yes
@of_the_service
@click.pass_context
def down(ctx: click.Context, /, name: str, yes: bool, **options: Any) -> int:
    """
    Delete all pods of a fleet, of all its runs.

    It may be run again at any time. Exit code 0: a list has shown that none is left.
    """
    from .down import Down  # noqa: PLC0415  # --help must not pay for it

    return session_of(ctx, options).do(Down.of(name, yes=yes))


@click.command(cls=Command, epilog=_FILE_EPILOG)
@_of_a_fleet
@as_json
@click.option("--detach", "-d", is_flag=True, hidden=True)
@click.option("--yes", "-y", "_yes", is_flag=True, hidden=True)
@of_the_service
def plan(as_json: bool, requests: int, detach: bool, **options: Any) -> int:
    """
    Say what `fleet up` with the same words would take, and cost.

    Nothing is sent, and no key is needed.
    """
    desired = _desired(options)
    from ..._scheduling.rules.limits import Limits  # noqa: PLC0415  # --help must not pay for it
    from .._tables import print_json, print_lines  # noqa: PLC0415
    from .._words import say  # noqa: PLC0415
    from .plan import (  # noqa: PLC0415
        as_data,
        budget_warnings,
        last_prices,
        plan_for,
        plan_lines,
        warnings_about,
    )

    limits, prices = Limits(requests=requests), last_prices(())
    found = plan_for(desired, limits, prices)
    warnings = [*warnings_about(desired, found), *budget_warnings(desired, prices)]
    if as_json:
        print_json(as_data(desired, found, warnings))
    else:
        print_lines(*plan_lines(desired, found, limits, detach=detach))
        say("  (prices are the last known ones; `fleet up` asks for them)")
    for warning in warnings:
        say(f"  but       {warning}")
    return 0
