"""What is odd in a list is said once, and each thing in it is there once."""

from typing import Final, TypeVar

import anyio
from attrs import evolve

from .._call.caller import Caller
from ..events import ItemRepeated, ItemUnreadable
from ..models import Listing, Page, Unreadable
from ..models._listing import unique
from ..models._progress import contradict


__all__ = ["settled_list", "settled_page"]

T = TypeVar("T")

_UNREADABLE: Final = "%s: an item cannot be read, and is kept as unreadable: %s"
_REPEATED: Final = "%s: %s is listed %d times, as %s; the furthest counts"


def settled_list(caller: Caller, listing: Listing[T], operation: str) -> Listing[T]:
    """Return a list with each thing once; tell what is odd in it, unless that was told before."""
    items, repeated = _settled(caller, listing, operation)
    _tell_unreadable(caller, listing.unreadable, operation)
    if items is listing:
        return listing
    contradicted = [thing_id for thing_id, copies in repeated.items() if contradict(copies)]
    return Listing(items, listing.unreadable, contradicted)


def settled_page(caller: Caller, page: Page[T], operation: str) -> Page[T]:
    """Return a page with each thing once; tell what is odd in it, unless that was told before."""
    given = list(page.items)
    items, _ = _settled(caller, given, operation)
    _tell_unreadable(caller, page.unreadable, operation)
    return page if items is given else evolve(page, items=tuple(items))


def _settled(caller: Caller, items: list[T], operation: str) -> tuple[list[T], dict[str, list[T]]]:
    once, repeated = unique(items)
    for thing_id, copies in repeated.items():
        statuses = tuple(str(getattr(copy, "status", "")) for copy in copies)
        event = ItemRepeated(
            at=anyio.current_time(), operation=operation, item_id=thing_id, statuses=statuses
        )
        told = (operation, ascii(thing_id), len(copies), ascii(", ".join(statuses)))
        caller.tell_once((operation, thing_id), event, _REPEATED, *told)
    return once, repeated


def _tell_unreadable(caller: Caller, unreadable: tuple[Unreadable, ...], operation: str) -> None:
    for item in unreadable:
        event = ItemUnreadable(
            at=anyio.current_time(),
            operation=operation,
            item_id=item.id,
            item_name=item.name,
            path=item.path,
            reason=item.reason,
        )
        key = (operation, item.fingerprint)
        caller.tell_once(key, event, _UNREADABLE, operation, item)
