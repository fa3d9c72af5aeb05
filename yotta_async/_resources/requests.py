"""Calls that this package has no verb for."""

from collections.abc import Mapping
from typing import Final, cast, get_args
from urllib.parse import unquote

from .._api import find_operation
from .._call.rules.operation import Call, Method, Operation, QueryValue, Repeat
from .._scheduling.rules.lanes import Lane
from ..errors import ConfigurationError, InvalidResponseError
from ..models import Pod, structure


__all__ = ["pods_in", "requested"]

# More than any operation has, and less than servers and proxies take in a first line.
LONGEST_PATH: Final = 2000

# What the transport says of itself, and the key.
_OURS: Final = frozenset(
    {
        "x-api-key",
        "authorization",
        "host",
        "content-length",
        "content-type",
        "connection",
        "transfer-encoding",
        "accept-encoding",
        "expect",
        "upgrade",
    }
)
# What ends a header's name.
_SEPARATORS: Final = frozenset(' :"(),/;<=>?@[]{}\\')


def requested(
    method: str,
    path: str,
    body: Mapping[str, object] | None,
    query: Mapping[str, QueryValue],
    headers: Mapping[str, str] | None,
) -> Call:
    """
    Fill in a call by hand.

    Raises:
        ConfigurationError: A method, a path or a header is not allowed.
    """
    _check_headers(cast("Mapping[object, object]", headers or {}))
    operation = _operation(method, path)
    subject = _subject_of(operation, body or {})
    return operation.call(subject=subject, body=body, query=query, headers=headers)


def pods_in(call: Call, data: object) -> list[Pod]:
    """Return the pods in the data of a call that was filled in by hand, as far as they are read."""
    known = find_operation(call.operation.method, call.operation.path)
    if known is None or known.id not in ("getPod", "listPods"):
        return []
    items = cast("list[object]", data) if isinstance(data, list) else [data]
    return [pod for pod in map(_read, items) if pod is not None]


def _read(item: object) -> Pod | None:
    try:
        return structure(item, Pod)
    except InvalidResponseError:
        return None


def _subject_of(operation: Operation, body: Mapping[str, object]) -> str:
    """Return the pod that is set in motion: by its id, or by the name that it is to have."""
    known = find_operation(operation.method, operation.path)
    if known is None or not known.pod_operation:
        return ""
    words = zip(known.path.split("/"), operation.path.split("/"), strict=True)
    ids = [unquote(word) for name, word in words if name.startswith("{")]
    names = [body[name] for name in ("name", "podName") if name in body]
    return next((each for each in (*ids, *names) if isinstance(each, str)), "")


def _check_headers(headers: Mapping[object, object]) -> None:
    for name, value in headers.items():
        sound = isinstance(name, str) and isinstance(value, str) and _is_header(name, value)
        if not sound:
            allowed = "must be printable ASCII, and no header of the key or the transport"
            hint = "The client sends those by itself."
            raise ConfigurationError("headers", ascii(name), allowed, hint=hint)


def _is_header(name: str, value: str) -> bool:
    plain = all(text.isascii() and text.isprintable() for text in (name, value))
    return plain and bool(name) and name.lower() not in _OURS and not set(name) & _SEPARATORS


def _operation(method: str, path: str) -> Operation:
    verb = str(method).upper()
    if verb not in get_args(Method):
        allowed = "must be GET, POST, PUT, PATCH or DELETE"
        raise ConfigurationError("method", method, allowed, hint="The API has no other.")
    given = cast("object", path)
    if not isinstance(given, str) or not _is_path(given):
        allowed = 'must begin with "/" and be quoted, without a query'
        hint = "Pass the query as keyword arguments."
        raise ConfigurationError("path", ascii(path), allowed, hint=hint)
    known = find_operation(verb, path)
    return Operation(
        id=f"{verb} {path}",
        method=cast("Method", verb),
        path=path,
        pod_operation=known.pod_operation if known else False,
        makes_pod=known.makes_pod if known else False,
        lane=known.lane if known else Lane.NORMAL,
        repeat=_repeat_of(verb, known),
    )


def _repeat_of(verb: str, known: Operation | None) -> Repeat:
    if verb == "GET":
        return Repeat.FREELY
    # A POST that a verb may repeat, such as a task's with its id, may lack here what makes it safe.
    return known.repeat if known and verb != "POST" else Repeat.BY_NAME


def _is_path(path: str) -> bool:
    plain = path.isascii() and path.isprintable() and not any(mark in path for mark in " ?#{}\\")
    rooted = path.startswith("/") and not path.startswith("//")
    return plain and rooted and len(path) <= LONGEST_PATH and not {".", ".."} & set(path.split("/"))
