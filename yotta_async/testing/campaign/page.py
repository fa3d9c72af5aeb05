"""
The story of a run as one HTML page: who did what and when, what the server did, and what broke.

The page needs nothing else: no network, no fonts, no libraries. All that comes from a story is
escaped, and a policy in the page's head lets it load nothing and run no script but its own.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import takewhile
from pathlib import Path
from typing import Final, cast

from attrs import frozen

from .outcomes import Outcome, Told


__all__ = ["events", "page"]

_HERE: Final = Path(__file__).parent
# Of a longer story its beginning and its end are shown.
_SHOWN_FIRST: Final = 300
_SHOWN_LAST: Final = 1500
# Seconds between two lines from which on they are told.
_GAP: Final = 60.0
_HOUR: Final = 3600.0
# So many lines may come in turn.
_LONGEST_PERIOD: Final = 4
_NUMBER: Final = re.compile(r"\d[\d.]*")
_LONG_NUMBER: Final = re.compile(r"\b\d+\.\d{4,}\b")


@frozen
class _Line:
    """
    A line of the page: one of the story, or several alike in a row.

    Attributes:
        number: Its place among all lines.
        told: What it tells.
    """

    number: int
    told: Sequence[Told]

    @property
    def first(self) -> Told:
        return self.told[0]

    @property
    def until(self) -> float:
        return self.told[-1].at


def page(outcome: Outcome) -> str:
    """
    Return the page that tells the story of a run.

    Args:
        outcome: Of the run, shrunk or not.

    Returns:
        A whole HTML document.
    """
    lines, left_out = _lines(outcome)
    title, why = _title(outcome), _why(outcome)
    script = (_HERE / "page.js").read_text("utf-8")
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="en" class="{"broken" if outcome.broken else "whole"}">',
            *_head(title, script),
            f'<body><header><h1>{_text(title)}</h1><p class="why">{_text(why)}</p></header>',
            "<main>",
            *_overview(lines, outcome),
            *_choices(lines),
            *_story(lines, left_out),
            *_facts(outcome),
            f"</main><script>{script}</script></body></html>\n",
        ]
    )


def events(outcome: Outcome) -> int:
    """
    Return how long a story is: how many lines the page has for it, up to what broke.

    Args:
        outcome: Of the run.

    Returns:
        The number of lines.
    """
    lines, _ = _lines(outcome)
    before = takewhile(lambda line: line.first.what != "broken", lines)
    return sum(1 for _ in before) + (outcome.broken is not None)


def _title(outcome: Outcome) -> str:
    if outcome.broken is None:
        return "Nothing broke"
    return f"{outcome.broken.invariant} broke at {_clock(outcome.broken.at)}"


def _why(outcome: Outcome) -> str:
    return "Every invariant held." if outcome.broken is None else outcome.broken.text


def _head(title: str, script: str) -> Iterator[str]:
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    yield '<head><meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="color-scheme" content="light dark">'
    yield f"<title>{_text(title)}</title>"
    yield f"<style>{(_HERE / 'page.css').read_text('utf-8')}</style></head>"


# The story, line by line.


def _lines(outcome: Outcome) -> tuple[list[_Line], int]:
    """Return the lines that are shown, and how many are left out in the middle."""
    lines = [_Line(number, each) for number, each in enumerate(_folded(outcome.story))]
    left_out = max(0, len(lines) - _SHOWN_FIRST - _SHOWN_LAST)
    if left_out:
        lines = [*lines[:_SHOWN_FIRST], *lines[-_SHOWN_LAST:]]
    return lines, left_out


def _folded(story: Sequence[Told]) -> Iterator[Sequence[Told]]:
    """
    Yield what becomes one line each.

    Lines that come again and again, alone or several in turn, are told once: polls above all, the
    creates of a fleet, attempts and the events that tell of them.
    """
    kinds = [_kind(told) for told in story]
    at = 0
    while at < len(story):
        period, length = _repeated(kinds, at)
        for first in range(at, at + period):
            yield story[first : at + length : period]
        at += length


def _repeated(kinds: Sequence[object], at: int) -> tuple[int, int]:
    """Return how many lines come in turn from a place on, and how many those are in all."""
    found = 1, 1
    for period in range(1, _LONGEST_PERIOD + 1):
        end = at + period
        while end < len(kinds) and kinds[end] == kinds[end - period]:
            end += 1
        length = end - at
        if length >= 2 * period and length - period > found[1] - found[0]:
            found = period, length
    return found


def _kind(told: Told) -> tuple[str, ...]:
    """Return what lines have in common that become one: not their numbers, names and ids."""
    if told.what in ("request", "fault"):
        words = told.text.split(" ")
        return (told.who, told.what, words[0], *words[2:])
    return (told.who, told.what, _NUMBER.sub("", told.text))


def _story(lines: Sequence[_Line], left_out: int) -> Iterator[str]:
    yield '<section class="story"><h2>What happened</h2><ol>'
    for before, line in zip([None, *lines], lines, strict=False):
        if before is not None:
            yield from _between(before, line, left_out)
        if before is not None and before.first.what == "broken":
            yield '<li class="gap">What followed</li>'
        yield _item(line)
    yield "</ol></section>"


def _between(before: _Line, line: _Line, left_out: int) -> Iterator[str]:
    if line.number != before.number + 1:
        yield f'<li class="gap">{left_out} lines are left out</li>'
    elif (seconds := line.first.at - before.until) >= _GAP:
        yield f'<li class="gap">{_span(seconds)} later</li>'


def _item(line: _Line) -> str:
    told, times = line.first, ""
    if len(line.told) > 1:
        number, until = len(line.told) - 1, _clock(line.until)
        times = f' <span class="times">and {number} like it, until {until}</span>'
    what = _text(told.what)
    return (
        f'<li id="l{line.number}" tabindex="-1" data-what="{what}"><time>{_clock(told.at)}</time>'
        f'<span class="who">{_text(told.who)}</span><span class="what"><b>{what}</b></span>'
        f'<span class="text">{_text(told.text)}{times}</span></li>'
    )


# All of it at a glance: a lane for each of those who act.


def _overview(lines: Sequence[_Line], outcome: Outcome) -> Iterator[str]:
    last = max([1.0, *(line.until for line in lines)])
    yield '<figure class="lanes" aria-hidden="true">'
    for who in dict.fromkeys(line.first.who for line in lines):
        yield f'<span>{_text(who)}</span><div class="lane">'
        yield from (_dot(line, last) for line in lines if line.first.who == who)
        if outcome.broken is not None:
            yield f'<i class="broke" style="left:{_share(outcome.broken.at, last)}"></i>'
        yield "</div>"
    yield f"<figcaption><span>0:00:00</span><span>{_clock(last)}</span></figcaption></figure>"


def _dot(line: _Line, last: float) -> str:
    left, width = _share(line.first.at, last), _share(line.until - line.first.at, last)
    tip = _text(f"{_clock(line.first.at)} {line.first.what}: {line.first.text}")
    return (
        f'<a href="#l{line.number}" tabindex="-1" data-what="{_text(line.first.what)}" '
        f'style="left:{left};width:{width}" title="{tip}"></a>'
    )


def _share(seconds: float, of: float) -> str:
    return f"{100 * min(1.0, max(0.0, seconds / of)):.2f}%"


def _choices(lines: Sequence[_Line]) -> Iterator[str]:
    yield "<fieldset><legend>Show</legend>"
    for what in dict.fromkeys(_text(line.first.what) for line in lines):
        box = f'<input type="checkbox" checked value="{what}">'
        yield f'<label data-what="{what}">{box} <b>{what}</b></label>'
    keys = (("j", "next line"), ("k", "line before"), ("b", "what broke"))
    told = " ".join(f"<kbd>{key}</kbd> {what}" for key, what in keys)
    yield f'<span class="keys">{told}</span></fieldset>'


# What kind of run it was.


def _facts(outcome: Outcome) -> Iterator[str]:
    case = outcome.case
    facts = {"seed": case.seed, "hours": case.hours, **outcome.figures}
    yield "<section><h2>The run</h2><dl>"
    for name, value in facts.items():
        yield f"<div><dt>{_text(name.replace('_', ' '))}</dt><dd>{_text(_shown(value))}</dd></div>"
    yield f"</dl><h2>The case</h2><pre>{_text(json.dumps(case.to_dict(), indent=2))}</pre>"
    yield "</section>"


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        counts = cast("Mapping[object, object]", value)
        return ", ".join(f"{key!s} {_shown(each)}" for key, each in counts.items()) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


# How it is written.


def _text(text: object) -> str:
    """Escape a text, in which what cannot be shown becomes visible, and long numbers short."""
    short = _LONG_NUMBER.sub(lambda found: f"{float(found[0]):.3f}", str(text))
    shown = (each if each.isprintable() or each == "\n" else ascii(each)[1:-1] for each in short)
    return escape("".join(shown), quote=True)


def _clock(seconds: float) -> str:
    whole, tenths = divmod(round(seconds * 10), 10)
    minutes, rest = divmod(whole, 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}.{tenths}"


def _span(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds < _HOUR else f"{seconds / _HOUR:.1f} h"
