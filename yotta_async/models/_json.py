"""Fields that hold any JSON, or mappings of text to text."""

from collections.abc import Mapping
from typing import Annotated, cast

from ._frozen import FrozenMapping, HiddenMapping
from ._scalars import ShapeError, read_str


Json = Annotated[object, "json"]
HiddenText = Annotated[Mapping[str, str], "hidden"]  # such as headers, which may be secrets
Labels = Annotated[Mapping[str, str], "labels"]


def read_json(value: object, _: object = Json) -> object:
    """Whatever it is; the model freezes it."""
    return value


def read_hidden_text(value: object, _: object = HiddenText) -> HiddenMapping:
    """A mapping whose values no repr shows."""
    return HiddenMapping(_read_texts(value))


def read_labels(value: object, _: object = Labels) -> FrozenMapping[str]:
    """A mapping whose values may be shown."""
    return FrozenMapping(_read_texts(value))


def _read_texts(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ShapeError("an object", value)
    items = cast("dict[str, object]", value)
    # A header or label without a value is an empty one; the others must not be lost for it.
    return {key: "" if item is None else read_str(item) for key, item in items.items()}
