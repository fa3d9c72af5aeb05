"""One case as a picture: a dot for each subject's median, a line for its range; inline SVG."""

import math
from collections.abc import Iterator, Mapping
from html import escape

from attrs import frozen

from benchmarks.report import OURS, Case, Sample, short


__all__ = ["Axis", "dots", "in_multiples"]

WIDTH, ROW, HEAD, FOOT = 640, 20, 6, 22
LEFT, RIGHT = 190, 500  # where the axis begins and ends
WIDE = 30.0  # times; beyond it small values would all lie on top of each other


def in_multiples(case: Case) -> dict[str, Sample]:
    """Return the samples as the target is told: as multiples of a subject, or as they are."""
    if case.against is None:
        return dict(case.samples)
    base = case.samples[case.against]
    return {who: each.over(base) for who, each in case.samples.items() if who != case.against}


@frozen
class Axis:
    """
    Where a value lies.

    Attributes:
        logarithmic: Whether equal lengths are equal factors.
    """

    low: float
    high: float
    logarithmic: bool

    @classmethod
    def over(cls, values: list[float]) -> "Axis":
        """Return an axis on which all of the values lie."""
        low, high = min(values), max(values)
        if low > 0 and high / low > WIDE:
            return cls(low / 1.2, high * 1.2, logarithmic=True)
        return cls(0.0, 1.05 * high or 1.0, logarithmic=False)

    def at(self, value: float) -> float:
        """Return the place of a value, in the units of the picture."""
        if self.logarithmic:
            share = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            share = value / self.high
        return round(LEFT + share * (RIGHT - LEFT), 1)

    def ticks(self) -> list[float]:
        if not self.logarithmic:
            step = _round_step(self.high / 4)
            return [step * index for index in range(int(self.high / step) + 1)]
        low, high = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
        digits = (1, 2, 5) if high - low <= 2 else (1,)
        all_ticks = (digit * 10.0**power for power in range(low, high + 1) for digit in digits)
        return [tick for tick in all_ticks if self.low <= tick <= self.high]


def _round_step(step: float) -> float:
    power = 10.0 ** math.floor(math.log10(step))
    return next(digit * power for digit in (1, 2, 5, 10) if digit * power >= step * 0.999)


def dots(case: Case) -> str:
    """Return the picture: ours first, then from the least to the most."""
    samples = in_multiples(case)
    target = [] if case.target is None else [case.target]
    axis = Axis.over([*(value for each in samples.values() for value in each.values), *target])
    order = sorted(samples, key=lambda who: (who != OURS, samples[who].median))
    height = HEAD + ROW * len(order) + FOOT
    return "".join(
        [
            f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(case.name)}">',
            *_scale(axis, height - FOOT),
            *(_mark(axis, each, height - FOOT) for each in target),
            *_rows(axis, {who: samples[who] for who in order}),
            "</svg>",
        ]
    )


def _scale(axis: Axis, bottom: float) -> Iterator[str]:
    for tick in axis.ticks():
        x = axis.at(tick)
        yield f'<line class="grid" x1="{x}" x2="{x}" y1="{HEAD}" y2="{bottom}"/>'
        yield f'<text class="tick" x="{x}" y="{bottom + 15}">{tick:g}</text>'


def _mark(axis: Axis, target: float, bottom: float) -> str:
    x = axis.at(target) if target > 0 or not axis.logarithmic else LEFT
    return f'<line class="target" x1="{x}" x2="{x}" y1="{HEAD}" y2="{bottom}"/>'


def _rows(axis: Axis, samples: Mapping[str, Sample]) -> Iterator[str]:
    for index, (who, sample) in enumerate(samples.items()):
        y = HEAD + ROW * index + ROW / 2
        low, middle, high = min(sample.values), sample.median, max(sample.values)
        shown = short(middle) if low == high else f"{short(middle)} [{short(low)}, {short(high)}]"
        yield f'<g class="{"ours" if who == OURS else "peer"}">'
        yield f'<text class="name" x="{LEFT - 10}" y="{y + 4}">{escape(who)}</text>'
        yield f'<line class="range" x1="{axis.at(low)}" x2="{axis.at(high)}" y1="{y}" y2="{y}"/>'
        yield f'<circle cx="{axis.at(middle)}" cy="{y}" r="4"/>'
        yield f'<text class="value" x="{RIGHT + 12}" y="{y + 4}">{shown}</text></g>'
