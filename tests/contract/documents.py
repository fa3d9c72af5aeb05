"""
The OpenAPI documents of both generations, read more strictly than they are written.

They lie outside of this repository; without them there is nothing to test against.
"""

import copy
import json
from pathlib import Path
from typing import Any, TypeAlias


JSON: TypeAlias = dict[str, Any]

# What is answered before it comes to an operation, which v1's document says of none.
GATE = {"401": 40101}

# Schemas of which no more than the beginning was ever printed.
OPEN = {"ElasticDetail"}

# What the field table of the guide lists and its samples leave out: null or left out is a switch.
NULLABLE = {"TaskDetail"}
# What is known from a client's code alone: SkyPilot reads the name of a cluster's pods.
FURTHER: dict[str, JSON] = {"PodDetail": {"name": {"type": "string"}}}

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "yotta-api"

# A failure comes with HTTP 200, too, and its `data` is not what the operation promises.
FAILURE: JSON = {
    "type": "object",
    "required": ["code", "message"],
    "properties": {
        "code": {"type": "integer", "not": {"const": 10000}},
        "message": {"type": "string", "minLength": 1},
        "data": {},
    },
    "additionalProperties": False,
}


def document(generation: str) -> JSON:
    """Return the document of ``"v1"`` or ``"v2"`` with strict answers."""
    return strict(json.loads((FOLDER / f"openapi_{generation}.json").read_text("utf-8")))


def strict(document: JSON) -> JSON:
    """
    Have every HTTP 200 be either a failure or exactly what is documented: the whole envelope, and
    no field that the document does not know.
    """
    document = copy.deepcopy(document)
    for operations in document["paths"].values():
        for operation in operations.values():
            media = operation["responses"]["200"]["content"]["application/json"]
            media["schema"] = _answer(_closed(media["schema"], document))
            for status, code in GATE.items():
                operation["responses"].setdefault(status, _failure(code))
    return document


def _answer(success: JSON) -> JSON:
    if "properties" in success:
        success = success | {"required": ["code", "message", "data"]}
    return {"if": {"properties": {"code": {"const": 10000}}}, "then": success, "else": FAILURE}


def _failure(code: int) -> JSON:
    properties = FAILURE["properties"] | {"code": {"const": code}}
    schema = FAILURE | {"properties": properties}
    return {"description": "Failure", "content": {"application/json": {"schema": schema}}}


def _closed(schema: Any, document: JSON) -> Any:
    """Return a schema with its references followed and its objects closed."""
    if isinstance(schema, list):
        return [_closed(part, document) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        component = _amended(name, _component(schema["$ref"], document))
        return component if name in OPEN else _closed(component, document)
    closed = {key: _closed(part, document) for key, part in schema.items()}
    return closed | {"additionalProperties": False} if "properties" in schema else closed


def _amended(name: str, component: JSON) -> JSON:
    if name not in FURTHER.keys() | NULLABLE:
        return component
    properties = component["properties"] | FURTHER.get(name, {})
    if name in NULLABLE:
        properties = {key: {"anyOf": [each, {"type": "null"}]} for key, each in properties.items()}
    return component | {"properties": properties}


def _component(reference: str, document: JSON) -> Any:
    found: Any = document
    for word in reference.removeprefix("#/").split("/"):
        found = found[word]
    return found
