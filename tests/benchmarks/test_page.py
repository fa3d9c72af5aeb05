"""The page of a run: all of it, and nothing from elsewhere."""

import re
from xml.etree import ElementTree as ET

import pytest

from benchmarks.page import page
from benchmarks.plot import Axis, dots
from benchmarks.report import LEAST, OURS, Case, Sample
from tests.benchmarks.runs import case, run


def test_it_needs_nothing_else() -> None:
    html = page(run(case([1.0], [2.0])))
    assert not re.search(r"https?:|src=|<link|<script|@import|url\(", html)
    assert "prefers-color-scheme: dark" in html


def test_it_shows_every_case_and_escapes_its_words() -> None:
    html = page(run(case([1.0], [2.0], name="a < b"), case([3.0], [4.0], name="second")))
    assert html.count("<svg") == html.count("</svg>") == 2
    assert "a &lt; b" in html
    assert "A &lt;title&gt;" in html
    assert "a &amp; b" in html
    assert "a < b" not in html


@pytest.mark.parametrize(("ours", "word"), [(1.0, "met"), (2.0, "not met")])
def test_a_target_is_beside_the_measurement(ours: float, word: str) -> None:
    html = page(run(case([ours], [1.0], target=1.05, against="peer")))
    assert f"promised at most 1.05 x peer, measured {ours:g}: <strong" in html
    assert f">{word}</strong>" in html
    assert f"{int(word == 'met')} of 1 targets met" in html


def test_ours_is_shown_as_a_multiple_of_each_peer() -> None:
    assert "ours is 0.5 x peer" in page(run(case([1.0], [2.0])))
    assert "ours is infinitely x peer" in page(run(case([1.0], [0.0])))


def test_a_table_shows_many_cases_at_once() -> None:
    many = [case([1.0], [8.0], name=f"case {index}") for index in range(8)]
    assert page(run(*many)).count('<td class="more" style="--heat:80%">8') == 8


def test_a_table_has_a_gap_for_who_was_not_measured() -> None:
    few = Case(name="few", unit="s", samples={OURS: Sample([1.0])})
    many = [case([1.0], [8.0], name=f"case {index}") for index in range(8)]
    assert page(run(few, *many)).count("<td>") == 1


def test_a_picture_is_well_formed_and_puts_ours_first() -> None:
    samples = {"b": Sample([3.0, 4.0]), LEAST: Sample([1.0, 2.0]), OURS: Sample([2.0, 2.0])}
    drawn = ET.fromstring(dots(Case(name="&", unit="s", samples=samples, against=LEAST)))  # noqa: S314  # our own
    names = [text.text for text in drawn.iter("text") if text.get("class") == "name"]
    assert names == [OURS, "b"]
    values = [text.text for text in drawn.iter("text") if text.get("class") == "value"]
    assert values == ["1.50 [1, 2]", "2.50 [2, 3]"]


@pytest.mark.parametrize(
    "values", [[0.0], [0.0, 0.0], [5.0], [1.0, 1e6], [0.0, 1e6], [0.001, 0.002], [7.0, 300.0]]
)
def test_everything_lies_on_the_axis(values: list[float]) -> None:
    axis = Axis.over(values)
    places = [axis.at(value) for value in [*values, *axis.ticks()]]
    assert all(190 <= place <= 500 for place in places)
    assert 2 <= len(axis.ticks()) <= 12
