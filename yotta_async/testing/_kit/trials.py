"""A test in one world after the other, and what is left of the first world in which it fails."""

import inspect
import json
import logging
import random
import shlex
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, Final

import anyio
from attrs import define, field

from ...errors import ConfigurationError
from ...events import Event, PodLeft
from ...simulator import SimulatedYotta
from ..campaign.cases import Case
from ..campaign.outcomes import Broken, Outcome
from ..campaign.shrink import shrink
from ..clients import hearers_of, reaching
from ..recordings import Recording, recording
from ..virtual_time import run_virtual
from ..worlds import World
from .options import Options
from .pages import pages_folder, write_page


__all__ = ["OWN_ARGUMENTS", "Trials"]

OWN_ARGUMENTS: Final = frozenset({"yotta_client", "yotta_cloud"})
# So often a world is tried with less in it: who waits for a test does not wait for minutes.
_MOST_TRIES: Final = 80
# What `World.to_dict` has of a world in which nothing is odd.
_CALM: Final = frozenset({"requests", "seed"})

logger = logging.getLogger("yotta_async")


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
        disasters: Whether it may leave pods of which a client has told that they are left.
    """

    test: Callable[..., Awaitable[object]]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    options: Options
    may_raise: type[Exception] | tuple[type[Exception], ...] = field(kw_only=True)
    longest: float = field(kw_only=True)
    disasters: bool = field(kw_only=True)

    def run_all(self, worlds: Mapping[str, World]) -> None:
        """Run the test in each world; raise the error of the first in which it fails."""
        __tracebackhide__ = True
        for passed, (name, world) in enumerate(worlds.items()):
            with _quiet():
                error = self.error_in(world)
            if isinstance(error, Exception):
                error = self._explained(error, name, world, f"{passed} of {len(worlds)} passed")
            if error is not None:
                raise error

    def error_in(self, world: World) -> BaseException | None:
        """Return how the test fails in a world, or None."""
        return self._error_on(world.open(**self.options.cloud), world)

    def _error_on(self, cloud: SimulatedYotta, world: World) -> BaseException | None:
        __tracebackhide__ = True
        named: set[str] = set()
        if self.disasters:
            hearers_of(cloud).append(partial(_note_named, named))
        try:
            with reaching(cloud), _own_chance(world.seed):
                run_virtual(self._whole, cloud, backend=self.options.backend or "asyncio")
        except BaseException as error:  # noqa: BLE001  # it is raised again, with notes
            return error
        try:
            self.options.check_at_end(cloud, named)
        except AssertionError as error:
            # Where it was looked at tells nothing; the message has the line of each pod's create.
            return error.with_traceback(None)
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

    def _explained(self, error: Exception, name: str, world: World, others: str) -> BaseException:
        """Return the error of a second run, which is logged and recorded, with notes."""
        with _quiet():
            least = self._simplified(world, error)
        cloud = world.open(**self.options.cloud)
        with recording(cloud) as recorded:
            again = self._error_on(cloud, world)
        if again is None or type(again) is not type(error):
            error.add_note(f"It was another in a second run of world {name}: {again!r}")
            again = error
        again.add_note(f"This was world {name}; {others}. The same again: YOTTA_WORLD={name}")
        again.add_note(_enough(least, world))
        self._write_page(again, name, cloud, recorded, world)
        return again

    def _write_page(
        self,
        error: BaseException,
        name: str,
        cloud: SimulatedYotta,
        recorded: Recording,
        world: World,
    ) -> None:
        folder = pages_folder()
        if folder is None:
            error.add_note("Its story as a page: YOTTA_PAGES=folder")
            return
        title = f"{getattr(self.test, '__qualname__', 'test')}-{name[:20]}"
        file = write_page(title, error, cloud, recorded, world=world, folder=folder)
        error.add_note(f"Its story: {file}")

    def _simplified(self, world: World, error: Exception) -> World:
        """Return a world in which less is odd, and in which the test fails by the same error."""

        def run(case: Case) -> Outcome:
            broken, found = None, None
            with suppress(ConfigurationError):  # such a world cannot be
                found = self.error_in(case.world)
            if type(found) is type(error):
                broken = Broken(invariant=type(error).__name__, at=0.0, text="")
            return Outcome(case=case, broken=broken, figures={}, story=())

        return shrink(run(Case(world=world)), run, tries=_MOST_TRIES).outcome.case.world


def _enough(least: World, world: World) -> str:
    fields = least.to_dict()
    if fields.keys() <= _CALM:
        return "It fails in a calm world, too: nothing has to go wrong."
    if least == world:
        return "Nothing of that world can be left out."
    return f"So much of it is enough: YOTTA_WORLD={shlex.quote(json.dumps(fields))}"


def _note_named(named: set[str], _who: str, event: Event) -> None:
    if isinstance(event, PodLeft):
        named |= {event.pod_name, event.pod_id or ""}


@contextmanager
def _own_chance(seed: int) -> Generator[None]:
    """Seed the generator that programs share, so that a world is the same each time."""
    state = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(state)


@contextmanager
def _quiet() -> Generator[None]:
    """Keep out of the log what is said in worlds that are no more than tried."""
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before
