"""What an error tells of the attempts before the one that it ended."""

import pickle
import re
import traceback
from collections.abc import Awaitable, Callable

import anyio
import pytest

from tests.lab import ENDPOINT, SPEC, Lab, in_both_generations, make_lab
from yotta_async import AsyncYotta, RetryPolicy
from yotta_async.errors import (
    APIError,
    AuthenticationError,
    InternalServerError,
    InvalidResponseError,
    MaybeSentError,
    NotFoundError,
    NotSentError,
    UnresolvedCreateError,
)
from yotta_async.events import Retrying
from yotta_async.simulator import Faults


NOBODY = "100000000000000001"
NOTE = re.compile(r"attempt (\d+): (\w+): .* Next after (\d+\.\d) s\.")
FIXED = RetryPolicy(jitter=False)


async def error_of(call: Awaitable[object]) -> APIError:
    with pytest.raises(APIError) as caught:
        await call
    return caught.value


def notes_of(error: BaseException) -> list[tuple[int, str, float]]:
    """Return the attempts that an error's notes tell of: number, error, and seconds after it."""
    found = [NOTE.fullmatch(note) for note in getattr(error, "__notes__", ())]
    return [(int(each[1]), each[2], float(each[3])) for each in found if each]


def told(lab: Lab) -> list[tuple[int, str, float]]:
    """Return the same as the events have it."""
    return [
        (event.attempt, event.error, float(f"{event.wait:.1f}")) for event in lab.told(Retrying)
    ]


Verb = Callable[[AsyncYotta], Awaitable[object]]
VERBS: dict[str, Verb] = {
    "listPods": lambda client: client.pods.list(),
    "createPod": lambda client: client.pods.create(SPEC),
    "deletePod": lambda client: client.pods.delete(NOBODY),
    "pausePod": lambda client: client.pods.pause(NOBODY),
    "createEndpoint": lambda client: client.serverless.create(ENDPOINT),
    "stopEndpoint": lambda client: client.serverless.stop(NOBODY),
    "submitTask": lambda client: client.tasks.submit(NOBODY, 1, worker_port=80, process_uri="/"),
    "listReserves": lambda client: client.request("GET", "/v2/reserves"),
    "createVM": lambda client: client.vms.create(name="a", vm_type_id=1, region="us-east-1"),
}


@in_both_generations
@pytest.mark.parametrize("operation", VERBS)
async def test_every_attempt_but_the_last_has_a_note_of_its_own(
    operation: str, api_version: str
) -> None:
    faults = Faults(operations={operation}, refuse=1.0)
    lab = make_lab(api_version=api_version, faults=faults, retry=FIXED)
    error = await error_of(VERBS[operation](lab.client))
    assert isinstance(error, NotSentError)
    assert error.attempts == 4
    assert notes_of(error) == [
        (1, "NotSentError", 1.0),
        (2, "NotSentError", 2.0),
        (3, "NotSentError", 4.0),
    ]
    assert notes_of(error) == told(lab)
    await lab.close()


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("reset_after", MaybeSentError),
        ("html", InvalidResponseError),
        ("error_before", InternalServerError),
    ],
)
async def test_a_note_names_the_error(fault: str, kind: type[APIError]) -> None:
    lab = make_lab(faults=Faults(operations={"listPods"}, **{fault: 1.0}))  # type: ignore[arg-type]
    error = await error_of(lab.client.pods.list())
    assert isinstance(error, kind)
    assert [name for _, name, _ in notes_of(error)] == [kind.__name__] * 3


async def test_errors_of_all_kinds_stand_in_their_order() -> None:
    faults = Faults(operations={"listPods"}, refuse=0.4, html=0.3, error_before=0.3)
    lab = make_lab(faults=faults, retry=RetryPolicy(attempts=12, budget=None), seed=5)
    error = await error_of(lab.client.pods.list())
    assert error.attempts == 12
    assert notes_of(error) == told(lab)
    assert len({name for _, name, _ in notes_of(error)}) == 3


