"""
The tables of numbers in the README and in the documentation, made from the baseline.

A table stands between two comments, ``<!-- benchmarks: NAME -->`` and ``<!-- end -->``.
``python3 noxfile.py -s pages`` writes them.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from benchmarks.report import LEAST, OURS, Case, short
from benchmarks.results import Results


__all__ = ["BLOCK", "TABLES", "filled", "markdown"]

BLOCK = re.compile(r"(<!-- benchmarks: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)

SCENE = "600 creates, cold"
SERVERS = {
    "sliding": "sliding",
    "sliding-strict": "sliding, counts refused ones",
    "fixed, at 42 s": "fixed",
    "bucket": "bucket",
    "bucket of 10": "bucket of 10",
}
SUBJECTS = {
    OURS: "**yotta_async**",
    "aiolimiter": "aiolimiter",
    "aiolimiter, even": "aiolimiter, no bursts",
    "pyrate-limiter": "pyrate-limiter",
    "aiometer": "aiometer",
    "asynciolimiter": "asynciolimiter",
    "limits, moving window": "limits",
    "throttled-py": "throttled-py",
    "httpx-limiter, aiolimiter": "httpx-limiter",
}
JOB = "60/min, 200"
WORLDS = ("fair weather", "bad day")
CONTENDERS = (OURS, "gather + aiolimiter", "vendor's SDK, 5 threads", "API page's script")
COUNTED = ("requests", "refusals", "pods missing", "pods leaked")
OVERTAKEN = ("overload", "callers overtaken")
COSTS = ("imports", "decode", "admit", "calls", "reconcile")
DELETE = ("a delete behind 1000 creates and polls", "s, the median")


def filled(text: str, results: Results, tables: "Tables | None" = None) -> str:
    """Return the text with each table in it made anew."""
    known = TABLES if tables is None else tables

    def block(found: re.Match[str]) -> str:
        begin, name, end = found.groups()
        return f"{begin}{known[name](results)}{end}"

    return BLOCK.sub(block, text)


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def limiters(results: Results) -> str:
    """Return one row a limiter: how much it sent, how long it took, whom it kept waiting."""
    head = ["", "most in 60 s", *SERVERS.values(), "overtaken", "a delete waits"]
    return markdown(head, [_row(results, who, shown) for who, shown in SUBJECTS.items()])


def _row(results: Results, who: str, shown: str) -> list[str]:
    worst = _limiter_case(results, "sliding", "in the worst window")
    servers = [_makespan(results, who, server) for server in SERVERS]
    overtaken = _fairness(results.case("fairness", *OVERTAKEN), who, "")
    delete = _fairness(results.case("fairness", *DELETE), who, " s")
    return [shown, f"{worst.samples[who].median:.0f}", *servers, overtaken, delete]


def _makespan(results: Results, who: str, server: str) -> str:
    times = _limiter_case(results, server, "s")
    refusals = _limiter_case(results, server, "refusals").samples[who].median
    ratio = times.samples[who].over(times.samples[LEAST]).median
    return f"{ratio:.2f} ({refusals:.0f})"


def _limiter_case(results: Results, server: str, unit: str) -> Case:
    return results.case("limiters", f"{SCENE}, {server}", unit)


def _fairness(case: Case, who: str, unit: str) -> str:
    return f"{case.samples[who].median:.0f}{unit}" if who in case.samples else ""


def job(results: Results) -> str:
    """Return one row a contender and world: 200 pods over five regions at 60 requests a minute."""
    head = ["", "", "makespan", "requests", "refused", "given up", "leaked", "idle"]
    rows = [_contender(results, world, who) for world in WORLDS for who in CONTENDERS]
    return markdown(head, rows)


def _contender(results: Results, world: str, who: str) -> list[str]:
    def median(unit: str) -> float:
        return results.case("job", f"{world}, {JOB}", unit).samples[who].median

    times = results.case("job", f"{world}, {JOB}", "s")
    known = who in times.samples  # whoever gave pods up has no makespan
    makespan = f"{times.samples[who].over(times.samples[LEAST]).median:.2f} x" if known else "-"
    counts = [f"{median(unit):.0f}" for unit in COUNTED]
    return [world, _shown(who), makespan, *counts, f"{median('idle pod-seconds') / 3600:.1f} h"]


def targets(results: Results) -> str:
    """Return one row a promise: of how many cases, what the worst came to, how many keep it."""
    groups: dict[tuple[str, ...], list[Case]] = {}
    for name, result in results.benchmarks.items():
        for case in result.cases:
            if case.target is not None:
                groups.setdefault(_promise(name, case), []).append(case)
    head = ["benchmark", "unit", "promised at most", "the worst case", "measured", "kept by"]
    return markdown(head, [[*promise, *_kept(cases)] for promise, cases in groups.items()])


def _promise(benchmark: str, case: Case) -> tuple[str, str, str]:
    against = "" if case.against is None else f" x {case.against}"
    return benchmark, case.unit, f"{case.target:g}{against}"


def _kept(cases: Sequence[Case]) -> list[str]:
    worst = max(cases, key=lambda case: case.reached)
    kept = sum(bool(case.met) for case in cases)
    return [worst.name, _figures(worst.reached), f"{kept} of {len(cases)}"]


def costs(results: Results) -> str:
    """Return one row a case: what the processor takes, beside the peers of the same run."""
    head = ["benchmark", "", "unit", "**yotta_async**", "as a multiple of its peers"]
    rows = [[name, *_cost(case)] for name in COSTS for case in results.benchmarks[name].cases]
    return markdown(head, rows)


def _cost(case: Case) -> list[str]:
    peers = (peer for peer in case.samples if peer != OURS)
    ratios = ", ".join(f"{_figures(case.ratio(peer))} x {peer}" for peer in peers)
    return [case.name, case.unit, str(case.samples[OURS]), ratios]


def exactness(results: Results) -> str:
    """Return one row a limiter: how exactly it keeps the limit, and whom it lets pass."""
    cases = results.benchmarks["precision"].cases
    subjects = dict.fromkeys(who for case in cases for who in case.samples)
    head = ["", *(f"{case.name}: {case.unit}" for case in cases)]
    return markdown(
        head, [[_shown(who), *(_cell(case, who) for case in cases)] for who in subjects]
    )


def _figures(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _shown(who: str) -> str:
    return f"**{who}**" if who == OURS else who


def _cell(case: Case, who: str) -> str:
    return short(case.samples[who].median) if who in case.samples else ""


def service(results: Results) -> str:
    """Return one row a service and quantile: how long its users wait for a status read."""
    cases = results.benchmarks["service"].cases
    head = ["", "unit", *(_shown(who) for who in cases[0].samples)]
    return markdown(
        head, [[each.name, each.unit, *map(str, each.samples.values())] for each in cases]
    )


Tables = Mapping[str, Callable[[Results], str]]
TABLES: Tables = {
    "limiters": limiters,
    "job": job,
    "targets": targets,
    "costs": costs,
    "exactness": exactness,
    "service": service,
}
