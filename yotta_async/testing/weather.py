"""
`under`: one asynchronous test, run in many worlds.

The worlds of a test of users have what this package makes up for: slow and lost answers, lists that
lag and contradict each other, altered names, every form of the wire. What only a program itself can
decide about - pods that fail, outages of hours, an account without money - are *disasters*.
"""

import inspect
import json
import os
from collections.abc import Awaitable, Callable, Iterator
from functools import wraps
from random import Random
from typing import Any, Final, TypeAlias

from attrs import evolve

from ..errors import ConfigurationError
from ._kit.options import Options
from ._kit.trials import OWN_ARGUMENTS, Trials
from .worlds import World


__all__ = ["under", "world_of"]

Test: TypeAlias = Callable[..., Awaitable[object]]

_VARIABLE: Final = "YOTTA_WORLD"
# What is the plan's, and what a program asks for: the same in every world.
_PLAN: Final[dict[str, Any]] = {
    "api_version": "v1",
    "requests": 60,
    "slots": 5,
    "burst": 0,
    "settled": False,
    "untold": False,
    "strangers": 0,
    "odd_items": 0,
}
# What only a program can decide about.
_DISASTERS: Final[dict[str, Any]] = {
    "failing": 0.0,
    "dying": 0.0,
    "fails_when_full": False,
    "spells": (),
    "omitting": 0.0,
    "flipping": 0.0,
}
_FAULTS: Final = (
    "refuse",
    "reset_before",
    "reset_after",
    "timeout_after",
    "error_before",
    "error_after",
    "html",
    "truncated",
    "empty",
)
_MOST_FAULTS: Final = 0.05  # of all requests; four attempts in a row fail in one of 160,000 calls
_LONGEST_LAG: Final = 10.0  # seconds; within `RetryPolicy.settle`
_SLOWEST: Final = 5.0  # seconds; within `AsyncYotta(timeout=...)`


def world_of(seed: int, *, disasters: bool = False) -> World:
    """
    Return the world with a number, as `under` draws it.

    Args:
        seed: The number. World 0 is calm.
        disasters: Whether there is in it what only a program itself can decide about.

    Returns:
        The world.
    """
    if seed == 0:
        return World(**_PLAN)
    world = evolve(World.random(Random(f"under:{seed}")), **_PLAN)
    # Where a delete is accepted and not done no program can do better than to say what is left.
    world = evolve(world, deaf=0.0)
    return world if disasters else _without_disasters(world)


def _without_disasters(world: World) -> World:
    total = sum(getattr(world, name) for name in _FAULTS)
    share = min(1.0, _MOST_FAULTS / total) if total else 1.0
    low, high = world.latency
    return evolve(
        world,
        **_DISASTERS,
        **{name: round(getattr(world, name) * share, 4) for name in _FAULTS},
        latency=(low, min(high, _SLOWEST)),
        list_lag=min(world.list_lag, _LONGEST_LAG),
        id_lag=min(world.id_lag, _LONGEST_LAG),
        stale_by=min(world.stale_by, _LONGEST_LAG),
    )


def under(
    worlds: int = 50,
    *,
    only: int | World | None = None,
    disasters: bool = False,
    may_raise: type[Exception] | tuple[type[Exception], ...] = (),
    longest: float = 86_400.0,
    **options: Any,
) -> Callable[[Test], Callable[..., None]]:
    """
    Run an asynchronous test in many worlds, each a simulated cloud of its own in virtual time.

    The test becomes a plain function: any test framework runs it, or a call. What it has as
    ``yotta_cloud`` and ``yotta_client`` is the world's; every client that it makes reaches that
    world; other arguments are passed on, as pytest's fixtures. At its end each world is checked:
    nothing is left, and no request was refused for a limit.

    The first world in which it fails is made simpler as long as it fails; what is left of it stands
    in the notes of the error, with its number. The same world again: ``YOTTA_WORLD=17 pytest ...``,
    or ``only=17``.

    Args:
        worlds: How many. The first is calm.
        only: The number of a world, or a world. None for all. The environment's ``YOTTA_WORLD``,
            a number or the JSON of a world, counts more.
        disasters: Whether there is in them what only a program itself can decide about: pods that
            fail or vanish, outages, a machine that sleeps, an account without money. In them pods
            may be left of which a client has told so (`yotta_async.events.PodLeft`): a delete that
            nothing answers cannot be done.
        may_raise: Errors by which the test may end: its end is checked all the same.
        longest: Virtual seconds after which a test that has not ended fails.
        **options: As of ``@pytest.mark.yotta``: of the cloud, of the client, and of the end.

    Returns:
        The decorator.

    Raises:
        ConfigurationError: An option that cannot work, or a test that is not asynchronous.
    """
    if not _is_number(worlds):
        hint = "Write @under(50), with parentheses."
        raise ConfigurationError("worlds", worlds, "must be a number, 1 or more", hint=hint)
    chosen = Options.of({"stock": None, "prices": None, **options})

    def decorate(test: Test) -> Callable[..., None]:
        if not inspect.iscoroutinefunction(test):
            hint = "Put @under(...) on an `async def`, and no other decorator between."
            raise ConfigurationError("test", test, "must be asynchronous", hint=hint)

        @wraps(test)
        def run(*args: Any, **kwargs: Any) -> None:
            __tracebackhide__ = True
            trials = Trials(
                test,
                args,
                kwargs,
                _with_marks(chosen, run),
                may_raise=may_raise,
                longest=longest,
                disasters=disasters,
            )
            trials.run_all(dict(_worlds(worlds, only, disasters=disasters)))

        _hide_own_arguments(run, test)
        return run

    return decorate


def _is_number(worlds: object) -> bool:
    """Tell whether it is a number of worlds; without parentheses it is the test."""
    return isinstance(worlds, int) and not isinstance(worlds, bool) and worlds > 0


def _worlds(
    number: int, only: int | World | None, *, disasters: bool
) -> Iterator[tuple[str, World]]:
    """Yield the worlds to be tried, each with what `YOTTA_WORLD` calls it."""
    named = os.environ.get(_VARIABLE, "").strip()
    wanted = _parsed(named) if named else only
    if isinstance(wanted, World):
        yield json.dumps(wanted.to_dict()), wanted
        return
    for seed in range(number) if wanted is None else (wanted,):
        yield str(seed), world_of(seed, disasters=disasters)


def _parsed(text: str) -> int | World:
    try:
        value = json.loads(text)
        return value if isinstance(value, int) else World.from_dict(value)
    except (TypeError, ValueError):
        hint = "It stands in the notes of the error."
        problem = "must be the number of a world, or the JSON of one"
        raise ConfigurationError(_VARIABLE, text, problem, hint=hint) from None


def _with_marks(options: Options, run: Any) -> Options:
    """Return options with those of the marks ``yotta`` that stand above or below `under`."""
    for mark in getattr(run, "pytestmark", ()):
        if mark.name == "yotta":
            options = options.merged(mark.kwargs)
    return options


def _hide_own_arguments(run: Any, test: Test) -> None:
    """Have pytest look for no fixtures of the names that each world fills in anew."""
    signature = inspect.signature(test)
    kept = [each for name, each in signature.parameters.items() if name not in OWN_ARGUMENTS]
    run.__signature__ = signature.replace(parameters=kept, return_annotation=None)
