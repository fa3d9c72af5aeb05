"""No secret of a call comes back in its error, however the server repeats the request."""

import base64
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
from yotta_async.errors import (
    APIError,
    AuthenticationError,
    BadRequestError,
    InvalidResponseError,
)


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


def all_percent(text: str) -> str:
    return "".join(f"%{each:02X}" for each in text.encode())


def all_units(text: str) -> str:
    return "".join(f"\\u{ord(each):04x}" for each in text)


def all_entities(text: str) -> str:
    return "".join(f"&#{ord(each)};" for each in text)


def in_lines(text: str) -> str:
    return "\r\n".join(text[at : at + 5] for at in range(0, len(text), 5))


def base64_after(before: bytes, text: str) -> str:
    return base64.b64encode(before + text.encode() + b"!").decode()


def quoted_twice(text: str) -> str:
    return quote(quote(text, safe=""), safe="")


RESPELLINGS: dict[str, Callable[[str], str]] = {
    "upper case": str.upper,
    "lower case": str.lower,
    "each sign for URLs": all_percent,
    "twice for URLs": quoted_twice,
    "each sign in JSON": all_units,
    "each sign in HTML": all_entities,
    "in lines": in_lines,
    "other dashes": lambda text: text.replace("-", "_"),
    "no dashes": lambda text: text.replace("-", ""),
    "slashes as some write JSON": lambda text: text.replace("/", "\\/"),
    "HTML signs as some write JSON": lambda text: text.replace("&", "\\u0026"),
    "hexadecimal": lambda text: text.encode().hex(),
    "HEXADECIMAL": lambda text: text.encode().hex().upper(),
    "base64": lambda text: base64_after(b"", text),
    "base64 after one sign": lambda text: base64_after(b"a", text),
    "base64 after a user": lambda text: base64_after(b"me:", text),
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "base64 in lines": lambda text: base64.encodebytes(text.encode()).decode(),
    "without its beginning": lambda text: text[5:],
    "out of the middle": lambda text: text[4:-3],
}
RESPELT = "Hunter2/and&some-More+yet"


@pytest.mark.parametrize("way", RESPELLINGS)
def test_a_secret_is_hidden_in_a_spelling_that_was_not_foreseen(way: str) -> None:
    """[X1]."""
    told = RESPELLINGS[way](RESPELT)
    hidden = redaction(call(imageRegistryToken=RESPELT))(f"no: <{told}> is wrong")
    assert hidden.startswith("no: <")
    assert hidden.endswith("> is wrong")
    assert len(hidden) < len("no: <(hidden)> is wrong") + 8
    assert "(hidden)" in hidden


@given(
    secret=st.text("abcXYZ0189-_/&+= ", min_size=20, max_size=60).filter(
        lambda text: sum(map(str.isalnum, text)) >= 12
    ),
    case=st.sampled_from([str, str.upper, str.lower]),
    way=st.sampled_from([str, all_percent, all_units, all_entities, in_lines, quoted_twice]),
    kept=st.integers(0, 8),
)
def test_a_part_of_a_secret_is_hidden_however_it_is_spelt(
    secret: str, case: Callable[[str], str], way: Callable[[str], str], kept: int
) -> None:
    """[X1]."""
    letters = [at for at, each in enumerate(secret) if each.isalnum()]
    told = way(case(secret[letters[min(kept, len(letters) - 12)] :]))
    assert "(hidden)" in redaction(call(token=secret))(f"?? {told} ??")


def test_what_is_long_is_found_by_longer_parts_of_it() -> None:
    """[X1] A megabyte that was given to a task."""
    given_to_task = "".join(f"{each:x}-" for each in range(200_000))
    hidden = redaction(call(input=given_to_task))
    assert hidden(f"near <{given_to_task[700_000:700_100]}>") == "near <(hidden)->"


@pytest.mark.parametrize("depth", [65, 300, 700])
def test_what_is_nested_deeply_is_hidden_as_a_whole(depth: int) -> None:
    """[X1] [F1] The decoder goes deeper than Python's own stack."""
    body = b'{"code": 20001, "message": "no", "data": %s}' % (b"[" * depth + b"]" * depth)
    with pytest.raises(BadRequestError) as caught:
        open_envelope(call(token=PLAIN), Reply(400, {}, body))
    assert "(hidden)" in repr(caught.value.data)


def test_what_is_too_long_to_be_searched_is_hidden_as_a_whole() -> None:
    """[X1]."""
    hidden = redaction(call(token=PLAIN))
    assert hidden({"a": "x" * 150_000, "b": "y" * 150_000, "c": 1}) == {
        "a": "x" * 150_000,
        "b": "(hidden)",
        "(hidden)": "(hidden)",
    }


@pytest.mark.parametrize(
    "url",
    ["https://me:hunter2-and-more@hooks.example/a", "https://hooks.example/?sig=hunter2-and-more"],
)
def test_a_secret_in_an_address_is_one(url: str) -> None:
    """[X1]."""
    hidden = redaction(call(notifyUrl=url))
    assert hidden(f"cannot reach {url}!") == f"cannot reach {url}!".replace(
        "hunter2-and-more", "(hidden)"
    )


def test_a_secret_in_a_query_is_one() -> None:
    """[X1]."""
    found = Operation(id="GET /a", method="GET", path="/a").call(query={"token": PLAIN, "page": 12})
    assert redaction(found)(f"GET /a?token={PLAIN}&page=12") == "GET /a?token=(hidden)&page=12"


def test_a_number_that_is_a_secret_and_no_json_is_not_quoted() -> None:
    """[X1]."""
    secret = "12345678901234567890"
    body = b'{"code": 10000, "message": "", "data": %se999}' % secret.encode()
    with pytest.raises(InvalidResponseError) as caught:
        open_envelope(call(token=secret), Reply(200, {}, body))
    assert secret[:12] not in str(caught.value)


@pytest.mark.parametrize("way", RESPELLINGS)
async def test_the_key_is_hidden_in_a_spelling_that_was_not_foreseen(way: str) -> None:
    """[X1]."""
    key = RESPELT.replace("&", "-")
    told = RESPELLINGS[way](key).replace("\r\n", "")

    def repeat(_: httpx.Request) -> httpx.Response:
        return httpx.Response(401, json={"code": 40101, "message": f"no: {told}", "data": [told]})

    async with httpx.AsyncClient(transport=httpx.MockTransport(repeat)) as http:
        client = AsyncYotta(key, http_client=http, retry=RetryPolicy.none())
        with pytest.raises(AuthenticationError) as caught:
            await client.pods.list()
    assert "(hidden)" in str(caught.value)
    assert told not in repr(vars(caught.value))


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
