"""`kill -9` of a journaled map: each item's result once, and done twice what was at hand alone."""

import subprocess
import sys

import pytest

from tests.campaign import tries


pytestmark = pytest.mark.campaign


@pytest.mark.skipif(sys.platform == "win32", reason="there are no forks")
def test_each_item_has_its_result_once_whenever_the_program_is_killed() -> None:
    kills = str(tries(5))
    command = ["-m", "tests.fleet.journal_killed", "--kills", kills, "--items", "100"]
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith(" 0 faults\n")
