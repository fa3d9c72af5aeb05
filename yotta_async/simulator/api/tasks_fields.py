"""What a submit of a task may say, in either generation's words."""

import json
import re
from typing import Literal, cast
from urllib.parse import urlsplit

from attrs import frozen

from yotta_async.simulator.api.body import Body
from yotta_async.simulator.cloud.problems import invalid
from yotta_async.simulator.cloud.tasks_task import TaskRequest


__all__ = ["V1", "V2", "TaskWords", "read_task"]

_LONGEST_URI = 255
_LONGEST_URL = 512
# Far less than what exhausts the stack when it is written again.
_DEEPEST = 200


@frozen
class TaskWords:
    """A generation's names for what a submit says."""

    generation: Literal[1, 2]
    task_id: str
    input: str
    webhook: str
    auth_key: str
    headers: str


V1 = TaskWords(1, "userTaskId", "taskData", "notifyUrl", "notifyAuthKey", "header")
V2 = TaskWords(2, "taskId", "input", "webhook", "webhookAuthKey", "headers")


def read_task(body: Body, words: TaskWords) -> TaskRequest:
    """Return what a submit asks for; raise CloudError for a body that does not fit."""
    return TaskRequest(
        task_id=_task_id(body, words),
        port=_port(body),
        uri=_uri(body),
        input=_input(body, words.input),
        headers=_headers(body, words.headers),
        webhook=_url(body, words.webhook),
        auth_key=body.text(words.auth_key, longest=255),
        generation=words.generation,
    )


def _task_id(body: Body, words: TaskWords) -> str | None:
    task_id = body.text(words.task_id)
    if words.generation == 2 and not body.has(words.task_id):
        return None
    if not task_id:
        raise invalid(f"{words.task_id} is required")
    if not re.fullmatch(r"[A-Za-z0-9_]{1,255}", task_id):
        raise invalid(f"{words.task_id} must have 1 to 255 letters, digits or underscores")
    return task_id


def _port(body: Body) -> int:
    port = body.whole("workerPort", lowest=-(2**31))
    if port < 1:
        raise invalid("workerPort must be at least 1")
    if port > 65535:
        raise invalid("workerPort must not exceed 65535")
    return port


def _uri(body: Body) -> str:
    uri = body.text("processUri", longest=_LONGEST_URI)
    if not uri.strip():
        raise invalid("processUri is required")
    if any(letter.isspace() for letter in uri):
        raise invalid("processUri must not contain spaces")
    return uri if uri.startswith("/") else f"/{uri}"


def _input(body: Body, name: str) -> str:
    if not body.has(name):
        raise invalid(f"{name} is required")
    value = body.values[name]
    if value in ("", [], {}):
        raise invalid(f"{name} cannot be empty")
    if _deeper_than(_DEEPEST, value):
        raise invalid(f"{name} must not be nested deeper than {_DEEPEST} levels")
    return json.dumps(value)


def _deeper_than(depth: int, value: object) -> bool:
    level = [value]
    for _ in range(depth):
        level = [inner for outer in level for inner in _members(outer)]
        if not level:
            return False
    return True


def _members(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(cast("dict[str, object]", value).values())
    return cast("list[object]", value) if isinstance(value, list) else []


def _headers(body: Body, name: str) -> tuple[tuple[str, str], ...]:
    if not body.has(name):
        return ()
    headers = body.values[name]
    texts = _members(headers)
    if not isinstance(headers, dict) or not all(isinstance(text, str) for text in texts):
        raise invalid(f"{name} must be a kv structure")
    return tuple(cast("dict[str, str]", headers).items())


def _url(body: Body, name: str) -> str | None:
    url = body.text(name, longest=_LONGEST_URL)
    if url and not _is_url(url):
        raise invalid(f"{name} must be a valid URL")
    return url or None


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc)
