"""How a map begins on a fleet that is entered."""

from collections.abc import AsyncIterable, Awaitable, Callable, Iterable
from functools import partial
from typing import TypeVar

from ...errors import ConfigurationError
from ...models import Pod
from .._driver import Driver
from .._settings import OnExit
from .journal import JournalFile
from .settings import WorkSettings, check_work
from .work import Work


__all__ = ["begun"]

T = TypeVar("T")
R = TypeVar("R")


def begun(
    driver: Driver,
    on_exit: OnExit,
    work: Callable[[Pod, T], Awaitable[R]],
    items: Iterable[T] | AsyncIterable[T],
    *,
    settings: WorkSettings,
    journal: JournalFile | None = None,
) -> Work[T, R]:
    """
    Begin a map.

    Args:
        driver: What drives the fleet.
        on_exit: How the fleet ends its pods.
        work: Called with a pod and an item.
        items: The items.
        settings: How they are done.
        journal: What was done before, if it is open already. None to open what the settings name.

    Returns:
        The work, at work.

    Raises:
        ConfigurationError: ``work`` is no async function, or pods are to be released and kept.
        JournalError: The journal cannot be used, is in use, or has other items.
    """
    check_work(work)
    if settings.release and on_exit == "keep":
        problem = 'must not be given to a fleet with on_exit="keep"'
        hint = "A pod is released as the fleet ends its pods: deleted, or paused."
        raise ConfigurationError("release", "True", problem, hint=hint)
    if journal is None and settings.journal is not None:
        journal = JournalFile.open(settings.journal, driver.roster.name)
    let_go = partial(driver.let_go, on_exit)
    mapping = Work[T, R].of(
        driver.roster,
        driver.tasks,
        work,
        items,
        settings=settings,
        let_go=let_go,
        journal=journal,
    )
    mapping.begin()
    return mapping
