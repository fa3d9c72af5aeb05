"""The page that tells the story of a run: whole, harmless whatever is in it, and of one file."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from typing import Any

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from yotta_async.testing.campaign import Broken, Case, Outcome, Step, Told
from yotta_async.testing.campaign.page import events, page
from yotta_async.testing.worlds import World


HOSTILE = """<script>alert(1)</script> "onload='x' &amp; ]]> </pre> \u202e\x00\x1b[31m"""
TEXTS = st.one_of(st.text(max_size=30), st.just(HOSTILE))
STORIES = st.lists(
    st.builds(Told, at=st.floats(0, 1e6), who=TEXTS, what=TEXTS, text=TEXTS), max_size=8
)
BROKEN = Broken(invariant="window", at=61.0, text="121 requests in 60 s")


def told(at: float, what: str, text: str, who: str = "client 0") -> Told:
    return Told(at=at, who=who, what=what, text=text)


def outcome(*story: Told, broken: Broken | None = BROKEN, case: Case | None = None) -> Outcome:
    return Outcome(case=case or Case(seed=7), broken=broken, figures={"pods": 3}, story=story)


class Reader(HTMLParser):
    """Reads a page: its elements with their attributes, and its text by element."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: dict[str, str] = {}
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, "elements are nested wrongly"

    def handle_data(self, data: str) -> None:
        where = self.open[-1] if self.open else ""
        self.text[where] = self.text.get(where, "") + data

    def all(self, tag: str) -> list[dict[str, Any]]:
        return [attributes for name, attributes in self.elements if name == tag]


@given(STORIES, TEXTS, TEXTS)
@settings(max_examples=60)
def test_nothing_that_is_told_becomes_an_element_or_an_attribute(
    story: list[Told], why: str, name: str
) -> None:
    broken = Broken(invariant=why, at=1.0, text=why)
    case = Case(seed=7, steps=(Step(at=0.0, verb="create", arguments={"pod": name}),))
    read = Reader(page(outcome(*story, broken=broken, case=case)))
    assert len(read.all("script")) == len(read.all("style")) == 1
    names = {name for _, attributes in read.elements for name in attributes}
    assert not any(name.startswith("on") or name == "src" for name in names)
    assert all(re.fullmatch(r"#l\d+", each["href"]) for each in read.all("a"))
    assert not read.open


def test_what_cannot_be_shown_is_made_visible() -> None:
    text = page(outcome(told(0.0, "step", HOSTILE)))
    assert "\\u202e\\x00\\x1b[31m" in text
    assert all(each.isprintable() or each == "\n" for each in text)


def test_a_page_loads_nothing() -> None:
    text = page(outcome(told(0.0, "step", "create")))
    assert "//" not in re.sub(r"/\*.*?\*/", "", text)
    assert "@import" not in text
    assert "url(" not in text


def test_the_policy_allows_the_script_of_the_page_and_no_other() -> None:
    read = Reader(page(outcome()))
    digest = base64.b64encode(hashlib.sha256(read.text["script"].encode()).digest()).decode()
    policies = [each["content"] for each in read.all("meta") if "http-equiv" in each]
    assert policies == [
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    ]


def test_a_page_says_what_broke_and_when() -> None:
    text = page(outcome(told(61.0, "broken", "window: 121 requests in 60 s")))
    assert "<h1>window broke at 0:01:01.0</h1>" in text
    assert '<p class="why">121 requests in 60 s</p>' in text
    assert text.count('<i class="broke"') == 1


def test_a_page_of_a_run_in_which_all_held_says_so() -> None:
    assert "<h1>Nothing broke</h1>" in page(outcome(broken=None))


def test_each_line_says_who_when_and_what() -> None:
    text = page(outcome(told(3661.25, "request", "createPod a 200/10000", "client 1")))
    assert "<time>1:01:01.2</time>" in text
    assert '<span class="who">client 1</span>' in text
    assert '<span class="what"><b>request</b></span>' in text
    assert '<span class="text">createPod a 200/10000</span>' in text


def test_requests_alike_in_a_row_are_one_line_of_the_story() -> None:
    polls = [told(float(at), "request", "listPods  200/10000") for at in range(9)]
    creates = [told(10.0, "request", f"createPod f-{n} 200/10000") for n in range(3)]
    whole = outcome(told(0.0, "step", "wait"), *polls, *creates)
    assert events(evolve(whole, broken=None)) == 3
    assert "and 8 like it, until 0:00:08.0" in page(whole)
    assert "and 2 like it, until 0:00:10.0" in page(whole)


def test_lines_that_come_in_turn_are_told_once_each() -> None:
    story = [told(0.0, "step", "list-0: list()")]
    for attempt in range(1, 4):
        story.append(told(attempt, "fault", "listPods  no answer [refuse]"))
        story.append(told(attempt + 0.5, "event", f"Retrying attempt={attempt}, wait=0.{attempt}"))
    story.append(told(4.0, "fault", "listPods  no answer [refuse]"))
    text = page(outcome(*story))
    assert events(outcome(*story, broken=None)) == 3
    assert "[refuse] <span class=\"times\">and 3 like it, until 0:00:04.0</span>" in text
    assert "wait=0.1 <span class=\"times\">and 2 like it, until 0:00:03.5</span>" in text


def test_what_followed_what_broke_is_no_event_of_the_story() -> None:
    after = told(62.0, "result", "wait: ok")
    whole = outcome(told(0.0, "step", "wait"), told(61.0, "broken", "window: 121"), after)
    assert events(whole) == 2
    assert "What followed" in page(whole)


def test_a_request_that_went_wrong_is_a_line_of_its_own() -> None:
    texts = ("200/10000", "500/10002", "200/10000")
    story = [told(1.0, "request", f"listPods  {text}") for text in texts]
    assert events(outcome(*story, broken=None)) == 3


def test_a_long_story_is_told_by_its_beginning_and_its_end() -> None:
    story = [told(float(n), f"kind {n % 7}", f"step {n}") for n in range(30_000)]
    text = page(outcome(*story))
    assert "28200 lines are left out" in text
    assert "step 0<" in text
    assert "step 29999<" in text
    assert len(text) < 2_000_000


def test_a_pause_is_told() -> None:
    story = (told(0.0, "step", "a"), told(599.0, "step", "b"), told(8000.0, "step", "c"))
    text = page(outcome(*story))
    assert "10 min later" in text
    assert "2.1 h later" in text


def test_numbers_are_told_as_far_as_they_matter() -> None:
    text = page(outcome(told(0.0, "event", "Retrying(wait=0.6167990694730605)")))
    assert "Retrying(wait=0.617)" in text


def test_a_page_shows_the_case_and_the_figures() -> None:
    whole = outcome(case=Case(seed=7, world=World(list_lag=40.0)))
    faults = evolve(whole, figures={"faults": {"html": 2, "empty": 1}, "most_alive": 4})
    text = page(faults)
    assert "&quot;list_lag&quot;: 40.0" in text
    assert "<dt>faults</dt><dd>html 2, empty 1</dd>" in text
    assert "<dt>most alive</dt><dd>4</dd>" in text
