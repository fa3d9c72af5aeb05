"""One page of a list, in any of the shapes that the API's generations give it."""

from types import GenericAlias
from typing import Generic, TypeVar, cast

from attrs import field, frozen

from ..errors import InvalidResponseError
from ._listing import Listing, Unreadable, read_list
from ._model import Model
from ._structure import structure
from ._values import Count, ShapeError
from ._wire import wire


__all__ = ["Page", "read_page"]

T = TypeVar("T")


@frozen(kw_only=True)
class Page(Model, Generic[T]):
    """
    A part of a list.

    Attributes:
        items: The items of this page that could be read.
        number: Which page it is, counted from 1.
        size: How many items a full page has.
        total: How many items all pages have, as the server counts them.
        pages: How many pages there are, as the server counts them.
        unreadable: The items of this page that could not be read; empty as a rule.
    """

    items: tuple[T, ...]
    number: int
    size: int
    total: int
    pages: int
    unreadable: tuple[Unreadable, ...] = ()


@frozen(kw_only=True)
class _Counts:
    number: Count = field(metadata=wire("page", "pageNumber"))
    size: Count = field(metadata=wire("size", "pageSize"))
    total: Count = field(metadata=wire("total", "totalCount", "totalRow"))
    pages: Count = field(metadata=wire("pages", "totalPages", "totalPage"))


def read_page(
    data: object, kind: type[T], operation: str = "", *, tolerant: bool = False
) -> Page[T]:
    """
    Read a page of models, in any of the shapes that the API's generations use.

    Args:
        data: ``{items, page, size, total, pages}``,
            ``{items, pagination: {page, pageSize, totalCount, totalPages}}``,
            ``{records, pageNumber, pageSize, totalRow, totalPage}``, or an array, which is the
            whole list.
        kind: The model of an item.
        operation: The id of the operation that was answered, for the error.
        tolerant: Whether an item that cannot be read is kept in the page's ``unreadable``.

    Returns:
        The page.

    Raises:
        InvalidResponseError: It has another shape, or an item has, unless that is tolerated;
            ``path`` says where.
    """
    reader = _Reader(kind, operation, tolerant)
    if isinstance(data, list):
        listing = reader.read(cast("object", data), "")
        count = len(cast("list[object]", data))
        return _page(listing, _Counts(number=1, size=count, total=count, pages=1))
    if not isinstance(data, dict):
        raise _refusal(data, operation)
    fields = cast("dict[str, object]", data)
    key = "records" if fields.get("items") is None and "records" in fields else "items"
    counts = _counts(fields, operation)
    return _page(reader.read(fields.get(key), key), counts)


@frozen
class _Reader(Generic[T]):
    kind: type[T]
    operation: str
    tolerant: bool

    def read(self, items: object, under: str) -> Listing[T]:
        if self.tolerant:
            return read_list(items, self.kind, operation=self.operation, under=under)
        many = cast("type[list[T]]", GenericAlias(list, (self.kind,)))
        return Listing(structure(items, many, operation=self.operation, under=under))


def _page(listing: Listing[T], counts: _Counts) -> Page[T]:
    return Page(
        items=tuple(listing),
        number=counts.number,
        size=counts.size,
        total=counts.total,
        pages=counts.pages,
        unreadable=listing.unreadable,
    )


def _counts(fields: dict[str, object], operation: str) -> _Counts:
    inner = fields.get("pagination")
    if inner is None:
        return structure(fields, _Counts, operation=operation)
    return structure(inner, _Counts, operation=operation, under="pagination")


def _refusal(data: object, operation: str) -> InvalidResponseError:
    fault = ShapeError("a page or an array", data)
    return InvalidResponseError(f"data: {fault}.", operation=operation)
