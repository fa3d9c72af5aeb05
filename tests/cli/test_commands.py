"""The command line: options, errors, exit codes, what is imported, what is missing."""

import subprocess
import sys
import textwrap
from typing import Any

import pytest

from yotta_async import __version__
from yotta_async.cli._commands import run
from yotta_async.simulator import PodLife


HELPED = [
    [],
    ["budget"],
    ["demo"],
    ["simulate"],
    ["plan"],
    ["gpus"],
    ["pods"],
    ["pods", "delete"],
    ["fleet"],
    ["fleet", "up"],
    ["fleet", "ps"],
    ["fleet", "watch"],
    ["fleet", "down"],
]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["demo", "--pods", "many"], 2, "--pods"),
        (["demo", "--pods", "0"], 2, "--pods"),
        (["demo", "--speed", "0"], 2, "--speed"),
        (["demo", "--requests", "0"], 2, "--requests"),
        (["demo", "--what"], 2, "--what"),
        (["fly"], 2, "fly"),
        ([], 2, "demo"),
        (["demo", "--regions", "9"], 4, "must be 1 to 5"),
        (["demo", "--regions", "a,a"], 4, "must be different names"),
        (["demo", "--gpu-count", "3"], 4, "must be a power of two"),
        (["demo", "--image", ""], 4, "image"),
        (["demo", "--live"], 4, "YOTTA_API_KEY"),
        (["demo", "--live", "--faults", "3"], 2, "the simulator's"),
        (["demo", "--live", "--pods", "50"], 2, "need --yes"),
    ],
)
def test_what_cannot_be_is_told_in_words(
    arguments: list[str], code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == code
    told = capsys.readouterr()
    assert words in told.err
    assert told.out == ""
    assert "Traceback" not in told.err


def test_debug_shows_the_traceback() -> None:
    with pytest.raises(ValueError, match="--regions=9: must be 1 to 5"):
        run(["demo", "--regions", "9", "--debug"])


def test_the_version_is_the_package_s(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.strip() == f"yotta-async, version {__version__}"


@pytest.mark.parametrize("command", HELPED)
def test_help_is_data(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*command, "--help"]) == 0
    told = capsys.readouterr()
    assert "Usage: yotta-async" in told.out
    assert told.err == ""


def test_help_loads_nothing_that_a_command_needs() -> None:
    done = _python(f"""
        import sys
        from importlib.util import find_spec
        from yotta_async.cli._commands import run
        works = ["budget.work", "demo.command", "pods.work", "_session"]
        works += [f"fleet.{{work}}" for work in ("desired", "down", "plan", "up")]
        unwanted = {{f"yotta_async.cli.{{work}}" for work in works}}
        unwanted |= {{"h11", "rich", "yotta_async.simulator"}}
        # What can be set in a simulator stands in its own classes: its help needs them.
        for command in {[each for each in HELPED if each != ["simulate"]]!r}:
            run([*command, "--help"])
            assert not unwanted & sys.modules.keys(), command
        assert all(map(find_spec, unwanted))
    """)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("missing", ["click", "rich"])
def test_without_an_extra_it_says_how_to_get_it(missing: str) -> None:
    done = _python(f"""
        import sys
        sys.modules["{missing}"] = None
        sys.argv = ["yotta-async", "demo"]
        from yotta_async.cli import main
        main()
    """)
    assert done.returncode == 4
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    assert missing in line
    assert "pip install '.[cli,simulator]'" in line


@pytest.mark.parametrize("command", ["demo", "simulate"])
def test_without_h11_the_simulator_says_how_to_get_it(command: str) -> None:
    done = _python(f"""
        import sys
        sys.modules["h11"] = None
        sys.argv = ["yotta-async", "{command}"]
        from yotta_async.cli import main
        main()
    """)
    assert (done.returncode, done.stdout) == (4, "")
    assert "needs h11: in a clone, pip install" in done.stderr


def _python(program: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", textwrap.dedent(program)]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def test_a_region_that_is_not_known_is_doubted(bench: Any) -> None:
    """[W11]."""
    for command in ("pods", "gpus"):
        code, out, err = bench(command, "--region", "us-esat-1")
        assert (code, out) == (2, "")
        assert err.startswith("yotta-async: no region us-esat-1 is on offer. Did you mean us-")


@pytest.mark.parametrize("region", ["us-east-1", "eu-1"])
def test_a_region_without_pods_is_no_mistake(bench: Any, region: str) -> None:
    """[W11]."""
    code, _out, err = bench("pods", "--region", region)
    assert (code, err) == (0, "0 pods; $0.00 an hour\n")


@pytest.mark.parametrize(
    ("status", "number"),
    [("ready", 1), ("unhealthy", 1), ("READY", 1), ("running", 2), ("paused", 0)],
)
def test_a_status_is_taken_as_it_is_shown(make_bench: Any, status: str, number: int) -> None:
    """[W11]."""
    bench = make_bench(life=PodLife(start_median=40.0, ports=(1e6, 1e6)))
    bench.make("quick")
    bench.spec = bench.spec.evolve(expose=[8888])
    bench.make("slow")
    bench.pass_time(600.0)
    code, out, _err = bench("pods", "--status", status)
    assert code == 0
    assert len(out.splitlines()[1:]) == number


def test_free_gpus_are_called_free(bench: Any) -> None:
    """[W11]."""
    _, out, _ = bench("gpus")
    assert "FREE" in out.splitlines()[0]
