"""The commands and their options. What a command does is imported when it is asked for."""

from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from .._version import __version__
from ._exits import Exit
from ._extras import absent, told_how_to_install
from ._failures import Command, FailedError
from ._options import debug, requests
from ._words import say
from .budget.commands import budget
from .fleet.commands import fleet, plan
from .pods.commands import gpus, pods
from .simulate.lazy import SimulateCommand


if TYPE_CHECKING:
    from .demo.command import Settings

__all__ = ["cli", "run"]

_WORDS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
_IMAGE = "pytorch/pytorch:2.5.1-cuda12.4-cudnn9-runtime"
_GPU = "NVIDIA_RTX_5090_32G"
# Chosen so that a demo meets lost answers of several kinds and a pod that fails.
_SEED = 52
# More pods than these cost too much for a slip of the finger.
_MOST_WITHOUT_YES = 8


def run(arguments: list[str], world: object = None) -> int:
    """
    Run a command line and return its exit code.

    Args:
        world: A `World` to run it in, instead of the real one.
    """
    try:
        code = cli.main(arguments, prog_name="yotta-async", standalone_mode=False, obj=world)
    except click.ClickException as error:
        error.show()
        return error.code if isinstance(error, FailedError) else error.exit_code
    except (click.Abort, KeyboardInterrupt):
        say("yotta-async: stopped")
        return Exit.INTERRUPTED
    return int(code or 0)


_seed = click.option("--seed", default=_SEED, show_default=True, help="Of the simulator's dice.")


@click.group(context_settings=_WORDS)
@click.version_option(__version__, prog_name="yotta-async")
def cli() -> None:
    """Many GPU pods on Yotta, within its limits. `demo` shows how, without an account."""


for _each in (budget, fleet, gpus, plan, pods):
    cli.add_command(_each)


@cli.command(cls=Command)
@click.option("--pods", type=click.IntRange(1, 500), help="How many.  [60; with --live 2]")
@click.option(
    "--regions", help="How many regions, 1 to 5, or their names: us-east-1,eu-1.  [4; --live: any]"
)
@requests
@_seed
@click.option(
    "--speed",
    type=click.FloatRange(1, 120),
    default=30,
    show_default=True,
    help="Simulated seconds in a real one.",
)
@click.option(
    "--faults",
    type=click.FloatRange(0, 50),
    default=6,
    show_default=True,
    metavar="PERCENT",
    help="How many of the requests go wrong, each kind of fault equally often.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@click.option("--live", is_flag=True, help="On the real service, with YOTTA_API_KEY: costs money.")
@click.option("--yes", is_flag=True, help="With --live: do not ask.")
@click.option("--image", default=_IMAGE, show_default=True, help="The pods' container image.")
@click.option("--gpu-type", default=_GPU, show_default=True, help="The pods' GPU.")
@click.option("--gpu-count", type=click.IntRange(1), default=1, show_default=True)
@debug
@click.pass_context
def demo(ctx: click.Context, /, live: bool, yes: bool, **options: Any) -> int:
    """
    Make a fleet of many pods over several regions, wait for all, delete them all.

    On an embedded simulator over loopback TCP, in squeezed time; it keeps the service's limits and
    lets requests go wrong. Exit code 0 means: all were ready, no limit was broken, nothing is left.
    """
    if live:
        return _demo_live(ctx, yes=yes, options=options)
    if missing := absent("h11"):
        return told_how_to_install(missing)
    from .demo.command import run_simulated  # noqa: PLC0415  # --help must not pay for it

    return run_simulated(_settings(options, pods=60, regions="4"))


def _demo_live(ctx: click.Context, *, yes: bool, options: dict[str, Any]) -> int:
    for name in ("speed", "faults", "seed"):
        if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--{name} is the simulator's; leave it out with --live.")
    options |= {"speed": 1.0, "faults": 0.0}
    settings = _settings(options, pods=2, regions="")
    if settings.plan.pods > _MOST_WITHOUT_YES and not yes:
        raise click.UsageError(f"more than {_MOST_WITHOUT_YES} pods with --live need --yes.")
    from .demo.live import go_live  # noqa: PLC0415  # --help must not pay for it

    return go_live(settings, yes=yes)


def _settings(options: dict[str, Any], *, pods: int, regions: str) -> "Settings":
    from .demo.command import Settings  # noqa: PLC0415  # --help must not pay for it
    from .demo.plan import Pace, Plan, regions_from  # noqa: PLC0415

    places = options["regions"] or regions
    plan = Plan(
        pods=options["pods"] or pods,
        regions=regions_from(places) if places else ("",),
        image=options["image"],
        gpu_type=options["gpu_type"],
        gpu_count=options["gpu_count"],
    )
    plan.specs()
    return Settings(
        plan=plan,
        pace=Pace(options["speed"]),
        requests=options["requests"],
        faults=options["faults"] / 100,
        seed=options["seed"],
        as_json=options["as_json"],
    )


@cli.command(cls=SimulateCommand)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8787, show_default=True)
@requests
@_seed
@click.option(
    "--speed",
    type=click.FloatRange(0, 1000, min_open=True),
    default=1,
    show_default=True,
    help="Simulated seconds in a real one.",
)
@click.option("--verbose", "-v", is_flag=True, help="A line on stderr for each request.")
@debug
@click.pass_context
def simulate(ctx: click.Context, /, **options: Any) -> int:
    """
    Serve a simulated Yotta cloud over TCP until Ctrl-C. Any key is let in.

    Every switch of the simulator can be set. Options with KEY=VALUE may be given any number of
    times; --switches shows all keys. Tasks' webhooks are posted to loopback addresses alone.
    """
    from .simulate.command import run as run_simulate  # noqa: PLC0415  # as above

    return run_simulate(ctx, options)
