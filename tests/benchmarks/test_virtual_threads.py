"""Threads in virtual time: who goes on, when, and that it is the same every time."""

import time

import pytest

from benchmarks.virtual_threads import HORIZON, StuckError, VirtualThreads


def test_the_clock_jumps_over_a_sleep() -> None:
    threads, began = VirtualThreads(), time.perf_counter()
    threads.sleep(3600.0)
    threads.sleep_until(4000.0)
    assert threads.now == 4000.0
    assert time.perf_counter() - began < 600.0


def test_an_instant_that_has_passed_is_now() -> None:
    threads = VirtualThreads(now=10.0)
    threads.sleep_until(5.0)
    assert threads.now == 10.0


def test_threads_wake_by_instant_and_then_by_number() -> None:
    threads, woken = VirtualThreads(), list[tuple[float, str]]()

    def nap(name: str, seconds: float) -> None:
        threads.sleep(seconds)
        woken.append((threads.now, name))

    naps = [("slow", 3.0), ("first", 1.0), ("second", 1.0), ("quick", 0.5)]
    threads.map(lambda each: nap(*each), naps, threads=4)
    assert woken == [(0.5, "quick"), (1.0, "first"), (1.0, "second"), (3.0, "slow")]


def test_a_free_thread_takes_the_next_item_and_results_keep_their_order() -> None:
    threads = VirtualThreads()

    def work(seconds: float) -> float:
        threads.sleep(seconds)
        return threads.now

    assert threads.map(work, [5.0, 1.0, 1.0, 1.0], threads=2) == [5.0, 1.0, 2.0, 3.0]
    assert threads.now == 5.0


def test_more_threads_than_items_is_no_harm() -> None:
    threads = VirtualThreads()
    assert threads.map(abs, [-1, 2], threads=5) == [1, 2]
    assert threads.map(abs, [], threads=5) == []


def test_one_crew_may_follow_another_and_stand_inside_of_one() -> None:
    threads = VirtualThreads()

    def pair(seconds: float) -> list[None]:
        return threads.map(threads.sleep, [seconds, 2 * seconds], threads=2)

    threads.map(pair, [1.0, 2.0], threads=2)
    assert threads.now == 4.0
    threads.map(pair, [1.0, 2.0], threads=1)
    assert threads.now == 10.0


def test_an_error_of_one_comes_out_at_once() -> None:
    threads = VirtualThreads()

    def work(seconds: float) -> None:
        threads.sleep(seconds)
        if seconds < 2.0:
            raise LookupError(seconds)

    with pytest.raises(LookupError):
        threads.map(work, [9.0, 1.0], threads=2)
    assert threads.now == 1.0


def test_who_waits_for_ever_is_found_out() -> None:
    threads = VirtualThreads()
    with pytest.raises(StuckError):
        threads.map(threads.sleep_until, [float("inf"), 2 * HORIZON], threads=2)


def test_the_same_program_gives_the_same_run() -> None:
    def run() -> list[tuple[float, int]]:
        threads, steps = VirtualThreads(), list[tuple[float, int]]()

        def work(number: int) -> None:
            for step in range(20):
                threads.sleep((number * 7 + step * 3) % 5)
                steps.append((threads.now, number))

        threads.map(work, range(10), threads=4)
        return steps

    assert run() == run()
