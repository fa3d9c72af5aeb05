"""Calls of one generation of the API, with one set of options: what every resource is made of."""

from collections.abc import Awaitable, Callable, Mapping
from types import GenericAlias
from typing import Any, TypeVar, cast

from attrs import evolve, frozen

from .._api.rows import Generation
from .._call.caller import Caller, CallOptions
from .._call.rules.operation import Call
from .._call.rules.retry import Failure, may_have_happened
from .._scheduling.rules.lanes import Lane
from ..errors import (
    APIError,
    ConflictError,
    NotFoundError,
    UnresolvedCreateError,
)
from ..models import Page, read_page, structure
from .pages import PAGE_SIZE, Identified, Pages, check_page_size


__all__ = ["Calls"]

T = TypeVar("T")
I = TypeVar("I", bound=Identified)  # noqa: E741


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

    async def data(
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

    async def one(self, kind: type[T], operation: str, **values: Any) -> T:
        """Perform an operation and read its answer as a model."""
        return structure(await self.data(operation, **values), kind, operation=operation)

    async def many(self, kind: type[T], operation: str, **values: Any) -> list[T]:
        """Perform an operation and read its answer as a list of models."""
        data = await self.data(operation, **values)
        many = cast("type[list[T]]", GenericAlias(list, (kind,)))
        return structure(data, many, operation=operation)

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
            data = await self.data(operation, page=number, size=size, **values)
            return read_page(data, kind, operation)

        return Pages(operation, fetch, lambda item: item.id)

    async def made(self, operation: str, read: Callable[[object], T], **values: Any) -> T:
        """
        Make something that cannot be made twice in the same words without there being two.

        Args:
            read: Reads what was made out of the answer's ``data``.

        Raises:
            UnresolvedCreateError: It may have been made, and the name is where to look.
        """
        try:
            return read(await self.data(operation, **values))
        except APIError as error:
            if not may_have_happened(error):
                raise
            hint = "Look for it by its name before you create it again: it may exist, and bill."
            name: str = values["name"]
            unresolved = UnresolvedCreateError(
                f"{name!r} may have been made: {error}", name=name, operation=operation, hint=hint
            )
            raise unresolved.after(error.attempts, _notes_of(error)) from error

    async def turned(self, call: Call, is_on_its_way: Callable[[], Awaitable[bool]]) -> None:
        """
        Set something in motion; after an unclear answer look at it before saying it again.

        Args:
            is_on_its_way: Looks whether it has begun to do what the call asks for.
        """

        async def look(failure: Failure) -> bool | None:
            # A repeat is refused, too, by what an earlier attempt has set in motion meanwhile.
            refused = isinstance(failure.error, ConflictError)
            looks = failure.is_unclear and (failure.repeats or refused)
            return (looks and await is_on_its_way()) or None

        await self.caller.perform(call, self.options, look)

    async def gone(
        self,
        operation: str,
        *,
        is_ending: Callable[[], Awaitable[bool]] | None = None,
        **values: Any,
    ) -> None:
        """
        Delete something; that an earlier attempt has done so is no error.

        Args:
            is_ending: Looks whether it is on its way out already, which is as good.

        Raises:
            NotFoundError: There is none, and no attempt of ours that can have been why.
        """
        try:
            await self.data(operation, **values)
        except NotFoundError as error:
            if not error.unclear:
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
