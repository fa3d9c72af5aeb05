"""Whatever a server answers, it becomes a model or the package's own error; never anything else."""

import json
import re
import traceback
import tracemalloc
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from tests.campaign import tries
from tests.models.bodies import EXAMPLES, SECRET, Example
from tests.models.mutations import mutated
from yotta_async._call.rules.envelope import SUCCESS, open_envelope
from yotta_async._call.rules.operation import Operation
from yotta_async._call.rules.reply import Reply
from yotta_async.errors import InvalidResponseError, YottaError
from yotta_async.models import Page, read_page, structure, unstructure


MUTATIONS = tries(600)  # of each of the twelve bodies
CALL = Operation(id="anyOperation", method="GET", path="/any").call()
COUNTS = {"page": 1, "size": 10, "total": 2, "pages": 1}

Reader = Callable[[object, type[Any]], Any]


def read_one(data: object, kind: type[Any]) -> Any:
    return structure(data, kind, operation=CALL.operation.id)


def read_several(data: object, kind: type[Any]) -> Any:
    return structure(data, list[kind], operation=CALL.operation.id)  # type: ignore[valid-type]


def read_a_page(data: object, kind: type[Any]) -> Any:
    return read_page(data, kind, CALL.operation.id)


SHAPES: list[tuple[Callable[[Any], Any], Reader]] = [
    (lambda body: body, read_one),
    (lambda body: [body, body], read_several),
    (lambda body: {"items": [body, body], **COUNTS}, read_a_page),
    (lambda body: [body], read_a_page),
]


def enveloped(data: str) -> bytes:
    return f'{{"message": "success", "code": {SUCCESS}, "data": {data}}}'.encode()


def outcome(body: bytes, kind: type[Any], read: Reader, status: int = 200) -> Any:
    """What becomes of a body: what was read, or the error. No other exception is caught."""
    data: object = None
    try:
        data = open_envelope(CALL, Reply(status, {}, body))
        return read(data, kind)
    except YottaError as error:
        check_error(error, data)
        return error


def check_error(error: YottaError, data: object) -> None:
    # The traceback without its lines of code, of which it takes long to read each.
    told = f"{error} {error!r} {''.join(traceback.format_exception(error, limit=0))}"
    assert SECRET not in told
    assert "SECRET-" not in told
    assert str(error).startswith("anyOperation: ")
    if data is not None and isinstance(error, InvalidResponseError):
        assert stands_in(error.path, data)
        assert SECRET not in str(error.__dict__)


def stands_in(path: str, data: Any) -> bool:
    """Whether a path leads into the data; its end may be what is missing there."""
    steps = re.findall(r"\[(\d+)\]|([^.\[\]]+)", path)
    assert "".join(f"[{index}]" if index else f".{name}" for index, name in steps) in {
        path,
        f".{path}",
    }
    for index, name in steps[:-1]:
        data = data[int(index)] if index else data[name]
    if not steps:
        return True
    index, name = steps[-1]
    return int(index) < len(data) if index else isinstance(data, dict)


def check_models(read: Any, kind: type[Any]) -> None:
    models = read.items if isinstance(read, Page) else read if isinstance(read, list) else [read]
    for model in models:
        assert type(model) is kind
        assert structure(json.loads(json.dumps(unstructure(model))), kind) == model


@pytest.mark.campaign
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_a_mutated_body_is_a_model_or_the_one_error(example: Example) -> None:
    dice = Random(example.name)
    seen = {"read": 0, "refused": 0}
    for number in range(MUTATIONS):
        shape, read = SHAPES[number % len(SHAPES)]
        body = enveloped(mutated(shape(example.body), dice))
        found = outcome(body, example.kind, read)
        if isinstance(found, YottaError):
            seen["refused"] += 1
        else:
            check_models(found, example.kind)
            seen["read"] += 1
    # Neither side may be a matter of course.
    assert min(seen.values()) > MUTATIONS // 20


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_a_body_cut_off_anywhere_is_the_one_error(example: Example) -> None:
    body = enveloped(json.dumps(example.body, ensure_ascii=False))
    for length in range(len(body)):
        assert isinstance(outcome(body[:length], example.kind, read_one), InvalidResponseError)
    assert isinstance(outcome(body, example.kind, read_one), example.kind)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_a_body_with_a_byte_flipped_is_a_model_or_the_one_error(example: Example) -> None:
    body = enveloped(json.dumps(example.body, ensure_ascii=False))
    dice = Random(example.name)
    for _ in range(200):
        spoilt = bytearray(body)
        spoilt[dice.randrange(len(body))] ^= 1 << dice.randrange(8)
        data = outcome(bytes(spoilt), example.kind, read_one)
        assert isinstance(data, YottaError | example.kind)


PAGES = [
    b"",
    b" \n",
    b"null",
    b"[]",
    b"true",
    b'"text"',
    b"<html><body>502 Bad Gateway</body></html>",
    b"\xef\xbb\xbf{}",
    b"\xff\xfe",
    b"\x1f\x8b\x08\x00",
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b'{"code": 10000}',
    b'{"code": 10000, "data": NaN}',
    b'{"code": NaN, "data": {}}',
    b'{"code": 10000, "data": ' + b"9" * 5000 + b"}",
    b'{"code": 10000, "code": 10000, "data": {}, "data": null}',
]


@pytest.mark.parametrize("status", [200, 302, 404, 502])
@pytest.mark.parametrize("number", range(len(PAGES)))
def test_what_is_no_body_at_all_is_the_one_error(number: int, status: int) -> None:
    for example in EXAMPLES:
        for _, read in SHAPES:
            assert isinstance(outcome(PAGES[number], example.kind, read, status), YottaError)


LISTED = 200
MOST_MEMORY = 10  # times the body, for the decoded JSON and the models together
AT_THE_WORST = 60  # where the body is made of the smallest objects that there are
SMALLEST = {
    "Pod": {"id": 1, "status": 0, "expose": [{"port": 1}] * 5000},
    "Task": {"taskId": 1, "status": 0, "input": [{"a": 1}] * 5000},
    "VMType": {"gpuType": "", "regions": [""] * 5000},
}


def peak_of(body: bytes, kind: type[Any], read: Reader) -> int:
    outcome(body, kind, read)  # whatever is made once is made now
    tracemalloc.start()
    try:
        assert not isinstance(outcome(body, kind, read), YottaError)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_reading_takes_memory_in_proportion(example: Example) -> None:
    body = enveloped(json.dumps([example.body] * LISTED))
    assert peak_of(body, example.kind, read_several) < MOST_MEMORY * len(body)


@pytest.mark.parametrize(
    "example",
    [example for example in EXAMPLES if example.name in SMALLEST],
    ids=lambda example: example.name,
)
def test_the_smallest_objects_take_no_more_than_that(example: Example) -> None:
    body = enveloped(json.dumps(SMALLEST[example.name], separators=(",", ":")))
    assert peak_of(body, example.kind, read_one) < AT_THE_WORST * len(body)
