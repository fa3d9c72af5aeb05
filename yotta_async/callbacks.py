"""Webhooks: what the platform posts when a task has ended, checked before it is believed."""

import json
from collections.abc import Mapping
from hmac import compare_digest

from .errors import ConfigurationError, InvalidCallbackError, InvalidResponseError
from .models import TaskCallback, structure


__all__ = ["verify_callback"]


def verify_callback(
    headers: Mapping[str, str], body: bytes | str, *, auth_key: str
) -> TaskCallback:
    """
    Read a call to a task's webhook, after checking its key.

    The key is compared in constant time. The platform repeats the call, after 1, 5 and 15 minutes,
    until your server answers with a 2xx status; so a notice may come twice.

    Args:
        headers: The call's headers, their names in any case.
        body: The call's body.
        auth_key: What the task was submitted with as ``webhook_auth_key``.

    Returns:
        The notice that the call carries.

    Raises:
        ConfigurationError: The key is empty, so that any call would pass.
        InvalidCallbackError: The call does not carry the key, or is not the notice of a task;
            answer it with 401 or 400.

    Source: page on queue-based execution: header ``X-API-Key``, snake_case body; retried after 1, 5
    and 15 minutes.
    """
    if not auth_key:
        hint = "Submit tasks with a webhook_auth_key, and give the same here."
        problem = "must not be empty, as any call would pass"
        raise ConfigurationError("auth_key", "(empty)", problem, hint=hint)
    sent = next((value for name, value in headers.items() if name.lower() == "x-api-key"), "")
    if not compare_digest(sent.encode("utf-8", "replace"), auth_key.encode("utf-8", "replace")):
        raise InvalidCallbackError("the call to the webhook does not carry the key.")
    return _read(body)


def _read(body: bytes | str) -> TaskCallback:
    try:
        return structure(json.loads(body), TaskCallback)
    except InvalidResponseError as error:
        problem = str(error)
    except (ValueError, RecursionError):
        problem = "not JSON."
    # Raised out of the handlers: a context could hold the body, and with it a result.
    raise InvalidCallbackError(f"the call to the webhook is no notice of a task: {problem}")
