"""What cannot work is named before anything is sent, with value and remedy, and without keys."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from yotta_async import AsyncYotta
from yotta_async._config import BASE_URL, base_url_from
from yotta_async.errors import ConfigurationError


KEY = "sk-canary-0123456789"
VARIABLES = ("YOTTA_API_KEY", "YOTTA_BASE_URL", "YOTTA_API_VERSION")


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def sent() -> Iterator[list[httpx.Request]]:
    """Yield what reaches a transport, which must be nothing."""
    requests: list[httpx.Request] = []
    yield requests
    assert requests == []


def refusal(sent: list[httpx.Request], **settings: Any) -> ConfigurationError:
    def handler(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200)

    http = httpx.AsyncClient(transport=httpx.MockTransport(handler))
    with pytest.raises(ConfigurationError) as caught:
        AsyncYotta(**{"api_key": KEY, "http_client": http, **settings})
    error = caught.value
    assert KEY not in f"{error} {error!r} {vars(error)}"
    assert error.hint
    assert error.field in str(error)
    assert error.value in str(error)
    return error


async def key_used(**settings: Any) -> str:
    """Return the key that a client sends."""
    keys: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["x-api-key"])
        return httpx.Response(200, json={"code": 10000, "data": []})

    async with httpx.AsyncClient(transport=httpx.MockTransport(handler)) as http:
        await AsyncYotta(http_client=http, **settings).pods.list()
    return keys[0]


def test_without_any_key_the_error_says_where_one_comes_from(sent: list[httpx.Request]) -> None:
    error = refusal(sent, api_key=None)
    assert error.field == "YOTTA_API_KEY"
    assert "console" in error.hint
    assert "AsyncYotta.simulated()" in error.hint


@pytest.mark.parametrize("environment", ["", " ", "\n"])
def test_an_empty_variable_is_no_key(
    environment: str, sent: list[httpx.Request], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YOTTA_API_KEY", environment)
    assert refusal(sent, api_key=None).field == "YOTTA_API_KEY"


@pytest.mark.parametrize(
    "key",
    [f"{KEY}\n", f"{KEY} ", f" {KEY}", f"{KEY}\t{KEY}", f"{KEY}é", f"{KEY}\x00", KEY * 40],
    ids=ascii,
)
def test_a_key_that_no_header_can_carry_is_refused(key: str, sent: list[httpx.Request]) -> None:
    error = refusal(sent, api_key=key)
    assert (error.field, error.value) == ("api_key", "(hidden)")
    assert "strip()" in error.hint


@pytest.mark.parametrize("key", [b"bytes", 12345678, ["list"]], ids=ascii)
def test_a_key_that_is_no_text_is_refused(key: object, sent: list[httpx.Request]) -> None:
    assert refusal(sent, api_key=key).value == "(hidden)"


def test_an_empty_argument_does_not_fall_back_to_the_environment(
    sent: list[httpx.Request], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YOTTA_API_KEY", KEY)
    assert refusal(sent, api_key="").field == "api_key"


async def test_the_argument_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YOTTA_API_KEY", "from-the-environment")
    assert await key_used() == "from-the-environment"
    assert await key_used(api_key=KEY) == KEY


async def test_a_key_from_the_environment_may_end_with_a_line_break(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("YOTTA_API_KEY", f" {KEY}\r\n")
    assert await key_used() == KEY


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://api.yottalabs.ai", "in clear"),
        ("http://localhost.evil.example", "in clear"),
        ("http://127.0.0.1.evil.example", "in clear"),
        ("http://192.168.1.1:8000", "in clear"),
        ("api.yottalabs.ai", "must begin with https"),
        ("localhost:8000", "must begin with https"),
        ("ftp://api.yottalabs.ai", "must begin with https"),
        ("//api.yottalabs.ai", "must begin with https"),
        ("https://", "must have a host"),
        ("https:///path", "must have a host"),
        ("https://me:secret@api.yottalabs.ai", "credentials"),
        ("https://@api.yottalabs.ai", "credentials"),
        ("https://api.yottalabs.ai?key=secret", "query"),
        ("https://api.yottalabs.ai?", "query"),
        ("https://api.yottalabs.ai#secret", "fragment"),
        ("https://api.yottalabs.ai:port", "must be a URL"),
        ("https://api.yottalabs.ai:99999", "must be a URL"),
        ("https://api.yottalabs.ai:0", "must be a URL"),
        ("https://me:secret@api.yottalabs.ai:port", "must be a URL"),
        ("https://api yottalabs.ai", "must be a URL"),
        ("https://api.yottalabs.ai\n", "must be a URL"),
        ("https://api.yottalabs.ai\\@evil.example", "must be a URL"),
        ("https://yottä.ai", "must be a URL"),
        ("https://[::1", "must be a URL"),
        ("", "must begin with https"),
        (KEY, "must begin with https"),
        (f"https://{KEY}@x?{KEY}=https://{KEY}", "credentials"),
        (b"https://api.yottalabs.ai", "must be a URL"),
        (httpx.URL("https://api.yottalabs.ai"), "must be a URL"),
    ],
    ids=str,
)
def test_a_base_url_that_cannot_work_is_refused(
    url: object, problem: str, sent: list[httpx.Request]
) -> None:
    error = refusal(sent, base_url=url)
    assert problem in str(error)
    assert error.field == "base_url"
    assert "secret" not in str(error)


@pytest.mark.parametrize(
    ("url", "used"),
    [
        ("https://api.yottalabs.ai/", "https://api.yottalabs.ai"),
        ("https://gateway.example:8443/yotta//", "https://gateway.example:8443/yotta"),
        ("HTTPS://API.yottalabs.ai", "https://API.yottalabs.ai"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://LOCALHOST", "http://LOCALHOST"),
        ("http://127.0.0.2", "http://127.0.0.2"),
        ("http://[::1]:80", "http://[::1]:80"),
    ],
)
def test_a_base_url_is_used_without_its_last_slash_and_with_a_plain_scheme(
    url: str, used: str
) -> None:
    assert base_url_from(url) == used


def test_a_base_url_comes_from_the_argument_the_environment_or_the_service(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert base_url_from(None) == BASE_URL
    monkeypatch.setenv("YOTTA_BASE_URL", "https://gateway.example \n")
    assert base_url_from(None) == "https://gateway.example"
    assert base_url_from("https://other.example") == "https://other.example"


def test_a_wrong_variable_is_named(
    sent: list[httpx.Request], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YOTTA_BASE_URL", "http://gateway.example")
    assert refusal(sent).field == "YOTTA_BASE_URL"
    monkeypatch.setenv("YOTTA_BASE_URL", "")
    monkeypatch.setenv("YOTTA_API_VERSION", "v0")
    assert refusal(sent).field == "YOTTA_API_VERSION"


@pytest.mark.parametrize("version", ["v3", "V1", "1", "nonsense", "", 1], ids=ascii)
def test_a_version_that_is_not_spoken_is_refused(
    version: object, sent: list[httpx.Request]
) -> None:
    error = refusal(sent, api_version=version)
    assert (error.field, error.value) == ("api_version", str(version))
    assert '"v1"' in error.hint


@pytest.mark.parametrize(
    "timeout",
    [
        None,
        0,
        0.0,
        -1.0,
        float("inf"),
        float("nan"),
        True,
        False,
        "30",
        (1.0, 2.0),
        httpx.Timeout(None),
        httpx.Timeout(5.0, read=None),
        httpx.Timeout(5.0, connect=0.0),
        httpx.Timeout(5.0, pool=float("inf")),
    ],
    ids=str,
)
def test_a_time_out_that_never_comes_is_refused(timeout: object, sent: list[httpx.Request]) -> None:
    error = refusal(sent, timeout=timeout)
    assert error.field == "timeout"
    assert "finite" in str(error)
    assert "timeout=30.0" in error.hint


def test_other_options_are_checked_as_well() -> None:
    client = AsyncYotta(KEY)
    with pytest.raises(ConfigurationError, match="finite"):
        client.with_options(timeout=float("inf"))


@pytest.mark.parametrize("timeout", [5, 0.5, httpx.Timeout(5.0), httpx.Timeout(5.0, read=60.0)])
def test_a_finite_time_out_is_taken(timeout: Any) -> None:
    AsyncYotta(KEY, timeout=timeout)
