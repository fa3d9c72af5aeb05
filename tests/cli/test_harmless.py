"""What a hostile server says arrives on the terminal as text, and obeys nothing."""

import ast
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.conftest import GPU, Bench
from yotta_async import AsyncYotta
from yotta_async.cli.demo.event_log import EventLog
from yotta_async.events import PodLeft


CLI = Path(__file__).resolve().parents[2] / "yotta_async" / "cli"
# Colour, a line of its own, the cursor at the line's start, a title, a turned direction, length.
HOSTILE = "\x1b[31m\nFORGED: all is well\r\x1b]0;title\x07\u202eleft\u2028\x9b2J\x00" + "x" * 5_000
# Of these the first makes pods that belong to no fleet, and the second statuses that are unknown.
SPARED: tuple[frozenset[str], ...] = (
    frozenset(),
    frozenset({"podName", "name"}),
    frozenset({"podName", "name", "status"}),
    frozenset({"podName", "name", "status", "id"}),
)
FLEET = ("--name", "sweep", "--count", "2", "--image", "a", "--gpu-type", GPU)
COMMANDS: dict[str, tuple[str, ...]] = {
    "pods": ("pods",),
    "pods as JSON": ("pods", "--json"),
    "pods of a region": ("pods", "--region", "us-east-1"),
    "delete": ("pods", "delete", "1", "2", "--yes"),
    "gpus": ("gpus",),
    "gpus as JSON": ("gpus", "--json"),
    "fleets": ("fleet", "ps"),
    "fleets as JSON": ("fleet", "ps", "--json"),
    "fleet": ("fleet", "ps", "sweep"),
    "another fleet": ("fleet", "ps", "sweeq"),
    "watch": ("fleet", "watch", "sweep"),
    "watch as JSON": ("fleet", "watch", "sweep", "--json"),
    "up": ("fleet", "up", *FLEET, "--yes"),
    "up and away": ("fleet", "up", *FLEET, "--yes", "--detach"),
    "up as JSON": ("fleet", "up", *FLEET, "--yes", "--json"),
    "down": ("fleet", "down", "sweep", "--yes"),
    "debug": ("fleet", "down", "sweep", "--yes", "--debug"),
}


def poisoned(value: Any, spared: frozenset[str], name: str = "") -> Any:
    """Return JSON with the hostile text at the end of every string, but for some fields'."""
    if isinstance(value, dict):
        return {key: poisoned(each, spared, key) for key, each in value.items()}
    if isinstance(value, list):
        return [poisoned(each, spared, name) for each in value]
    return value + HOSTILE if isinstance(value, str) and name not in spared else value


class Hostile(httpx.AsyncBaseTransport):
    """A simulated cloud whose every word is hostile; `refused` methods get a hostile refusal."""

    def __init__(self, bench: Bench, spared: frozenset[str], refused: tuple[str, ...]) -> None:
        self._within, self._spared = bench.cloud.transport(), spared
        self._refused = refused

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method in self._refused:
            envelope = {"code": 20001, "message": f"no {HOSTILE}", "data": None}
            return httpx.Response(200, json=envelope, headers={"x-request-id": "a \x1b[31m"})
        response = await self._within.handle_async_request(request)
        told = json.loads(await response.aread())
        return httpx.Response(response.status_code, json=poisoned(told, self._spared))


def told_by(
    bench: Bench, spared: frozenset[str], arguments: tuple[str, ...], *refused: str
) -> tuple[str, str]:
    """Return what a command writes where such a server answers it."""
    bench.up("sweep", 2)
    bench.signals = (200.0,)

    def client(**options: Any) -> AsyncYotta:
        network = httpx.AsyncClient(transport=Hostile(bench, spared, refused))
        return AsyncYotta("a-key", base_url="http://localhost", http_client=network, **options)

    try:
        _code, out, err = bench(*arguments, client=client)
    except Exception as error:  # noqa: BLE001  # with --debug they come out
        out, err = "", str(error)
    return out, err


def assert_harmless(text: str) -> None:
    assert "".join(sorted({one for one in text if not one.isprintable()})) in ("", "\n")
    assert [line for line in text.splitlines() if line.startswith("FORGED")] == []
    assert max(map(len, text.splitlines()), default=0) < 6_000


@pytest.mark.parametrize("spared", SPARED, ids=lambda spared: f"but {len(spared)}")
@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS)
def test_no_word_of_a_server_is_obeyed_by_the_terminal(
    bench: Bench, arguments: tuple[str, ...], spared: frozenset[str]
) -> None:
    """[W12]."""
    out, err = told_by(bench, spared, arguments)
    assert_harmless(err)
    # JSON is for programs: it escapes, and leaves nothing out.
    if "--json" in arguments:
        assert out.isascii()
    else:
        assert_harmless(out)


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS)
def test_no_refusal_of_a_server_is_obeyed_by_the_terminal(
    bench: Bench, arguments: tuple[str, ...], method: str
) -> None:
    """[W12]."""
    out, err = told_by(bench, SPARED[-1], arguments, method)
    assert_harmless(err)
    if "--json" in arguments:
        assert out.isascii()
    else:
        assert_harmless(out)


def test_the_demos_lines_are_harmless() -> None:
    """[W12]."""
    log = EventLog()
    log(PodLeft(at=0.0, pod_name=HOSTILE, pod_id="1", reason=HOSTILE))
    assert log.entries[0].text.isprintable()


# The doors: what else is written by a command goes through one of them.
DOORS = {
    "_words.py": "say",
    "_tables.py": "show, print_lines, print_json",
    "_failures.py": "an error and its hint",
    "_extras.py": "before it is known that click is there",
    "demo/screen.py": "entries are harmless, and the rest is the demo's own",
    "demo/report.py": "wrapped after it was made harmless",
}


def writes(tree: ast.AST) -> list[str]:
    """Return what in a module writes to a terminal by itself."""
    attributes = [each.attr for each in ast.walk(tree) if isinstance(each, ast.Attribute)]
    names = [each.id for each in ast.walk(tree) if isinstance(each, ast.Name)]
    ways = ("echo", "secho", "print", "write", "stderr")
    return [each for each in attributes + names if each in ways]


@pytest.mark.parametrize(
    "path", [each.relative_to(CLI) for each in sorted(CLI.rglob("*.py"))], ids=str
)
def test_no_command_writes_past_the_doors(path: Path) -> None:
    """[W12]."""
    found = writes(ast.parse((CLI / path).read_text()))
    assert not found or path.as_posix() in DOORS
