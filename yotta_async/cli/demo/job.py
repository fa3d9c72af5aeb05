"""The job: a fleet over regions; its failures replaced, all of it deleted in the end."""

import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from functools import partial

import anyio
from attrs import define, field

from ..._backend.background import with_background
from ..._client import AsyncYotta
from ...errors import (
    BadRequestError,
    ClientClosedError,
    ConfigurationError,
    FleetLeftoverError,
    InsufficientBalanceError,
    YottaError,
)
from ...fleet import Fleet
from ...simulator import SimulatedYotta
from .board import Board
from .cloud import boots
from .event_log import EventLog
from .plan import Pace, Plan


__all__ = ["Job"]

# What ends the job for all pods, as no other region and no second try can heal it.
_HOPELESS = (BadRequestError, ConfigurationError, InsufficientBalanceError)


def _unique_name() -> str:
    return f"demo-{secrets.token_hex(4)}"


@define(eq=False)
class Job:
    """
    Makes the pods of a plan, waits for them, and deletes all that it made.

    Attributes:
        simulator: The cloud behind the client, or None for the real service.
        name: The fleet's.
        ready: The ids of the pods that became ready.
        boots: Seconds from created to ready, if all of them did, and the cloud is simulated.
        left: What is left, or may be, as the fleet's end tells it: ids by name.
        spent: USD, as the fleet read it off the lists.
        hopeless: The error that ended the job, if one did.
    """

    client: AsyncYotta
    plan: Plan
    pace: Pace
    board: Board
    log: EventLog
    simulator: SimulatedYotta | None
    name: str = field(factory=_unique_name)
    ready: list[str] = field(factory=list[str])
    boots: Sequence[float] = ()
    left: Mapping[str, str | None] = field(factory=dict[str, str | None])
    spent: Decimal = Decimal(0)
    hopeless: YottaError | None = None

    async def run(self) -> None:
        """Get as many pods ready as can be, and delete them; a cancellation deletes them, too."""
        replace, budget = self.pace.replacing(), self.plan.budget()
        fleet = self.client.fleet(self.name, replace=replace, budget=budget, signals=False)
        try:
            async with fleet:
                await self._fill(fleet)
        except FleetLeftoverError as error:
            self.left = error.pods
        except YottaError as error:
            self.hopeless = error
        finally:
            self.spent = fleet.status().total_spent

    async def _fill(self, fleet: Fleet) -> None:
        try:
            await with_background(partial(self._launch, fleet), partial(self._follow, fleet))
        finally:
            for member in fleet.status().members:
                self.board.see(member)
            self.board.ending = True

    async def _launch(self, fleet: Fleet) -> None:
        placement = self.plan.placement(self.pace)
        async for outcome in fleet.launch(self.plan.specs(), placement=placement):
            if isinstance(outcome.error, _HOPELESS):
                raise outcome.error
            if outcome.pod is not None:
                self.ready.append(outcome.pod.id)
        if len(self.ready) == self.plan.pods:
            self.board.ready_at = anyio.current_time()
            if self.simulator is not None:  # what is deleted does not tell any more
                self.boots = boots(self.simulator, self.ready)

    async def _follow(self, fleet: Fleet) -> None:
        with suppress(ClientClosedError):
            async for change in fleet.watch():
                if failure := self.board.see(change.member):
                    self.log.add(f"{failure}; trying elsewhere")
                if change.stage == "wanted" and (error := change.member.error) is not None:
                    self.log.add_once(f"{_brief(error)}; trying on")


def _brief(error: YottaError) -> str:
    """Return an error's message without the codes and the request's id, which differ each time."""
    return str(error.args[0]).split(" (code", maxsplit=1)[0]
