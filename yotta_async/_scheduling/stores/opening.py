"""Which store a URL names, and under which name a key's book is in it."""

from collections.abc import Callable
from hashlib import sha256
from hmac import new as hmac

from .store import Store


__all__ = ["book_name", "opener"]


def book_name(key: str, base_url: str) -> str:
    """Return the name of a key's book, from which the key cannot be found out."""
    digest = hmac(key.encode(), base_url.encode(), sha256).hexdigest()
    return f"yotta:{{{digest[:16]}}}:budget"
