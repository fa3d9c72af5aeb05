"""A generation of the API: its rows by name."""

from collections.abc import Iterable, Mapping
from typing import Any

import attrs
from attrs import field, frozen

from .._call.rules.operation import Call
from ..errors import UnsupportedOperationError
from ..models._frozen import thaw
from .row import Row, is_empty


__all__ = ["Generation", "given"]


def _by_name(rows: Iterable[Row]) -> Mapping[str, Row]:
    return {row.operation.id: row for row in rows}


@frozen
class Generation:
    """
    What one generation of the API can do.

    Attributes:
        name: ``"v1"`` or ``"v2"``.
        rows: By the operation's id.
    """

    name: str
    rows: Mapping[str, Row] = field(converter=_by_name, repr=False)

    def __getitem__(self, operation: str) -> Row:
        """
        Return the row of an operation.

        Raises:
            UnsupportedOperationError: This generation has no such operation.
        """
        if (found := self.rows.get(operation)) is not None:
            return found
        other = "v2" if self.name == "v1" else "v1"
        hint = f'Use AsyncYotta(api_version="{other}"), which may share the key, or client.request.'
        raise UnsupportedOperationError(f"{operation}: the {self.name} API lacks it.", hint=hint)

    def call(
        self,
        operation: str,
        *,
        subject: str = "",
        extra: Mapping[str, object] | None = None,
        **values: Any,
    ) -> Call:
        """
        Fill in the row of an operation.

        Raises:
            UnsupportedOperationError: This generation has no such operation.
            ConfigurationError: A value that it has no place for.
        """
        found = self[operation]
        return found.call(
            values, generation=self.name, subject=subject, extra=thaw(extra) if extra else None
        )


def given(spec: attrs.AttrsInstance) -> dict[str, Any]:
    """What a spec asks for, by its own names, without its ``extra``."""
    values = {each.name: getattr(spec, each.name) for each in attrs.fields(type(spec))}
    return {
        name: value for name, value in values.items() if name != "extra" and not is_empty(value)
    }
