"""A proxy or a certificate of the environment that cannot be used is told by its variable."""

import os
from typing import Any

import anyio
import pytest

from yotta_async import AsyncYotta
from yotta_async._call import pool
from yotta_async.errors import ConfigurationError


VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
CASES = [
    ("ALL_PROXY", "ftp://proxy:21", "ftp://proxy:21", "http://host:port"),
    ("HTTPS_PROXY", "ftp://proxy", "ftp://proxy", "http://host:port"),
    ("https_proxy", "http://[::1", "http://[::1", "http://host:port"),
    ("HTTP_PROXY", "http://proxy:port", "http://proxy:port", "http://host:port"),
    ("ALL_PROXY", "ftp://me:hunter2@proxy:21?token=hush", "ftp://proxy:21", "unset it"),
    ("NO_PROXY", "fe80::/10,::1", "fe80::/10,::1", "unset it"),
    ("SSL_CERT_FILE", "/gone/away.pem", "/gone/away.pem", "a file that exists"),
    ("SSL_CERT_FILE", os.devnull, os.devnull, "a file that exists"),
    ("SSLKEYLOGFILE", "/gone/away/keys", "/gone/away/keys", "a file that exists"),
]


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*VARIABLES, *map(str.upper, VARIABLES), "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    pool._tls.cache_clear()


async def _list() -> None:
    async with AsyncYotta("a-key") as client:
        await client.pods.list()


@pytest.mark.parametrize(("variable", "value", "shown", "remedy"), CASES)
def test_what_cannot_be_used_is_named_with_its_value_and_a_remedy(
    variable: str, value: str, shown: str, remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[F1]."""
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigurationError) as caught:
        anyio.run(_list)
    error = caught.value
    assert (error.field, error.value) == (variable, shown)
    assert remedy in error.hint
    assert "hunter2" not in str(error)
    assert "hush" not in str(error)


def test_a_package_that_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """[F1] ``socks5://`` needs one that is not installed here."""
    monkeypatch.setenv("ALL_PROXY", "socks5://me:hunter2@proxy:1080")
    with pytest.raises(ConfigurationError, match=r"httpx\[socks\]") as caught:
        anyio.run(_list)
    assert caught.value.field == "ALL_PROXY"
    assert "hunter2" not in str(caught.value)


async def test_whatever_else_cannot_be_made_is_a_configuration_error() -> None:
    class Library:
        Limits = dict

        def AsyncClient(self, **_: Any) -> None:  # noqa: N802  # as httpx spells it
            raise LookupError

        def Proxy(self, **_: Any) -> None:  # noqa: N802
            """Any proxy will do."""

    library: Any = Library()
    with pytest.raises(ConfigurationError, match="LookupError"):
        pool.pooled_client(library, "http://localhost")


def test_a_host_that_httpx_cannot_read_is_told_as_the_base_url() -> None:
    async def main() -> None:
        async with AsyncYotta("a-key", base_url="https://999.1.1.1") as client:
            await client.pods.list()

    with pytest.raises(ConfigurationError) as caught:
        anyio.run(main)
    assert (caught.value.field, caught.value.value) == ("base_url", "https://999.1.1.1")
