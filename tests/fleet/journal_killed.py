"""
A program with a journaled map, killed with ``kill -9`` and run again, in real processes.

``python -m tests.fleet.journal_killed --kills 100 --items 500`` tries so many random instants, and
says what it has found; the suite tries a few with fewer items.

A program lives in virtual time with a cloud of its own, so that it works through hundreds of items
in a second. It is forked from this one, which has everything imported, and writes the index of each
item that it begins to a pipe; it is killed some moments after a random one of these. A killed
program's cloud dies with it: that the next one takes over its pods is tried elsewhere, what counts
here is the journal.
"""

import argparse
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import Final, NoReturn

import anyio
from attrs import frozen

from yotta_async import AsyncYotta, Pod, PodSpec, read_journal
from yotta_async.simulator import PodLife
from yotta_async.testing import run_virtual


__all__ = ["PODS", "Killed", "killed_once"]

PODS: Final = 8
# Seconds in which a program does a few items: so long it may live on after it has begun one.
_MOMENT: Final = 0.005
_SPEC: Final = PodSpec(image="image", gpu_type="NVIDIA_RTX_5090_32G")


@frozen(kw_only=True)
class Killed:
    """
    A program that was killed, and what its successor made of it.

    Attributes:
        items: How many items there were.
        before: How often each was begun before the kill.
        noted: What the journal held then.
        after: How often each was begun after it.
        results: What the journal holds in the end, by index, each as often as it does.
    """

    items: int
    before: Counter[int]
    noted: frozenset[int]
    after: Counter[int]
    results: tuple[tuple[int, object], ...]

    def faults(self) -> list[str]:
        """Return what is not as promised, in words."""
        found: list[str] = []
        if sorted(self.results) != [(index, result_of(index)) for index in range(self.items)]:
            found.append("not each item has its result, once")
        if (
            set(self.after) != set(range(self.items)) - self.noted
            or max((*self.before.values(), *self.after.values()), default=1) != 1
        ):
            found.append("what was done was done again, or what was not was not")
        if len(set(self.before) - self.noted) > PODS:
            found.append("more was lost than was at hand")
        return found


def result_of(index: int) -> str:
    """Return what comes of an item: longer than one page of the kernel, now and then."""
    return str(index) * (5_000 if index % 7 == 0 else 1)


def killed_once(journal: Path, items: int, dice: Random) -> Killed:
    """
    Run a program, kill it at a random instant, and run it again to its end.

    Args:
        journal: A file that is not there.
        items: How many items there are.
        dice: When it is killed.
    """
    seed = dice.randrange(1_000_000)
    before = _run(journal, items, seed, dice, after=dice.randrange(items))
    noted = frozenset(entry.index for entry in read_journal(journal)) if journal.exists() else ()
    after = _run(journal, items, seed + 1, dice, after=None)
    results = tuple((entry.index, entry.result) for entry in read_journal(journal))
    return Killed(items=items, before=before, noted=frozenset(noted), after=after, results=results)


def _run(journal: Path, items: int, seed: int, dice: Random, after: int | None) -> Counter[int]:
    """Run the program; kill it once it has begun more than so many items. Return what it began."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        _be_the_program(journal, items, seed, writer)
    os.close(writer)
    begun = bytearray()
    while data := os.read(reader, 4096):
        begun += data
        if after is not None and begun.count(b"\n") > after:
            time.sleep(dice.random() * _MOMENT)  # the instant of a kill is real
            os.kill(pid, signal.SIGKILL)
            after = None
    os.close(reader)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) in (0, -signal.SIGKILL)
    return Counter(map(int, begun.split()))


def _be_the_program(journal: Path, items: int, seed: int, pipe: int) -> NoReturn:
    code = 1
    try:
        run_virtual(_program, journal, items, seed, pipe)
        code = 0
    finally:
        os._exit(code)  # nothing of the process that it was forked from is to run


async def _program(journal: Path, items: int, seed: int, pipe: int) -> None:
    dice = Random(seed)

    async def work(_pod: Pod, index: int) -> str:
        os.write(pipe, b"%d\n" % index)
        await anyio.sleep(dice.uniform(1.0, 20.0))
        return result_of(index)

    async with AsyncYotta.simulated(life=PodLife.instant(), seed=seed) as client:
        async for _ in client.map(work, range(items), spec=_SPEC, pods=PODS, journal=journal):
            pass


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fleet.journal_killed")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--items", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    dice, faults, again = Random(asked.seed), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(asked.kills):
            killed = killed_once(Path(folder) / f"{number}.jsonl", asked.items, dice)
            faults += bool(killed.faults())
            again += sum((killed.before & killed.after).values())
            for fault in killed.faults():
                print(f"kill {number}: {fault}")  # noqa: T201  # its result
    done = asked.kills * asked.items
    print(f"{asked.kills} kills, {done} items, {again} done twice, {faults} faults")  # noqa: T201
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
