"""Calls to webhooks: believed when they carry the key, and then read."""

import ast
import json
from datetime import UTC, datetime
from inspect import getsource
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lab import in_both_generations, make_lab
from yotta_async import TaskCallback, TaskStatus, callbacks, verify_callback
from yotta_async.errors import ConfigurationError, InvalidCallbackError
from yotta_async.simulator import TaskLife


KEY = "sk-canary-key"
SENT = {"X-API-Key": KEY, "Content-Type": "application/json"}
V1: dict[str, Any] = {
    "task_id": 420522713875330018,
    "user_task_id": "mine_1",
    "endpoint_id": 420522713875330019,
    "status": "SUCCESS",
    "success": True,
    "timestamp": "2025-11-12 18:02:22.030",
    "retry_count": 1,
    "result": {"text": ["canary-body"]},
}
V2 = {
    "taskId": "mine_1",
    "userTaskId": "mine_1",
    "endpointId": "420522713875330019",
    "status": "FAILED",
    "success": False,
    "timestamp": "2025-11-12 18:02:22.030",
    "retryCount": 3,
    "failedReason": "out of memory",
}


def verified(body: object, headers: dict[str, str] | None = None) -> TaskCallback:
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    return verify_callback(SENT if headers is None else headers, text, auth_key=KEY)


def test_the_documented_body_is_read() -> None:
    notice = verified(V1)
    assert (notice.task_id, notice.user_task_id, notice.endpoint_id) == (
        "420522713875330018",
        "mine_1",
        "420522713875330019",
    )
    assert (notice.status, notice.success, notice.retry_count) == ("SUCCESS", True, 1)
    assert notice.timestamp == datetime(2025, 11, 12, 18, 2, 22, 30_000, UTC)
    assert notice.result == {"text": ("canary-body",)}
    assert notice.failed_reason is None


def test_the_same_in_camel_case_is_read() -> None:
    notice = verified(V2)
    assert (notice.user_task_id, notice.endpoint_id, notice.retry_count) == (
        "mine_1",
        "420522713875330019",
        3,
    )
    assert (notice.status, notice.success, notice.failed_reason) == (
        "FAILED",
        False,
        "out of memory",
    )


@pytest.mark.parametrize("name", ["X-API-Key", "x-api-key", "X-Api-Key"])
def test_the_header_may_be_written_in_any_case(name: str) -> None:
    assert verified(V1, {name: KEY}).user_task_id == "mine_1"


def test_a_body_may_be_text_or_bytes() -> None:
    assert verified(json.dumps(V1)) == verified(json.dumps(V1).encode()) == verified(V1)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-API-Key": ""},
        {"X-API-Key": KEY[:-1]},
        {"X-API-Key": f"{KEY} "},
        {"X-API-Key": KEY.upper()},
        {"X-API-Key": "é\udcff"},
        {"Authorization": KEY},
    ],
    ids=ascii,
)
def test_a_call_without_the_key_is_refused_unread(headers: dict[str, str]) -> None:
    with pytest.raises(InvalidCallbackError, match="does not carry the key") as caught:
        verified("this is not read: {", headers)
    assert KEY not in str(caught.value)


