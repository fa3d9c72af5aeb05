"""What storing a registry's credential takes."""

from attrs import field, frozen
from attrs.validators import optional

from ._checks import LONGEST_TEXT, name, text
from ._wire import wire


__all__ = ["CredentialSpec"]


@frozen(kw_only=True)
class CredentialSpec:
    """
    A credential to be stored. It is checked when it is built, so that nothing impossible is ever
    sent.

    Attributes:
        name: The credential's name: letters, digits and ``@._-``, a letter first; at most 50
            characters in v1, 20 in v2.
        username: The user at the registry, 1 to 255 characters.
        password: The registry's password or token, 1 to 255 characters; a secret.
        type: ``"DOCKER_HUB"``, ``"GCR"``, ``"ECR"``, ``"ACR"`` or ``"PRIVATE"``; the list is open;
            v2 only. None leaves it to the server.

    Raises:
        ConfigurationError: A field that cannot work; it names the field, the value and what is
            allowed.
    """

    name: str = field(validator=name)
    username: str = field(validator=text(longest=LONGEST_TEXT))
    password: str = field(
        repr=False,
        validator=text(longest=LONGEST_TEXT, secret=True),
        metadata=wire("password", "token"),
    )
    type: str | None = field(default=None, validator=optional(text(spaces=False)))
