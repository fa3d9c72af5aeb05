"""JSON as models, and models as JSON."""

from functools import cache
from typing import TYPE_CHECKING, TypeVar, cast

from ..errors import InvalidResponseError
from ._values import fault_of


if TYPE_CHECKING:
    import attrs
    from cattrs import Converter


__all__ = ["structure", "unstructure"]

T = TypeVar("T")


def structure(value: object, kind: type[T], *, operation: str = "", under: str = "") -> T:
    """
    Read a decoded JSON value as a model, or as a list of models.

    Args:
        value: What the JSON decoder returned.
        kind: ``Pod``, ``list[Pod]``, or another type that the models are made of.
        operation: The id of the operation that was answered, for the error.
        under: Where in the answer the value stands, for the error, such as ``"items"``.

    Returns:
        The model or models.

    Raises:
        InvalidResponseError: It has another shape; ``path`` says where.
    """
    try:
        return _converter().structure(value, kind)
    except Exception as error:  # noqa: BLE001  # any fault of a hook is the server's
        fault = fault_of(error)
    # Raised out of the handler: a context could hold the value, and with it a secret.
    path = f"{under}{fault.path}".removeprefix(".")
    raise InvalidResponseError(f"{path or 'data'}: {fault}.", operation=operation, path=path)


def unstructure(model: "attrs.AttrsInstance") -> dict[str, object]:
    """
    Write a model as JSON by its wire names, without what is None or empty by default.

    Args:
        model: A model of this package.

    Returns:
        The JSON object, with ``extra`` among its fields.
    """
    return cast("dict[str, object]", _converter().unstructure(model))


@cache
def _converter() -> "Converter":
    # Not before there is something to read: cattrs is a quarter of what importing all takes.
    from ._converter import CONVERTER  # noqa: PLC0415

    return CONVERTER
