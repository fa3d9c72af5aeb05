"""
Models of the limits that a server may keep. Pure: every method takes `now`.

Yotta documents 60 to 120 requests a minute and 5 pod operations at once, and nothing about the
window it counts in, about refused requests, or about when a pod operation is over. Here are
the kinds in use; which of them is kept is a setting.
"""

import math
from abc import ABC, abstractmethod
from collections import deque
from typing import Literal

from attrs import define, field, frozen

from yotta_async.errors._arguments import explains
from yotta_async.simulator._checks import one_of, positive, seconds


__all__ = [
    "FixedWindows",
    "OperationSlots",
    "RateModel",
    "ServerLimits",
    "SlidingLog",
    "TokenBucket",
    "Violation",
]

RateKind = Literal["sliding", "sliding-strict", "fixed", "bucket"]
OperationSpan = Literal["call", "settled"]


@frozen(kw_only=True)
class Violation:
    """
    A refusal for a limit, which a careful client never causes.

    Attributes:
        instant: When the refused request arrived, in seconds on the simulator's clock.
        kind: The limit that it broke: ``"rate"`` or ``"concurrency"``.
        operation: The operation's id, such as ``"createPod"``.
        detail: How it broke the limit, as a sentence.
    """

    instant: float
    kind: Literal["rate", "concurrency"]
    operation: str
    detail: str


@explains
@frozen(kw_only=True)
class ServerLimits:
    """
    The limits that a simulated server keeps for the whole account.

    Attributes:
        requests: Requests admitted in one window. None for no limit.
        per: The window's length in seconds.
        kind: How requests are counted: in a log of the admitted arrivals (``"sliding"``), in a log
            of the refused ones, too (``"sliding-strict"``), in windows that begin every ``per``
            seconds (``"fixed"``), or by a token bucket (``"bucket"``).
        phase: Seconds from the first request to the beginning of a fixed window.
        burst: How many tokens the bucket holds. None for as many as ``requests``.
        pod_operations: Creates, pauses, resumes and deletes at once. None for no limit.
        operation_span: Whether a pod operation lasts until its answer has arrived (``"call"``), or
            until the pod has come to rest (``"settled"``).

    Raises:
        ConfigurationError: A setting that cannot work; it names the setting, the value and what is
            allowed.
    """

    requests: int | None = field(default=60, validator=positive)
    per: float = field(default=60.0, validator=positive)
    kind: RateKind = field(default="sliding", validator=one_of(RateKind))
    phase: float = field(default=0.0, validator=seconds)
    burst: int | None = field(default=None, validator=positive)
    pod_operations: int | None = field(default=5, validator=positive)
    operation_span: OperationSpan = field(default="call", validator=one_of(OperationSpan))

    @classmethod
    def none(cls) -> "ServerLimits":
        """
        Return limits that admit everything; arrivals are counted all the same.

        Returns:
            The limits.
        """
        return cls(requests=None, pod_operations=None)

    def rate_model(self) -> "RateModel":
        """
        Return a new model of the rate limit.

        Returns:
            The model, which has counted nothing yet.
        """
        if self.requests is None:
            return Unlimited(requests=0, per=self.per)
        if self.kind == "fixed":
            return FixedWindows(requests=self.requests, per=self.per, phase=self.phase)
        if self.kind == "bucket":
            return TokenBucket(
                requests=self.requests, per=self.per, burst=self.burst or self.requests
            )
        counts_refused = self.kind == "sliding-strict"
        return SlidingLog(requests=self.requests, per=self.per, counts_refused=counts_refused)


