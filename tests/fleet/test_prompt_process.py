"""A fleet at the prompt of ``python -m asyncio``, in a process with a terminal of its own."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest


pty = pytest.importorskip("pty", reason="there are no such terminals on Windows")


class Prompt:
    """``python -m asyncio`` on a terminal."""

    def __init__(self) -> None:
        self._terminal, inner = pty.openpty()
        environment = {**os.environ, "TERM": "dumb", "PYTHON_BASIC_REPL": "1"}
        command = [sys.executable, "-m", "asyncio"]
        self.process = subprocess.Popen(
            command, stdin=inner, stdout=inner, stderr=inner, env=environment
        )
        os.close(inner)
        self._text = ""
        self.read_to(">>> ")

    def __call__(self, statement: str, until: str = ">>> ") -> str:
        """Enter a statement, and return what follows it."""
        os.write(self._terminal, f"{statement}\n".encode())
        self.read_to("\n")  # the echo
        return self.read_to(until)

    def interrupt(self) -> str:
        """Do as Ctrl-C does, and return what is said until the next prompt."""
        self.process.send_signal(signal.SIGINT)
        return self.read_to(">>> ")

    def read_to(self, end: str) -> str:
        """Return the text until a mark."""
        while end not in self._text:
            ready, _, _ = select.select([self._terminal], [], [], 300.0)
            assert ready, f"no {end!r} after {self._text!r}"
            self._text += os.read(self._terminal, 65536).decode(errors="replace")
        before, _, self._text = self._text.partition(end)
        return before

    def read_to_the_end(self) -> str:
        try:
            while chunk := os.read(self._terminal, 65536):
                self._text += chunk.decode(errors="replace")
        except OSError:
            pass  # the other side is gone
        return self._text

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._terminal)


@pytest.fixture
def prompt() -> Iterator[Prompt]:
    prompt = Prompt()
    prompt("from yotta_async import *; from yotta_async.simulator import *")
    prompt("life = PodLife(start_median=9e5, start_span=(9e5, 9e5), delete=(0, 0))")
    prompt("client = AsyncYotta.simulated(life=life)")
    prompt('fleet = await client.fleet("sweep").__aenter__()')
    prompt('launch = fleet.launch([PodSpec(image="i", gpu_type="NVIDIA_RTX_5090_32G")] * 3)')
    prompt('print("wait" + "ing") or await launch', "waiting")
    yield prompt
    prompt.close()


def test_ctrl_c_leads_back_to_the_prompt(prompt: Prompt) -> None:
    """[W5]."""
    said = prompt.interrupt()
    assert "fleet sweep lives on" in said
    assert "KeyboardInterrupt" in said
    prompt("await fleet.down()")
    assert "0 of 0 ready" in prompt("fleet")


def test_sigterm_deletes_and_ends_the_prompt(prompt: Prompt) -> None:
    """[W5]."""
    prompt.process.send_signal(signal.SIGTERM)
    said = prompt.read_to_the_end()
    assert "fleet sweep: SIGTERM: deleting" in said
    assert "deleted, 0 left" in said
    assert prompt.process.wait() == -signal.SIGTERM
