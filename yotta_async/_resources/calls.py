"""Calls of one generation of the API, with one set of options: what every resource is made of."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from attrs import evolve, frozen

from .._api.rows import Generation
from .._call.caller import Caller, CallOptions
from .._call.rules.reply import decode_list
from .._call.rules.retry import Failure, may_have_happened
from .._scheduling.rules.lanes import Lane
from ..errors import (
    APIError,
    ConflictError,
    NotFoundError,
    UnresolvedCreateError,
)
from ..models import Listing, Page, read_page, structure
from ..models._listing import read_list
from .pages import PAGE_SIZE, Identified, Pages, check_page_size
from .reading import settled_list, settled_page


__all__ = ["Calls", "Noun"]

T = TypeVar("T")
I = TypeVar("I", bound=Identified)  # noqa: E741


class Noun:
    """What resources have in common: a prompt shows their service, and nothing that they hold."""

    __slots__ = ()

    _calls: "Calls"

    def __repr__(self) -> str:
        calls = self._calls
        url = calls.caller.transport.base_url
        return f"<{type(self).__name__} of {url}, {calls.api.name}>"


@frozen(eq=False)
class Calls:
    """Fills in rows, performs them, and reads what comes back."""

    caller: Caller
    api: Generation
    options: CallOptions

    def using(self, **changes: Any) -> "Calls":
        """Return calls with other options."""
        return evolve(self, options=evolve(self.options, **changes))

    def looking(self) -> "Calls":
        """Return calls that merely look, and may be made up for by the next one."""
        return self.using(lane=Lane.BACKGROUND, retry=evolve(self.options.retry, attempts=1))

    async def perform(
        self,
        operation: str,
        *,
        subject: str = "",
        extra: Mapping[str, object] | None = None,
        **values: Any,
    ) -> object:
        """Perform an operation and return the ``data`` of its answer."""
        call = self.api.call(operation, subject=subject, extra=extra, **values)
        return await self.caller.perform(call, self.options)

    async def fetch(self, kind: type[T], operation: str, **values: Any) -> T:
        """Perform an operation and read its answer as a model."""
        return structure(await self.perform(operation, **values), kind, operation=operation)

    async def fetch_list(self, kind: type[T], operation: str, **values: Any) -> Listing[T]:
        """Perform an operation and read its answer as a list of models, item by item."""
        data = await self._fetch_data(operation, **values)
        return settled_list(self.caller, read_list(data, kind, operation=operation), operation)

    async def _fetch_data(self, operation: str, **values: Any) -> object:
        call = evolve(self.api.call(operation, **values), decode=decode_list)
        return await self.caller.perform(call, self.options)

    def pages(
        self, kind: type[I], operation: str, *, size: int = PAGE_SIZE, **values: Any
    ) -> Pages[I]:
        """
        Return a list that comes in pages; each page is an operation of its own.

        Args:
            size: How many items are asked for at a time.

        Raises:
            ConfigurationError: The size is not a whole number of 1 or more.
        """
        check_page_size(size)

        async def fetch(number: int) -> Page[I]:
            data = await self._fetch_data(operation, page=number, size=size, **values)
            return settled_page(
                self.caller, read_page(data, kind, operation, tolerant=True), operation
            )

        return Pages(operation, fetch, lambda item: item.id)

    async def create(self, operation: str, read: Callable[[object], T], **values: Any) -> T:
        """
        Create something; after an unclear answer it is not repeated, which could make a second one.

        Args:
            read: Reads what was created out of the answer's ``data``.

        Raises:
            UnresolvedCreateError: It may have been created, under the name in the error.
        """
        try:
            return read(await self.perform(operation, **values))
        except APIError as error:
            if not may_have_happened(error):
                raise
            hint = "Look for it by its name before you create it again: it may exist, and bill."
            name: str = values["name"]
            message = f"{name!r} may have been created: {error}"
            unresolved = UnresolvedCreateError(message, name=name, operation=operation, hint=hint)
            raise unresolved.after(error.attempts, _notes_of(error)) from error

    async def set_in_motion(
        self,
        operation: str,
        is_on_its_way: Callable[[], Awaitable[bool]],
        *,
        subject: str = "",
        **values: Any,
    ) -> None:
        """
        Start a change of state; after an unclear answer it is repeated only if a look shows no
        change.

        Args:
            is_on_its_way: Looks whether the change has begun.
        """

        async def look(failure: Failure) -> bool | None:
            # A repeat is refused, too, by what an earlier attempt has set in motion meanwhile.
            refused = isinstance(failure.error, ConflictError)
            looks = failure.is_unclear and (failure.repeats or refused)
            return (looks and await is_on_its_way()) or None

        call = self.api.call(operation, subject=subject, **values)
        await self.caller.perform(call, self.options, look)

    async def delete(
        self,
        operation: str,
        *,
        is_ending: Callable[[], Awaitable[bool]] | None = None,
        strict: bool = False,
        **values: Any,
    ) -> None:
        """
        Delete something; it is no error if an earlier attempt has done so.

        Args:
            is_ending: Looks, after a conflict, whether it is being deleted already.
            strict: Whether absence is an error after an unclear attempt, too.

        Raises:
            NotFoundError: It is not there, and no earlier attempt can have deleted it.
        """
        try:
            await self.perform(operation, **values)
        except NotFoundError as error:
            if strict or not error.unclear:
                raise
        except ConflictError:
            if is_ending is None or not await _is_gone_or(is_ending):
                raise


async def _is_gone_or(is_ending: Callable[[], Awaitable[bool]]) -> bool:
    try:
        return await is_ending()
    except NotFoundError:
        return True


def _notes_of(error: APIError) -> list[str]:
    return list(getattr(error, "__notes__", ()))
