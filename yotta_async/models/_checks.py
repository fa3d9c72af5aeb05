"""Validators of what users give: each names the field, the value and the remedy."""

import re
import unicodedata
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeGuard
from urllib.parse import urlsplit

from ..errors import ConfigurationError


if TYPE_CHECKING:
    import attrs


Validator = Callable[[Any, "attrs.Attribute[Any]", Any], None]

HIDDEN: Final = "(hidden)"
LONGEST_TEXT: Final = 255  # the API's bound for names and images
_LONGEST_URL: Final = 512  # the API's bound for webhooks
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9@._-]{0,49}")
_RESOURCES_HINT: Final = 'Give tuples such as ("us-east", "NVIDIA_RTX_5090_32G", 1).'
_TASK_ID: Final = re.compile(r"[A-Za-z0-9_]{1,255}")


def text(*, longest: int | None = None, spaces: bool = True, secret: bool = False) -> Validator:
    """Non-empty text without control characters, of at most ``longest`` characters."""

    def check(_: Any, attribute: "attrs.Attribute[Any]", value: Any) -> None:
        fault = _fault_of_text(value, longest, spaces=spaces)
        if fault:
            shown = HIDDEN if secret else value
            problem = f"must be {_wanted_text(longest, spaces=spaces)}"
            raise ConfigurationError(attribute.name, shown, problem, hint=fault)

    return check


def _fault_of_text(value: object, longest: int | None, *, spaces: bool) -> str:
    if not isinstance(value, str):
        return f"It is of type {type(value).__name__}."
    if not value.strip():
        return "It is empty."
    if longest is not None and len(value) > longest:
        return f"It has {len(value)} characters."
    if not spaces and any(map(str.isspace, value)):
        return "It contains white space."
    if _has_control_characters(value):
        return "It contains control characters."
    return ""


def _wanted_text(longest: int | None, *, spaces: bool) -> str:
    length = "a non-empty string" if longest is None else f"a string of 1 to {longest} characters"
    return f"{length} without {'control characters' if spaces else 'white space'}"


def is_line(value: object) -> TypeGuard[str]:
    """Whether it is non-empty text without control characters."""
    return isinstance(value, str) and bool(value.strip()) and not _has_control_characters(value)


def _has_control_characters(value: str) -> bool:
    # Halves of characters ("Cs") count, too: UTF-8 cannot carry them.
    return any(unicodedata.category(one) in {"Cc", "Cs"} for one in value)


def registry(_: Any, attribute: "attrs.Attribute[Any]", value: Any) -> None:
    """A registry's URL, which is shown freely and so must not carry a password."""
    if isinstance(value, str) and "@" in value:
        hint = "Give image_registry_username and image_registry_token, or a credential_id."
        problem = "must be a URL without a user or password"
        raise ConfigurationError(attribute.name, HIDDEN, problem, hint=hint)
    text(longest=LONGEST_TEXT, spaces=False)(_, attribute, value)


def script(_: Any, attribute: "attrs.Attribute[Any]", value: Any) -> None:
    """Non-empty text of any length, line breaks included; a secret."""
    if not isinstance(value, str) or not value.strip():
        problem = "must be a non-empty string"
        raise ConfigurationError(attribute.name, HIDDEN, problem, hint="None leaves it out.")


def size(_: Any, attribute: "attrs.Attribute[Any]", value: Any) -> None:
    """A whole number of units, zero or more."""
    if type(value) is not int or value < 0:
        hint = f"Give {attribute.name} as an int."
        raise ConfigurationError(attribute.name, value, "must be a whole number >= 0", hint=hint)


def size_within(least: int, most: int | None = None) -> Validator:
    """A whole number of units between two bounds, both included."""
    wanted = f"of {least} or more" if most is None else f"from {least} to {most}"

    def check(_: Any, attribute: "attrs.Attribute[Any]", value: Any) -> None:
        if type(value) is not int or value < least or (most is not None and value > most):
            hint = f"Give {attribute.name} as an int."
            problem = f"must be a whole number {wanted}"
            raise ConfigurationError(attribute.name, value, problem, hint=hint)

    return check


