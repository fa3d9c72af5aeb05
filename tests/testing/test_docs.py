"""docs/testing.md: its programs run, and its tests find what the page says that they find."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from attrs import frozen


ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
# As an installed package has it by its entry point.
PLUGIN = ("-p", "no:yotta_async", "-p", "yotta_async.testing.pytest_plugin")


@frozen
class Done:
    """How a program ended."""

    code: int
    said: str


def block(title: str) -> str:
    [found] = re.findall(rf'^```python title="{title}"\n(.*?)^```$', PAGE, re.DOTALL | re.MULTILINE)
    assert isinstance(found, str)
    return found


def shown(word: str) -> list[str]:
    """Return the lines of the block of output that has a word in it."""
    found = re.findall(r"^```text\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    [text] = [str(each) for each in found if word in each]
    return text.splitlines()


def mended() -> str:
    leaking = block("train.py")
    head, rest = leaking.split("async def train", 1)
    return head + block("train.py, mended") + "\n\n" + rest[rest.index("if __name__") :]


def run(folder: Path, *arguments: str, **environment: str) -> Done:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("YOTTA")}
    paths = {"PYTHONPATH": os.pathsep.join([str(ROOT), str(folder)])}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=kept | paths | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return Done(done.returncode, done.stdout + done.stderr)


def test_run(folder: Path, **environment: str) -> Done:
    options = ("-q", "-p", "no:cacheprovider", "-p", "no:asyncio", "--tb=short", *PLUGIN)
    return run(folder, "-m", "pytest", *options, **environment)


test_run.__test__ = False  # type: ignore[attr-defined]  # pytest's own word for it


def write(folder: Path, *titles: str, program: str) -> None:
    (folder / "train.py").write_text(program, "utf-8")
    for title in titles:
        (folder / title).write_text(block(title), "utf-8")


def without_digits(text: str) -> str:
    return re.sub(r"\d+", "0", text)


def test_the_first_program_fails_its_second_test_as_the_page_shows(tmp_path: Path) -> None:
    write(tmp_path, "test_train.py", program=block("train.py"))
    done = test_run(tmp_path)
    assert done.code == 1
    assert "1 failed, 1 passed" in done.said
    [_, *lines] = shown("On purpose?")
    assert [line for line in lines if line not in done.said] == []


def test_the_mended_program_passes_both(tmp_path: Path) -> None:
    write(tmp_path, "test_train.py", program=mended())
    done = test_run(tmp_path)
    assert "2 passed" in done.said, done.said
    assert done.code == 0


def test_the_first_program_leaves_a_pod_in_a_world_that_is_named(tmp_path: Path) -> None:
    write(tmp_path, "test_worlds.py", program=block("train.py"))
    done = test_run(tmp_path)
    assert "test_nothing_is_left_in_any_world" in done.said
    assert done.code == 1
    said = without_digits(done.said)
    head, _, pod, origin, which, enough = shown("YOTTA_WORLD")
    for line in (head, origin, which):
        assert without_digits(line).strip() in said
    for line in (pod, enough):  # which pod, and what is enough, are the dice's
        assert without_digits(line).strip().split("'")[0] in said


def test_the_mended_program_passes_in_every_world(tmp_path: Path) -> None:
    """In six: fifty are for a user's machine, which has less to do than this suite."""
    write(tmp_path, "test_worlds.py", program=mended())
    file = tmp_path / "test_worlds.py"
    file.write_text(file.read_text("utf-8").replace("@under(50", "@under(6"), "utf-8")
    done = test_run(tmp_path)
    assert "2 passed" in done.said, done.said


def test_the_marks_do_what_the_page_says(tmp_path: Path) -> None:
    write(tmp_path, "test_marks.py", program=mended())
    done = test_run(tmp_path)
    assert "3 passed" in done.said, done.said


def test_a_recording_is_kept_and_then_compared(tmp_path: Path) -> None:
    write(tmp_path, "test_said.py", program=mended())
    assert "1 passed" in test_run(tmp_path).said
    assert (tmp_path / "said" / "train.jsonl").stat().st_size > 0
    assert "1 passed" in test_run(tmp_path).said
    write(tmp_path, "test_said.py", program=mended().replace("sleep(60)", "sleep(90)"))
    changed = test_run(tmp_path)
    assert "is not as it was recorded" in changed.said
    write(tmp_path, "test_said.py", program=mended())
    assert "1 passed" in test_run(tmp_path, YOTTA_RECORD="1").said


def test_the_mended_program_needs_no_pytest(tmp_path: Path) -> None:
    write(tmp_path, program=mended())
    (tmp_path / "plain.py").write_text(block("plain.py"), "utf-8")
    assert run(tmp_path, "plain.py") == Done(0, "")


def test_the_builders_run() -> None:
    names: dict[str, object] = {}
    exec(block("builders"), names)  # noqa: S102  # the page's own code
    assert {"pod", "spec", "error", "body", "faults"} <= names.keys()


@pytest.mark.parametrize("name", ["yotta_cloud", "yotta_client", "virtual_time"])
def test_the_page_tells_of_each_fixture(name: str) -> None:
    assert f"| `{name}` |" in PAGE
