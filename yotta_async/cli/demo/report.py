"""The summary as a block of text."""

import textwrap
from collections.abc import Iterator, Mapping

from rich.console import Console
from rich.text import Text

from ...errors._text import LONGEST_LINE, harmless
from .summary import Served, Summary


__all__ = ["show"]

INDENT = 17


def show(summary: Summary, console: Console) -> None:
    """Print the summary: one headline, then a line for each thing that was promised."""
    console.print(_headline(summary))
    for label, text in _lines(summary):
        width = max(40, console.width - INDENT)
        for number, line in enumerate(textwrap.wrap(harmless(text, LONGEST_LINE), width)):
            head = Text("" if number else label, style="dim")
            head.pad_right(INDENT - head.cell_len)
            console.print(head.append(line, style="none"), soft_wrap=True)


def _headline(summary: Summary) -> Text:
    text = f"{summary.pods_ready} of {_pods(summary.pods_wanted)} ready"
    if summary.signal is not None:
        text = f"stopped with {text}"
    text += f"; {_pods(len(summary.left))} left"
    good = summary.ok or (summary.signal is not None and not summary.left)
    return Text(text, style="bold green" if good else "bold red")


def _lines(summary: Summary) -> Iterator[tuple[str, str]]:
    if summary.error:
        yield "error", summary.error
    yield from _speed(summary)
    polls = f"{summary.polls} of them to watch all pods at once"
    yield "requests", f"{summary.requests_sent} in all, {polls}"
    if summary.served:
        yield from _limits(summary, summary.served)
        yield from _troubles(summary, summary.served)
        yield "cost", f"${summary.served.cost:.2f} until the last pod was gone (simulated)"
    else:
        yield "refused", f"{summary.refused} requests"
        yield "cost", _at_most(summary)
    yield "left", _left(summary.left)
    yield "took", f"{summary.real_seconds:.1f} s"


def _speed(summary: Summary) -> Iterator[tuple[str, str]]:
    if summary.makespan is None:
        return
    text = f"{summary.makespan:.0f} s"
    if summary.ratio is None or not summary.served:
        yield "all ready after", text
        return
    trouble = " had nothing gone wrong" if _met_trouble(summary) else ""
    yield "all ready after", f"{text}, {summary.ratio:.2f} x the least possible{trouble}"
    requests, slots = summary.requests_per_minute, summary.pod_operations
    bound = (
        f"{summary.served.least_possible:.0f} s: create k (from 0) goes after floor(k/{requests})"
        f" minutes and with one of {slots} slots, plus 0.1 s and its pod's own boot"
    )
    yield "least possible", bound


def _met_trouble(summary: Summary) -> bool:
    struck = summary.served is not None and len(summary.served.faults) > 0
    return struck or summary.pods_failed > 0 or summary.out_of_stock > 0


def _limits(summary: Summary, served: Served) -> Iterator[tuple[str, str]]:
    sixth = f"{served.sixth_operations} for a sixth operation"
    yield "refused", f"{served.refusals} for the rate, {sixth}"
    window = f"{served.worst_window} of {summary.requests_per_minute} requests in any minute"
    at_once = f"{served.worst_concurrency} of {summary.pod_operations} operations at once"
    yield "at the server", f"at most {window}, {at_once}"


def _troubles(summary: Summary, served: Served) -> Iterator[tuple[str, str]]:
    if served.faults:
        yield "faults", f"{sum(served.faults.values())}: {_counted(served.faults)}"
        yield "what became", _consequences(summary, served)
    if summary.pods_failed or summary.out_of_stock:
        full = f"{summary.out_of_stock} creates found their region full"
        yield "replaced", f"{_pods(summary.pods_failed)} failed, {full}"


def _consequences(summary: Summary, served: Served) -> str:
    unclear, found = summary.unclear_creates, summary.recovered
    creates = f"{unclear} creates unclear, {found} of them found by name"
    again = f"{summary.retried} calls sent again"
    lists = served.faulty_operations.get("listPods", 0)
    skipped = f"{lists} lists made up for by the next" if lists else ""
    late = f"{summary.removed} pods without an owner deleted" if summary.removed else ""
    return "; ".join(part for part in (creates, again, skipped, late) if part)


def _counted(faults: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {kind}" for kind, number in sorted(faults.items()))


def _at_most(summary: Summary) -> str:
    if summary.cost_at_most is None:
        return "unknown: no price is known for this GPU type"
    return f"about ${summary.cost_at_most:.4f} at most, as the lists showed them running"


def _left(left: Mapping[str, str]) -> str:
    if not left:
        return "0 pods"
    names = ", ".join(f"{name or 'unnamed'} ({id_})" for id_, name in left.items())
    return f"{_pods(len(left))}, which may bill: {names}"


def _pods(number: int) -> str:
    return f"{number} pod" if number == 1 else f"{number} pods"
