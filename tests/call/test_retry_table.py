"""
One rule for all: how often a call is sent, when, and what is raised in the end.

Each operation meets each failure, again and again, on a server that does all else well. Only a
create that cannot be looked for (a VM's) is not repeated after an unclear answer: it may have been
done.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import anyio
import httpx
import pytest
from attrs import field, frozen

from tests.lab import SPEC
from yotta_async import AsyncYotta, RetryPolicy
from yotta_async._api import find_operation
from yotta_async.errors import (
    APIError,
    InternalServerError,
    NotSentError,
    RateLimitError,
    UnresolvedCreateError,
)
from yotta_async.events import Retrying


POLICY: Final = RetryPolicy(jitter=False, budget=None)
# No list is waited for, so that the create of a pod has its times from the policy alone.
AT_ONCE: Final = RetryPolicy(jitter=False, budget=None, settle=0.0)

Verb = Callable[[AsyncYotta], Awaitable[object]]
VERBS: Final[dict[str, Verb]] = {
    "getPod": lambda client: client.pods.get("1"),
    "deletePod": lambda client: client.pods.delete("1"),
    "pausePod": lambda client: client.pods.pause("1"),
    "createPod": lambda client: client.pods.create(SPEC),
    "createVM": lambda client: client.vms.create(name="a", vm_type_id=1, region="us-east-1"),
}
ELSE: Final[dict[str, Any]] = {"getPod": {"id": "1", "status": "RUNNING"}, "listPods": []}


@frozen
class Case:
    """
    What is answered each time, and what follows from it.

    Attributes:
        status: The HTTP status, or 0 where no connection is made.
        sent: The instants at which it is sent.
        deadline: Seconds that the caller gives it.
    """

    name: str
    status: int
    headers: dict[str, str]
    raised: type[APIError]
    sent: tuple[float, ...]
    policy: RetryPolicy = POLICY
    deadline: float | None = None

    @property
    def is_unclear(self) -> bool:
        """Whether the server may have done what was asked."""
        return self.status >= 500


NO_HEADERS: Final[dict[str, str]] = {}
CASES: Final = (
    Case(
        "budget 0",
        500,
        NO_HEADERS,
        InternalServerError,
        (0,),
        RetryPolicy(jitter=False, budget=0),
    ),
    Case(
        "budget 0, Retry-After 1",
        500,
        {"retry-after": "1"},
        InternalServerError,
        (0,),
        RetryPolicy(jitter=False, budget=0),
    ),
    Case(
        "budget 1",
        500,
        NO_HEADERS,
        InternalServerError,
        (0, 1),
        RetryPolicy(jitter=False, budget=1, settle=0.0),
    ),
    Case(
        "attempts 1",
        500,
        NO_HEADERS,
        InternalServerError,
        (0,),
        RetryPolicy(jitter=False, attempts=1),
    ),
    Case("500", 500, NO_HEADERS, InternalServerError, (0, 1, 3, 7), AT_ONCE),
    Case("Retry-After 30", 500, {"retry-after": "30"}, InternalServerError, (0, 30, 60, 90)),
    Case("Retry-After 121", 500, {"retry-after": "121"}, InternalServerError, (0,)),
    Case("no connection", 0, NO_HEADERS, NotSentError, (0, 1, 3, 7)),
    Case(
        "no connection, budget 0",
        0,
        NO_HEADERS,
        NotSentError,
        (0,),
        RetryPolicy(jitter=False, budget=0),
    ),
    # [T6] A ban is waited out, by each call for as long as it is patient.
    Case(
        "429, Retry-After 600",
        429,
        {"retry-after": "600"},
        RateLimitError,
        (0, 600),
        RetryPolicy(jitter=False, patience=700.0),
    ),
    Case(
        "429, Retry-After 600, patience 300",
        429,
        {"retry-after": "600"},
        RateLimitError,
        (0,),
        RetryPolicy(jitter=False, patience=300.0),
    ),
    Case("429, Retry-After of years", 429, {"retry-after": "99999999"}, RateLimitError, (0, 3600)),
    Case(
        "429, Retry-After as a date",
        429,
        {
            "date": "Tue, 24 Nov 2026 12:00:00 GMT",
            "retry-after": "Tue, 24 Nov 2026 12:50:00 GMT",
        },
        RateLimitError,
        (0, 3000),
    ),
    Case(
        "429, patience 45",
        429,
        {"retry-after": "30"},
        RateLimitError,
        (0, 30),
        RetryPolicy(jitter=False, patience=45.0),
    ),
    Case("a deadline of 2 s", 500, NO_HEADERS, InternalServerError, (0, 1), AT_ONCE, 2.0),
    Case(
        "a deadline before Retry-After",
        500,
        {"retry-after": "30"},
        InternalServerError,
        (0,),
        AT_ONCE,
        20.0,
    ),
    Case(
        "a deadline before the window opens",
        429,
        {"retry-after": "30"},
        RateLimitError,
        (0,),
        POLICY,
        20.0,
    ),
)


@frozen
class Server:
    """Fails in one operation, and notes when each request came."""

    operation: str
    case: Case
    came: list[tuple[str, float]] = field(factory=list[tuple[str, float]])

    def answer(self, request: httpx.Request) -> httpx.Response:
        known = find_operation(request.method, request.url.path)
        assert known is not None
        self.came.append((known.id, anyio.current_time()))
        if known.id != self.operation:
            envelope = {"code": 10000, "message": "", "data": ELSE[known.id]}
            return httpx.Response(200, json=envelope)
        if self.case.status == 0:
            raise httpx.ConnectError("refused", request=request)
        return httpx.Response(self.case.status, headers=self.case.headers)

    def sent(self) -> list[float]:
        return [instant for operation, instant in self.came if operation == self.operation]


@pytest.mark.parametrize("operation", VERBS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_every_operation_is_retried_by_the_same_rule(case: Case, operation: str) -> None:
    server, events = Server(operation, case), list[object]()
    unrepeatable = operation == "createVM" and case.is_unclear
    sent = case.sent[:1] if unrepeatable else case.sent
    async with httpx.AsyncClient(transport=httpx.MockTransport(server.answer)) as http:
        client = AsyncYotta("a-key", http_client=http, retry=case.policy, on_event=events.append)
        with (
            pytest.raises(UnresolvedCreateError if unrepeatable else case.raised) as caught,
            anyio.fail_after(case.deadline),
        ):
            await VERBS[operation](client)
    error = caught.value
    refused = isinstance(error, RateLimitError)  # which is no failed attempt
    # Once the window is open again the pacer, where there is one, sends at the even rate.
    assert server.sent() == pytest.approx(list(sent), abs=1.0 if refused else 0.0)
    assert error.operation == operation
    attempts = 1 if refused else len(sent)
    assert error.attempts == attempts
    retries = [event for event in events if isinstance(event, Retrying)]
    assert [event.operation for event in retries] == [operation] * (attempts - 1)
    assert client.statistics().retried == attempts - 1


async def test_a_create_that_is_looked_for_longer_than_the_wait_is_repeated_at_once() -> None:
    """The wait counts from the failure: the look for the pod is part of it."""
    case = Case("500", 500, NO_HEADERS, InternalServerError, ())
    server = Server("createPod", case)
    retry = RetryPolicy(jitter=False, attempts=2, settle=15.0)
    async with httpx.AsyncClient(transport=httpx.MockTransport(server.answer)) as http:
        client = AsyncYotta("a-key", http_client=http, retry=retry)
        with pytest.raises(InternalServerError):
            await client.pods.create(SPEC)
    lists = [instant for operation, instant in server.came if operation == "listPods"]
    certain = min(instant for instant in lists if instant >= retry.settle)
    assert server.sent() == [0.0, certain]


async def test_a_deadline_that_comes_too_early_is_told_in_a_note() -> None:
    case = Case("500", 500, {"retry-after": "30"}, InternalServerError, ())
    server = Server("getPod", case)
    async with httpx.AsyncClient(transport=httpx.MockTransport(server.answer)) as http:
        client = AsyncYotta("a-key", http_client=http, retry=POLICY)
        with pytest.raises(InternalServerError) as caught, anyio.fail_after(10.0):
            await client.pods.get("1")
    assert any("deadline" in note for note in caught.value.__notes__)


async def test_a_caller_that_is_cancelled_already_is_cancelled_and_gets_no_error() -> None:
    case = Case("500", 500, NO_HEADERS, InternalServerError, ())
    server = Server("getPod", case)
    async with httpx.AsyncClient(transport=httpx.MockTransport(server.answer)) as http:
        client = AsyncYotta("a-key", http_client=http, retry=POLICY)
        with anyio.CancelScope() as scope:
            client._account.caller.on_event = lambda _: scope.cancel()
            await client.pods.get("1")
    assert scope.cancelled_caught
    assert len(server.came) == 1
