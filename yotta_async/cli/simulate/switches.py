"""The simulator's switches, found in its own settings classes, and values for them as text."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from types import NoneType
from typing import Any, Final, Literal, cast, get_args, get_origin, get_type_hints

import attrs
from attrs import frozen

from ...errors import ConfigurationError
from ...errors._arguments import did_you_mean
from ...simulator import Refusing, SimulatedYotta


__all__ = ["REFUSING", "WHEN", "Section", "Switch", "read_as", "sections", "unknown"]

_NONE: Final = "none"
_TRUE: Final = frozenset({"true", "yes", "on"})
_FALSE: Final = frozenset({"false", "no", "off"})
# A field of Google's style and what is said of it, which may go on in deeper lines.
_ABOUT: Final = re.compile(r"^ {8}(\w+): (.+(?:\n {12}.+)*)", re.MULTILINE)

_Reader = Callable[[Any], object]


@frozen
class Switch:
    """
    One field of a settings class.

    Attributes:
        kind: Its annotation.
        about: What the class says of it.
    """

    section: str
    name: str
    kind: Any
    default: object
    about: str

    @property
    def allowed(self) -> str:
        """What it may be, in words."""
        kind, is_optional = _unwrapped(self.kind)
        words = _form_of(kind)[1]
        return f'{words}, or "{_NONE}"' if is_optional else words

    def read(self, value: object) -> object:
        """
        Return a value, given as text or as TOML has it.

        Raises:
            ConfigurationError: It is not one that the switch may have.
        """
        return read_as(self.kind, value, f"{self.section}.{self.name}", self.allowed)


@frozen
class Section:
    """
    A settings class.

    Attributes:
        name: The parameter of `SimulatedYotta` that takes it.
    """

    name: str
    kind: type[Any]

    @property
    def switches(self) -> dict[str, Switch]:
        hints, about = get_type_hints(self.kind), dict(_ABOUT.findall(self.kind.__doc__ or ""))
        return {
            each.name: Switch(
                self.name,
                each.name,
                hints[each.name],
                each.default,
                re.sub(r"\s+", " ", about.get(each.name, "")),
            )
            for each in attrs.fields(self.kind)
        }

    def build(self, given: Mapping[str, object], base: object = None) -> Any:
        """
        Return the settings with what is given, and `base` or the defaults for the rest.

        Raises:
            ConfigurationError: A switch that is not known, or a value that cannot work.
        """
        switches = self.switches
        values = dict[str, object]()
        for name, value in given.items():
            if name not in switches:
                raise unknown(f"{self.name}.{name}", value, switches)
            values[name] = switches[name].read(value)
        try:
            return attrs.evolve(cast("Any", base or self.kind()), **values)
        except ConfigurationError as error:
            raise self._located(error) from None

    def _located(self, error: ConfigurationError) -> ConfigurationError:
        """Return an error of the class itself, whose field does not say which class it is of."""
        problem = str(error).removeprefix(f"{error.field}={error.value}: ")
        problem = problem.removesuffix(error.hint).strip().removesuffix(".")
        return ConfigurationError(
            f"{self.name}.{error.field}", error.value, problem, hint=error.hint
        )


# What is refused is no setting of the cloud, which any number of them can be added to.
REFUSING: Final = Section("refusing", Refusing)


def _when() -> dict[str, Switch]:
    about = dict(_ABOUT.findall((SimulatedYotta.refuse.__doc__ or "").replace("\n    ", "\n")))
    defaults = SimulatedYotta.refuse.__kwdefaults__ or {}
    return {
        name: Switch(REFUSING.name, name, float, default, re.sub(r"\s+", " ", about[name]))
        for name, default in defaults.items()
    }


WHEN: Final[Mapping[str, Switch]] = _when()


@cache
def sections() -> Mapping[str, Section]:
    """Return every settings class that `SimulatedYotta` takes, by its parameter."""
    found = dict[str, Section]()
    for name, hint in get_type_hints(SimulatedYotta.__init__).items():
        kinds = [kind for kind in get_args(hint) if isinstance(kind, type) and attrs.has(kind)]
        if kinds:
            found[name] = Section(name, kinds[0])
    return found


def unknown(field: str, value: object, known: Mapping[str, object]) -> ConfigurationError:
    """Return the error for a name that there is not."""
    name = field.rpartition(".")[2]
    hint = did_you_mean(name, known) or f"Known are {', '.join(known)}."
    return ConfigurationError(field, repr(value), "must be a known switch", hint=hint)


def read_as(kind: Any, value: object, field: str, allowed: str = "") -> Any:
    """
    Return a value as an annotation has it.

    Raises:
        ConfigurationError: It does not fit; `field` is what it names.
    """
    inner, is_optional = _unwrapped(kind)
    if is_optional and value in (None, _NONE):
        return None
    read, words = _form_of(inner)
    try:
        return read(value)
    except (AttributeError, TypeError, ValueError, ArithmeticError):
        problem = f"must be {allowed or words}"
    raise ConfigurationError(field, repr(value), problem, hint="")


def _unwrapped(kind: Any) -> tuple[Any, bool]:
    kinds = get_args(kind)
    if NoneType not in kinds:
        return kind, False
    return next(each for each in kinds if each is not NoneType), True


def _form_of(kind: Any) -> tuple[_Reader, str]:
    if get_origin(kind) is Literal:
        words = get_args(kind)
        *most, last = (f'"{word}"' for word in words)
        return _one_of(words), f"{', '.join(most)} or {last}"
    return _FORMS[kind]


def _one_of(words: tuple[object, ...]) -> _Reader:
    def read(value: object) -> object:
        if value not in words:
            raise ValueError
        return value

    return read


def _flag(value: object) -> bool:
    word = str(value).lower()
    if word not in _TRUE | _FALSE:
        raise ValueError
    return word in _TRUE


def _whole(value: object) -> int:
    if isinstance(value, bool | float):
        raise TypeError
    return int(cast("str | int", value))


def _number(value: object) -> float:
    if isinstance(value, bool):
        raise TypeError
    return float(cast("str | int | float", value))


def _amount(value: object) -> Decimal:
    return Decimal(str(_number(value))) if isinstance(value, float) else Decimal(str(value))


def _span(value: object) -> tuple[float, float]:
    given = value.split(",") if isinstance(value, str) else value
    low, *rest = cast("list[object]", given) if isinstance(given, list) else [given]
    (high,) = rest or [low]
    return _number(low), _number(high)


def _names(value: object) -> frozenset[str]:
    given = value.split(",") if isinstance(value, str) else value
    if not isinstance(given, list):
        raise TypeError
    return frozenset(str(each).strip() for each in cast("list[object]", given))


def _headers(value: object) -> tuple[tuple[str, str], ...]:
    if isinstance(value, str):
        pairs = (each.partition(":") for each in value.split(","))
        return tuple((name.strip(), text.strip()) for name, _, text in pairs if name.strip())
    return tuple((name, _text(text)) for name, text in cast("dict[str, object]", value).items())


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError
    return value


_FORMS: Final[Mapping[Any, tuple[_Reader, str]]] = {
    bool: (_flag, "true or false"),
    int: (_whole, "a whole number"),
    float: (_number, "a number"),
    str: (_text, "a text"),
    Decimal: (_amount, "an amount in USD"),
    tuple[float, float]: (_span, "LOW,HIGH, or one number for both"),
    tuple[tuple[str, str], ...]: (_headers, "NAME:VALUE,NAME:VALUE, or a table"),
    frozenset[str]: (_names, "names with commas between them"),
}
