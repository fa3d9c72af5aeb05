"""`Spell`: something that holds for a while in a world, such as an outage."""

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, get_args

from attrs import frozen

from ...errors import ConfigurationError
from ...simulator import Refusing


__all__ = ["REFUSALS", "Spell", "SpellKind", "spells_of"]

SpellKind = Literal[
    "unreachable",
    "silent",
    "resetting",
    "firewall",
    "login",
    "maintenance",
    "ban",
    "unknown",
    "key",
    "full",
    "broke",
    "limit",
    "breakdown",
    "jump",
    "asleep",
]


@frozen(kw_only=True)
class Spell:
    """
    Something that holds for a while.

    Attributes:
        kind: What: no connection is accepted (``"unreachable"``), answered (``"silent"``) or kept
            (``"resetting"``); a ``"firewall"`` answers 403, a proxy's ``"login"`` page 401, a page
            of ``"maintenance"`` 503, a gateway that knows nothing (``"unknown"``) 404; a ``"ban"``
            of ``value`` seconds; the ``"key"`` is refused; all is ``"full"``; the balance has ended
            (``"broke"``); the account has a ``"limit"`` of ``value`` pods; region number ``value``
            has a ``"breakdown"``; the ``Date`` has a ``"jump"`` of ``value`` seconds; the machine
            is ``"asleep"``, so that its clock stands.
        at: The instant at which it begins, in seconds.
        seconds: How long it lasts, in seconds; a breakdown and a jump are at once.
        value: As its kind says, in that unit.

    Raises:
        ConfigurationError: A kind that is not known.
    """

    kind: SpellKind
    at: float
    seconds: float = 0.0
    value: float = 0.0

    def __attrs_post_init__(self) -> None:
        if self.kind not in get_args(SpellKind):
            hint = f"Known are {', '.join(get_args(SpellKind))}."
            raise ConfigurationError("kind", self.kind, "must be a kind of spell", hint=hint)

    @property
    def until(self) -> float:
        """The instant in seconds at which it is over."""
        return self.at + self.seconds


def _spell(value: Spell | Mapping[str, Any]) -> Spell:
    return value if isinstance(value, Spell) else Spell(**value)


def spells_of(values: Any) -> tuple[Spell, ...]:
    """Return spells that are given as such, or as JSON has them."""
    return tuple(_spell(value) for value in values)


_CREATE: Final = frozenset({"createPod"})
REFUSALS: Final[Mapping[str, Callable[[float], Refusing]]] = {
    "firewall": lambda _: Refusing(status=403),
    "login": lambda _: Refusing(status=401, message="Sign in"),
    "maintenance": lambda _: Refusing(status=503, message="We will be right back"),
    "unknown": lambda _: Refusing(status=404, page="json", message="no route"),
    "ban": lambda value: Refusing(
        status=429, page="json", headers=(("Retry-After", f"{value:.0f}"),), message="slow down"
    ),
    "key": lambda _: Refusing(status=401, code=40101, message="Authentication context not found"),
    "full": lambda _: Refusing(status=200, code=12002, message="no capacity", operations=_CREATE),
    "broke": lambda _: Refusing(
        status=200, code=20001, message="insufficient balance", operations=_CREATE
    ),
    "limit": lambda value: Refusing(
        status=200, code=20001, message="quota exceeded", most_pods=int(value)
    ),
}
