"""Which store a URL names, and under which name a key's book is in it."""

import hmac
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ...errors import ConfigurationError
from ..rules.limits import without_credentials
from .store import Store


__all__ = ["book_name", "opener"]


def book_name(key: str, base_url: str) -> str:
    """Return the name of a key's book, from which the key cannot be found out."""
    return hmac.new(key.encode(), base_url.encode(), sha256).hexdigest()[:16]


def opener(url: str, name: str) -> Callable[[str], Store]:
    """
    Return what opens the store at a URL of `Limits.shared`, for a session.

    Raises:
        ConfigurationError: This system, or what is installed, cannot have such a store.
    """
    if url.startswith("file:"):
        from .file import FileStore  # noqa: PLC0415  # each needs what the other does without

        return partial(FileStore, Path(unquote(urlsplit(url).path)), name)
    try:
        from .redis import RedisStore  # noqa: PLC0415  # as above
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            "Limits.shared",
            without_credentials(url),
            f"must be file:///path without the package {error.name}",
            hint='pip install "yotta-async[redis]"',
        ) from error
    return partial(RedisStore, url, name)
