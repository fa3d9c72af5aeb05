"""`Case`: a world and what its users do, as one value that is all of a run."""

from collections.abc import Mapping
from random import Random
from typing import Any, Final, Self

from attrs import field, frozen

from ...errors import ConfigurationError
from ..worlds import World
from .plots import HOURS, plot


__all__ = ["ARGUMENTS", "Case", "Step"]

# The verbs, with the arguments that each cannot do without.
ARGUMENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "create": ("pod",),
    "wait": ("pod",),
    "get": ("pod",),
    "list": (),
    "burst": ("number",),
    "pause": ("pod",),
    "resume": ("pod",),
    "delete": ("pod",),
    "watch": (),
    "hook": (),
    "cancel": ("what",),
    "close": (),
    "kill": (),
    "fleet": ("fleet",),
    "launch": ("in", "pods"),
    "up": ("in",),
    "scale": ("in", "number"),
    "release": ("in", "number"),
    "map": ("in", "items"),
    "down": ("in",),
    "leave": ("in",),
    "signal": ("in",),
}


@frozen(kw_only=True)
class Step:
    """
    Something that a user does.

    Attributes:
        at: When it begins, in seconds on the clock of the programs.
        client: Which program does it, from 0; programs have a client each.
        verb: What is done, by its name in `ARGUMENTS`.
        arguments: What the verb needs, as JSON values.

    Raises:
        ConfigurationError: There is no such verb, or it lacks an argument.
    """

    at: float
    client: int = 0
    verb: str
    arguments: Mapping[str, Any] = field(factory=dict[str, Any])

    def __attrs_post_init__(self) -> None:
        if self.verb not in ARGUMENTS:
            hint = f"Known are {', '.join(ARGUMENTS)}."
            raise ConfigurationError("verb", self.verb, "must be a known verb", hint=hint)
        missing = [name for name in ARGUMENTS[self.verb] if name not in self.arguments]
        if missing:
            problem, hint = f"must have {', '.join(missing)}", f"{self.verb!r} cannot do without."
            raise ConfigurationError("arguments", list(self.arguments), problem, hint=hint)

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """
        Return the step of which `to_dict` has made these fields.

        Args:
            fields: As JSON has them.

        Returns:
            The step.
        """
        return cls(**fields)

    def to_dict(self) -> dict[str, Any]:
        """
        Return it as JSON can have it.

        Returns:
            Its fields.
        """
        fields: dict[str, Any] = {"at": self.at, "verb": self.verb}
        fields |= {"client": self.client} if self.client else {}
        return fields | ({"arguments": dict(self.arguments)} if self.arguments else {})


@frozen(kw_only=True)
class Case:
    """
    One run of the campaign, before it is run.

    Attributes:
        seed: The seed of all chance that is not the world's: names, back-off, owners.
        world: Where it takes place.
        steps: What the users do.
        hours: How long it lasts at least, in hours, before all is ended.
    """

    seed: int = 0
    world: World = field(factory=World)
    steps: tuple[Step, ...] = ()
    hours: float = 0.0

    @classmethod
    def random(cls, seed: int, hours: float | None = None) -> Self:
        """
        Draw a case.

        Args:
            seed: Of the draw.
            hours: How long it lasts at least. None for a time that is drawn, too.

        Returns:
            The case.
        """
        dice = Random(f"case:{seed}")
        world = World.random(dice, dice.choice((0.0, 0.5, 1.0, 1.0)))
        drawn = dice.choice(HOURS)
        lasts = drawn if hours is None else hours
        steps = tuple(Step(**step) for step in plot(dice, lasts))
        return cls(seed=seed, world=world, steps=steps, hours=lasts)

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """
        Return the case of which `to_dict` has made these fields.

        Args:
            fields: As JSON has them.

        Returns:
            The case.
        """
        world = World.from_dict(fields.get("world", {}))
        steps = tuple(map(Step.from_dict, fields.get("steps", ())))
        kept = {name: fields[name] for name in ("seed", "hours") if name in fields}
        return cls(world=world, steps=steps, **kept)

    def to_dict(self) -> dict[str, Any]:
        """
        Return it as JSON can have it.

        Returns:
            Its fields.
        """
        return {
            "seed": self.seed,
            "hours": self.hours,
            "world": self.world.to_dict(),
            "steps": [step.to_dict() for step in self.steps],
        }
