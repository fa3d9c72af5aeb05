"""What servers of several kinds would refuse, worked out the long way from arrivals alone."""

from collections import Counter
from collections.abc import Callable, Sequence
from math import floor


Server = Callable[[Sequence[float], int, float], int]


def sliding(arrivals: Sequence[float], limit: int, per: float) -> int:
    """Count what is refused when the accepted ones of the last ``per`` seconds are remembered."""
    accepted: list[float] = []
    refused = 0
    for arrival in sorted(arrivals):
        accepted = [each for each in accepted if arrival - each < per]
        if len(accepted) < limit:
            accepted.append(arrival)
        else:
            refused += 1
    return refused


def sliding_strict(arrivals: Sequence[float], limit: int, per: float) -> int:
    """Count what is refused when refused ones are remembered, too."""
    ordered = sorted(arrivals)
    return sum(
        sum(1 for earlier in ordered[:index] if arrival - earlier < per) >= limit
        for index, arrival in enumerate(ordered)
    )


def fixed(arrivals: Sequence[float], limit: int, per: float) -> int:
    """Count what is refused by windows at the phase that is worst."""
    phases = {0.0, *arrivals, *(arrival + per / 2 for arrival in arrivals)}

    def refused(phase: float) -> int:
        windows = Counter(floor((arrival - phase) / per) for arrival in arrivals)
        return sum(max(0, count - limit) for count in windows.values())

    return max(map(refused, phases))


def bucket(arrivals: Sequence[float], limit: int, per: float) -> int:
    """Count what is refused by a bucket that begins full and refills evenly."""
    tokens, last, refused = float(limit), min(arrivals, default=0.0), 0
    for arrival in sorted(arrivals):
        tokens = min(limit, tokens + (arrival - last) * limit / per)
        last = arrival
        # A billionth of a token is the floats' doing.
        if tokens >= 1 - 1e-9:
            tokens -= 1
        else:
            refused += 1
    return refused


SERVERS: dict[str, Server] = {
    "sliding": sliding,
    "sliding_strict": sliding_strict,
    "fixed": fixed,
    "bucket": bucket,
}
