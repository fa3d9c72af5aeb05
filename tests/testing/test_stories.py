"""What a campaign leaves behind of a run that broke."""

import subprocess
import sys
from pathlib import Path

from tests.testing.planted.planting import planted
from yotta_async.testing.campaign import Broken, Case, Outcome, Step
from yotta_async.testing.campaign.stories import write_story


CASE = Case(seed=7, steps=(Step(at=0.0, verb="list"),))
BROKEN = Outcome(
    case=CASE,
    broken=Broken(invariant="window", at=61.0, text="121 requests in 60 s"),
    figures={},
    story=(),
)


# One more invariant, which no case keeps.
ALWAYS_BROKEN = """
AT_THE_END = (*AT_THE_END, lambda scene, _programs: scene.fail("always", "whatever happens"))
"""


def test_a_story_is_a_script_and_a_page_named_after_the_seed_and_the_invariant(
    tmp_path: Path,
) -> None:
    files = write_story(BROKEN, tmp_path / "new" / "folder", tries=0)
    assert [file.name for file in files] == ["7-window.py", "7-window.html"]
    assert files[0].read_text().startswith("# Broken: window")
    assert files[1].read_text().startswith("<!doctype html>")


def test_a_case_that_cannot_be_made_smaller_is_told_as_it_is(tmp_path: Path) -> None:
    script, _ = write_story(BROKEN, tmp_path, tries=5)
    assert "'verb': 'list'" in script.read_text()


def test_a_campaign_writes_the_stories_of_what_broke(tmp_path: Path) -> None:
    command = ["-m", "yotta_async.testing.campaign", "--runs", "2", "--jobs", "1", "--hours", "0"]
    with planted(None) as folder:
        with (folder / "yotta_async/testing/campaign/invariants.py").open("a") as invariants:
            invariants.write(ALWAYS_BROKEN)
        done = subprocess.run(
            [sys.executable, *command, "--tries", "9", "--story", str(tmp_path)],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1, done.stderr
    files = sorted(file.name for file in tmp_path.iterdir())
    assert files == ["0-always.html", "0-always.py", "1-always.html", "1-always.py"]
    assert str(tmp_path / "1-always.html") in done.stdout
