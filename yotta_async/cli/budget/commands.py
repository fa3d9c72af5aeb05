"""The command `budget`, and its options."""

from typing import Any

import click

from .._failures import Command
from .._options import as_json, debug


__all__ = ["budget"]


@click.command(cls=Command)
@click.argument("url", envvar="YOTTA_SHARED", required=True, metavar="[URL]")
@as_json
@click.option("--watch", is_flag=True, help="Again each second, until Ctrl-C.")
@debug
@click.pass_context
def budget(ctx: click.Context, /, **options: Any) -> int:
    """
    Show the budget that the processes of one key share, and what each has and waits for.

    URL is the one of Limits.shared, such as file:///var/lib/you/yotta.budget or redis://host;
    without it, YOTTA_SHARED is. It is read and not changed. YOTTA_API_KEY says of which key.
    """
    from .._session import World  # noqa: PLC0415  # --help must not pay for it
    from .work import ShowBudget  # noqa: PLC0415  # as above

    world: World = ctx.obj or World()
    return int(world.run(ShowBudget(**options)))