def test_the_key_is_compared_in_constant_time() -> None:
    tree = ast.parse(getsource(callbacks.verify_callback))
    compared = [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Compare)]
    called = [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert not [each for each in compared if "sent" in each or "auth_key" in each]
    assert [each for each in called if each.startswith("compare_digest(") and "auth_key" in each]


@pytest.mark.parametrize("key", ["", None])
def test_an_empty_key_lets_in_nobody(key: Any) -> None:
    with pytest.raises(ConfigurationError, match="auth_key") as caught:
        verify_callback({"X-API-Key": ""}, json.dumps(V1), auth_key=key)
    assert caught.value.hint


GARBAGE: list[Any] = [
    b"",
    b"canary-body",
    b"\xff\xfe\x00canary-body",
    '{"status": "canary-body',
    "null",
    "7",
    '"canary-body"',
    '["canary-body"]',
    "{}",
    '{"result": "canary-body"}',
    '{"status": null, "result": "canary-body"}',
    '{"status": {"canary-body": 1}}',
    '{"status": "SUCCESS", "retry_count": "canary-body"}',
    '{"status": "SUCCESS", "timestamp": "canary-body"}',
    '{"status": "SUCCESS", "success": "canary-body"}',
    "[" * 100_000,
    '{"status": "SUCCESS", "task_id": ' + "9" * 5000 + "}",
]


@pytest.mark.parametrize("body", GARBAGE, ids=lambda body: ascii(body[:40]))
def test_what_is_no_notice_is_refused_and_told_without_its_content(body: Any) -> None:
    with pytest.raises(InvalidCallbackError, match="no notice of a task") as caught:
        verified(body)
    error: BaseException | None = caught.value
    assert "canary-body" not in f"{error} {error!r}"
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(st.sampled_from([*V1, *V2, "output", "error", "x"]), JSON, max_size=6)
    | JSON
    | st.binary()
)
def test_no_body_whatsoever_raises_anything_else(body: Any) -> None:
    try:
        notice = verified(body)
    except InvalidCallbackError:
        return
    assert isinstance(notice, TaskCallback)


@pytest.mark.parametrize("word", ["Success", "SUCCESS", "success", "Failed", "FAILED"])
def test_v3_the_word_of_a_callback_is_read_on_either_side(word: str) -> None:
    """V3: the vendor's validator has one side, the guide's example the other."""
    assert verified(V1 | {"status": word}).status is TaskStatus[word.upper()]


def test_a_word_that_is_not_known_stays_and_what_else_was_said_is_kept() -> None:
    notice = verified(V1 | {"status": "PONDERING", "colour": "red"})
    assert (notice.status, notice.extra["colour"]) == ("PONDERING", "red")


def test_no_result_is_in_a_repr() -> None:
    assert "canary-body" not in repr(verified(V1))


@in_both_generations
@pytest.mark.parametrize("failing", [0.0, 1.0])
async def test_what_the_platform_sends_is_verified(failing: float, api_version: str) -> None:
    life = TaskLife(failing=failing, callbacks_failing=0.5)
    lab = make_lab(api_version=api_version, task_life=life, seed=2)
    endpoint = await lab.endpoint()
    for number in range(1, 5):
        await lab.client.tasks.submit(
            endpoint.id,
            {"n": number},
            worker_port=80,
            process_uri="/run",
            task_id=f"task_{number}",
            webhook="https://host.example/done",
            webhook_auth_key=KEY,
        )
    await anyio.sleep(3600.0)
    sent = lab.cloud.callbacks
    assert len(sent) > 4
    for call in sent:
        notice = verify_callback(call.headers, call.body, auth_key=KEY)
        number = int((notice.user_task_id or "").removeprefix("task_"))
        assert notice.endpoint_id == endpoint.id
        assert notice.success is (failing == 0.0)
        assert notice.result == (None if failing else {"echo": {"n": number}})
        assert bool(notice.failed_reason) is bool(failing)
        assert notice.timestamp is not None
    with pytest.raises(InvalidCallbackError):
        verify_callback(sent[0].headers, sent[0].body, auth_key="another")


async def test_a_webhook_without_a_key_cannot_be_verified() -> None:
    lab = make_lab(task_life=TaskLife.instant())
    endpoint = await lab.endpoint()
    await lab.client.tasks.submit(
        endpoint.id, 1, worker_port=80, process_uri="/", webhook="https://host.example/done"
    )
    await anyio.sleep(1.0)
    (call,) = lab.cloud.callbacks
    with pytest.raises(InvalidCallbackError):
        verify_callback(call.headers, call.body, auth_key=KEY)
