"""What is read quickly is what is read with care; what is not as it should be is left to care."""

import copy
import json
import pickle
from typing import Any

import attrs
import pytest

from tests.models.bodies import EXAMPLES, Example
from yotta_async.models import ExposedPort, Pod, PodSpec, structure, unstructure
from yotta_async.models._converter import CONVERTER
from yotta_async.models._objects import _careful_reader, _is_plain, _written
from yotta_async.models._wire import spellings


every = pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: each.kind.__name__)


def both(kind: type[Any], body: dict[str, Any]) -> tuple[Any, Any]:
    quick, careful = _written(kind, CONVERTER), _careful_reader(kind, CONVERTER)
    return quick(copy.deepcopy(body)), careful(copy.deepcopy(body), kind)


def test_every_model_of_an_answer_is_read_quickly() -> None:
    assert [each.kind for each in EXAMPLES if not _is_plain(each.kind)] == []


@every
def test_both_ways_lead_to_the_same(example: Example) -> None:
    quick, careful = both(example.kind, example.body)
    assert quick == careful
    assert repr(quick) == repr(careful)
    assert type(quick) is example.kind
    assert unstructure(quick) == unstructure(careful)


@every
def test_whatever_is_null_or_left_out_or_not_known(example: Example) -> None:
    required = {
        wire
        for name, wires in spellings(example.kind).items()
        if attrs.fields_dict(example.kind)[name].default is attrs.NOTHING
        for wire in wires
    }
    for wire in [each for each in example.body if each not in required]:
        less = {name: item for name, item in example.body.items() if name != wire}
        for body in (less, less | {wire: None}, less | {"unheardOf": [1], "nor": None}):
            quick, careful = both(example.kind, body)
            assert quick == careful
            assert getattr(quick, "extra", {}) == getattr(careful, "extra", {})


@every
def test_it_is_frozen_and_pickles(example: Example) -> None:
    quick, _ = both(example.kind, example.body)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(quick, attrs.fields(example.kind)[0].name, None)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        delattr(quick, attrs.fields(example.kind)[0].name)
    assert pickle.loads(pickle.dumps(quick)) == quick  # noqa: S301  # our own bytes
    assert copy.deepcopy(quick) == quick


def test_a_second_spelling_is_read_with_care() -> None:
    body = {"id": 1, "status": 1, "name": "one", "podName": 2}
    assert structure(body, Pod).extra == {"podName": 2}


def test_a_model_that_checks_itself_is_made_by_its_own_means() -> None:
    assert not _is_plain(PodSpec)


def test_what_is_nearly_a_json_object_is_read_with_care() -> None:
    class Counted(dict[str, object]):
        """What no JSON decoder makes."""

    ports = structure([Counted(port=1), json.loads('{"port": 2}')], list[ExposedPort])
    assert [port.port for port in ports] == [1, 2]
