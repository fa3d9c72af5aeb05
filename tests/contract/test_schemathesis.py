"""
The simulated cloud against the OpenAPI documents of both generations, over TCP.

Once with everything that schemathesis can think of, to find no answer that a document does not
know; once with a sound request for every operation, to find that each one succeeds.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias, get_type_hints

import attrs
import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from schemathesis import checks as registry
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.specs.openapi import checks as openapi

from tests.campaign import tries
from tests.contract.documents import FOLDER, document
from tests.contract.population import SOUND, Clock, Settler, Sound, kind_of
from tests.contract.served import KEY, serving
from tests.contract.switches import words_of
from tests.wire_servers import NO_TLS
from yotta_async.simulator import WireStyle


if TYPE_CHECKING:
    from schemathesis.schemas import APIOperation

if not FOLDER.is_dir():
    pytest.skip("the OpenAPI documents lie beside the repository", allow_module_level=True)

Case: TypeAlias = "schemathesis.Case[Any]"
Operation: TypeAlias = "APIOperation[Any, Any, Any, Any]"

CONFIG = {
    "seed": 20260101,
    "headers": {"x-api-key": KEY},
    "generation": {"mode": "all", "deterministic": True},
}
CHECKS: tuple[CheckFunction, ...] = (
    not_a_server_error,
    openapi.status_code_conformance,
    openapi.content_type_conformance,
    openapi.response_headers_conformance,
    openapi.response_schema_conformance,
)
# What is not checked, and why.
EXCLUDED = {
    "negative_data_rejection": "it looks at the HTTP status, which is 200 for a failure",
    "positive_data_acceptance": "the documents do not say which GPU types and regions there are",
    "missing_required_header": "it looks at the HTTP status, which is 200 for a failure",
    "unsupported_method": "a 405 of this API is not known to name the methods allowed",
    "allow_header_conformance": "there is no Allow header",
    "use_after_free": "it looks at the HTTP status, which is 200 for a failure",
    "ensure_resource_availability": "it needs a history, which a single request has not",
    "ignored_auth": "proven by a test of its own",
    "object_level_authorization": "there is one account",
}
# Sides of a switch of which a document says the contrary, and who says that they occur.
UNDOCUMENTED = {
    ("times", "ms-string"): "v2's volumes and tasks have integers; rendered pages have strings",
    ("times", "iso"): "v2's volumes and tasks have integers; the vendor's tests have ISO 8601",
    ("vm_times", "ms"): "v1's VMs have strings; v2's guide has integers",
    ("vm_times", "seconds"): "v1's VMs have strings; a table of the guide has seconds for v1",
    ("v1_task_times", "general"): "v1's tasks have strings; a table of the guide has seconds",
    ("pages", "pagination"): "v2's pages are flat; the vendor's tests want a `pagination`",
    ("missing", "absent"): "an envelope has `data`; whether null may be left out is not known",
}
EXAMPLES = settings(
    max_examples=tries(5),  # besides those that cover each operation's schema
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,  # one cloud for all requests to one operation
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
    ],
)

# The ids of what is in the cloud that is served at the moment.
known: dict[str, str] = {}


@pytest.fixture
def url() -> Iterator[str]:
    with populated() as url:
        yield url


@contextmanager
def populated(**options: Any) -> Iterator[str]:
    """Serve a populated cloud in which no time passes."""
    clock = Clock()
    with serving(speed=1.0, clock=clock, **options) as served:
        headers = {"x-api-key": KEY}
        with httpx.Client(base_url=served.url, headers=headers, verify=NO_TLS) as http:
            known.update(Settler(http, clock).settle())
        yield served.url
    known.clear()


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False  # no proxy leads to this machine
        yield session


def load(generation: str) -> schemathesis.BaseSchema:
    config = schemathesis.Config.from_dict(CONFIG)
    schema = schemathesis.openapi.from_dict(document(generation), config=config)
    for part in ("path_parameters", "headers", "body"):
        schema.hook(f"before_generate_{part}")(_with_known(part))
    return schema


def _with_known(part: str) -> Any:
    """Return a hook by which generated data is mixed with what is known to be there."""

    def mix(context: Any, strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        operation = context.operation
        return strategy | strategy.map(lambda drawn: _sounder(operation, part, drawn))

    return mix


def _sounder(operation: Operation, part: str, drawn: Any) -> Any:
    given = _sound_request(operation)[part]
    if isinstance(drawn, dict) and isinstance(given, dict):
        return drawn | given
    return given or drawn


def _sound_request(operation: Operation) -> dict[str, Any]:
    sound = SOUND.get(operation.definition.raw["operationId"], Sound())

    def ids(names: list[str]) -> dict[str, str]:
        return {name: known[sound.of.get(name, kind_of(operation.path, name))] for name in names}

    headers = [each.name for each in operation.headers if each.name.lower() != "x-api-key"]
    return {
        "path_parameters": ids([each.name for each in operation.path_parameters]),
        "headers": ids(headers),
        "query": dict(sound.query),
        "body": sound.body(known) if sound.body else None,
    }


def other_sides() -> Iterator[Any]:
    """
    List what a `WireStyle` may be, but for its defaults and for numbers of any choice; what a
    document contradicts must fail, for as long as it stands in the table.
    """
    hints = get_type_hints(WireStyle)
    for switch in attrs.fields(WireStyle):
        kind = hints[switch.name]
        for side in (False, True) if kind is bool else words_of(kind):
            if side != switch.default:
                reason = UNDOCUMENTED.get((switch.name, side))
                marks = [pytest.mark.xfail(strict=True, reason=reason)] if reason else []
                yield pytest.param(switch.name, side, marks=marks)


V1, V2 = load("v1"), load("v2")
FOUND: list[Any] = [found for schema in (V1, V2) for found in schema.get_all_operations()]
OPERATIONS: list[Operation] = [found.ok() for found in FOUND]
ANY_OPERATION = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.label)


@pytest.mark.campaign
@V1.parametrize()
@EXAMPLES
def test_no_request_to_v1_gets_an_answer_that_is_not_documented(
    case: Case, url: str, session: requests.Session
) -> None:
    case.validate_response(case.call(base_url=url, session=session), checks=list(CHECKS))


@pytest.mark.campaign
@V2.parametrize()
@EXAMPLES
def test_no_request_to_v2_gets_an_answer_that_is_not_documented(
    case: Case, url: str, session: requests.Session
) -> None:
    case.validate_response(case.call(base_url=url, session=session), checks=list(CHECKS))


def ask_soundly(operation: Operation, url: str, session: requests.Session) -> None:
    """Send a request that must succeed, and see that its answer is as documented."""
    request = {part: given for part, given in _sound_request(operation).items() if given}
    case = operation.Case(**request)
    response = case.call(base_url=url, session=session, headers={"x-api-key": KEY})
    assert response.json()["code"] == 10000, response.text
    case.validate_response(response, checks=list(CHECKS))


@ANY_OPERATION
def test_a_sound_request_succeeds_with_what_is_documented(
    operation: Operation, url: str, session: requests.Session
) -> None:
    ask_soundly(operation, url, session)


@pytest.mark.parametrize(("switch", "side"), list(other_sides()))
def test_the_other_side_of_a_switch_is_documented_too(
    switch: str, side: object, session: requests.Session
) -> None:
    style: dict[str, Any] = {switch: side}
    with populated(wire=WireStyle(**style)) as url:
        for operation in OPERATIONS:
            if operation.method == "get" or "{" not in operation.path:
                ask_soundly(operation, url, session)


@ANY_OPERATION
def test_a_request_without_a_key_is_refused(
    operation: Operation, url: str, session: requests.Session
) -> None:
    request = {part: given for part, given in _sound_request(operation).items() if given}
    case = operation.Case(**request)
    response = case.call(base_url=url, session=session, headers={"x-api-key": ""})
    assert (response.status_code, response.json()["code"]) == (401, 40101)


def test_every_check_there_is_is_made_or_excluded_for_a_reason() -> None:
    registry.load_all_checks()
    made = {check.__name__ for check in CHECKS}
    assert made | EXCLUDED.keys() == set(registry.CHECKS.get_all_names())
    assert not made & EXCLUDED.keys()
