"""[W10] Models in pydantic's fields and in what FastAPI's routes return."""

import json
from decimal import Decimal
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from tests.models.bodies import EXAMPLES, POD, SECRET
from tests.models.strategies import of
from yotta_async import Page
from yotta_async.models import Pod, structure


POD_READ: Pod = structure(POD, Pod)
MODELS = [example.kind for example in EXAMPLES]
NO_PODS: list[Any] = [5, "pod", None, [], {}, {"id": "1"}, {**POD, "gpuCount": SECRET}]


@pytest.mark.parametrize("kind", MODELS)
@given(data=st.data())
def test_w10_pydantic_reads_what_was_written(kind: type[Any], data: st.DataObject) -> None:
    """[W10] With the secrets the same model, and without them one of the same kind."""
    model = data.draw(of(kind))
    adapter = TypeAdapter(kind)
    assert adapter.validate_json(json.dumps(model.to_dict(secrets=True))) == model
    assert type(adapter.validate_json(json.dumps(model.to_dict()))) is kind
    assert adapter.validate_python(model) is model
    assert adapter.dump_python(model) == model.to_dict()


class Answer(BaseModel):
    pods: list[Pod]


class Summary(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    gpu_count: int | None
    single_card_price: Decimal | None


APP = FastAPI()
PAGE = Page(items=(POD_READ,), number=1, size=10, total=1, pages=1)


@APP.get("/bare")
async def bare() -> Any:
    return POD_READ


@APP.get("/typed")
async def typed() -> Pod:
    return POD_READ


@APP.get("/model", response_model=Pod)
async def from_json() -> dict[str, Any]:
    return POD_READ.to_dict()


@APP.get("/page", response_model=None)
async def page() -> Page[Pod]:
    return PAGE


@APP.get("/list")
async def several() -> list[Pod]:
    return [POD_READ]


@APP.get("/inside")
async def inside() -> Answer:
    return Answer(pods=[POD_READ])


@APP.get("/summary")
async def summary() -> Summary:
    return Summary.model_validate(POD_READ)


@pytest.mark.parametrize(
    ("path", "step"),
    [
        ("/bare", None),
        ("/typed", None),
        ("/model", None),
        ("/page", "items"),
        ("/list", None),
        ("/inside", "pods"),
        ("/summary", None),
    ],
)
def test_w10_a_route_may_return_a_pod(path: str, step: str | None) -> None:
    """[W10] Bare, by its type, in a list, a page or a model of the service's own."""
    answer = TestClient(APP).get(path)
    assert answer.status_code == 200
    found = answer.json()[step] if step else answer.json()
    pod = found[0] if isinstance(found, list) else found
    assert (pod["id"], pod["gpu_count"], pod["single_card_price"]) == (POD["id"], 4, "1.85")
    assert SECRET not in answer.text


def test_w10_the_service_s_own_documentation_has_the_fields() -> None:
    """[W10] In OpenAPI, by their types."""
    schema = TestClient(APP).get("/openapi.json").json()
    answer = schema["paths"]["/typed"]["get"]["responses"]["200"]["content"]["application/json"]
    fields = answer["schema"]["properties"]
    assert fields["id"] == {"type": "string"}
    assert fields["gpu_count"] == {"anyOf": [{"type": "integer"}, {"type": "null"}]}
    assert fields["status"] == {"type": "string"}
    assert fields["environment"]["type"] == "object"
    assert fields["expose"]["items"]["title"] == "ExposedPort"
    assert answer["schema"]["required"] == ["id", "status"]


@pytest.mark.parametrize("value", NO_PODS)
def test_w10_pydantic_is_told_what_is_no_pod(value: Any) -> None:
    """[W10] In its own error, with the place and without the value."""
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Pod).validate_python(value)
    assert SECRET not in caught.value.errors()[0]["msg"]
