"""200 users at once make, watch and delete pods amid a launch: nobody meets an error."""

import signal
import sys
from pathlib import Path

import pytest


if sys.platform == "win32":
    pytest.skip("signals to a process are POSIX's", allow_module_level=True)
pytest.importorskip("aiohttp")
pytest.importorskip("fastapi")
pytest.importorskip("uvicorn")

from benchmarks.service_users import users_of
from tests.services.processes import CODES, world
from tests.steps import until
from yotta_async.simulator import Latency


pytestmark = pytest.mark.real_time

PODS = 40


async def test_a_crowd_meets_no_error_but_the_documented_ones(tmp_path: Path) -> None:
    quick = Latency(low=0.1, high=0.5)
    async with world(tmp_path, latency=quick) as here, here.service("fastapi") as service:
        async with users_of(str(service.http.base_url), pause=2.0) as users:
            await users.begin(PODS)
            assert await users.until_ready(PODS) == PODS
            await until(lambda: users.books.statuses["POST /pods", 201] > 100)
            await until(lambda: users.books.events > 200)
        assert users.books.undocumented == {}
        assert await service.ended(signal.SIGTERM) == CODES["fastapi"], service.log.read_text()
        assert await here.flaws() == []
