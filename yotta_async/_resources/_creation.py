"""
Create exactly once.

A create is repeated only when it cannot have been sent, when the server said no, or when the lists,
asked long enough after the last unclear answer, do not show its name. Whatever it made is returned
to the caller, or deleted if the caller was cancelled, or named in the error or the log.
"""

import logging
import secrets
from datetime import UTC, datetime
from typing import TypeVar

import anyio
from attrs import define, evolve

from .._api.created import created_pod
from .._api.generation import Generation, given
from .._caller import Caller, CallOptions
from .._core.attempts import Attempts
from .._core.claims import Claim, Claims
from .._core.events import CreateUnclear, PodRecovered
from .._core.operation import Call
from .._core.retry import jittered, may_have_happened
from .._ownership import Work
from .._scheduler import Admission
from .._watch import PodWatch, Snapshot
from ..errors import APIError, NotSentError, UnresolvedCreateError, YottaError
from ..models import Pod, PodSpec
from ._calls import Calls
from ._removal import Removal


__all__ = ["Creation", "random_name"]

logger = logging.getLogger("yotta_async")

P = TypeVar("P", Pod, Pod | None)


def random_name() -> str:
    """Return a name that nobody else has: 64 random bits."""
    return f"ya-{secrets.token_hex(8)}"


@define(eq=False)
class Creation:
    """Makes pods; knows the names of those that are under way or unclear."""

    _caller: Caller
    _api: Generation
    _watch: PodWatch
    _claims: Claims
    _removal: Removal

    async def create(self, spec: PodSpec, options: CallOptions) -> Pod:
        """Make one pod, and return it once the server has given it an id."""
        name = spec.name or random_name()
        fields = given(spec) | {"name": name}
        call = self._api.call("createPod", subject=name, extra=spec.extra, **fields)
        claim = self._claims.open(name, own=spec.name is None)
        try:
            pod = await self._persevere(call, spec, claim, options)
        except BaseException:
            self._claims.close(claim, None)
            raise
        self._claims.close(claim, pod.id)
        self._watch.hasten()
        return pod

    async def _persevere(
        self, call: Call, spec: PodSpec, claim: Claim, options: CallOptions
    ) -> Pod:
        attempts = Attempts()
        try:
            return await self._repeat(call, spec, claim, options, attempts)
        except APIError as error:
            raise attempts.last(error)  # noqa: B904  # it is the same error

    async def _repeat(
        self, call: Call, spec: PodSpec, claim: Claim, options: CallOptions, attempts: Attempts
    ) -> Pod:
        while True:
            try:
                return await self._attempt(call, spec, claim, options)
            except APIError as error:
                if found := await self._found_after(error, claim, options):
                    return found
                wait = self._judge(call, options, error, attempts.number)
                if wait is None:
                    raise
                attempts.again(error, wait)
            await anyio.sleep(wait)

    async def _attempt(self, call: Call, spec: PodSpec, claim: Claim, options: CallOptions) -> Pod:
        async def exchange(admission: Admission, call: Call, options: CallOptions) -> Pod:
            async def work() -> Pod:
                claim.sent(anyio.current_time())
                data = await self._caller.exchange(admission, call, options)
                return created_pod(data, spec, claim.name, call.operation.id)

            return await self._carry(work, claim, options, patient=True)

        return await self._caller.attempt(call, options, exchange)

    async def _found_after(self, error: APIError, claim: Claim, options: CallOptions) -> Pod | None:
        if not may_have_happened(error):
            return None
        name, now = type(error).__name__, anyio.current_time()
        self._claims.note_unclear(claim, now)
        logger.info("createPod: no clear answer (%s); looking for %s", name, claim.name)
        self._caller.tell(CreateUnclear(at=now, pod_name=claim.name, error=name))
        return await self._carry(
            lambda: self._search(claim, options), claim, options, patient=False
        )

    async def _carry(
        self, work: Work[P], claim: Claim, options: CallOptions, *, patient: bool
    ) -> P:
        """Do work that a cancelled caller leaves behind, and clean up after it then."""

        async def named() -> P:
            try:
                return await work()
            except anyio.get_cancelled_exc_class() as error:
                self._removal.tell_left(claim.name, None, error)
                raise

        async def unwanted(outcome: P | Exception) -> None:
            await self._discard(outcome, claim, evolve(options, lane=None, tidying=True))

        return await self._caller.owner.carry(named, unwanted, patient=patient)

    async def _search(self, claim: Claim, options: CallOptions) -> Pod | None:
        """Look for the name until a list that was asked for late enough does not show it."""
        since = claim.unclear_since or 0.0
        certain, asked = since + options.retry.settle, since
        with anyio.move_on_after(options.retry.settle + options.retry.patience):
            while asked < certain:
                snapshot = await self._listed(claim, asked)
                if found := self._oldest(claim, list(snapshot.items.values())):
                    self._note_found(claim, found)
                    return found
                asked = snapshot.sent_at
            return None
        raise _unresolved(claim, "may have been made, and no list could be read to see whether")

    async def _listed(self, claim: Claim, after: float) -> Snapshot[Pod]:
        try:
            return await self._watch.next(after, prompt=True)
        except APIError as error:
            what = f"may have been made, and no list will say whether: {error}"
            raise _unresolved(claim, what) from error

    def _oldest(self, claim: Claim, pods: list[Pod]) -> Pod | None:
        sent_at = self._caller.server_time(claim.first_sent or 0.0)
        named = [pod for pod in pods if pod.name == claim.name]
        found = [pod for pod in named if claim.matches(pod, sent_at)]
        if not found and any(_undated(pod) or claim.shared for pod in named):
            raise _unresolved(claim, "is listed, and nothing tells whether this create made it")
        return min(found, key=_age, default=None)

    def _note_found(self, claim: Claim, pod: Pod) -> None:
        event = PodRecovered(at=anyio.current_time(), pod_name=claim.name, pod_id=pod.id)
        self._caller.tell(event)

    def _judge(
        self, call: Call, options: CallOptions, error: APIError, attempt: int
    ) -> float | None:
        repeatable = isinstance(error, NotSentError) or may_have_happened(error)
        if not repeatable or attempt >= options.retry.attempts or not self._caller.budget.spend():
            return None
        wait = jittered(options.retry, attempt, self._caller.dice)
        self._caller.note_retry(call, attempt, wait, error)
        return wait

    async def _discard(self, outcome: object, claim: Claim, options: CallOptions) -> None:
        """Delete what a cancelled create has made, or may have."""
        if isinstance(outcome, APIError) and may_have_happened(outcome):
            self._claims.note_unclear(claim, anyio.current_time())
            outcome = await self._found_or_told(claim, options)
        if isinstance(outcome, Pod):
            calls = Calls(self._caller, self._api, options)
            await self._removal.remove(outcome.id, claim.name, calls)

    async def _found_or_told(self, claim: Claim, options: CallOptions) -> Pod | None:
        try:
            return await self._search(claim, options)
        except (YottaError, anyio.get_cancelled_exc_class()) as error:
            self._removal.tell_left(claim.name, None, error)
            if not isinstance(error, YottaError):
                raise
        return None


def _unresolved(claim: Claim, what: str) -> UnresolvedCreateError:
    return UnresolvedCreateError(
        f"a pod {claim.name!r} {what}.",
        name=claim.name,
        operation="createPod",
        hint="Look for it by its name before you create it again: it may exist, and bill.",
    )


def _undated(pod: Pod) -> bool:
    return pod.created_at is None


def _age(pod: Pod) -> tuple[datetime, str]:
    return (pod.created_at or datetime.max.replace(tzinfo=UTC), pod.id)
