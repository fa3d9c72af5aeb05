"""A test in one world after the other, and what is left of the first world in which it fails."""

import inspect
import json
import random
import shlex
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import anyio
import attrs
from attrs import define, evolve

from ..simulator import SimulatedYotta
from ._options import Options
from .clients import reaching
from .virtual_time import run_virtual
from .worlds import World


__all__ = ["OWN_ARGUMENTS", "Trials", "simplified"]

OWN_ARGUMENTS: Final = frozenset({"yotta_client", "yotta_cloud"})
# So often a world is tried with less in it: a test that fails late is not to fail for minutes.
_MOST_TRIES: Final = 60

Fails = Callable[[World], bool]


@define(eq=False)
class Trials:
    """
    A test that is run in several worlds.

    Attributes:
        test: The test.
        args: Its arguments, but for those of each world.
        kwargs: Those by name.
        options: Of the cloud, the client and the end.
        may_raise: Errors by which it may end.
        longest: Virtual seconds that it may take.
    """

    test: Callable[..., Awaitable[object]]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    options: Options
    may_raise: type[Exception] | tuple[type[Exception], ...] = attrs.field(kw_only=True)
    longest: float = attrs.field(kw_only=True)

    def run_all(self, worlds: Mapping[str, World]) -> None:
        """Run the test in each world; raise the error of the first in which it fails."""
        __tracebackhide__ = True
        for passed, (name, world) in enumerate(worlds.items()):
            error = self.error_in(world)
            if error is not None:
                if isinstance(error, Exception):
                    self._explain(error, name, world, f"{passed} of {len(worlds)} worlds passed")
                raise error

    def error_in(self, world: World) -> BaseException | None:
        """Return how the test fails in a world, or None."""
        cloud = world.open(**self.options.cloud)
        try:
            with reaching(cloud), _own_chance(world.seed):
                run_virtual(self._whole, cloud, backend=self.options.backend or "asyncio")
            self.options.check_at_end(cloud)
        except BaseException as error:  # noqa: BLE001  # it is raised again, with notes
            return error
        return None

    async def _whole(self, cloud: SimulatedYotta) -> None:
        __tracebackhide__ = True
        wanted = inspect.signature(self.test).parameters.keys() & OWN_ARGUMENTS
        client = self.options.new_client(cloud) if "yotta_client" in wanted else None
        own = {"yotta_cloud": cloud, "yotta_client": client}
        kwargs = self.kwargs | {name: own[name] for name in wanted}
        try:
            with anyio.fail_after(self.longest):
                await self._tolerant(kwargs)
        finally:
            if client is not None:
                await client.aclose()
            cloud.billing()  # it sees what time it is

    async def _tolerant(self, kwargs: dict[str, Any]) -> None:
        __tracebackhide__ = True
        try:
            await self.test(*self.args, **kwargs)
        except self.may_raise:
            pass
        except ExceptionGroup as group:
            if not self.may_raise or group.split(self.may_raise)[1] is not None:
                raise

    def _explain(self, error: Exception, name: str, world: World, others: str) -> None:
        least = simplified(world, lambda each: self._fails_alike(each, error))
        error.add_note(f"This was world {name}; {others}. The same again: YOTTA_WORLD={name}")
        fields = json.dumps(least.to_dict())
        if not least.to_dict().keys() - {"seed", "requests"}:
            error.add_note("It fails in a calm world, too: nothing has to go wrong.")
        elif fields != name:
            error.add_note(f"So much of it is enough: YOTTA_WORLD={shlex.quote(fields)}")

    def _fails_alike(self, world: World, error: Exception) -> bool:
        return type(self.error_in(world)) is type(error)


def simplified(world: World, fails: Fails) -> World:
    """
    Return a world in which less is odd, and in which a test still fails.

    Each field is set back to its default, and goes if the test fails without it; a number that has
    to stay is halved as long as that is so.

    Args:
        world: A world in which it fails.
        fails: Whether it fails in another.

    Returns:
        The world.
    """
    tries = 0
    for candidates in (_calmer, _milder):
        pending = list(candidates(world))
        for change in pending:
            if tries >= _MOST_TRIES:
                return world
            tries += 1
            candidate = evolve(world, **change)
            if candidate != world and fails(candidate):
                world = candidate
    return world


def _calmer(world: World) -> Iterator[dict[str, Any]]:
    """Yield changes that each take one oddity away: first all at once, then one by one."""
    odd = [
        each
        for each in attrs.fields(World)
        if each.name not in {"seed", "requests"} and getattr(world, each.name) != each.default
    ]
    yield {each.name: each.default for each in odd}
    for each in odd:
        yield {each.name: each.default}


def _milder(world: World) -> Iterator[dict[str, Any]]:
    """Yield changes that each halve a number."""
    for each in attrs.fields(World):
        value = getattr(world, each.name)
        if type(value) is float and value != each.default:
            yield {each.name: value / 2}


@contextmanager
def _own_chance(seed: int) -> Iterator[None]:
    """Seed the generator that programs share, so that a world is the same each time."""
    state = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(state)
