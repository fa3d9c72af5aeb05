"""A stored login of a container registry; the API never gives the password back."""

from collections.abc import Mapping
from datetime import datetime

from attrs import field, frozen

from ._frozen import FrozenMapping, freeze
from ._model import Model
from ._values import Id


__all__ = ["Credential"]


@frozen(kw_only=True)
class Credential(Model):
    """
    A stored login of a container registry, without its password, which the server never sends.

    Attributes:
        id: The credential's id, a 64-bit number as text.
        name: The credential's name; empty if the server did not say.
        type: ``"DOCKER_HUB"``, ``"GCR"``, ``"ECR"``, ``"ACR"`` or ``"PRIVATE"``; the list is open.
            None if the server did not say.
        username: The user at the registry. None if the server did not say.
        created_at: When it was stored, aware and in UTC. None if the server did not say.
        extra: What else the server said, by its wire names; hidden in the repr.
    """

    id: Id
    name: str = ""
    type: str | None = None
    username: str | None = None
    created_at: datetime | None = None
    extra: Mapping[str, object] = field(factory=FrozenMapping[object], converter=freeze, repr=False)
