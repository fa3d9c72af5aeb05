"""`fleet down`: nothing is left, whatever goes wrong; or it says what, and what to do."""

import io
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from yotta_async import AsyncYotta
from yotta_async.simulator import Faults


def test_down_deletes_all_whoever_made_them(bench: Any) -> None:
    bench.up("sweep", 3)
    bench.make("sweep-x-1-abcdef-000000000001", "sweep-2-0-1-abcdef-000000000001")
    code, out, err = bench("fleet", "down", "sweep", "--yes")
    assert (code, out) == (0, "")
    assert "fleet sweep: 4 pods deleted; a list shows that none is left" in err
    assert bench.names == ["sweep-2-0-1-abcdef-000000000001"]


def test_down_deletes_what_a_later_run_has_made_or_names_the_run(bench: Any) -> None:
    bench.make("sweep-x-1-abcdef-ffffffffffff")
    code, _out, err = bench("fleet", "down", "sweep", "--yes")
    assert (code, bench.names) == (0, [])
    assert "1 pod deleted" in err


def test_down_of_no_fleet_says_so_and_is_done(bench: Any) -> None:
    bench.up("sweep", 1)
    code, _out, err = bench("fleet", "down", "swep", "--yes")
    assert (code, len(bench.names)) == (0, 1)
    assert "no pods of fleet swep are listed. Did you mean sweep?" in err


def test_down_asks(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.up("sweep", 2)
    for answer, code, left in (("n\n", 1, 2), ("", 2, 2), ("y\n", 0, 0)):
        monkeypatch.setattr("sys.stdin", io.StringIO(answer))
        assert bench("fleet", "down", "sweep")[0] == code
        assert len(bench.names) == left


def test_down_survives_faults(make_bench: Any) -> None:
    bench = make_bench(seed=7)
    bench.up("sweep", 12)
    bench.cloud.faults = Faults.everything(0.3)
    code, _out, err = bench("fleet", "down", "sweep", "--yes")
    assert (code, bench.names) == (0, []), err


def test_down_goes_on_after_ctrl_c(bench: Any) -> None:
    bench.up("sweep", 12)
    bench.signals = (1.0,)
    code, _out, err = bench("fleet", "down", "sweep", "--yes")
    assert (code, bench.names) == (130, [])
    assert "SIGINT: deleting goes on until none is left" in err
    assert "12 pods deleted" in err


@pytest.mark.parametrize("instant", [0.01, 0.4, 0.7, 1.0, 1.5, 5.0, 12.0])
def test_whenever_ctrl_c_comes_it_says_what_is_left(bench: Any, instant: float) -> None:
    bench.up("sweep", 7)
    bench.signals = (instant,)
    code, _out, err = bench("fleet", "down", "sweep", "--yes")
    assert code == 130
    if bench.names:
        assert "stopped" in err or "7 pods of fleet sweep left, which bill" in err
    else:
        assert "7 pods deleted; a list shows that none is left" in err


def test_down_names_what_it_could_not_delete(bench: Any) -> None:
    bench.up("sweep", 2)
    down = _server_that(bench, lambda request: request.method == "DELETE")
    code, _out, err = bench("fleet", "down", "sweep", "--yes", client=down)
    assert (code, len(bench.names)) == (1, 2)
    for name in bench.names:
        assert f"left, or may be: {name} (id " in err
    assert err.splitlines()[-2:] == [
        "yotta-async: 2 pods of fleet sweep may be left, and bill",
        "  Run: yotta-async fleet down sweep --yes",
    ]


def test_down_tells_of_a_program_that_makes_them_anew(bench: Any) -> None:
    bench.make("sweep-0-1-abcdef-ffffffffffff")
    inner, generation = bench.cloud.transport(), iter(range(2, 1000))

    async def handle(request: httpx.Request) -> httpx.Response:
        answer: httpx.Response = await inner.handle_async_request(request)
        if request.method == "DELETE":
            async with bench._client() as other:
                name = f"sweep-0-{next(generation)}-abcdef-ffffffffffff"
                await other.pods.create(bench.spec.evolve(name=name))
        return answer

    down = _client_over(httpx.MockTransport(handle))
    code, _out, err = bench("fleet", "down", "sweep", "--yes", client=down)
    # Each delete makes another, and a few are under way at a time.
    assert code == 1
    assert bench.names
    assert "is run by another program (run ffffffffffff)" in err
    assert "End that program first, with Ctrl-C; then: yotta-async fleet down sweep" in err


def test_down_is_not_done_before_a_list_has_shown_it(bench: Any) -> None:
    bench.up("sweep", 2)
    deleted: list[bool] = []

    def refuses(request: httpx.Request) -> bool:
        if request.method == "DELETE":
            deleted.append(True)
        return bool(deleted) and request.method == "GET"

    down = _server_that(bench, refuses)
    code, _out, err = bench("fleet", "down", "sweep", "--yes", client=down)
    assert (code, bench.names) == (1, [])
    assert re.search(r"no list of pods for 1\d s \(NotSentError\); trying on", err)
    assert "a list shows" not in err
    assert "no list has shown that nothing is left of fleet sweep" in err
    assert "Run: yotta-async fleet down sweep --yes" in err


def test_down_without_a_server_says_so_and_what_to_do(bench: Any) -> None:
    down = _server_that(bench, lambda _request: True)
    code, _out, err = bench("fleet", "down", "sweep", "--yes", client=down)
    assert code == 1
    assert "no connection" in err
    assert "Run again: yotta-async fleet down sweep --yes" in err
    assert "Traceback" not in err


def test_down_with_a_wrong_key_says_so(make_bench: Any) -> None:
    bench = make_bench(api_key="another")
    code, _out, err = bench("fleet", "down", "sweep", "--yes")
    assert code == 4
    assert len(err.splitlines()) == 2
    assert "a-key" not in err


def test_debug_shows_what_was_behind(make_bench: Any) -> None:
    bench = make_bench(api_key="another")
    with pytest.raises(Exception, match="listPods"):
        bench("fleet", "down", "sweep", "--yes", "--debug")


def _server_that(bench: Any, refuses: Callable[[httpx.Request], bool]) -> Callable[..., Any]:
    """Return what makes a client of which some requests find no server."""
    inner = bench.cloud.transport()

    async def handle(request: httpx.Request) -> httpx.Response:
        if refuses(request):
            raise httpx.ConnectError("nobody listens")
        answer: httpx.Response = await inner.handle_async_request(request)
        return answer

    return _client_over(httpx.MockTransport(handle))


def _client_over(transport: httpx.MockTransport) -> Callable[..., Any]:
    def client(**options: Any) -> AsyncYotta:
        network = httpx.AsyncClient(transport=transport)
        return AsyncYotta("a-key", base_url="http://localhost", http_client=network, **options)

    return client
