"""A run as one page of HTML that needs nothing else."""

import math
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from benchmarks.plot import dots, in_multiples
from benchmarks.report import OURS, Case, short
from benchmarks.results import Result, Results


__all__ = ["page"]

STYLE = Path(__file__).with_name("page.css")
MANY = 6  # cases, or subjects: more are easier to see at once as a table
MARKS = {None: "", True: " \u2713", False: " \u2717"}
HOT = math.log(8.0)  # where a colour is as strong as it gets


def page(results: Results) -> str:
    """Return the page."""
    cases = [case for each in results.benchmarks.values() for case in each.cases]
    about = [f"{results.profile} run", *(f"{a} {b}" for a, b in results.environment.items())]
    return "".join(
        [
            '<!doctype html><html lang="en"><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            f"<title>{OURS}: benchmarks</title><style>{STYLE.read_text('utf-8')}</style>",
            f"<h1>{OURS}: benchmarks</h1><p>{escape(' · '.join(about))}</p>",
            "<p>A dot is the median of the repetitions, a line goes from the least to the most. ",
            "Less is better everywhere. The dashed line is what the project promises.</p>",
            _targets(cases),
            *(_section(name, each) for name, each in results.benchmarks.items()),
            "</html>\n",
        ]
    )


def _targets(cases: Sequence[Case]) -> str:
    promised = [case for case in cases if case.met is not None]
    missed = [case for case in promised if not case.met]
    text = f"<p>{len(promised) - len(missed)} of {len(promised)} targets met.</p>"
    return text + "".join(f"<p>{escape(case.name)}: {_verdict(case)}</p>" for case in missed)


def _section(name: str, result: Result) -> str:
    took = f"{name}, {result.seconds:.0f} s"
    notes = "".join(f"<li>{escape(note)}" for note in result.notes)
    units = list(dict.fromkeys(case.unit for case in result.cases))
    groups = [[case for case in result.cases if case.unit == unit] for unit in units]
    tables = "".join(_overview(group) for group in groups if _is_large(group))
    few = len(result.cases) <= MANY
    figures = "".join(map(_figure, result.cases))
    return (
        f"<section><h2>{escape(result.title)} <small>{took}</small></h2><ul>{notes}</ul>"
        f'<div class="tables">{tables}</div>'
        f"<details{' open' if few else ''}><summary>pictures: {len(result.cases)}</summary>"
        f'<div class="figures">{figures}</div></details></section>'
    )


def _is_large(group: Sequence[Case]) -> bool:
    return max(len(group), len(group[0].samples)) > MANY


def _figure(case: Case) -> str:
    unit = case.unit if case.against is None else f"{case.unit}, as a multiple of {case.against}"
    verdict = "" if case.met is None else f"<p>{_verdict(case)}</p>"
    title = f"{escape(case.name)} <small>{escape(unit)}</small>"
    return f"<figure><figcaption>{title}</figcaption>{dots(case)}{verdict}{_ratios(case)}</figure>"


def _verdict(case: Case) -> str:
    told, _, met = escape(case.verdict).rpartition(": ")
    return f'{told}: <strong class="{"met" if case.met else "missed"}">{met}</strong>'


def _ratios(case: Case) -> str:
    """Return ours as a multiple of everybody."""
    ratios = ((who, case.ratio(who)) for who in case.samples if who != OURS)
    shown = ", ".join(f"{_number(ratio)} x {escape(who)}" for who, ratio in ratios)
    return f'<p class="ratios">ours is {shown}</p>' if shown else ""


def _overview(cases: Sequence[Case]) -> str:
    """Return a table of all cases and subjects, coloured by how much more than ours each is."""
    subjects = list(dict.fromkeys(who for case in cases for who in in_multiples(case)))
    head = "".join(f"<th><span>{escape(who)}</span></th>" for who in subjects)
    of = "" if cases[0].against is None else f", as a multiple of {cases[0].against}"
    rows = "".join(
        f"<tr><th>{escape(case.name)}</th>{''.join(_cells(case, subjects))}" for case in cases
    )
    caption = f"<caption>{escape(cases[0].unit + of)}; medians; \u2713 meets the target</caption>"
    return f'<div class="wide"><table>{caption}<tr><th>{head}{rows}</table></div>'


def _cells(case: Case, subjects: Sequence[str]) -> Iterator[str]:
    samples = in_multiples(case)
    ours = samples[OURS].median
    for who in subjects:
        if (sample := samples.get(who)) is None:
            yield "<td>"
            continue
        name = "ours" if who == OURS else "more" if sample.median > ours else "less"
        mark = MARKS[case.met] if who == OURS else ""
        heat = _heat(sample.median, ours)
        yield f'<td class="{name}" style="--heat:{heat:.0f}%">{short(sample.median)}{mark}'


def _heat(value: float, ours: float) -> float:
    """Return how strongly a cell is coloured, in per cent."""
    if value == ours:
        return 0.0
    if min(value, ours) <= 0.0:
        return 80.0
    return 80.0 * min(1.0, abs(math.log(value / ours)) / HOT)


def _number(ratio: float) -> str:
    return "infinitely" if math.isinf(ratio) else f"{ratio:.3g}"
