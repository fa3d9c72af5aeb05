"""
The API's reference as data: a generation has rows, and a row says how what is given is spelt.

The same verb may be another method, another path and other names in each generation; a value that
the row has no place for is refused before anything is sent.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias, cast

import attrs
from attrs import field, frozen

from .._call.rules.operation import Call, Method, Operation, QueryValue, Repeat
from ..errors import ConfigurationError, UnsupportedOperationError
from ..models._frozen import thaw
from .operations import OPERATIONS


__all__ = ["Fields", "Generation", "Row", "Writer", "given", "row"]

# What a value becomes on the wire: names, and the values under them.
Writer: TypeAlias = Callable[[Any], Mapping[str, object]]
# By the name that the value has here: its name on the wire, or what writes it.
Fields: TypeAlias = Mapping[str, str | Writer]


@frozen(kw_only=True)
class Row:
    """
    One operation of one generation.

    Attributes:
        reference: The operationId in the generation's OpenAPI document.
        verb: The method of the client that it serves, such as ``"pods.create"``; ``"request"``
            where its shapes are not documented.
        headers: Fields that travel as headers.
        query: Fields of the query.
        body: Fields of the body; without any, no body is sent.
    """

    operation: Operation
    reference: str
    verb: str
    headers: Fields = field(factory=dict[str, str | Writer])
    query: Fields = field(factory=dict[str, str | Writer])
    body: Fields = field(factory=dict[str, str | Writer])

    def call(
        self,
        values: Mapping[str, Any],
        *,
        generation: str,
        subject: str = "",
        extra: Mapping[str, object] | None = None,
    ) -> Call:
        """
        Fill in the row.

        Args:
            values: By their names here; what is None is written where the row is asked to.
            generation: For the error.
            subject: As in `Call`.
            extra: Further fields of the body, by their wire names.

        Raises:
            ConfigurationError: A value that the generation has no place for.
        """
        parts = self.operation.placeholders
        known = {*parts, *self.headers, *self.query, *self.body}
        for name, value in values.items():
            if name not in known and not is_empty(value):
                raise _no_place(name, value, generation)
        body = {**(extra or {}), **_written(self.body, values)} if self.body else None
        query = cast("dict[str, QueryValue]", _written(self.query, values))
        headers = cast("dict[str, str]", _written(self.headers, values))
        path = {name: values[name] for name in parts}
        return self.operation.call(subject=subject, query=query, body=body, headers=headers, **path)


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


def row(
    name: str,
    target: str,
    reference: str = "",
    *,
    headers: Fields | None = None,
    query: Fields | None = None,
    body: Fields | None = None,
) -> Row:
    """
    Write a row in one line.

    Args:
        name: The operation's id, the same in both generations.
        target: Method and path, such as ``"GET /v2/pods/{pod_id}"``.
        reference: The operationId in the generation's document, where it is another.
        headers: As in `Row`.
        query: As in `Row`.
        body: As in `Row`.
    """
    method, path = target.split()
    traits = OPERATIONS[name]
    operation = Operation(
        id=name,
        method=cast("Method", method),
        path=path,
        pod_operation=traits.pod_operation,
        makes_pod=traits.pod_operation and traits.repeat is Repeat.BY_NAME,
        lane=traits.lane,
        repeat=traits.repeat,
    )
    return Row(
        operation=operation,
        reference=reference or name,
        verb=traits.verb,
        headers=headers or {},
        query=query or {},
        body=body or {},
    )


def given(spec: attrs.AttrsInstance) -> dict[str, Any]:
    """What a spec asks for, by its own names, without its ``extra``."""
    values = {each.name: getattr(spec, each.name) for each in attrs.fields(type(spec))}
    return {
        name: value for name, value in values.items() if name != "extra" and not is_empty(value)
    }


def is_empty(value: object) -> bool:
    """Whether a value asks for nothing."""
    return value is None or (isinstance(value, str | tuple | Mapping) and not value)


def _written(fields: Fields, values: Mapping[str, Any]) -> dict[str, object]:
    entries: dict[str, object] = {}
    for name, spelling in fields.items():
        if name in values:
            value = values[name]
            given = {spelling: value} if isinstance(spelling, str) else spelling(value)
            entries.update(given)
    return entries


def _no_place(name: str, value: object, generation: str) -> ConfigurationError:
    other = "v2" if generation == "v1" else "v1"
    hint = f'Use api_version="{other}" if that has it.'
    problem = f"must be left out, as the {generation} API has no such field"
    return ConfigurationError(name, value, problem, hint=hint)
