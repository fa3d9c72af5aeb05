"""Signals are heeded by this suite and by what it starts, also where it runs in the background."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest


if sys.platform == "win32":
    pytest.skip("signals to a process are POSIX's", allow_module_level=True)

ROOT = Path(__file__).resolve().parents[2]
HEEDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# Becomes another Python that ignores every signal, and blocks it too.
BACKGROUND = """
import os, signal, sys
every = signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}
for number in every:
    signal.signal(number, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, every)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


def test_signals_are_heeded_here() -> None:
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_DFL
    assert signal.getsignal(signal.SIGCHLD) is signal.SIG_DFL
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == set()


@pytest.mark.parametrize("number", [*HEEDED, signal.SIGPIPE])
def test_signals_are_heeded_in_what_is_started_here(number: signal.Signals) -> None:
    ended = subprocess.run(["/bin/sh", "-c", f"kill -{number:d} $$"], check=False)
    assert ended.returncode == -number


@pytest.mark.parametrize("workers", [0, 1])
def test_where_all_were_ignored_and_blocked_signals_are_heeded(workers: int) -> None:
    plugins = ("-p", "anyio", "-p", "xdist.plugin", f"-n{workers}")
    ran = subprocess.run(
        [sys.executable, "-c", BACKGROUND, "-m", "pytest", *plugins, __file__, "-k", "_here"],
        cwd=ROOT,
        env={**os.environ, "PYTEST_ADDOPTS": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "5 passed" in ran.stdout, ran.stdout + ran.stderr