def flag(_: Any, attribute: "attrs.Attribute[Any]", value: Any) -> None:
    """A bool."""
    if not isinstance(value, bool):
        hint = "Numbers and texts are not converted."
        raise ConfigurationError(attribute.name, value, "must be True or False", hint=hint)


def name(_: Any, attribute: "attrs.Attribute[Any]", value: Any) -> None:
    """A name that begins with a letter, as endpoints and credentials have."""
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        problem = "must be 1 to 50 letters, digits and @._- that begin with a letter"
        hint = 'For example "my-endpoint".'
        raise ConfigurationError(attribute.name, value, problem, hint=hint)


def task_id(_: Any, attribute: "attrs.Attribute[Any]", value: Any) -> None:
    """A task's id, which its sender chooses."""
    if not isinstance(value, str) or not _TASK_ID.fullmatch(value):
        problem = "must be 1 to 255 letters, digits and underscores"
        raise ConfigurationError(attribute.name, value, problem, hint="Give a UUID as its `.hex`.")


def webhook(_: Any, attribute: "attrs.Attribute[Any]", value: Any) -> None:
    """A URL to be called back at; a secret, as it may hold a token."""
    text(longest=_LONGEST_URL, spaces=False, secret=True)(_, attribute, value)
    if not _is_web_url(value):
        hint = 'For example "https://host.example/path".'
        raise ConfigurationError(attribute.name, HIDDEN, "must be an http or https URL", hint=hint)


def _is_web_url(value: str) -> bool:
    try:
        url = urlsplit(value)
        return url.scheme in {"http", "https"} and bool(url.hostname) and url.port != 0
    except ValueError:  # a malformed port or IPv6 address
        return False


def power_of_two(_: Any, attribute: "attrs.Attribute[Any]", value: Any) -> None:
    """A power of two, one included."""
    if type(value) is not int or value < 1 or value & (value - 1):
        hint = "Ask for 1, 2, 4 or 8 GPUs in one pod."
        raise ConfigurationError(attribute.name, value, "must be a power of two", hint=hint)


def resources(_: Any, attribute: "attrs.Attribute[Any]", value: Any) -> None:
    """Places for workers: at least one, each with a region and a GPU, and all with equally many."""
    if not value:
        problem = "must have at least one place for workers"
        raise ConfigurationError(attribute.name, value, problem, hint=_RESOURCES_HINT)
    for index, resource in enumerate(value):
        _check_resource(resource, f"{attribute.name}[{index}]")
    if len({resource.gpu_count for resource in value}) > 1:
        problem = "must have the same gpu_count in every resource"
        hint = "Make two endpoints for workers of two sizes."
        raise ConfigurationError(attribute.name, value, problem, hint=hint)


def _check_resource(resource: Any, where: str) -> None:
    for part in ("region", "gpu_type"):
        code = getattr(resource, part)
        if not is_line(code) or any(map(str.isspace, code)):
            problem = "must be a code without white space"
            raise ConfigurationError(f"{where}.{part}", code, problem, hint=_RESOURCES_HINT)
    count = resource.gpu_count
    if type(count) is not int or count < 1 or count & (count - 1):
        hint = "Ask for 1, 2, 4 or 8 GPUs in one worker."
        raise ConfigurationError(f"{where}.gpu_count", count, "must be a power of two", hint=hint)


def is_digits(value: object) -> TypeGuard[str]:
    """Whether it is a string of the digits 0 to 9."""
    return isinstance(value, str) and value.isascii() and value.isdigit()


def digits(_: Any, attribute: "attrs.Attribute[Any]", value: Any) -> None:
    """An id: a string of digits."""
    if not is_digits(value):
        hint = "Give the id as the API returned it."
        raise ConfigurationError(attribute.name, value, "must be a string of digits", hint=hint)
