"""The same over TCP, in processes of their own: what signals and pipes do."""

import re
import signal
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.contract.served import KEY, Served, serving
from yotta_async.simulator import PodLife


if TYPE_CHECKING:
    import subprocess


if sys.platform == "win32":
    pytest.skip("signals to a process are POSIX's", allow_module_level=True)

Start = Callable[..., "subprocess.Popen[str]"]
GPU = "NVIDIA_RTX_5090_32G"
UP = ("fleet", "up", "--name", "sweep", "--image", "a", "--gpu-type", GPU, "--count", "3")
# No pod is ready before its command is signalled.
SLOW = PodLife(start_median=36_000.0, start_span=(36_000.0, 36_000.0))


@pytest.fixture
def served() -> Iterator[Served]:
    with serving(speed=10.0, life=SLOW) as served:
        yield served


@pytest.fixture
def command(start: Start, served: Served) -> Start:
    """Start a command against a service of its own."""
    return lambda *words: start(*words, YOTTA_API_KEY=KEY, YOTTA_BASE_URL=served.url)


def finished(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


def seen(process: "subprocess.Popen[str]", word: str) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        if word in line:
            return
    raise AssertionError(f"the command ended without {word!r}")


def statuses(served: Served) -> set[str]:
    return served.look(lambda cloud: {str(pod.status) for pod in cloud.pods})


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_deletes_the_fleet(command: Start, served: Served, name: str) -> None:
    up = command(*UP)
    seen(up, "starts")
    up.send_signal(signal.Signals[name])
    code, _out, err = finished(up)
    assert code == 128 + signal.Signals[name]
    assert "all of its pods are deleted" in err
    assert statuses(served) <= {"TERMINATING"}


def test_what_a_second_ctrl_c_leaves_is_brought_down_by_the_command_that_it_names(
    command: Start, served: Served
) -> None:
    up = command(*UP, "--on-exit", "pause")  # which waits until they run
    seen(up, "starts")
    up.send_signal(signal.SIGINT)
    seen(up, "once more to leave at once")
    up.send_signal(signal.SIGINT)
    code, _out, err = finished(up)
    [line] = [line for line in err.splitlines() if "Run: " in line]
    assert code == 130
    words = line.split("Run: yotta-async ")[1].split()
    assert words == ["fleet", "down", "sweep", "--yes"]
    code, out, err = finished(command(*words))
    assert (code, out) == (0, "")
    assert re.search(r"\d pods deleted; a list shows that none is left", err)
    assert statuses(served) <= {"TERMINATING"}


def test_a_pipe_that_nobody_reads_is_no_error(command: Start) -> None:
    gpus = command("gpus")
    assert gpus.stdout is not None
    gpus.stdout.close()
    gpus.stdout = None
    code, _out, err = finished(gpus)
    assert (code, err) == (141, "")
