"""The README: its Python runs, its commands exist."""

import ast
import inspect
import tomllib
from pathlib import Path
from types import CodeType

import click
import pytest
from click.testing import CliRunner

from tests.house.markdown import blocks, commands
from yotta_async.cli._commands import cli
from yotta_async.testing import run_virtual


ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def compiled(block: str) -> CodeType:
    code: CodeType = compile(block, "README.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    return code


def options(command: click.Command) -> set[str]:
    """Return the options of a command and of all below it."""
    own = {name for p in command.params for name in p.opts}
    return own.union(*map(options, getattr(command, "commands", {}).values()))


def of_pytest(names: dict[str, object]) -> list[object]:
    return [value for name, value in names.items() if name.startswith("test_")]


@pytest.mark.filterwarnings("ignore:.*was not closed:ResourceWarning")
def test_its_other_blocks_run_from_top_to_bottom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)  # for the files that they write
    names: dict[str, object] = {"__name__": "readme"}

    async def run_all() -> None:
        for block in blocks(README, "python")[1:]:
            done = eval(compiled(block), names)  # noqa: S307  # the README's own code
            if inspect.isawaitable(done):
                await done

    run_virtual(run_all)
    told = capsys.readouterr().out
    assert "RUNNING" in told
    assert "a pod of this name may exist" not in told
    assert len(of_pytest(names)) == 1
    for test in of_pytest(names):
        assert callable(test)
        test()


def test_the_two_commands_are_there() -> None:
    nox = [words for words in commands(README) if "noxfile.py" in words]
    assert nox == [["python3", "noxfile.py", "-s", session] for session in ("demo", "tests")]


def test_its_other_commands_and_their_options_exist() -> None:
    ours = [words[1:] for words in commands(README) if words[0] == "yotta-async"]
    assert ours
    for arguments in ours:
        # --help is eager: the options before it are parsed and nothing is run.
        done = CliRunner().invoke(cli, [*arguments, "--help"])
        assert done.exit_code == 0, done.output
        assert {word for word in arguments if word.startswith("--")} <= options(cli)


def test_what_it_installs_are_this_project_and_its_extras() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [words[2] for words in commands(README) if words[:2] == ["pip", "install"]]
    assert wanted
    for requirement in wanted:
        name, _, extras = requirement.rstrip("]").partition("[")
        assert name == ".", "it is not on the package index yet"
        assert set(filter(None, extras.split(","))) <= set(project["optional-dependencies"])


def test_its_demo_output_is_what_the_demo_prints() -> None:
    [shown] = blocks(README, "text")
    for line in ("0 pods left", "least possible", "refused          0 for the rate", "left  "):
        assert line in shown
