"""The book behind TLS: a private authority is trusted where the URL names it, and not otherwise."""

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest

from tests.scheduling.book.servers import RedisServer
from tests.scheduling.book.test_file import request
from yotta_async._scheduling.rules.book.messages import Reply
from yotta_async._scheduling.stores.redis import RedisStore
from yotta_async.errors import ConfigurationError


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost that vouches for itself; its key is beside it."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to make a certificate with")
    made = tmp_path_factory.mktemp("tls") / "cert.pem"
    subject = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1")
    files = ("-keyout", str(made.with_name("key.pem")), "-out", str(made))
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject, *files],
        check=True,
        capture_output=True,
    )
    return made


@asynccontextmanager
async def tls_before(server: RedisServer, certificate: Path) -> AsyncIterator[int]:
    """Serve TLS on a free port, and speak plainly to the server's socket."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner = await asyncio.open_unix_connection(str(server.socket))
        await asyncio.gather(copy(reader, inner[1]), copy(inner[0], writer), return_exceptions=True)

    listener = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with listener:
        yield listener.sockets[0].getsockname()[1]
        await asyncio.sleep(0.1)


def ask(server: RedisServer, certificate: Path, query: str) -> Reply:
    async def body() -> Reply:
        async with tls_before(server, certificate) as port:
            url = f"rediss://localhost:{port}/0{query}"
            store = RedisStore(url, "fedcba9876543210", "a")
            try:
                return await store.step(request("a"))
            finally:
                await store.aclose()

    server.client().flushall()
    return anyio.run(body)


def test_a_private_authority_that_is_named_is_trusted(
    server: RedisServer, certificate: Path
) -> None:
    assert ask(server, certificate, f"?ssl_ca_certs={certificate}").version == 1


def test_a_certificate_of_no_known_authority_is_told(
    server: RedisServer, certificate: Path
) -> None:
    with pytest.raises(ConfigurationError, match=r"certificate that is trusted.*ssl_ca_certs"):
        ask(server, certificate, "")
