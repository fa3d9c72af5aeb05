"""What goes wrong between client and server, how often, and what the server has done by then."""

from collections.abc import Iterable
from enum import StrEnum
from random import Random
from typing import Self

from attrs import field, frozen

from yotta_async.errors import ConfigurationError
from yotta_async.errors._arguments import explains
from yotta_async.simulator._checks import seconds, share, span


__all__ = ["BEFORE_COMMIT", "MAY_COMMIT_LATE", "FaultKind", "Faults"]


class FaultKind(StrEnum):
    """
    The kinds of faults, by the names of their probabilities in `Faults`.

    Attributes:
        REFUSE: The connection is refused.
        RESET_BEFORE: The connection is reset, and nothing is done.
        RESET_AFTER: The connection is reset, and what was asked is done.
        TIMEOUT_AFTER: What was asked is done, and no answer comes.
        ERROR_BEFORE: The answer is a server error, and nothing is done.
        ERROR_AFTER: The answer is a server error, and what was asked is done.
        HTML: What was asked is done; the answer is an HTML page.
        TRUNCATED: What was asked is done; the answer ends in the middle of its body.
        EMPTY: What was asked is done; the answer has no body.
    """

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


@explains
@frozen(kw_only=True)
class Faults:
    """
    Probabilities of faults. One draw for each request decides, so that at most one fault happens
    and the probabilities add up; ``refused_after`` and ``repeated`` are drawn apart from these, and
    no part of `everything`.

    Attributes:
        refuse: The probability that the connection is refused; the server sees nothing.
        reset_before: The probability that the request arrives and is counted, then the connection
            is reset.
        reset_after: The probability that the connection is reset after what was asked is done.
        timeout_after: The probability that what was asked is done, and no answer ever comes.
        error_before: The probability of 500, 502 or 503, as an envelope or an HTML page; nothing is
            done.
        error_after: The probability of the same answers, while what was asked is done.
        html: The probability of HTTP 200 with an HTML page, while what was asked is done.
        truncated: The probability that what was asked is done, and the answer ends in the middle of
            its body.
        empty: The probability of HTTP 200 with an empty body, while what was asked is done.
        late_commit: Seconds (shortest, longest) after its arrival at which a request struck by
            ``reset_after``, ``timeout_after``, ``error_after`` or ``html`` is done.
        list_lag: Seconds for which a new pod is missing from lists, with or without a fault.
        id_lag: Seconds for which a new pod is not found by its id, with or without a fault.
        refused_after: The probability that what a POST asked is done, and the answer is a refusal:
            400, 429, or HTTP 200 with a code that says no.
        repeated: The probability that a POST is done twice, as behind a proxy that repeats it; the
            answer is that of the first.
        operations: The ids of the operations that the probabilities hold for. None for all.

    Raises:
        ConfigurationError: A setting that cannot work; it names the setting, the value and what is
            allowed.
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
    id_lag: float = field(default=0.0, validator=seconds)
    refused_after: float = field(default=0.0, validator=share)
    repeated: float = field(default=0.0, validator=share)
    operations: frozenset[str] | None = field(default=None, converter=_names)

    def __attrs_post_init__(self) -> None:
        total = sum(chance for _, chance in self.chances())
        if total > 1.0 + 1e-9:
            raise ConfigurationError(
                "faults", total, "must add up to at most 1", hint="These are probabilities."
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
        Return faults of every kind, equally often.

        Args:
            probability: The probability that a request goes wrong in any way.
            late_commit: Seconds (shortest, longest) after its arrival at which a request with an
                unclear answer is done.
            list_lag: Seconds for which a new pod is missing from lists.
            operations: The ids of the operations that the probability holds for. None for all.

        Returns:
            The faults.
        """
        each = probability / len(FaultKind)
        return cls(
            late_commit=late_commit,
            list_lag=list_lag,
            operations=operations,
            **{kind.value: each for kind in FaultKind},
        )

    def chances(self) -> list[tuple[FaultKind, float]]:
        """
        Return the probability of each kind.

        Returns:
            The kinds, each with its probability.
        """
        return [(kind, getattr(self, kind.value)) for kind in FaultKind]

    def draw(self, operation: str, dice: Random) -> FaultKind | None:
        """
        Draw what goes wrong with a request; this always takes one number from ``dice``.

        Args:
            operation: The operation's id.
            dice: The source of chance.

        Returns:
            What goes wrong, or None.
        """
        point = dice.random()
        if self.operations is not None and operation not in self.operations:
            return None
        for kind, chance in self.chances():
            if point < chance:
                return kind
            point -= chance
        return None

    def strikes(self, chance: float, operation: str, dice: Random) -> bool:
        """
        Draw whether a fault happens that is drawn apart.

        Args:
            chance: Its probability; for 0 no number is taken from ``dice``.
            operation: The operation's id.
            dice: The source of chance.

        Returns:
            Whether it happens.
        """
        concerned = self.operations is None or operation in self.operations
        return concerned and chance > 0.0 and dice.random() < chance

    def draw_delay(self, kind: FaultKind | None, dice: Random) -> float:
        """
        Draw how late a request is done.

        Args:
            kind: The fault that struck it. None if none did.
            dice: The source of chance.

        Returns:
            Seconds from its arrival.
        """
        return dice.uniform(*self.late_commit) if kind in MAY_COMMIT_LATE else 0.0
