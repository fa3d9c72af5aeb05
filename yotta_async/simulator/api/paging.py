"""Pages of a list: which one is asked for, and the forms it is answered in."""

from collections.abc import Callable, Sequence
from typing import TypeVar, cast

from attrs import frozen

from yotta_async.simulator.api.body import INT32, Body, whole_number
from yotta_async.simulator.cloud.problems import invalid
from yotta_async.simulator.style import WireStyle
from yotta_async.simulator.wire import Request


__all__ = ["Page", "Planted", "query_number"]

T = TypeVar("T")


def query_number(
    request: Request, name: str, *, default: int, lowest: int = 0, highest: int = INT32
) -> int:
    """Return a query parameter that is a whole number; an empty one counts as left out."""
    text = request.value(name)
    number = whole_number(text) if text else default
    if number is None or not lowest <= number <= highest:
        raise invalid(f"{name} must be a whole number from {lowest} to {highest}")
    return number


@frozen
class Planted:
    """
    Items that no verb made.

    Attributes:
        items: As decoded JSON, in any shape.
        instead: Whether each stands only where another one of its id would, in the place of that.
    """

    items: tuple[object, ...] = ()
    instead: bool = False

    def among(self, data: object) -> object:
        """Return a list, or a page of one, with the items in it; its counts stay."""
        if isinstance(data, list):
            return self._listed(cast("list[object]", data))
        if not isinstance(data, dict):
            return data
        page = cast("dict[str, object]", data)
        key = "records" if "records" in page else "items"
        return {**page, key: self.among(page.get(key))}

    def _listed(self, things: list[object]) -> list[object]:
        if not self.instead:
            return [*things, *self.items]
        planted = {_id_of(item): item for item in self.items}
        return [planted.get(_id_of(thing), thing) for thing in things]


def _id_of(thing: object) -> str:
    known = cast("dict[str, object]", thing) if isinstance(thing, dict) else {}
    return str(known.get("id", ""))


@frozen
class Page:
    """Which page of what size is asked for; the first page is number 1."""

    number: int = 1
    size: int = 10

    @classmethod
    def of(cls, request: Request, number: str = "page", size: str = "size") -> "Page":
        """Read it from the query, where the two go by the names given."""
        return cls(
            query_number(request, number, default=1, lowest=1),
            query_number(request, size, default=10, lowest=1),
        )

    @classmethod
    def of_body(cls, body: Body) -> "Page":
        return cls(body.whole("pageNumber", 1, lowest=1), body.whole("pageSize", 10, lowest=1))

    def count(self, total: int) -> int:
        return -(-total // self.size)

    def cut(self, things: Sequence[T], show: Callable[[T], object]) -> list[object]:
        """Return what the page shows of a list; nothing beyond its end."""
        first = (self.number - 1) * self.size
        return [show(thing) for thing in things[first : first + self.size]]

    def flat(self, things: Sequence[T], show: Callable[[T], object], style: WireStyle) -> object:
        """Return v2's page, in the form the style has it."""
        if style.pages == "pagination":
            return self.paginated(things, show)
        return {
            "items": self.cut(things, show),
            "page": self.number,
            "size": self.size,
            "total": len(things),
            "pages": self.count(len(things)),
        }

    def paginated(self, things: Sequence[T], show: Callable[[T], object]) -> object:
        """Return the page of v1's tasks."""
        return {
            "items": self.cut(things, show),
            "pagination": {
                "page": self.number,
                "pageSize": self.size,
                "totalCount": len(things),
                "totalPages": self.count(len(things)),
            },
        }

    def records(self, things: Sequence[T], show: Callable[[T], object]) -> object:
        """Return the page of v1's VMs."""
        return {
            "pageNumber": self.number,
            "pageSize": self.size,
            "totalPage": self.count(len(things)),
            "totalRow": len(things),
            "records": self.cut(things, show),
        }
