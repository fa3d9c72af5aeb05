"""The words that a switch of the simulator may be."""

from typing import Any, get_args


def words_of(kind: Any) -> tuple[Any, ...]:
    """Return the words of a literal, or of one that may be None; none for another type."""
    inner = get_args(kind)
    return get_args(inner[0]) if type(None) in inner else inner
