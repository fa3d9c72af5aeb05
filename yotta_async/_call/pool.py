"""
The client's own pool of connections; what of the environment it cannot use is told by its name.

The pool is larger than the number of exchanges, so that none waits for a connection.
"""

import os
import ssl
from collections.abc import Callable, Iterator
from functools import cache, partial
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import ModuleType
from typing import Any, Final
from urllib.parse import urlsplit

from .._config import is_loopback, without_secrets
from .._scheduling.rules.budget import EXCHANGES
from ..errors import ConfigurationError


__all__ = ["POOL", "pooled_client"]

POOL = 4 * EXCHANGES
# Kept connections die younger than the minute after which common balancers close theirs.
KEEPALIVE_EXPIRY = 45.0

_PROXIES: Final = ("http_proxy", "https_proxy", "all_proxy")
_PROXY_HINT: Final = (
    "Set it to http://host:port, https://host:port or socks5://host:port; or unset it."
)
_SOCKS_HINT: Final = 'Install the extra: pip install "httpx[socks]"; or unset it.'
_NO_PROXY_HINT: Final = (
    "Set it to hosts and domains with commas between them, without ranges of IPv6 addresses; or "
    "unset it."
)
_CERTIFICATES: Final = "must be a readable file of certificates in PEM format"


def pooled_client(library: ModuleType, base_url: str) -> Any:
    """
    Return a client of httpx with a pool of its own.

    Raises:
        ConfigurationError: A proxy, or the certificates, of the environment cannot be used.
    """
    url = urlsplit(base_url)
    try:
        return library.AsyncClient(
            verify=False if url.scheme == "http" else _tls(library),
            limits=library.Limits(
                max_connections=POOL,
                max_keepalive_connections=EXCHANGES,
                keepalive_expiry=KEEPALIVE_EXPIRY,
            ),
            # A balancer that sets a cookie with each answer would fill the head of every request.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            # A proxy would read the key that plain http carries.
            trust_env=not is_loopback(url.hostname or ""),
        )
    except Exception as error:
        raise _blamed(error, library) from error


@cache
def _tls(library: ModuleType) -> ssl.SSLContext:
    # Loading the certificates takes 50 to 200 ms and 700 kB: once a process, not once a client.
    context: ssl.SSLContext = library.create_ssl_context()
    return context


def _blamed(error: Exception, library: ModuleType) -> ConfigurationError:
    """
    Return what to raise where a client could not be made.

    httpx names no variable in its errors. So each is tried by itself, as httpx does.
    """
    found = next(_faults(library), None)
    if found is not None:
        return found
    hint = "Look at the proxy and TLS variables of the environment, or give http_client=."
    problem = f"must be possible to make, and was a {type(error).__name__}"
    return ConfigurationError("http_client", "httpx.AsyncClient", problem, hint=hint)


def _faults(library: ModuleType) -> Iterator[ConfigurationError]:
    for name in _PROXIES:
        variable, value = _variable(name)
        error = _error_of(partial(_connect_through, library, value)) if value else None
        if isinstance(error, ImportError):
            yield _bad(variable, value, "must have its package installed", _SOCKS_HINT)
        elif error:
            yield _bad(variable, value, "must be the URL of a proxy", _PROXY_HINT)
    yield from _faults_of_tls()
    variable, value = _variable("no_proxy")
    if value:
        yield _bad(variable, value, "must be hosts that httpx can read", _NO_PROXY_HINT)


def _faults_of_tls() -> Iterator[ConfigurationError]:
    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    log = os.environ.get("SSLKEYLOGFILE")
    hint = "Set it to a file that exists, or unset it."
    if file and _error_of(lambda: _context().load_verify_locations(cafile=file)):
        yield ConfigurationError("SSL_CERT_FILE", file, _CERTIFICATES, hint=hint)
    if folder and _error_of(lambda: _context().load_verify_locations(capath=folder)):
        problem = "must be a folder of certificates"
        yield ConfigurationError("SSL_CERT_DIR", folder, problem, hint=hint)
    if log and _error_of(lambda: setattr(_context(), "keylog_filename", log)):
        yield ConfigurationError("SSLKEYLOGFILE", log, "must be a writable file", hint=hint)


def _context() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _connect_through(library: ModuleType, url: str) -> None:
    proxy = library.Proxy(url=url if "://" in url else f"http://{url}")
    library.AsyncHTTPTransport(proxy=proxy, verify=_context())


def _error_of(attempt: Callable[[], Any]) -> Exception | None:
    try:
        attempt()
    except Exception as error:  # noqa: BLE001  # whatever it is, this variable is to blame
        return error
    return None


def _variable(name: str) -> tuple[str, str]:
    """Return the variable that counts, as `urllib.request.getproxies` has it, and its value."""
    for each in (name, name.upper()):
        if os.environ.get(each):
            return each, os.environ[each]
    return name, ""


def _bad(variable: str, value: str, problem: str, hint: str) -> ConfigurationError:
    return ConfigurationError(variable, without_secrets(value), problem, hint=hint)
