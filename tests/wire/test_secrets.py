"""Keys, tokens and environment values are in no log, repr, error, traceback, event or pickle."""

import copy
import logging
import pickle
import traceback
from collections.abc import Iterator

import anyio
import httpx
import pytest

from yotta_async import AsyncYotta, Event, PodSpec, RetryPolicy, YottaError
from yotta_async._config import Secret
from yotta_async.simulator import FaultKind, Faults, Latency, ServerLimits, SimulatedYotta


KEY = "sk-canary-key-0123456789"
VALUE = "canary-environment-value"
TOKEN = "canary-registry-token"
SECRETS = (KEY, VALUE, TOKEN)

SPEC = PodSpec(
    image="a/b",
    gpu_type="NVIDIA_RTX_5090_32G",
    environment={"PASSWORD": VALUE},
    image_registry_username="me",
    image_registry_token=TOKEN,
)


class Recorder(logging.Handler):
    """Keeps every record of every logger, formatted as a log file would have it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def log() -> Iterator[Recorder]:
    recorder, root = Recorder(), logging.getLogger()
    level = root.level
    root.addHandler(recorder)
    root.setLevel(logging.DEBUG)
    yield recorder
    root.removeHandler(recorder)
    root.setLevel(level)


def assert_silent(*texts: str) -> None:
    for text in texts:
        assert not [secret for secret in SECRETS if secret in text]


def shown(error: YottaError) -> list[str]:
    """Return all that is likely to be printed, stored or sent of an error."""
    revived = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own
    trace = "".join(traceback.format_exception(error))
    return [str(error), repr(error), trace, str(revived), repr(vars(revived))]


async def use_it_all(cloud: SimulatedYotta, events: list[Event]) -> list[YottaError]:
    errors: list[YottaError] = []
    async with httpx.AsyncClient(transport=cloud.transport()) as http:
        client = AsyncYotta(
            KEY,
            base_url="http://localhost",
            http_client=http,
            retry=RetryPolicy(attempts=2, patience=30.0, settle=5.0),
            on_event=events.append,
        )
        for _ in range(4):
            try:
                with anyio.move_on_after(200.0):
                    pod = await client.pods.create(SPEC)
                    assert_silent(repr(pod), str(await client.pods.get(pod.id)))
                with anyio.move_on_after(0.2):
                    await client.pods.create(SPEC)
            except YottaError as error:
                errors.append(error)
        await client.aclose()
        account = client._account
        assert_silent(repr(client), repr(account), repr(account.caller.transport), repr(SPEC))
    return errors


@pytest.mark.parametrize("kind", [None, *FaultKind])
async def test_no_secret_is_shown_whatever_goes_wrong(
    kind: FaultKind | None, log: Recorder
) -> None:
    chances: dict[str, float] = {kind.value: 0.8} if kind else {}
    faults = Faults(**chances)  # type: ignore[arg-type]
    cloud = SimulatedYotta(faults=faults, latency=Latency(low=0.5, high=0.5), seed=1)
    events: list[Event] = []
    errors = await use_it_all(cloud, events)
    assert_silent(*log.lines, *map(repr, events))
    for error in errors:
        assert_silent(*shown(error))
    assert events
    assert bool(cloud.faults_fired) == (kind is not None)


async def test_no_secret_is_shown_when_the_server_refuses_the_key(log: Recorder) -> None:
    errors = await use_it_all(SimulatedYotta(api_key="another"), [])
    assert len(errors) == 4
    for error in errors:
        assert_silent(*shown(error), *log.lines)


async def test_no_secret_is_shown_when_the_server_refuses_the_number(log: Recorder) -> None:
    await use_it_all(SimulatedYotta(limits=ServerLimits(requests=1, per=100.0)), [])
    assert [line for line in log.lines if "refused" in line]
    assert_silent(*log.lines)


def test_a_secret_cannot_be_copied_or_stored() -> None:
    secret = Secret(KEY)
    assert_silent(repr(secret), str(secret), f"{secret}", f"{secret!r}")
    for leak in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(YottaError):
            leak(secret)


def test_what_holds_the_key_for_each_request_shows_it_no_more_than_the_secret_does() -> None:
    transport = AsyncYotta(KEY)._account.caller.transport
    assert_silent(repr(transport), str(transport))
    for leak in (pickle.dumps, copy.deepcopy):
        with pytest.raises(YottaError):
            leak(transport)


@pytest.mark.parametrize("foreign", [httpx.ConnectError, httpx.ReadError, ZeroDivisionError])
async def test_no_local_variable_of_a_traceback_shows_a_secret(foreign: type[Exception]) -> None:
    async def fail(_: httpx.Request) -> httpx.Response:
        await anyio.lowlevel.checkpoint()
        raise foreign("broken")

    async with httpx.AsyncClient(transport=httpx.MockTransport(fail)) as http:
        client = AsyncYotta(KEY, http_client=http, retry=RetryPolicy.none())
        with pytest.raises((YottaError, ZeroDivisionError)) as caught:
            await client.pods.get("1")
    trace = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert_silent("".join(trace.format()))


@pytest.mark.parametrize("key", [f"{KEY}\n", f" {KEY}", f"{KEY} x", f"{KEY}\x00", f"{KEY}ü"])
def test_a_key_that_cannot_be_one_is_refused_and_not_shown(key: str) -> None:
    with pytest.raises(YottaError, match="api_key") as caught:
        AsyncYotta(key)
    assert_silent(*shown(caught.value))
    assert "strip" in str(caught.value)
