"""`yotta-async fleet down`: no pod of a fleet is left, of no run, and a list has shown it."""

from functools import partial
from typing import Final, NoReturn

import anyio
from attrs import define

from ..._backend.background import with_background
from ..._call.rules.retry import RetryPolicy
from ..._client import AsyncYotta
from ...errors import FleetConflictError, FleetLeftoverError, NotFoundError, YottaError
from ...fleet import FleetPodName, check_fleet_name, leftover_command
from .._exits import Exit
from .._failures import FailedError, exit_code_of, located_text_of
from .._interrupts import Interrupts
from .._pods import all_pods, state_of
from .._words import confirmed, counted, say
from .pods import FleetPod, fleets_of, of_fleet
from .ps import not_found_text


__all__ = ["Down", "left_behind"]

# How often a later run's pods are deleted before that run is named.
_ROUNDS: Final = 3
# Seconds for a last look after a signal.
_LAST_LOOK: Final = 15.0


def left_behind(fleet: str, error: FleetLeftoverError) -> FailedError:
    """Say which pods are left, or may be; return the error for that, in two lines."""
    if error.__cause__ is not None:
        say(f"  {error.__cause__}")
    hint = f"Run: {leftover_command(fleet)}"
    if not error.pods:
        message = f"no list has shown that nothing is left of fleet {fleet}; it may bill"
        return FailedError(message, hint, Exit.ERROR)
    for name, pod_id in error.pods.items():
        if pod_id is None:  # the client itself has reported the others
            say(f"  left, or may be: {name} (id unknown)")
    message = f"{counted(len(error.pods))} of fleet {fleet} may be left, and bill"
    return FailedError(message, hint, Exit.ERROR)


@define(eq=False, kw_only=True)
class Down:
    """
    The command `fleet down`.

    Attributes:
        known: The fleet's pods that have been seen, by id.
    """

    name: str
    yes: bool
    known: dict[str, FleetPod]

    @classmethod
    def of(cls, name: str, *, yes: bool) -> "Down":
        """
        Raises:
            ConfigurationError: A fleet cannot have that name.
        """
        return cls(name=check_fleet_name(name), yes=yes, known={})

    async def __call__(self, client: AsyncYotta) -> int:
        try:
            if not await self._confirmed(client):
                say("yotta-async: nothing was deleted")
                return Exit.ERROR
            return await self._interruptibly(client)
        except FleetLeftoverError as error:
            self._tell_deleted({pod_id for pod_id in error.pods.values() if pod_id}, seen=False)
            raise left_behind(self.name, error) from error
        except YottaError as error:
            self._fail(error)

    def _fail(self, error: YottaError) -> NoReturn:
        again = f"Pods may be left, and bill. Run again: {leftover_command(self.name)}"
        if isinstance(error, FleetConflictError):
            again = f"End that program first, with Ctrl-C; then: {leftover_command(self.name)}"
        hint = f"{error.hint} {again}".strip()
        raise FailedError(located_text_of(error), hint, exit_code_of(error)) from error

    async def _confirmed(self, client: AsyncYotta) -> bool:
        fleets = fleets_of(all_pods(await client.pods.list()))
        there = [each for each in fleets.get(self.name, []) if not each.is_ending]
        self.known |= {each.pod.id: each for each in there}
        if not there:
            say(not_found_text(self.name, fleets))
            say(f"Looking on for {RetryPolicy().settle:.0f} s, as a create may be under way.")
            return True
        say(f"fleet {self.name} has {counted(len(there))}:")
        for each in there:
            say(f"  {each.name.key}  {state_of(each.pod)}  {each.pod.region or '?'}  {each.pod.id}")
        return self.yes or confirmed(f"Delete {'it' if len(there) == 1 else 'all of them'}?")

    async def _interruptibly(self, client: AsyncYotta) -> int:
        interrupts = Interrupts(
            "deleting goes on until none is left; once more to leave at once",
            f"left; pods of fleet {self.name} may be there still, and bill\n"
            f"  Run: {leftover_command(self.name)}",
        )
        await interrupts.run(partial(self._delete, client))
        if interrupts.received is None:
            self._tell_deleted(set(), seen=True)
            return Exit.OK
        await self._look_once_more(client)
        return interrupts.exit_code

    async def _delete(self, client: AsyncYotta) -> None:
        await with_background(partial(self._bring_down, client), partial(self._follow, client))
        for _ in range(_ROUNDS):
            left = await self._left(client)
            if not left:
                return
            await self._delete_each(client, left)
        if left := await self._left(client):
            runs = ", ".join(sorted({each.name.owner for each in left}))
            raise FleetConflictError(f"fleet {self.name!r} is run by another program (run {runs}).")

    async def _bring_down(self, client: AsyncYotta) -> None:
        async with client.fleet(self.name, on_exit="keep", signals=False) as fleet:
            await fleet.down()

    async def _left(self, client: AsyncYotta) -> list[FleetPod]:
        """Return what a list still shows: the names count, and not who made them or when."""
        members = of_fleet(self.name, all_pods(await client.pods.list()))
        left = [each for each in members if not each.is_ending]
        self.known |= {each.pod.id: each for each in left}
        return left

    async def _delete_each(self, client: AsyncYotta, pods: list[FleetPod]) -> None:
        async with anyio.create_task_group() as tasks:
            for each in pods:
                tasks.start_soon(self._delete_one, client, each.pod.id)

    async def _delete_one(self, client: AsyncYotta, pod_id: str) -> None:
        try:
            await client.pods.delete(pod_id)
        except NotFoundError:
            pass
        except YottaError as error:
            say(f"  {pod_id}: {error}")

    async def _follow(self, client: AsyncYotta) -> None:
        """Say what the lists show; an error of theirs is handled elsewhere."""
        try:
            async for change in client.pods.watch():
                name = FleetPodName.parse(change.pod.name)
                if name is None or name.fleet != self.name:
                    continue
                member = FleetPod(name, change.pod)
                self.known.setdefault(change.pod.id, member)
                if change.kind == "vanished" or (change.previous and member.is_ending):
                    state = "gone" if change.kind == "vanished" else state_of(change.pod)
                    say(f"  {name.key}  {state}  {change.pod.id}")
        except YottaError:
            return

    def _tell_deleted(self, left: set[str], *, seen: bool) -> None:
        deleted = counted(len(self.known.keys() - left))
        shown = "; a list shows that none is left" if seen else ""
        say(f"fleet {self.name}: {deleted} deleted{shown}")

    async def _look_once_more(self, client: AsyncYotta) -> None:
        with anyio.move_on_after(_LAST_LOOK):
            left = await self._left(client)
            if not left:
                self._tell_deleted(set(), seen=True)
                return
            say(f"yotta-async: {counted(len(left))} of fleet {self.name} left, which bill")
            say(f"  Run: {leftover_command(self.name)}")
            return
        say(f"yotta-async: it is not known what is left. Run: {leftover_command(self.name)}")
