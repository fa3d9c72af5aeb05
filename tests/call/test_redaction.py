"""No secret of a call comes back in its error, however the server repeats the request."""

import html
import json
import pickle
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lab import SPEC
from yotta_async import AsyncYotta, RetryPolicy
from yotta_async._call.rules.envelope import open_envelope
from yotta_async._call.rules.operation import Call, Operation
from yotta_async._call.rules.redaction import redaction
from yotta_async._call.rules.reply import Reply
from yotta_async.errors import APIError, BadRequestError, InvalidResponseError


CREATE = Operation(id="createPod", method="POST", path="/pods")
PLAIN = "hunter2-and-some-more"
AWKWARD = 'pa"ss\\wörd/&<=+ %\n'


def call(**body: object) -> Call:
    return CREATE.call(body=body)


BODIES: dict[str, Callable[[str], dict[str, object]]] = {
    "a registry password": lambda secret: {"imageRegistryPassword": secret},
    "a registry token": lambda secret: {"imageRegistryToken": secret},
    "a credential of v1": lambda secret: {"token": secret},
    "a credential of v2": lambda secret: {"password": secret},
    "a variable": lambda secret: {"environmentVars": [{"key": "HF_TOKEN", "value": secret}]},
    "variables by name": lambda secret: {"envVars": {"HF_TOKEN": secret}},
    "a command": lambda secret: {"initializationCommand": secret},
    "a webhook's key": lambda secret: {"notifyAuthKey": secret},
    "the other webhook's key": lambda secret: {"webhookAuthKey": secret},
    "a task's header": lambda secret: {"header": {"X-Any": secret}},
    "a task's input": lambda secret: {"taskData": {"deep": [{"er": secret}]}},
    "a field of another day": lambda secret: {"auth": {"api_key": secret}},
}
FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "JSON": lambda secret: json.dumps(secret, ensure_ascii=False),
    "ASCII JSON": json.dumps,
    "JSON in JSON": lambda secret: json.dumps(json.dumps({"a": secret})),
    "URL": lambda secret: quote(secret, safe=""),
    "a form": quote_plus,
    "HTML": html.escape,
    "repeated": lambda secret: f"{secret}, {secret}",
}


@pytest.mark.parametrize("secret", [PLAIN, AWKWARD], ids=["plain", "awkward"])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("body", BODIES)
def test_a_secret_is_hidden_wherever_it_was_sent_and_however_it_is_spelt(
    body: str, form: str, secret: str
) -> None:
    """[X1]."""
    told = FORMS[form](secret)
    hidden = redaction(call(**BODIES[body](secret)))
    assert hidden(f"cannot read <{told}> of it").count("(hidden)") == 1 + (form == "repeated")
    assert secret.strip()[:12] not in hidden(told)
    assert hidden({"rejected": [{"value": told}]}) == {"rejected": [{"value": hidden(told)}]}


@given(secret=st.text(min_size=8, max_size=60), before=st.text(), after=st.text())
def test_no_secret_is_left_in_any_text(secret: str, before: str, after: str) -> None:
    """[X1]."""
    hidden = redaction(call(imageRegistryToken=secret))
    assert secret not in hidden(before + secret + after).replace("(hidden)", "")


@given(secret=st.text("abcdef", min_size=13, max_size=60), kept=st.integers(12, 60))
def test_a_secret_that_was_cut_short_is_hidden_too(secret: str, kept: int) -> None:
    hidden = redaction(call(initializationCommand=secret))
    assert hidden(f"near: {secret[:kept]}") == "near: (hidden)"


def test_of_two_secrets_with_one_beginning_neither_is_left() -> None:
    secrets = ("sk-0123456789-abc", "sk-0123456789-abd-and-more")
    hidden = redaction(call(environmentVars=[{"key": "A", "value": each} for each in secrets]))
    assert [hidden(each) for each in secrets] == ["(hidden)"] * 2


@pytest.mark.parametrize("value", ["", "1", "true", "8080", "prod", True, False, None, 0, 30])
def test_what_is_no_secret_stays(value: object) -> None:
    body = {"environmentVars": [{"key": "MODE", "value": value}], "podName": "my-pod-of-today"}
    text = f"my-pod-of-today: MODE must not be {value!r} 1 times, code 20001"
    assert redaction(call(**body))(text) == text


def test_a_line_of_a_command_is_hidden_as_all_of_it() -> None:
    command = "set -e\nexport TOKEN=hunter2-and-more\nrun"
    hidden = redaction(call(initializationCommand=command))
    assert hidden("line 2: `export TOKEN=hunter2-and-more`: no") == "line 2: `(hidden)`: no"


def test_a_page_is_quoted_without_secrets_even_where_the_quote_ends() -> None:
    page = f"<html>{'x' * 185}{PLAIN}</html>".encode()
    with pytest.raises(InvalidResponseError) as caught:
        open_envelope(call(token=PLAIN), Reply(200, {}, page))
    assert PLAIN[:6] not in caught.value.excerpt


@pytest.mark.parametrize("api_version", ["v1", "v2"])
async def test_an_error_and_all_that_is_kept_on_it_has_no_secret(api_version: str) -> None:
    """[X1] The server answers with the request that it got."""

    def repeat(request: httpx.Request) -> httpx.Response:
        got = request.content.decode()
        answer = {"code": 20001, "message": f"JSON parse error: {got}", "data": json.loads(got)}
        return httpx.Response(400, json=answer, headers={"x-request-id": PLAIN})

    spec = SPEC.evolve(
        image_registry_token=PLAIN,
        image_registry_username="me",
        initialization_command=AWKWARD,
        environment={"PASSWORD": f"env-{PLAIN}", "MODE": "1"},
    )
    async with httpx.AsyncClient(transport=httpx.MockTransport(repeat)) as http:
        client = AsyncYotta(
            "sk-canary-0123456789",
            http_client=http,
            api_version=api_version,
            retry=RetryPolicy.none(),
        )
        with pytest.raises(BadRequestError) as caught:
            await client.pods.create(spec)
    error: APIError = caught.value
    revived = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own
    for text in (str(error), repr(error), repr(vars(error)), str(revived), repr(vars(revived))):
        assert PLAIN not in text
        assert "rd/&<" not in text
    assert "MODE" in repr(vars(error))
