"""`yotta-async fleet up`: a fleet is made, kept for as long as the command runs, and ended."""

from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import Final

import anyio
from attrs import define, evolve, field

from ..._backend.background import with_background
from ..._client import AsyncYotta
from ..._scheduling.rules.limits import Limits
from ...errors import (
    BudgetExceededError,
    FleetConflictError,
    FleetError,
    FleetExpiredError,
    FleetLeftoverError,
)
from ...fleet import (
    Fleet,
    FleetReport,
    Launch,
    OnExit,
    Outcome,
    leftover_command,
    mark_of,
    prices_of,
)
from ...models import GpuOffer
from .._exits import Exit
from .._failures import FailedError, discard_output
from .._interrupts import Interrupts
from .._pods import all_pods, data_of
from .._prices import offers
from .._tables import print_json
from .._words import confirmed, counted, reason_of, say
from .changes import ChangePrinter
from .desired import DesiredFleet
from .down import left_behind
from .plan import last_prices, plan_for, plan_lines, warnings_about
from .pods import FleetPod, of_fleet


__all__ = ["Up"]

# More pods than these cost too much for a slip of the finger.
_MOST_WITHOUT_YES: Final = 8
_DOING: Final[Mapping[OnExit, str]] = {
    "delete": "deleting its pods",
    "pause": "pausing its pods",
    "keep": "leaving its pods running",
}


@define(eq=False, kw_only=True)
class Up:
    """
    The command `fleet up`.

    Attributes:
        detach: Whether to leave when all pods are ready or given up, and to leave them running.
    """

    desired: DesiredFleet
    limits: Limits
    detach: bool
    yes: bool
    as_json: bool
    _fleet: Fleet | None = field(default=None, init=False)

    @property
    def on_exit(self) -> OnExit:
        return "keep" if self.detach else self.desired.settings.on_exit

    async def __call__(self, client: AsyncYotta) -> int:
        pods = all_pods(await client.pods.list())
        offered = await offers(client)
        there = [each for each in of_fleet(self.desired.name, pods) if not each.is_ending]
        needless = self._needless(there)
        plan = self._announced(offered, there, needless)
        # Once it is entered, a fleet that is refused would take what it has already with it.
        self.desired.check_budget(prices_of((*offered, *pods)))
        if (plan > _MOST_WITHOUT_YES or needless) and not self.yes and not confirmed("Go on?"):
            say("yotta-async: nothing was made")
            return Exit.ERROR
        return await self._interruptibly(client)

    def _announced(
        self, offered: list[GpuOffer], there: list[FleetPod], needless: list[FleetPod]
    ) -> int:
        """Say what is about to be done; return of how many pods."""
        prices = last_prices(offered)
        plan = plan_for(self.desired, self.limits, prices, offered)
        say(*plan_lines(self.desired, plan, self.limits, detach=self.detach))
        warnings = warnings_about(self.desired, plan)
        for warning in warnings:
            say(f"  but       {warning}")
        if warnings and self.as_json:
            print_json({"fleet": self.desired.name, "warnings": warnings}, indent=None)
        if there:
            kept = counted(len(there) - len(needless))
            deleted = f", {len(needless)} deleted, being none of these" if needless else ""
            say(f"  there is  {kept} of it already, taken over{deleted}")
        return plan.pods

    def _needless(self, there: list[FleetPod]) -> list[FleetPod]:
        marks = {key: mark_of(spec) for key, spec in self.desired.specs.items()}
        return [each for each in there if marks.get(each.name.key) != each.name.mark]

    async def _interruptibly(self, client: AsyncYotta) -> int:
        name, command = self.desired.name, leftover_command(self.desired.name)
        interrupts = Interrupts(
            f"{_DOING[self.on_exit]} (fleet {name}); once more to leave at once",
            f"left before fleet {name} was ended; its pods may bill\n  Run: {command}",
        )
        try:
            code = await interrupts.run(partial(self._live, client))
        except FleetLeftoverError as error:
            raise left_behind(name, error) from error
        except FleetError as error:
            _tell_errors(error.outcomes)
            raise FailedError(error.message, "", Exit.ERROR) from error
        except (FleetExpiredError, FleetConflictError, BudgetExceededError):
            self._tell_end()
            raise
        self._tell_end()
        return interrupts.exit_code if interrupts.received or code is None else code

    async def _live(self, client: AsyncYotta) -> int:
        try:
            return await self._enter(client)
        finally:
            with anyio.CancelScope(shield=True):
                await client.aclose()

    async def _enter(self, client: AsyncYotta) -> int:
        settings = evolve(self.desired.settings, on_exit=self.on_exit)
        async with client.fleet(settings=settings) as fleet:
            self._fleet = fleet
            launch = fleet.launch(
                self.desired.specs,
                placement=self.desired.placement,
                min_ready=self.desired.min_ready,
            )
            printer = ChangePrinter(fleet, anyio.current_time())
            return await with_background(partial(self._follow, fleet, launch), printer.run)
        return Exit.ERROR  # not reached: the block is left by its return, or by an exception

    async def _follow(self, fleet: Fleet, launch: Launch) -> int:
        async for outcome in launch:
            if self.as_json:
                _print(outcome)
        report = fleet.status()
        _tell_errors(report.failed)
        say(str(report))
        if self.detach or not report.ready:
            return self._code(report)
        say(f"Ctrl-C ends it, {_DOING[self.on_exit]}.")
        await anyio.sleep_forever()
        return Exit.OK

    def _code(self, report: FleetReport) -> Exit:
        wanted = len(self.desired.specs) if self.desired.min_ready is None else self.desired.quorum
        if len(report.ready) >= wanted:
            return Exit.OK
        return Exit.PARTIAL if report.ready else Exit.ERROR

    def _tell_end(self) -> None:
        name = self.desired.name
        end = self._fleet.status().end if self._fleet is not None else None
        if end is None:
            say("yotta-async: nothing was made")
            return
        if self.on_exit == "delete":
            say(f"fleet {name}: all of its pods are deleted, as a list has shown")
            return
        if not end.done:
            say(f"fleet {name}: no pod of it runs")
            return
        state = "paused" if self.on_exit == "pause" else "left running"
        pods = "its pod is" if end.done == 1 else f"its {end.done} pods are"
        say(f"fleet {name}: {pods} {state}; this deletes all: {leftover_command(name)}")


def _tell_errors(outcomes: tuple[Outcome, ...]) -> None:
    """Say why pods were given up, each reason once."""
    reasons = Counter(reason_of(each.error) for each in outcomes if each.error)
    for reason, number in reasons.most_common():
        say(f"{counted(number)} given up: {reason}")


def _print(outcome: Outcome) -> None:
    try:
        print_json(_data_of(outcome), indent=None)
    except BrokenPipeError:
        discard_output()  # the fleet goes on, for all that


def _data_of(outcome: Outcome) -> dict[str, object]:
    pod = outcome.pod
    told: dict[str, object] = {"key": outcome.key, "ready": pod is not None}
    if pod is not None:
        return told | data_of(pod)
    reasons = {"reasons": list(outcome.reasons), "reason_kinds": list(outcome.reason_kinds)}
    return told | {"error": str(outcome.error), **reasons}
