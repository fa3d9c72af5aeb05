"""The input of a map: a collection, or what is taken from as it is needed."""

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Sized
from typing import TypeVar

from ...errors import ConfigurationError


__all__ = ["collection_of", "stream_of"]

T = TypeVar("T")


def collection_of(items: Iterable[T] | AsyncIterable[T]) -> Iterable[T] | None:
    """Return an input that has an end and is there as a whole; None for any other."""
    return items if isinstance(items, Iterable) and isinstance(items, Sized) else None


def stream_of(items: Iterable[T] | AsyncIterable[T]) -> AsyncIterator[T]:
    """
    Return an input as an asynchronous iterator.

    Raises:
        ConfigurationError: It cannot be iterated over.
    """
    if isinstance(items, AsyncIterable):
        return aiter(items)
    try:
        return _each(iter(items))
    except TypeError:
        kind, problem = type(items).__name__, "must be an iterable, or an asynchronous one"
        raise ConfigurationError("items", f"({kind})", problem, hint="Give a list.") from None


async def _each(items: Iterator[T]) -> AsyncIterator[T]:
    for item in items:
        yield item
