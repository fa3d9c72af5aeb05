"""The two machines that make a step, for tests of what both must do."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from attrs import define, field

from tests.scheduling.book.servers import RedisServer
from yotta_async._scheduling import stores
from yotta_async._scheduling.rules.book.clock import Clock
from yotta_async._scheduling.rules.book.messages import Reply, Request
from yotta_async._scheduling.rules.book.state import Book
from yotta_async._scheduling.rules.book.step import step
from yotta_async._scheduling.rules.book.wire import to_reply, to_request


__all__ = ["BOOK", "InLua", "InPython"]

BOOK = (Path(stores.__file__).parent / "book.lua").read_text()
_TAIL = """
local book, reply = step(
  ARGV[1] ~= '' and cjson.decode(ARGV[1]) or nil, cjson.decode(ARGV[2]), cjson.decode(ARGV[3]))
return {cjson.encode(book or 0), cjson.encode(reply)}
"""


@define(eq=False)
class InPython:
    """The book as `FileStore` keeps it: as JSON between any two steps."""

    kept: str = ""

    def __call__(self, request: Request, now: int) -> Reply:
        book = Book.read(json.loads(self.kept)) if self.kept else None
        outcome = step(book, request, Clock(now=now))
        if outcome.book is not None:
            self.kept = json.dumps(outcome.book.document())
        return outcome.reply


@define(eq=False)
class InLua:
    """The book as `RedisStore` keeps it, but for the clock, which is an argument."""

    server: RedisServer
    kept: str = ""
    _run: Callable[..., Any] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._run = self.server.client().register_script(BOOK + _TAIL)

    def __call__(self, request: Request, now: int) -> Reply:
        clock = {"now": now, "run": "", "forgets": False}
        told = json.dumps(to_request(request))
        book, reply = self._run(args=[self.kept, told, json.dumps(clock)])
        if book != b"0":
            self.kept = book.decode()
        return to_reply(json.loads(reply))
