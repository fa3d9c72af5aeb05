"""What the submission of a task takes."""

from typing import Any, Final

from attrs import field, frozen
from attrs.validators import optional

from ._checks import LONGEST_TEXT, size_within, task_id, text, webhook
from ._frozen import HiddenMapping
from ._spec_json import as_headers, as_input
from ._values import HiddenText, Json
from ._wire import wire


__all__ = ["TaskSpec"]

_LAST_PORT: Final = 65535


def _with_slash(value: str) -> str:
    given: Any = value
    return f"/{given}" if isinstance(given, str) and given and given[0] != "/" else value


@frozen(kw_only=True)
class TaskSpec:
    """
    A task to be submitted. It is checked when it is built, so that nothing impossible is ever sent.

    ``input``, ``webhook``, ``webhook_auth_key`` and the headers' values may be secrets and appear
    in no repr and no error.

    Attributes:
        input: The JSON that the worker is sent as its body; neither None nor empty.
        worker_port: The port of the worker that it is sent to, 1 to 65535.
        process_uri: The path there, at most 255 characters without spaces; a slash is put before it
            if it has none.
        task_id: 1 to 255 letters, digits and underscores; it makes a repeated submission safe. None
            lets the client make a unique one.
        webhook: An http or https URL that is told of the result, at most 512 characters. None for
            none.
        webhook_auth_key: What the webhook is sent as ``X-API-Key``, at most 255 characters. None
            for none.
        headers: The headers that the worker is sent.

    Raises:
        ConfigurationError: A field that cannot work; it names the field, the value and what is
            allowed.
    """

    input: Json = field(converter=as_input, repr=False, metadata=wire("input", "taskData"))
    worker_port: int = field(validator=size_within(1, _LAST_PORT))
    process_uri: str = field(
        converter=_with_slash, validator=text(longest=LONGEST_TEXT, spaces=False)
    )
    task_id: str | None = field(
        default=None, validator=optional(task_id), metadata=wire("taskId", "userTaskId")
    )
    webhook: str | None = field(
        default=None,
        repr=False,
        validator=optional(webhook),
        metadata=wire("webhook", "notifyUrl"),
    )
    webhook_auth_key: str | None = field(
        default=None,
        repr=False,
        validator=optional(text(longest=LONGEST_TEXT, secret=True)),
        metadata=wire("webhookAuthKey", "notifyAuthKey"),
    )
    headers: HiddenText = field(
        factory=HiddenMapping, converter=as_headers, metadata=wire("headers", "header")
    )
