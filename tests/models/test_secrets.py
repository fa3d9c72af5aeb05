"""No model shows a secret, in whatever way it is shown."""

import copy
import pickle
import traceback
from collections.abc import Iterator
from typing import Any

import pytest

from tests.models.bodies import EXAMPLES, SECRET, Example
from yotta_async.errors import InvalidResponseError
from yotta_async.models import (
    CredentialSpec,
    EndpointSpec,
    Page,
    Pod,
    PodSpec,
    Task,
    TaskSpec,
    read_page,
    structure,
)


WITH_SECRETS = [example for example in EXAMPLES if SECRET in repr(example.body)]
SPECS: list[Any] = [
    CredentialSpec(name="a", username="me", password=SECRET),
    EndpointSpec(
        name="a",
        image="i",
        resources=("r", "g"),
        container_volume_in_gb=20,
        service_mode="QUEUE",
        environment={"TOKEN": SECRET},
        webhook=f"https://hook.example/{SECRET}",
        initialization_command=f"login {SECRET}",
        extra={"new": [SECRET]},
    ),
    PodSpec(image="i", gpu_type="g", environment={"TOKEN": SECRET}, extra={"new": SECRET}),
    TaskSpec(
        input={"token": SECRET},
        worker_port=1,
        process_uri="/",
        webhook=f"https://hook.example/{SECRET}",
        webhook_auth_key=SECRET,
        headers={"Authorization": SECRET},
    ),
]


def shown(value: Any) -> str:
    return f"{value!r} {value!s} {value} {[value]} {vars(type(value)).get('__doc__')}"


@pytest.mark.parametrize("example", WITH_SECRETS, ids=lambda example: example.name)
def test_no_secret_of_a_model_is_shown(example: Example) -> None:
    model = structure(example.body, example.kind)
    for one in (model, copy.deepcopy(model), pickle.loads(pickle.dumps(model))):  # noqa: S301
        assert SECRET not in shown(one)
        assert one == model


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_no_field_that_is_unknown_is_shown(example: Example) -> None:
    model = structure(example.body | {"newInTheYear2031": [SECRET]}, example.kind)
    assert SECRET not in shown(model)
    assert model.extra["newInTheYear2031"] == (SECRET,)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: type(spec).__name__)
def test_no_secret_of_a_spec_is_shown(spec: object) -> None:
    assert SECRET not in shown(spec)


def test_the_names_of_headers_are_shown_and_the_values_kept() -> None:
    task = structure({"taskId": "1", "status": 0, "headers": {"Authorization": SECRET}}, Task)
    assert "Authorization" in repr(task)
    assert task.headers["Authorization"] == SECRET


def test_a_page_shows_no_more_than_its_items_do() -> None:
    page: Page[Pod] = read_page([EXAMPLES[0].body], Pod)
    assert SECRET not in shown(page)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every value in a body."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        yield (*path, key)
        if isinstance(item, dict | list):
            yield from leaves(item, (*path, key))


def with_leaf(body: Any, path: tuple[Any, ...], value: object) -> Any:
    changed = copy.deepcopy(body)
    place = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return changed


def refusals(body: Any, kind: type[Any], word: str) -> Iterator[InvalidResponseError]:
    """Yield how each value of a body is refused when the word stands in its place."""
    for path in leaves(body):
        for value in (word, [word], {word: word}, {"key": word, "value": [word]}):
            try:
                structure(with_leaf(body, path, value), kind)
            except InvalidResponseError as error:
                yield error


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_no_value_of_the_wrong_kind_reaches_an_error(example: Example) -> None:
    word = "SECRET-w0rd"
    errors = list(refusals(example.body, example.kind, word))
    assert errors
    for error in errors:
        told = f"{''.join(traceback.format_exception(error))} {error.__dict__}"
        assert word not in told
        assert SECRET not in told
