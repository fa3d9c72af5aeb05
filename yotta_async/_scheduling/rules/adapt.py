"""
What refusals teach.

The window is kept, so a refusal means one of two things. Either the server allows fewer requests
back to back (a token bucket smaller than the limit), which pacing cures; or another program uses
the same key, which only a smaller share cures. The burst is suspected first, since it costs less: a
quarter of what had just been sent back to back, then a quarter of that; once single file is refused
too, the limit itself is narrowed by three tenths. One step an episode: what was sent before a step
says nothing about it. Both recover slowly.

How long the key pauses depends on how many refusals came in a row; what was on the wire when a
pause began is refused with it, and counts as one.
"""

from math import inf

from attrs import define, field, frozen

from .budget import RateLimit


__all__ = ["Adaptation", "Lesson"]

BURST_STEP = 4
NARROWING = 0.7
NARROWEST = 0.2
RECOVERY = 0.05  # of the limit, a window


@frozen(kw_only=True)
class Lesson:
    """
    What a refusal teaches.

    Attributes:
        streak: How many refusals in a row this is, counted from 1.
        is_news: Whether it was sent after the last one that counted.
        changed: Whether the burst, the limit or the span of pod operations is another now.
    """

    streak: int
    is_news: bool
    changed: bool


@define(eq=False)
class Adaptation:
    """
    The burst and the limit that the server has been seen to accept.

    Attributes:
        episodes: How often a step back was taken.
        streak: Refusals in a row.
    """

    rate: RateLimit
    burst: int | None = None
    can_pace: bool = True
    narrowed: float = 1.0
    episodes: int = 0
    streak: int = 0
    _ceiling: int = field(init=False)
    _run: int = 0
    _last_sent: float = -inf
    _last_counted: float = -inf
    _last_step: float = -inf
    _quiet_since: float = -inf

    def __attrs_post_init__(self) -> None:
        self._ceiling = self.rate.requests

    @property
    def allowed(self) -> int:
        """The requests of a window that are used, of those the plan allows."""
        return max(1, int(self.rate.requests * self.narrowed))

    def sent(self, now: float) -> None:
        """Count what goes out back to back: closer than the even rate would have it."""
        self._run = self._run + 1 if now - self._last_sent < self.rate.interval else 1
        self._last_sent = now

    def rebase(self, before: float, now: float) -> None:
        """Move to a clock that shows ``now`` where the old one showed ``before``."""
        self._last_sent += now - before
        self._last_counted += now - before
        self._last_step += now - before
        self._quiet_since += now - before

    def count(self, now: float, *, sent_at: float) -> bool:
        """
        Count a refusal of any kind.

        Returns:
            False if it was sent before the last one that counted, and so tells nothing new.
        """
        if sent_at <= self._last_counted:
            return False
        self.streak, self._last_counted = self.streak + 1, now
        return True

    def refused(self, now: float, *, sent_at: float) -> bool:
        """
        Take one step back, unless the refused request was sent before the last step.

        Returns:
            Whether this refusal began a new episode.
        """
        self._quiet_since = now
        if sent_at <= self._last_step:
            return False
        self._last_step = now
        self.episodes += 1
        if self.can_pace and self.burst != 1:
            refused = self.burst or self._run
            self._ceiling = min(self._ceiling, max(1, refused - 1))
            self.burst = max(1, refused // BURST_STEP)
        else:
            self.narrowed = max(NARROWEST, self.narrowed * NARROWING)
        return True

    def accepted(self, now: float) -> bool:
        """
        End the streak, and recover a little once a window has passed without a refusal.

        Returns:
            Whether the burst or the limit changed.
        """
        self.streak = 0
        if now - self._quiet_since < self.rate.per or (self.burst is None and self.narrowed == 1.0):
            return False
        self._quiet_since = now
        before = (self.burst, self.narrowed)
        self.narrowed = min(1.0, self.narrowed + RECOVERY)
        if self.burst is not None and self.episodes:
            self.burst = min(self._ceiling, self.burst + 1)
        return before != (self.burst, self.narrowed)
