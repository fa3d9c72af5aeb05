"""Ids as the service gives them: 18 digits, more than a double can hold."""

from itertools import count

from attrs import define, field


__all__ = ["Ids"]

# An id is milliseconds and a counter, as a snowflake is. The first instant is put where ids
# have the 18 digits of the documented ones.
_FIRST_MILLISECOND = 100_000_000_000
_COUNTER_BITS = 22


@define(eq=False)
class Ids:
    """A source of ids, one for everything in the cloud."""

    _created: "count[int]" = field(factory=lambda: count(1), init=False)
    _began: float | None = field(default=None, init=False)

    def new(self, now: float) -> int:
        if self._began is None:
            self._began = now
        milliseconds = _FIRST_MILLISECOND + int((now - self._began) * 1000)
        # Always odd, so that a reader who goes through a double is found out.
        return (milliseconds << _COUNTER_BITS) | (2 * next(self._created) + 1)
