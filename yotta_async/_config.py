"""Arguments, then the environment, then defaults; wrong ones are named before anything is sent."""

import os
import re
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from ._secret import Secret
from .errors import ConfigurationError


__all__ = ["BASE_URL", "api_key_from", "api_version_from", "base_url_from", "is_loopback"]

BASE_URL = "https://api.yottalabs.ai"
CONSOLE = "the console under Settings > Access Keys"

# Printable ASCII without spaces is what a header value can carry.
_KEY = re.compile(r"[\x21-\x7e]{1,512}", re.ASCII)


def api_key_from(given: str | None) -> Secret:
    """
    Return the key; surrounding white space, as key files have it, is cut off only from the
    environment.
    """
    source, key = ("api_key", given) if given is not None else _from_environment()
    if not key:
        hint = f"Pass api_key=, or set YOTTA_API_KEY to a key from {CONSOLE}; AsyncYotta.simulated() needs none."
        raise ConfigurationError(
            source, "" if key is None else key, "there is no API key", hint=hint
        )
    if not _KEY.fullmatch(key):
        problem = "is not an API key: it must be 1 to 512 printable ASCII characters without spaces or line breaks"
        hint = "Strip what was read from a file: key.strip()."
        raise ConfigurationError(source, "(hidden)", problem, hint=hint)
    return Secret(key)


def _from_environment() -> tuple[str, str | None]:
    return "YOTTA_API_KEY", (os.environ.get("YOTTA_API_KEY") or "").strip() or None


def base_url_from(given: str | None) -> str:
    """Return the base URL without a trailing slash; only https, or http to this machine."""
    field = "base_url" if given is not None else "YOTTA_BASE_URL"
    text = given if given is not None else (os.environ.get("YOTTA_BASE_URL") or BASE_URL)
    url = _split(field, text)
    if url.scheme not in ("http", "https"):
        raise _bad(field, text, "has no scheme", f"Write https://{text.split('://')[-1]}.")
    if not url.hostname:
        raise _bad(field, text, "has no host", f"For example {BASE_URL}.")
    if url.username or url.password or url.query or url.fragment:
        shown = f"{url.scheme}://{url.hostname}"
        raise _bad(
            field, shown, "carries credentials, a query or a fragment", "Give scheme and host only."
        )
    if url.scheme == "http" and not is_loopback(url.hostname):
        raise _bad(field, text, "would send the key in clear", f"Use https://{url.netloc}.")
    return text.rstrip("/")


def _split(field: str, text: str) -> SplitResult:
    try:
        if not text.isascii() or not text.isprintable() or " " in text:
            raise ValueError(text)
        url = urlsplit(text)
        _ = url.port
    except ValueError:
        raise _bad(field, ascii(text), "is not a URL", f"For example {BASE_URL}.") from None
    return url


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by its name or number."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def api_version_from(given: str | None) -> str:
    field = "api_version" if given is not None else "YOTTA_API_VERSION"
    version = given if given is not None else (os.environ.get("YOTTA_API_VERSION") or "v1")
    if version != "v1":
        raise _bad(field, version, "is not spoken by this release", 'Use "v1".')
    return version


def _bad(field: str, value: str, problem: str, hint: str) -> ConfigurationError:
    return ConfigurationError(field, value, problem, hint=hint)
