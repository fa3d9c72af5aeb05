"""The end of a test that had a cloud: when it is looked at, and what is printed."""

from collections.abc import Generator, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

import pytest

from ..._client import AsyncYotta
from ..virtual_time import VirtualTime
from .engines import engine_of, is_asynchronous, options_of
from .trial import Trial


__all__ = ["client_of", "close_in_time", "trial_of"]

# What closes the client in the event loop of a test, by the plugin that runs it.
_CLOSING = {"anyio": "_yotta_closed", "asyncio": "_yotta_closed_on_asyncio"}
_OURS = frozenset({"virtual_time", "yotta_cloud", "yotta_client"})

_Fixtures: TypeAlias = "Mapping[str, Sequence[pytest.FixtureDef[object]]]"


def trial_of(request: pytest.FixtureRequest, clock: VirtualTime) -> Generator[Trial, None, None]:
    """
    Yield the trial of a test, which ends with the test.

    What was left is a failure of the test itself, seen when it returns. Where fixtures of its own
    use the cloud, they clean up first, and what is left after that is an error of the teardown.
    """
    node: pytest.Function = request.node
    trial = Trial.begin(options_of(node), node.name)
    trial.waits = engine_of(node) in _CLOSING and _has_dependents(node)
    clock.before_it_ends(trial.cloud.billing)
    trial.tell = partial(node.add_report_section, "call", "yotta cloud")
    if not hasattr(node.obj, "hypothesis"):
        node.obj = trial.over(node.obj)
    try:
        yield trial
        trial.check()
    finally:
        trial.end()
        if not trial.told:
            node.add_report_section("teardown", "yotta cloud", trial.summary())


def close_in_time(request: pytest.FixtureRequest, trial: Trial) -> None:
    """Have the client closed when all fixtures that use it are done, and not before."""
    if trial.waits and is_asynchronous(request.function):
        request.getfixturevalue(_CLOSING[engine_of(request.node)])


def client_of(request: pytest.FixtureRequest, trial: Trial) -> AsyncYotta:
    """Return the client of a test."""
    if not is_asynchronous(request.function):
        pytest.fail(
            "yotta_client is for `async def` tests and their fixtures. A test of @under(...) has "
            "it as an argument of its own; a plain one uses virtual_time.run(function), and "
            "inside the function client_on(yotta_cloud).",
            pytrace=False,
        )
    close_in_time(request, trial)
    return trial.client


def _has_dependents(node: pytest.Function) -> bool:
    """Tell whether fixtures other than this package's use the cloud."""
    inside: Any = node
    known: _Fixtures = inside._fixtureinfo.name2fixturedefs  # noqa: SLF001  # no other way
    return any(
        _OURS & set(fixture.argnames) and not _is_ours(fixture)
        for fixtures in known.values()
        for fixture in fixtures
    )


def _is_ours(fixture: "pytest.FixtureDef[object]") -> bool:
    return fixture.func.__module__.startswith(__name__.partition(".")[0] + ".testing")
