"""
Text that a user passes on stays in its place: one segment, one value, never another request.

What each call sends with a plain word is compared with what it sends with a hostile text.
"""

from collections.abc import Iterable

import anyio
import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.campaign import tries
from tests.contract.recorder import Heard, recording, transport
from tests.contract.verbs import VERBS, Verb
from yotta_async import AsyncYotta, Limits
from yotta_async._api import GENERATIONS
from yotta_async.errors import APIError, ConfigurationError


LIMITS = Limits(requests=1_000_000)

HOSTILE = {
    "nothing": "",
    "here": ".",
    "up": "..",
    "up and away": "../../v2/pods",
    "up in the middle": "1/../2",
    "slash": "1/pause",
    "two slashes": "//evil.example/1",
    "backslash": "..\\..\\1",
    "query": "1?x=1",
    "another parameter": "1&x=1",
    "plus": "1+1",
    "space": "1 1",
    "fragment": "1#f",
    "matrix parameter": "1;x=1",
    "colon": "http://evil.example/",
    "at": "user@evil.example",
    "encoded dots": "%2e%2e",
    "encoded slash": "%2F",
    "encoded twice": "%252F",
    "encoded zero": "%00",
    "broken escape": "%zz%",
    "newline": "1\n2",
    "return": "1\r2",
    "header": "1\r\nx-evil: 1",
    "request": "1 HTTP/1.1\r\nhost: evil.example\r\n\r\nGET /evil",
    "zero": "1\x00",
    "tab": "1\t2",
    "escape": "\x1b[31m",
    "delete": "\x7f",
    "next line": "1\x852",
    "line separator": "1\u20282",
    "non-ASCII": "Zürich",
    "wide": "\uff0f\uff0e\uff0e",
    "emoji": "\U0001f984",
    "combining": "e\u0301",
    "right to left": "\u202e1",
    "long": "a" * 5_000,
    "braces": "{pod_id}",
    "quotes": "'\"",
    "template": "${jndi:ldap://evil.example}",
}

NO_UNICODE = ("\ud800", "\ud83e\udd84", b"\xff".decode("utf-8", "surrogateescape"))
TEXTS = st.text(st.characters(codec="utf-8")) | st.text("./\\%?#&;\r\n\0:@ 012eEfF")
LONGER_THAN_ANY_URL = "a" * 100_000

TRIED = [
    (name, verb)
    for name, generation in GENERATIONS.items()
    for verb in VERBS
    if verb.operation in generation.rows
]
ANY_VERB = pytest.mark.parametrize(
    ("generation", "verb"), [pytest.param(*each, id=f"{each[0]}-{each[1]}") for each in TRIED]
)


@ANY_VERB
@pytest.mark.real_time
async def test_hostile_text_is_refused_or_stays_in_its_place_on_the_wire(
    generation: str, verb: Verb
) -> None:
    async with recording() as (url, heard), client(generation, url) as yotta:
        await compare(yotta, heard, verb, HOSTILE.values())


@pytest.mark.campaign
@ANY_VERB
@settings(max_examples=tries(4), suppress_health_check=[HealthCheck.too_slow])
@given(texts=st.lists(TEXTS, min_size=10, max_size=10))
def test_any_text_is_refused_or_stays_in_its_place(
    generation: str, verb: Verb, texts: list[str]
) -> None:
    anyio.run(compare_in_process, generation, verb, texts)


@pytest.mark.asyncio_only
async def test_text_longer_than_a_url_can_be_is_refused_or_travels_in_a_body() -> None:
    for generation, verb in TRIED:
        await compare_in_process(generation, verb, [LONGER_THAN_ANY_URL])


@pytest.mark.asyncio_only
async def test_text_that_is_no_unicode_is_refused() -> None:
    for generation, verb in TRIED:
        await compare_in_process(generation, verb, NO_UNICODE)


def test_whatever_has_an_id_in_its_path_is_tried() -> None:
    rows = [row for generation in GENERATIONS.values() for row in generation.rows.values()]
    with_id = {row.operation.id for row in rows if row.operation.placeholders}
    by_name = {row.operation.id for row in rows if row.verb == "request"}
    assert with_id - by_name <= {verb.operation for verb in VERBS}


def client(generation: str, url: str, http: httpx.AsyncClient | None = None) -> AsyncYotta:
    return AsyncYotta("key", base_url=url, limits=LIMITS, http_client=http, api_version=generation)


async def compare_in_process(generation: str, verb: Verb, texts: Iterable[str]) -> None:
    heard: list[Heard] = []
    async with (
        httpx.AsyncClient(transport=transport(heard)) as http,
        client(generation, "http://localhost", http) as yotta,
    ):
        await compare(yotta, heard, verb, texts)


async def compare(yotta: AsyncYotta, heard: list[Heard], verb: Verb, texts: Iterable[str]) -> None:
    plain = await hear(yotta, heard, verb, verb.word)
    assert plain
    assert all(request.carries(verb.word) for request in plain)
    for text in texts:
        sent = await hear(yotta, heard, verb, text)
        for request, model in zip(sent, plain if sent else (), strict=True):
            request.check(model, verb.word, text)


async def hear(yotta: AsyncYotta, heard: list[Heard], verb: Verb, text: str) -> list[Heard]:
    """Return the requests that a call sends, which are none where the text is refused."""
    heard.clear()
    refusal: ConfigurationError | None = None
    try:
        await verb.call(yotta, text)
    except ConfigurationError as error:
        refusal = error
    except APIError:
        pass
    if refusal is None:
        assert heard != []
        return list(heard)
    assert heard == []
    assert refusal.field
    assert refusal.hint
    assert len(str(refusal)) < 1000
    return []
