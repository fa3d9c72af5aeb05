"""
Sight and speed: how soon a launch is through, and how soon what is ready is known.

A list takes the credit of a create, so the one is paid with the other. One fleet makes so many
pods; boots are log-normal, without an upper bound. The least is that of a client which knows every
latency and boot in advance, looks once before it begins, as it must, and then only in the instant
in which the last pod is ready. The curve: the same with a fixed number of lists in each window
while creates wait, evenly spread, and what all of it costs (`sight_runs.Outcome.wasted`).
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from statistics import fmean, quantiles

from benchmarks.profiles import Profile
from benchmarks.report import LEAST, OURS, Case, Sample, Table
from benchmarks.sight_runs import Launch, Outcome, be_quiet, run_launch


__all__ = ["run"]

PLANS = {Profile.QUICK: (60,), Profile.FULL: (60, 120)}
COUNTS = {
    Profile.QUICK: (50, 119, 120, 200),
    Profile.FULL: (5, 20, 50, 60, 61, *range(119, 127), 180, 200, 600, 1000, 5000),
}
SEEDS = {Profile.QUICK: range(3), Profile.FULL: range(10)}
# From so many pods on no more seeds than these.
FEWER = {600: range(5), 1000: range(1)}
CURVES = {Profile.QUICK: (), Profile.FULL: (200, 600)}
CURVE_PLAN, CURVE_SEEDS = 60, range(2)
FIXED = (0, 1, 2, 3, 4, 6, 8, 12)
MEDIAN, WORST, LEAST_TOTAL = 1.02, 1.05, 1.02
# Of which it is told how late they are known.
LAGGING = 200
HEAD = (
    "limit, pods",
    "least s",
    "x least",
    "promised",
    "worst",
    "refused",
    "known after s",
    "99 %",
    "idle pod-h",
)


def run(profile: Profile = Profile.QUICK) -> tuple[Table, list[Case]]:
    launches = [
        Launch(requests=plan, pods=count, seed=seed)
        for plan, count in product(PLANS[profile], COUNTS[profile])
        for seed in _seeds(profile, count)
    ]
    curves = [
        Launch(requests=CURVE_PLAN, pods=count, seed=seed, lists=lists)
        for count, lists, seed in product(CURVES[profile], (None, *FIXED), CURVE_SEEDS)
    ]
    # Virtual time does not mind company on the processor.
    with ProcessPoolExecutor(initializer=be_quiet) as pool:
        found = dict(
            zip([*launches, *curves], pool.map(run_launch, [*launches, *curves]), strict=True)
        )
    by_name = _by_name(found, launches)
    cases = [case for name, outcomes in by_name.items() for case in _cases(name, outcomes)]
    rows = [_row(name, outcomes) for name, outcomes in by_name.items()]
    cases += _curve_cases(_by_name(found, curves))
    notes = [
        f"Medians of {len(SEEDS[profile])} seeds, of fewer from {min(FEWER)} pods on.",
        "Known after: seconds from a pod's being ready until the fleet knows it, the median and",
        "what 99 of 100 need at most. Idle: hours of pods, in all, that were ready and not known.",
    ]
    return Table(title="Sight and speed", head=HEAD, rows=rows, notes=notes), cases


def _seeds(profile: Profile, count: int) -> range:
    fewer = [seeds for least, seeds in FEWER.items() if count >= least]
    return fewer[-1] if fewer else SEEDS[profile]


def _by_name(
    found: dict[Launch, Outcome], launches: Sequence[Launch]
) -> dict[str, list[tuple[Launch, Outcome]]]:
    by_name: dict[str, list[tuple[Launch, Outcome]]] = {}
    for launch in launches:
        by_name.setdefault(str(launch), []).append((launch, found[launch]))
    return by_name


def _cases(name: str, pairs: Sequence[tuple[Launch, Outcome]]) -> Iterator[Case]:
    outcomes = [outcome for _, outcome in pairs]
    samples = {
        LEAST: Sample(each.least for each in outcomes),
        OURS: Sample(each.seconds for each in outcomes),
    }
    yield Case(name=name, unit="s", samples=samples, target=MEDIAN)
    worst = max(each.seconds / each.least for each in outcomes)
    yield Case(name=name, unit="x least, worst", samples={OURS: Sample([worst])}, target=WORST)
    refusals = Sample(each.refusals for each in outcomes)
    yield Case(name=name, unit="refusals", samples={OURS: refusals}, target=0)
    if pairs[0][0].pods >= LAGGING:
        for unit, values in (
            ("s until known", [_percentile(each, 50) for each in outcomes]),
            ("s until 99 % are known", [_percentile(each, 99) for each in outcomes]),
            ("idle pod-hours", [each.idle for each in outcomes]),
        ):
            yield Case(name=name, unit=unit, samples={OURS: Sample(values)})


def _curve_cases(by_name: dict[str, list[tuple[Launch, Outcome]]]) -> Iterator[Case]:
    """Yield what each number of lists costs, and the rule beside the least of them."""
    for count in dict.fromkeys(pairs[0][0].pods for pairs in by_name.values()):
        totals = {
            pairs[0][0].lists: fmean(each.wasted for _, each in pairs)
            for pairs in by_name.values()
            if pairs[0][0].pods == count
        }
        ours = totals.pop(None)
        samples = {OURS: Sample([ours]), LEAST: Sample([min(totals.values())])}
        samples |= {f"{lists} lists": Sample([total]) for lists, total in totals.items()}
        name = f"{CURVE_PLAN}/min, {count}, the curve"
        yield Case(name=name, unit="wasted USD", samples=samples, target=LEAST_TOTAL)


def _row(name: str, pairs: Sequence[tuple[Launch, Outcome]]) -> list[str]:
    outcomes = [outcome for _, outcome in pairs]
    ratios = Sample(each.seconds / each.least for each in outcomes)
    return [
        name,
        f"{Sample(each.least for each in outcomes).median:.0f}",
        f"{ratios.median:.3f}",
        f"{MEDIAN:.2f}",
        f"{max(ratios.values):.3f}",
        f"{sum(each.refusals for each in outcomes)}",
        f"{Sample(_percentile(each, 50) for each in outcomes).median:.1f}",
        f"{Sample(_percentile(each, 99) for each in outcomes).median:.1f}",
        f"{Sample(each.idle for each in outcomes).median:.2f}",
    ]


def _percentile(outcome: Outcome, percent: int) -> float:
    return quantiles(outcome.lags, n=100, method="inclusive")[percent - 1]
