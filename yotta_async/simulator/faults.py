"""What goes wrong between client and server, how often, and what the server has done by then."""

from collections.abc import Iterable
from enum import StrEnum
from random import Random
from typing import Self

from attrs import field, frozen

from yotta_async.errors import ConfigurationError
from yotta_async.simulator._checks import seconds, share, span


__all__ = ["BEFORE_COMMIT", "MAY_COMMIT_LATE", "FaultKind", "Faults"]


class FaultKind(StrEnum):
    """The faults by the names of their probabilities in `Faults`."""

    REFUSE = "refuse"
    RESET_BEFORE = "reset_before"
    RESET_AFTER = "reset_after"
    TIMEOUT_AFTER = "timeout_after"
    ERROR_BEFORE = "error_before"
    ERROR_AFTER = "error_after"
    HTML = "html"
    TRUNCATED = "truncated"
    EMPTY = "empty"


BEFORE_COMMIT = frozenset({FaultKind.REFUSE, FaultKind.RESET_BEFORE, FaultKind.ERROR_BEFORE})

# Where the answer is not the server's own, what was asked may still be under way behind it.
MAY_COMMIT_LATE = frozenset(
    {FaultKind.RESET_AFTER, FaultKind.TIMEOUT_AFTER, FaultKind.ERROR_AFTER, FaultKind.HTML}
)


def _names(operations: Iterable[str] | None) -> frozenset[str] | None:
    return None if operations is None else frozenset(operations)


@frozen(kw_only=True)
class Faults:
    """
    Probabilities of faults; one draw a request decides, so at most one happens and they add up.

    Attributes:
        refuse: The connection is refused; the server sees nothing.
        reset_before: The request arrives and is counted, then the connection is reset.
        reset_after: The same, but what was asked is done.
        timeout_after: It is done, and no answer ever comes.
        error_before: 500, 502 or 503, as an envelope or an HTML page; nothing is done.
        error_after: The same, but it is done.
        html: HTTP 200 with an HTML page; it is done.
        truncated: It is done; the answer breaks off in mid body.
        empty: It is done; HTTP 200 with an empty body.
        late_commit: Seconds (low, high) after its arrival at which a request struck by
            `reset_after`, `timeout_after`, `error_after` or `html` is done.
        list_lag: Seconds for which a new pod is missing from lists, with or without a fault.
        operations: The ids of the operations that the probabilities hold for; None for all.
    """

    refuse: float = field(default=0.0, validator=share)
    reset_before: float = field(default=0.0, validator=share)
    reset_after: float = field(default=0.0, validator=share)
    timeout_after: float = field(default=0.0, validator=share)
    error_before: float = field(default=0.0, validator=share)
    error_after: float = field(default=0.0, validator=share)
    html: float = field(default=0.0, validator=share)
    truncated: float = field(default=0.0, validator=share)
    empty: float = field(default=0.0, validator=share)
    late_commit: tuple[float, float] = field(default=(0.0, 0.0), validator=span)
    list_lag: float = field(default=0.0, validator=seconds)
    operations: frozenset[str] | None = field(default=None, converter=_names)

    def __attrs_post_init__(self) -> None:
        total = sum(chance for _, chance in self.chances())
        if total > 1.0 + 1e-9:
            raise ConfigurationError(
                "faults", total, "more than certain", hint="Let the probabilities add up to 1."
            )

    @classmethod
    def everything(
        cls,
        probability: float,
        *,
        late_commit: tuple[float, float] = (0.0, 10.0),
        list_lag: float = 3.0,
        operations: Iterable[str] | None = None,
    ) -> Self:
        """
        Every kind of fault, equally often.

        Args:
            probability: Of a request to go wrong in whichever way.
            late_commit: As above.
            list_lag: As above.
            operations: As above.
        """
        each = probability / len(FaultKind)
        return cls(
            late_commit=late_commit,
            list_lag=list_lag,
            operations=operations,
            **{kind.value: each for kind in FaultKind},
        )

    def chances(self) -> list[tuple[FaultKind, float]]:
        return [(kind, getattr(self, kind.value)) for kind in FaultKind]

    def draw(self, operation: str, dice: Random) -> FaultKind | None:
        """Return what goes wrong with a request, or None; takes one number from `dice` always."""
        point = dice.random()
        if self.operations is not None and operation not in self.operations:
            return None
        for kind, chance in self.chances():
            if point < chance:
                return kind
            point -= chance
        return None

    def draw_delay(self, kind: FaultKind | None, dice: Random) -> float:
        """Return the seconds from arrival to commit."""
        return dice.uniform(*self.late_commit) if kind in MAY_COMMIT_LATE else 0.0
