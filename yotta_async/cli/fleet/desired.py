"""What a fleet is to be: a fleet file, and the options that override it."""

import secrets
import warnings
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from attrs import frozen

from ...errors import ConfigurationError
from ...fleet import (
    Budget,
    FleetSettings,
    Placement,
    ReplacePolicy,
    check_budget,
    keyed,
    quorum_of,
)
from ...models import PodSpec
from .._failures import text_of
from .._options import duration_of
from .file import Document, pod_fields, read, wrong


__all__ = ["DesiredFleet", "desired_fleet"]

_POD_OPTIONS: Final = ("image", "gpu_type", "gpu_count", "expose")
_TABLE_OPTIONS: Final = {
    "regions": "placement",
    "gpu_types": "placement",
    "max_per_hour": "budget",
    "max_total": "budget",
}
_TOP_OPTIONS: Final = ("name", "count", "min_ready", "max_lifetime", "on_exit")
_MOST: Final = 10_000


@frozen(kw_only=True)
class DesiredFleet:
    """
    A fleet that is wanted.

    Attributes:
        specs: Its pods by key.
        min_ready: How many must become ready, or what share of them; None: no matter.
        warnings: What is odd about it, in words.
    """

    settings: FleetSettings
    specs: Mapping[str, PodSpec]
    placement: Placement
    min_ready: float | None = None
    warnings: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The fleet's name."""
        return self.settings.name

    @property
    def quorum(self) -> int:
        """How many must become ready."""
        return quorum_of(self.min_ready, len(self.specs))

    def check_budget(self, told: Mapping[str, Decimal]) -> None:
        """
        Refuse what its budget cannot pay for.

        Args:
            told: USD of one GPU and hour, by GPU type.

        Raises:
            BudgetExceededError: It costs more than it may, or a price is not known.
        """
        check_budget(self.specs, self.placement, self.settings.budget, told)


def desired_fleet(file: str | None, options: Mapping[str, Any]) -> DesiredFleet:
    """
    Return what a file and options say; an option counts more than the file.

    Raises:
        FailedError: Something in them is not allowed.
    """
    document = _overlaid(read(file) if file else {}, options)
    if file and "name" not in document:
        raise wrong(f"{file}: name must be given", 'Write name = "..." into it, or use --name.')
    document.setdefault("name", f"fleet-{secrets.token_hex(3)}")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            desired = _built(document)
        except ConfigurationError as error:
            raise wrong(
                f"{file}: {text_of(error)}" if file else text_of(error), error.hint
            ) from error
    odd = dict.fromkeys(str(each.message) for each in caught)
    return DesiredFleet(
        settings=desired.settings,
        specs=desired.specs,
        placement=desired.placement,
        min_ready=desired.min_ready,
        warnings=tuple(odd),
    )


def _overlaid(document: Document, options: Mapping[str, Any]) -> Document:
    given = {name: value for name, value in options.items() if value not in (None, ())}
    merged = dict(document)
    merged |= {name: given[name] for name in _TOP_OPTIONS if name in given}
    for name, table in _TABLE_OPTIONS.items():
        if name in given:
            merged[table] = {**merged.get(table, {}), name: given[name]}
    pod = {name: given[name] for name in _POD_OPTIONS if name in given}
    merged["pod"] = {**merged.get("pod", {}), **pod}
    if "pods" in merged:
        merged["pods"] = [{**each, **pod} for each in merged["pods"]]
    return merged


def _built(document: Document) -> DesiredFleet:
    placement = Placement(**document.get("placement", {}))
    specs = keyed([_spec(each, placement) for each in _tables(document)])
    min_ready = document.get("min_ready")
    quorum_of(min_ready, len(specs))
    return DesiredFleet(
        settings=FleetSettings(
            name=document["name"],
            on_exit=document.get("on_exit", "delete"),
            replace=ReplacePolicy(**document.get("replace", {})),
            budget=Budget(**document.get("budget", {})),
            max_lifetime=_lifetime(document.get("max_lifetime")),
            signals=False,
        ),
        specs=specs,
        placement=placement,
        min_ready=min_ready,
    )


def _tables(document: Document) -> list[Document]:
    """Return the fields of each pod."""
    common, pods = document["pod"], document.get("pods")
    if pods is None:
        count = document.get("count", 1)
        if not 1 <= count <= _MOST:
            problem = f"must be a whole number of pods, 1 to {_MOST}"
            raise ConfigurationError("count", count, problem, hint="Without it there is one.")
        return [common] * count
    if "count" in document:
        problem, hint = "must not be given beside [[pods]]", "Leave one of them out."
        raise ConfigurationError("count", document["count"], problem, hint=hint)
    if not pods:
        problem, hint = "must have a [[pods]] table for each pod", "Or write count."
        raise ConfigurationError("pods", [], problem, hint=hint)
    return [{**common, **each} for each in pods]


def _spec(table: Document, placement: Placement) -> PodSpec:
    fields = pod_fields(table)
    if placement.gpu_types:
        fields.setdefault("gpu_type", placement.gpu_types[0])
    for name in ("image", "gpu_type"):
        if name not in fields:
            hint = f"Use --{name.replace('_', '-')}, or {name} in a file's [pod]."
            raise ConfigurationError(name, "(missing)", "must be given for every pod", hint=hint)
    return PodSpec(**fields)


def _lifetime(value: float | str | None) -> float | None:
    if not isinstance(value, str):
        return value
    try:
        return duration_of(value)
    except ValueError:
        problem, hint = "must be seconds, or a text such as 90m, 2h, 1h30m", "Give one of these."
        raise ConfigurationError("max_lifetime", value, problem, hint=hint) from None
