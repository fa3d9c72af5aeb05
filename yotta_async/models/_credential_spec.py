"""What storing a registry's credential takes."""

from attrs import field, frozen
from attrs.validators import optional

from ._checks import LONGEST_TEXT, name, text
from ._wire import wire


__all__ = ["CredentialSpec"]


@frozen(kw_only=True)
class CredentialSpec:
    """
    A credential to be stored. Checked when it is built, so that nothing impossible is ever sent.

    Attributes:
        name: Letters, digits and ``@._-``, a letter first; up to 20 (v2), at most 50.
        username: 1 to 255 characters.
        password: The registry's password or token, 1 to 255 characters; a secret.
        type: ``"DOCKER_HUB"``, ``"GCR"``, ``"ECR"``, ``"ACR"`` or ``"PRIVATE"``; the list is open
            (v2).

    Raises:
        ConfigurationError: A field that cannot work; it names the field, the value and the remedy.
    """

    name: str = field(validator=name)
    username: str = field(validator=text(longest=LONGEST_TEXT))
    password: str = field(
        repr=False,
        validator=text(longest=LONGEST_TEXT, secret=True),
        metadata=wire("password", "token"),
    )
    type: str | None = field(default=None, validator=optional(text(spaces=False)))
