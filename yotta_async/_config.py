"""Arguments, then the environment, then defaults; wrong ones are named before anything is sent."""

import os
import re
from ipaddress import ip_address
from typing import NoReturn, Protocol, final
from urllib.parse import SplitResult, urlsplit

from ._scheduling.rules.limits import Limits
from .errors import ConfigurationError, YottaError


__all__ = [
    "BASE_URL",
    "Secret",
    "api_key_from",
    "api_version_from",
    "base_url_from",
    "is_loopback",
    "limits_of",
    "without_secrets",
]

BASE_URL = "https://api.yottalabs.ai"
CONSOLE = "the console under Settings > Access Keys"

# Printable ASCII without spaces is what a header value can carry.
_KEY = re.compile(r"[\x21-\x7e]{1,512}", re.ASCII)


@final
class Secret:
    """Text without a repr, a str, a pickle or a copy of itself; `reveal` gives it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return "Secret(hidden)"

    def __reduce__(self) -> NoReturn:
        raise YottaError("A secret is not pickled; make the client anew where it is needed.")

    def __getstate__(self) -> NoReturn:
        self.__reduce__()

    def reveal(self) -> str:
        return self._text


def api_key_from(given: object) -> Secret:
    """Return the key; surrounding white space, as key files have it, is cut off only from the
    environment.
    """
    source, key = ("api_key", given) if given is not None else _of_environment("YOTTA_API_KEY")
    if key in (None, ""):
        hint = f"Pass api_key=, or set YOTTA_API_KEY, to a key from {CONSOLE};"
        hint = f"{hint} AsyncYotta.simulated() needs none."
        raise ConfigurationError(source, "(empty)", "must be an API key", hint=hint)
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        problem = "must be 1 to 512 printable ASCII characters without spaces or line breaks"
        hint = "Strip what was read from a file: key.strip()."
        raise ConfigurationError(source, "(hidden)", problem, hint=hint)
    return Secret(key)


def base_url_from(given: object) -> str:
    """Return the base URL without a trailing slash; only https, or http to this machine."""
    field, text = ("base_url", given) if given is not None else _of_environment("YOTTA_BASE_URL")
    text, url = _split(field, BASE_URL if text is None else text)
    shown = without_secrets(text)
    if url.scheme not in ("http", "https"):
        hint = f"Write https://{shown.partition('://')[2] or shown}."
        raise _bad(field, shown, "must begin with https:// or http://", hint)
    if not url.hostname:
        raise _bad(field, shown, "must have a host", f"For example {BASE_URL}.")
    if any(mark in text for mark in "@?#"):
        problem = "must have no credentials, query or fragment"
        raise _bad(field, shown, problem, "Give scheme, host and path only.")
    if url.scheme == "http" and not is_loopback(url.hostname):
        problem = "must be https, as the key is not sent in clear to another machine"
        raise _bad(field, shown, problem, f"Use https://{url.netloc}.")
    # The scheme in lower case: whether a certificate is checked hangs on it.
    return f"{url.scheme}://{url.netloc}{url.path}".rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by its name or number."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def api_version_from(given: object) -> str:
    """Return the API version to speak."""
    source = ("api_version", given) if given is not None else _of_environment("YOTTA_API_VERSION")
    field, value = source
    version = "v1" if value is None else value
    if version not in ("v1", "v2"):
        raise _bad(field, value, 'must be "v1" or "v2"', 'Without it "v1" is used.')
    return str(version)


def _of_environment(name: str) -> tuple[str, str | None]:
    return name, os.environ.get(name, "").strip() or None


def _split(field: str, text: object) -> tuple[str, SplitResult]:
    try:
        if isinstance(text, str) and text.isascii() and text.isprintable():
            url = urlsplit(text)
            if url.port != 0 and not set(text) & set(' \\"<>'):
                return text, url
    except ValueError:
        pass
    raise _bad(field, without_secrets(text), "must be a URL", f"For example {BASE_URL}.")


def without_secrets(text: object) -> str:
    """Return what was meant to be a URL, without credentials and query."""
    if not isinstance(text, str):
        return type(text).__name__
    if text and not set(text) & set(".:/"):
        return "(hidden)"  # rather a key in the wrong place than a host
    scheme, mark, rest = text.partition("://") if "://" in text else ("", "", text)
    return ascii(scheme + mark + re.split("[?#]", rest.rpartition("@")[2])[0])[1:-1]


def _bad(field: str, value: object, problem: str, hint: str) -> ConfigurationError:
    return ConfigurationError(field, value, problem, hint=hint)


class Plan(Protocol):
    """What a server allows; None is for no bound."""

    @property
    def requests(self) -> int | None: ...

    @property
    def per(self) -> float: ...

    @property
    def pod_operations(self) -> int | None: ...


def limits_of(plan: Plan) -> Limits:
    """Return limits within what a server allows."""
    usual = Limits()
    return Limits(
        requests=plan.requests or usual.requests,
        per=plan.per,
        pod_operations=plan.pod_operations or usual.pod_operations,
    )
