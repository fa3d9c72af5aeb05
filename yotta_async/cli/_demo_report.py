"""The summary as a block of text."""

from collections.abc import Iterator, Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ._demo_summary import Served, Summary


__all__ = ["show"]


def show(summary: Summary, console: Console) -> None:
    """Print the summary: one headline, then a line for each thing that was promised."""
    lines = Table.grid(padding=(0, 2))
    lines.add_column(style="dim", no_wrap=True)
    lines.add_column(overflow="fold")
    for label, text in _lines(summary):
        lines.add_row(label, text)
    console.print(_headline(summary))
    console.print(lines)


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
    yield (
        "requests",
        f"{summary.requests_sent} in all, {summary.polls} of them to watch all pods at once",
    )
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
    yield "all ready after", f"{text}, {summary.ratio:.2f} x the least possible"
    requests, slots = summary.requests_per_minute, summary.pod_operations
    bound = (
        f"{summary.served.least_possible:.0f} s: create k (from 0) goes after floor(k/{requests})"
        f" minutes and with one of {slots} slots, plus 0.1 s and its pod's own boot"
    )
    yield "least possible", bound


def _limits(summary: Summary, served: Served) -> Iterator[tuple[str, str]]:
    yield (
        "refused",
        f"{served.refusals} for the rate, {served.sixth_operations} for a sixth operation",
    )
    yield (
        "at the server",
        f"at most {served.worst_window} of {summary.requests_per_minute} requests in any minute,"
        f" {served.worst_concurrency} of {summary.pod_operations} operations at once",
    )


def _troubles(summary: Summary, served: Served) -> Iterator[tuple[str, str]]:
    if served.faults:
        yield "faults", f"{sum(served.faults.values())}: {_counted(served.faults)}"
        yield "what became", _consequences(summary, served)
    if summary.pods_failed or summary.out_of_stock:
        yield (
            "replaced",
            f"{summary.pods_failed} failed, {summary.out_of_stock} found their region full",
        )


def _consequences(summary: Summary, served: Served) -> str:
    unclear, found = summary.unclear_creates, summary.recovered
    creates = f"{unclear} creates unclear, {found} of them found by name"
    again = f"{summary.retried} calls sent again"
    lists = served.faulty_operations.get("getPods", 0)
    skipped = f"{lists} lists made up for by the next" if lists else ""
    late = f"{summary.removed} pods that nobody held deleted" if summary.removed else ""
    return "; ".join(part for part in (creates, again, skipped, late) if part)


def _counted(faults: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {kind}" for kind, number in sorted(faults.items()))


def _at_most(summary: Summary) -> str:
    if summary.cost_at_most is None:
        return "unknown: no price is known for this GPU type"
    return f"about ${summary.cost_at_most:.4f} at most, from create to delete"


def _left(left: Mapping[str, str]) -> str:
    if not left:
        return "0 pods"
    names = ", ".join(f"{name or 'unnamed'} ({id_})" for id_, name in left.items())
    return f"{_pods(len(left))}, which may bill: {names}"


def _pods(number: int) -> str:
    return f"{number} pod" if number == 1 else f"{number} pods"
