"""The service in the documentation does what it says, in virtual time."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import httpx
import pytest

from tests.lab import ENDING
from yotta_async import AsyncYotta
from yotta_async.testing import run_virtual


pytest.importorskip("fastapi")

PAGE = Path(__file__).resolve().parents[2] / "docs" / "services.md"


def test_its_fleet_becomes_ready_and_is_deleted_with_the_service() -> None:
    text = PAGE.read_text("utf-8")
    [program] = re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    names: dict[str, Any] = {"__name__": "service"}
    exec(compile(program, str(PAGE), "exec"), names)  # noqa: S102  # the page's own

    async def use() -> None:
        client = AsyncYotta.simulated()
        assert client.simulator is not None
        names["AsyncYotta"] = SimpleNamespace(simulated=lambda: client)
        app = names["app"]
        async with (
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app), base_url="http://service"
            ) as http,
            app.router.lifespan_context(app),
        ):
            assert (await http.get("/fleet")).json() == {"wanted": 3, "ready": 0}
            await anyio.sleep(600.0)
            assert (await http.get("/fleet")).json() == {"wanted": 3, "ready": 3}
            assert len(client.simulator.pods) == 3
            pod = client.simulator.pods[0]
            shown = (await http.get(f"/pods/{pod.id}")).json()
            assert (shown["name"], shown["status"]) == (pod.name, "RUNNING")
        assert [pod for pod in client.simulator.pods if pod.status not in ENDING] == []

    run_virtual(use)