@pytest.mark.parametrize("attempts", [1, 2, 7])
async def test_there_is_one_note_less_than_attempts(attempts: int) -> None:
    faults = Faults(operations={"listPods"}, error_before=1.0)
    lab = make_lab(faults=faults, retry=RetryPolicy(attempts=attempts, budget=None))
    error = await error_of(lab.client.pods.list())
    assert error.attempts == lab.cloud.operations["listPods"] == attempts
    assert len(getattr(error, "__notes__", [])) == attempts - 1


async def test_an_error_at_once_has_none() -> None:
    error = await error_of(make_lab().client.pods.get(NOBODY))
    assert isinstance(error, NotFoundError)
    assert (error.attempts, getattr(error, "__notes__", [])) == (1, [])


@pytest.mark.parametrize("operation", ["createPod", "createEndpoint"])
async def test_an_unresolved_create_tells_of_the_attempts_before_it(operation: str) -> None:
    """The first attempts were not sent; the one after them was, and its answer is lost."""
    faults = Faults(operations={operation, "listPods"}, refuse=0.5, reset_after=0.5)
    retry = RetryPolicy(attempts=50, budget=None, patience=20.0)
    for seed in range(20):
        lab = make_lab(faults=faults, retry=retry, seed=seed)
        error = await error_of(VERBS[operation](lab.client))
        assert isinstance(error, UnresolvedCreateError)
        assert len(notes_of(error)) == error.attempts - 1
        assert {name for _, name, _ in notes_of(error)} <= {"NotSentError"}
        if error.attempts > 1:
            return
    pytest.fail("no seed refused the first attempt")


async def test_a_create_is_unresolved_when_no_list_will_tell_either() -> None:
    """The answer is lost, and then the key is taken back: the pod is still named."""
    lab = make_lab(faults=Faults(operations={"createPod"}, reset_after=1.0, list_lag=10.0))
    errors: list[APIError] = []

    async def create() -> None:
        errors.append(await error_of(lab.client.pods.create(SPEC)))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(create)
        await anyio.sleep(3.0)
        lab.cloud._gate.api_key = "another"
    (error,) = errors
    assert isinstance(error, UnresolvedCreateError)
    assert isinstance(error.__cause__, AuthenticationError)
    assert [pod.name for pod in lab.cloud.pods] == [error.name]


async def test_a_look_between_two_attempts_is_none_of_them() -> None:
    lab = make_lab(faults=Faults(operations={"stopEndpoint"}, reset_before=1.0), retry=FIXED)
    endpoint = await lab.endpoint()
    error = await error_of(lab.client.serverless.stop(endpoint.id))
    assert error.attempts == 4
    assert [number for number, _, _ in notes_of(error)] == [1, 2, 3]
    assert lab.cloud.operations["stopEndpoint"] == 4


async def test_notes_and_attempts_survive_a_pickle() -> None:
    lab = make_lab(faults=Faults(operations={"listPods"}, refuse=1.0))
    error = await error_of(lab.client.pods.list())
    twin = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own
    assert type(twin) is type(error)
    assert (str(twin), twin.attempts, twin.__notes__) == (
        str(error),
        error.attempts,
        error.__notes__,
    )


async def test_a_traceback_shows_them() -> None:
    lab = make_lab(faults=Faults(operations={"listPods"}, refuse=1.0))
    error = await error_of(lab.client.pods.list())
    shown = "".join(traceback.format_exception(error))
    assert all(note in shown for note in error.__notes__)


@pytest.mark.parametrize("fault", ["refuse", "html", "error_after", "truncated"])
async def test_no_note_carries_a_secret(fault: str) -> None:
    faults = Faults(operations={"createPod", "submitTask"}, **{fault: 1.0})  # type: ignore[arg-type]
    lab = make_lab(faults=faults)
    create = lab.client.request(
        "POST",
        "/v2/pods",
        body={"environmentVars": [{"key": "TOKEN", "value": "canary"}]},
        headers={"X-Token": "canary"},
    )
    submit = lab.client.tasks.submit(
        NOBODY,
        "canary",
        worker_port=80,
        process_uri="/",
        headers={"X-Token": "canary"},
        webhook_auth_key="canary",
        webhook="https://host.example/canary",
    )
    for call in (create, submit):
        error = await error_of(call)
        assert "canary" not in f"{error!r} {error} {getattr(error, '__notes__', '')}"
