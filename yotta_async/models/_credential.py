"""A stored login of a container registry; the API never gives the password back."""

from collections.abc import Mapping
from datetime import datetime

from attrs import field, frozen

from ._frozen import FrozenMapping, freeze
from ._values import Id


__all__ = ["Credential"]


@frozen(kw_only=True)
class Credential:
    """
    A registry's credential as the server tells of it.

    Attributes:
        id: A 64-bit number, as text.
        type: ``"DOCKER_HUB"``, ``"GCR"``, ``"ECR"``, ``"ACR"``, ``"PRIVATE"``; the list is open.
        username: None where the server keeps it to itself.
        extra: What else the server said, by its wire names; hidden.
    """

    id: Id
    name: str = ""
    type: str | None = None
    username: str | None = None
    created_at: datetime | None = None
    extra: Mapping[str, object] = field(factory=FrozenMapping[object], converter=freeze, repr=False)
