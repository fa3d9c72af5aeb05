"""The commands `pods` and `gpus`, and their options."""

from typing import Any

import click

from ...models._lifecycle import PodStatus
from .._failures import Command, Group
from .._options import as_json, of_the_service, session_of, yes


__all__ = ["gpus", "pods"]

# As the service writes them, and as those that run are shown.
_STATUSES = ["ready", "unhealthy", *(status.value for status in PodStatus)]
_region = click.option(
    "--region", "regions", multiple=True, help="Only in this one; may be repeated."
)


@click.group(cls=Group, invoke_without_command=True)
@_region
@click.option(
    "--status",
    "statuses",
    multiple=True,
    type=click.Choice(_STATUSES, case_sensitive=False),
    help="Only in this one; may be repeated.",
)
@as_json
@of_the_service
@click.pass_context
def pods(ctx: click.Context, /, **options: Any) -> int:
    """List all pods of the account, or delete some."""
    if ctx.invoked_subcommand is not None:
        return 0
    from .work import ListPods  # noqa: PLC0415  # --help must not pay for it

    session = session_of(ctx, options)
    return session.do(ListPods(**options))


@pods.command(cls=Command)
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@yes
@of_the_service
@click.pass_context
def delete(ctx: click.Context, /, ids: tuple[str, ...], yes: bool, **options: Any) -> int:
    """Delete pods by their ids. Exit code 0: all of them; 3: only some."""
    from .work import DeletePods  # noqa: PLC0415  # --help must not pay for it

    session = session_of(ctx, options)
    return session.do(DeletePods(tuple(dict.fromkeys(ids)), yes))


@click.command(cls=Command)
@_region
@as_json
@of_the_service
@click.pass_context
def gpus(ctx: click.Context, /, **options: Any) -> int:
    """List the GPUs on offer, with their prices (API v1)."""
    from .work import ListGpus  # noqa: PLC0415  # --help must not pay for it

    session = session_of(ctx, options)
    return session.do(ListGpus(**options))
