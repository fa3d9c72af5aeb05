"""Before the demo spends money: what it will do, what that costs, and whether it may."""

import click

from ..._client import AsyncYotta
from ..._config import base_url_from
from .._exits import Exit
from .._words import say
from .command import Settings, run_live
from .event_log import EventLog


__all__ = ["go_live"]


def go_live(settings: Settings, *, yes: bool) -> int:
    """
    Do the demo's job on the real service, if the user agrees.

    Raises:
        ConfigurationError: There is no key, or a setting that cannot work.
    """
    log = EventLog()
    client = AsyncYotta(limits=settings.limits, on_event=log)
    say(*_announcement(settings))
    if not (yes or _confirmed()):
        say("yotta-async: nothing was made")
        return Exit.ERROR
    return run_live(settings, log, client)


def _confirmed() -> bool:
    try:
        return click.confirm("Go on?", err=True)
    except click.Abort:
        return False


def _announcement(settings: Settings) -> tuple[str, ...]:
    plan = settings.plan
    where = ", ".join(region or "any region" for region in plan.regions)
    each = f"{plan.gpu_count} x {plan.gpu_type}"
    price = plan.price_per_hour
    cost = "The price of this GPU type is not known here"
    if price is not None:
        cost = f"At the last known price they cost ${price:.2f} an hour together"
    return (
        f"This makes {plan.pods} real pods ({each}, {plan.image}) in {where}",
        f"on {base_url_from(None)},",
        f"waits until all are ready, and deletes them. {cost};",
        "they are billed while they run, usually for a few minutes.",
    )
