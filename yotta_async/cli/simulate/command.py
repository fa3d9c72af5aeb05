"""The command's options: those of the service by hand, the simulator's from its own classes."""

import textwrap
from typing import Any, Final, cast

import click
from click.core import ParameterSource

from ...errors import ConfigurationError
from .._exits import Exit
from .._extras import absent, told_how_to_install
from .._failures import FailedError, text_of
from .._tables import print_lines
from .service import Service, run_service
from .settings import OF_THE_COMMAND, cloud_options, read_file, refusals
from .switches import REFUSING, WHEN, Section, Switch, sections


__all__ = ["derived_options", "run", "told_switches"]

_WIDTH: Final = 98
_FILE: Final = "yotta_async.config"


def derived_options() -> list[click.Option]:
    """Return an option for the file, one for each settings class, and those for what is to sell."""
    each = [_option(section) for section in (*sections().values(), REFUSING)]
    return [_config(), *each, *_wares(), _switches()]


def run(ctx: click.Context, options: dict[str, Any]) -> int:
    """Serve a cloud with what the file and the options say."""
    if missing := absent("h11"):
        return told_how_to_install(missing)
    pairs = {name: options[name] for name in (*sections(), REFUSING.name, "stock", "prices")}
    asked = ctx.get_parameter_source("requests") is ParameterSource.COMMANDLINE
    requests = options["requests"] if asked else None
    document = ctx.meta.get(_FILE, {})
    cloud = cloud_options(document, pairs, requests=requests)
    of_service = {name: options[name] for name in OF_THE_COMMAND}
    return run_service(Service(cloud=cloud, refusals=refusals(document, pairs), **of_service))


def told_switches() -> str:
    """Return every switch with its default, what it may be, and what it is."""
    when = [_told_switch(each) for each in WHEN.values()]
    told = [_told(section) for section in (*sections().values(), REFUSING)]
    return "\n".join(["\n\n".join(told), *when])


def _option(section: Section) -> click.Option:
    option = f"--{section.name.replace('_', '-')}"
    pairs = "KEY=VALUE or PERCENT" if section.name == "faults" else "KEY=VALUE"
    return click.Option(
        [option, section.name], multiple=True, metavar=pairs, help=_summary(section)
    )


def _summary(section: Section) -> str:
    doc = textwrap.dedent(section.kind.__doc__ or "").strip()
    summary = doc.partition("\n\n")[0].replace("\n", " ").rstrip(".:;")
    if section.name == "faults":
        return f"How many percent of all requests go wrong, or one kind alone. {summary}."
    return f"{summary}."


def _config() -> click.Option:
    return click.Option(
        ["--config"],
        metavar="FILE",
        is_eager=True,
        expose_value=False,
        callback=_load,
        help="TOML with any of this: a table for each option of KEY=VALUE pairs, and seed, speed, "
        "host, port, stock, prices, vm_types, api_key, epoch. What the command line says counts "
        "more.",
    )


def _load(ctx: click.Context, _: click.Parameter, path: str | None) -> None:
    if path is None or ctx.resilient_parsing:
        return
    try:
        document = read_file(path)
    except ConfigurationError as error:
        # Options are read before the command is, which would put it into words.
        raise FailedError(text_of(error), error.hint, Exit.CONFIGURATION) from error
    ctx.meta[_FILE] = document
    own = {name: document[name] for name in OF_THE_COMMAND if name in document}
    ctx.default_map = {**(ctx.default_map or {}), **own}


def _wares() -> list[click.Option]:
    return [
        click.Option(
            ["--stock"],
            multiple=True,
            metavar="REGION:GPU=NUMBER",
            help="Free GPUs, instead of some of every type in every region.",
        ),
        click.Option(
            ["--prices"],
            multiple=True,
            metavar="GPU=USD",
            help="USD of one GPU and hour, over the known ones.",
        ),
    ]


def _switches() -> click.Option:
    return click.Option(
        ["--switches"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_tell_switches,
        help="Show every KEY with its default and what it may be.",
    )


def _tell_switches(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        print_lines(*told_switches().splitlines())
        ctx.exit()


def _told(section: Section) -> str:
    head = f"--{section.name.replace('_', '-')}, [{section.name}]"
    return "\n".join([head, *(_told_switch(each) for each in section.switches.values())])


def _told_switch(switch: Switch) -> str:
    about = textwrap.fill(switch.about, _WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6)
    line = f"  {switch.name} = {_written(switch.default)}   ({switch.allowed})"
    return f"{line}\n{about}" if about else line


def _written(default: object) -> str:
    if default is None:
        return "none"
    if isinstance(default, tuple):
        return ",".join(f"{each:g}" for each in cast("tuple[float, ...]", default)) or "nothing"
    return str(default).lower() if isinstance(default, bool) else str(default)
