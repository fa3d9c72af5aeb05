"""How a world is drawn: most of it is calm, and some of it is very bad."""

from collections.abc import Sequence
from random import Random
from typing import Any, Final, TypeVar, get_args

from .spells import SpellKind


__all__ = ["drawn"]

T = TypeVar("T")

_FAULTS: Final = (
    "refuse",
    "reset_before",
    "reset_after",
    "timeout_after",
    "error_before",
    "error_after",
    "html",
    "truncated",
    "empty",
)
# How long each kind of spell may last, in seconds.
_LONGEST: Final = {
    "unreachable": 7200.0,
    "silent": 1800.0,
    "resetting": 1800.0,
    "firewall": 900.0,
    "login": 900.0,
    "maintenance": 3600.0,
    "ban": 900.0,
    "unknown": 600.0,
    "key": 40.0,
    "full": 3600.0,
    "broke": 600.0,
    "limit": 3600.0,
    "breakdown": 0.0,
    "jump": 0.0,
    "asleep": 8 * 3600.0,
}


def drawn(dice: Random, size: float) -> dict[str, Any]:
    """Return the fields of a world; the greater the size, up to 1, the more of them are bad."""
    fields = _limits(dice) | _lives(dice, size) | _forms(dice)
    for draw in (_faults, _lags, _lists, _others):
        if dice.random() < 0.6 * size:
            fields |= draw(dice)
    if dice.random() < 0.7 * size:
        fields["storm"] = round(dice.uniform(300.0, 1500.0), 1)
    if dice.random() < 0.5 * size:
        number = dice.choice((1, 1, 1, 2, 3))
        fields["spells"] = tuple(_spell(dice) for _ in range(number))
    return fields


def _limits(dice: Random) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "seed": dice.randrange(1 << 30),
        "api_version": dice.choice(("v1", "v2")),
        "requests": dice.choice((60, 60, 90, 120, 120)),
        "window": dice.choice(("sliding", "sliding", "sliding-strict", "fixed", "bucket")),
        "slots": dice.choice((5, 5, 5, 2, 3)),
    }
    if fields["window"] == "fixed":
        fields["phase"] = round(dice.uniform(0.0, 60.0), 1)
    if fields["window"] == "bucket" and dice.random() < 0.5:
        fields["burst"] = dice.choice((10, 20, 30))
    fields["settled"] = dice.random() < 0.1
    fields["untold"] = dice.random() < 0.2 and (fields["settled"] or "burst" in fields)
    return fields


def _lives(dice: Random, size: float) -> dict[str, Any]:
    low = dice.choice((0.01, 0.05, 0.1, 0.1))
    slow = dice.random() < 0.3 * size
    fields: dict[str, Any] = {
        "latency": (low, dice.choice((5.0, 20.0, 40.0)) if slow else low * 5),
        "heavy": slow,
        "start": dice.choice(((90.0, 180.0), (20.0, 60.0), (5.0, 10.0), (200.0, 600.0))),
        "ports": dice.choice(((0.0, 0.0), (0.0, 30.0))),
        "price": dice.choice(("0.50", "0.65", "1.85", "22.40")),
        "regions": dice.choice((1, 2, 3, 5)),
        "stock": dice.choice((64, 64, 64, 8, 4)),
    }
    if dice.random() < 0.3 * size:
        fields["delete"] = dice.choice(((0.0, 0.0), (60.0, 300.0), (120.0, 600.0)))
    return fields


def _forms(dice: Random) -> dict[str, Any]:
    return {
        "ids": dice.choice(("number", "string")),
        "times": dice.choice(("ms", "ms-string", "seconds", "iso")),
        "statuses": dice.choice(("always-200", "by-code")),
        "retry_after": dice.choice(("seconds", "seconds", "date", "off")),
        "shows_terminated": dice.random() < 0.2,
    }


def _faults(dice: Random) -> dict[str, Any]:
    total = dice.choice((0.02, 0.05, 0.1, 0.3))
    kinds = dice.sample(_FAULTS, dice.choice((1, 2, len(_FAULTS))))
    fields: dict[str, Any] = {kind: round(total / len(kinds), 4) for kind in kinds}
    if dice.random() < 0.5:
        fields["late"] = (0.0, dice.choice((5.0, 10.0, 40.0)))
    if dice.random() < 0.2:
        fields["repeated"] = 0.05
    if dice.random() < 0.2:
        fields["refused_after"] = 0.05
    if dice.random() < 0.15:
        fields["deaf"] = dice.choice((0.3, 1.0))
    return fields


def _lags(dice: Random) -> dict[str, Any]:
    lag = dice.choice((1.0, 3.0, 10.0, 40.0, 150.0))
    return {"list_lag": lag, "id_lag": dice.choice((0.0, 0.0, min(lag, 3.0), lag))}


def _lists(dice: Random) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "omitting": dice.choice((0.02, 0.1, 0.4)),
        "stale": dice.choice((0.1, 0.5)),
        "flipping": dice.choice((0.05, 0.3)),
        "doubling": dice.choice((0.05, 0.3)),
        "odd_items": dice.choice((1, 3, 6)),
    }
    kept: dict[str, Any] = {name: fields[name] for name in _some(dice, tuple(fields))}
    return kept | ({"stale_by": dice.choice((5.0, 30.0, 120.0))} if "stale" in kept else {})


def _others(dice: Random) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "failing": dice.choice((0.05, 0.3)),
        "dying": dice.choice((120.0, 600.0)),
        "fails_when_full": True,
        "strangers": dice.choice((1, 3)),
        "names": dice.choice(("cut", "lower", "underscores", "prefixed")),
        "date": False,
        "date_offset": dice.choice((-4.0, 4.0, 300.0, -86400.0)),
    }
    return {name: fields[name] for name in _some(dice, tuple(fields))}


def _spell(dice: Random) -> dict[str, Any]:
    kind = dice.choice(get_args(SpellKind))
    longest = _LONGEST[kind]
    values = {
        "ban": dice.choice((30.0, 600.0)),
        "limit": float(dice.choice((1, 4))),
        "breakdown": float(dice.randrange(3)),
        "jump": dice.choice((-300.0, 7200.0, -3600.0)),
    }
    seconds = round(min(longest, dice.expovariate(6.0 / longest)), 1) if longest else 0.0
    # As a rule soon; and now and then when all has been at rest for hours.
    at = round(dice.uniform(0.0, dice.choice((1200.0, 1200.0, 1200.0, 1200.0, 20_000.0))), 1)
    return {"kind": kind, "at": at, "seconds": seconds, "value": values.get(kind, 0.0)}


def _some(dice: Random, values: Sequence[T]) -> list[T]:
    """Return one to three of them, in their order."""
    chosen = dice.sample(range(len(values)), dice.choice((1, 1, 2, 3)))
    return [values[index] for index in sorted(chosen)]