@define(eq=False, kw_only=True)
class RateModel(ABC):
    """
    A count of requests that admits or refuses each as it arrives.

    Attributes:
        requests: How many it admits in a window.
        per: The window's length in seconds.
        worst: The most requests, refused ones too, that arrived within any ``per`` seconds,
            independent of the windows that the model counts in.
    """

    requests: int
    per: float
    worst: int = 0
    _arrivals: deque[float] = field(factory=deque[float])

    def admit(self, now: float) -> float | None:
        """
        Decide on a request that arrives.

        Args:
            now: The instant, in seconds on the simulator's clock.

        Returns:
            None if the request is admitted, else the seconds after which one would be.
        """
        while self._arrivals and self._arrivals[0] + self.per <= now:
            self._arrivals.popleft()
        self._arrivals.append(now)
        self.worst = max(self.worst, len(self._arrivals))
        return self._decide(now)

    @abstractmethod
    def _decide(self, now: float) -> float | None: ...


@define(eq=False, kw_only=True)
class Unlimited(RateModel):
    def _decide(self, now: float) -> float | None:
        return None


@define(eq=False, kw_only=True)
class SlidingLog(RateModel):
    """At most `requests` in any `per` seconds; one leaves the log exactly `per` after it came."""

    counts_refused: bool = False
    _log: deque[float] = field(init=False)

    def __attrs_post_init__(self) -> None:
        # The oldest of the last `requests` entries decides; older ones never matter again.
        self._log = deque[float](maxlen=self.requests)

    def _decide(self, now: float) -> float | None:
        full = len(self._log) == self.requests and self._log[0] + self.per > now
        if not full or self.counts_refused:
            self._log.append(now)
        return self._log[0] + self.per - now if full else None


@define(eq=False, kw_only=True)
class FixedWindows(RateModel):
    """At most `requests` in each window; one begins `phase` seconds after the first request."""

    phase: float = 0.0
    _origin: float | None = None
    _window: int | None = None
    _admitted: int = 0

    def _decide(self, now: float) -> float | None:
        if self._origin is None:
            self._origin = now + self.phase
        window = math.floor((now - self._origin) / self.per)
        if window != self._window:
            self._window, self._admitted = window, 0
        if self._admitted < self.requests:
            self._admitted += 1
            return None
        return self._origin + (window + 1) * self.per - now


# A token that is due now may be a rounding error short after many refills.
_ROUNDING = 1e-9


@define(eq=False, kw_only=True)
class TokenBucket(RateModel):
    """`burst` tokens at first and at most; `requests` new ones every `per` seconds, evenly."""

    burst: int
    _tokens: float = field(init=False)
    _filled_at: float | None = None

    def __attrs_post_init__(self) -> None:
        self._tokens = float(self.burst)

    def _decide(self, now: float) -> float | None:
        refill = (now - (now if self._filled_at is None else self._filled_at)) * self._rate
        self._tokens = min(float(self.burst), self._tokens + refill)
        self._filled_at = now
        if self._tokens < 1.0 - _ROUNDING:
            return (1.0 - self._tokens) / self._rate
        self._tokens -= 1.0
        return None

    @property
    def _rate(self) -> float:
        return self.requests / self.per


@define(eq=False, kw_only=True)
class OperationSlots:
    """
    The pod operations under way, each by a key and with the instant at which it ends.

    Attributes:
        limit: How many may be under way at once; None for any number.
        worst: The most that were, or would have been with the refused one.
    """

    limit: int | None
    worst: int = 0
    _ends: dict[object, float] = field(factory=dict[object, float])

    def admit(self, now: float) -> float | None:
        """Return None if one more may begin, else the seconds until one of those ends."""
        self._ends = {key: end for key, end in self._ends.items() if end > now}
        self.worst = max(self.worst, len(self._ends) + 1)
        if self.limit is None or len(self._ends) < self.limit:
            return None
        return min(self._ends.values()) - now

    def hold(self, key: object, until: float) -> None:
        """Note that the operation `key` lasts until then; a later note replaces an earlier one."""
        self._ends[key] = until

    def release(self, key: object) -> None:
        """Forget an operation that goes on under another key."""
        self._ends.pop(key, None)
