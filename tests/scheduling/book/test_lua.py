"""The book in Lua is the book in Python: fed the same requests they agree on every field."""

import json
from functools import cache
from random import Random
from typing import Any

import pytest

from tests.scheduling.book.engines import BOOK
from tests.scheduling.book.servers import RedisServer
from tests.scheduling.book.stories import Scene, Story
from yotta_async._scheduling.rules.book.state import Book
from yotta_async._scheduling.rules.book.step import Outcome, step
from yotta_async._scheduling.rules.book.wire import to_reply, to_request


# As the script for Redis, but for the clock, which is an argument, and the book.
TAIL = """
local seen = {}
local book = nil
local older = {}
for _, scene in ipairs(cjson.decode(ARGV[1])) do
  if scene.before == 'forget' then book = nil end
  if scene.before == 'old' then book = older[1] end
  local kept, reply, woken = step(book and cjson.decode(book), scene.request, scene.clock)
  if kept then book = cjson.encode(kept) end
  table.insert(older, book)
  if #older > 5 then table.remove(older, 1) end
  table.insert(seen, {book or 0, reply, woken, kept and 1 or 0})
end
return cjson.encode(seen)
"""
STEPS = 40
TRIALS = 150


@cache
def told(seed: int) -> tuple[list[Scene], list[tuple[str | None, Outcome]]]:
    """Tell a story to the book in Python."""
    story, scenes = Story(Random(seed)), list[Scene]()
    outcomes, kept = list[tuple[str | None, Outcome]](), None
    older: list[str] = []
    for _ in range(STEPS):
        scene = story.scene(None if kept is None else Book.read(json.loads(kept)))
        if scene.before:
            kept = None if scene.before == "forget" or not older else older[0]
        outcome = step(
            None if kept is None else Book.read(json.loads(kept)), scene.request, scene.clock
        )
        if outcome.book is not None:
            kept = json.dumps(outcome.book.document())
        if kept is not None:
            older = [*older, kept][-5:]
        story.hear(scene.request, outcome.reply)
        scenes.append(scene)
        outcomes.append((kept, outcome))
    return scenes, outcomes


def in_lua(server: RedisServer, scenes: list[Scene]) -> list[Any]:
    written = [
        {
            "before": scene.before,
            "request": to_request(scene.request),
            "clock": {
                "now": scene.clock.now,
                "run": scene.clock.run,
                "forgets": scene.clock.forgets,
            },
        }
        for scene in scenes
    ]
    answer = server.client().eval(BOOK + TAIL, 0, json.dumps(written))
    assert isinstance(answer, bytes)
    found: list[Any] = json.loads(answer)
    return found


def check_agreement(server: RedisServer, seed: int) -> None:
    scenes, outcomes = told(seed)
    for number, (row, (kept, outcome)) in enumerate(
        zip(in_lua(server, scenes), outcomes, strict=True)
    ):
        where = f"seed {seed}, step {number}"
        book, reply, woken, is_kept = row
        assert bool(is_kept) == (outcome.book is not None), where
        assert to_reply(reply) == outcome.reply, where
        assert tuple(woken or ()) == outcome.wakes, where
        ours = None if kept is None else Book.read(json.loads(kept))
        assert (Book.read(json.loads(book)) if book else None) == ours, where


@pytest.mark.parametrize("first", range(0, TRIALS, 25))
def test_lua_and_python_agree_on_every_field(server: RedisServer, first: int) -> None:
    for seed in range(first, first + 25):
        check_agreement(server, seed)


def test_the_stories_try_every_part_of_a_step() -> None:
    """A comparison of what never happens would show nothing."""
    seen: dict[str, int] = {}
    for seed in range(TRIALS):
        for _, outcome in told(seed)[1]:
            reply = outcome.reply
            traits = {
                "refusal": reply.refusal is not None,
                "overtaken": reply.overtaken,
                "doubted": reply.doubted,
                "tell": reply.tell,
                "grants": bool(reply.grants),
                "look": reply.look,
                "wakes": bool(outcome.wakes),
                "news": reply.fresh_streak,
                "burst": bool(reply.learned and reply.learned.burst),
                "narrowed": bool(reply.learned and reply.learned.narrowed < 1000),
                "unknown": bool(reply.whole and reply.whole.unknown),
                "loan": outcome.book is not None and outcome.book.loan == 2,
                "aged": outcome.book is not None and max(outcome.book.passed) >= 9,
            }
            for trait, is_there in traits.items():
                seen[trait] = seen.get(trait, 0) + is_there
    assert {trait for trait, times in seen.items() if times < 20} == set(), seen
