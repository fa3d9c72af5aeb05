"""What is counted of a fleet's pods, and what proves that one of them is gone."""

from collections.abc import Callable

import pytest

from tests.fleet.rules.test_reconcile import Listed, full
from yotta_async.fleet.rules.ledger import Ledger
from yotta_async.fleet.rules.members import Member, ReplacePolicy


KIND = ("H100", 1)
RULES = ReplacePolicy(replacements=0, vanished=30.0, patience=600.0)
SHOWN = Listed("1")
NAME = SHOWN.name
LATER = Listed("9", "a-other-1")


def asked() -> Ledger:
    ledger = Ledger(RULES, 15.0)
    ledger.ask("k", NAME, KIND, 100.0)
    return ledger


def made() -> Ledger:
    ledger = asked()
    ledger.note_made(NAME, "1", 101.0)
    return ledger


def shown() -> Ledger:
    ledger = made()
    ledger.see([SHOWN], 105.0)
    return ledger


def unclear() -> Ledger:
    ledger = asked()
    ledger.note_ended(NAME, 101.0)
    return ledger


def later(ledger: Ledger) -> Ledger:
    """Have lists show for long what was made later."""
    ledger.ask("other", LATER.name, KIND, 200.0)
    ledger.note_made(LATER.name, "9", 201.0)
    for now in range(210, 500, 10):
        ledger.see([LATER], now)
    return ledger


@pytest.mark.parametrize("begin", [asked, made, shown, unclear])
def test_r1_one_that_may_be_there_is_counted(begin: Callable[[], Ledger]) -> None:
    """[R1]."""
    ledger = begin()
    assert (ledger.count("k"), ledger.kinds[KIND]) == (1, 1)
    assert not ledger.may_make(Member(key="k"))
    assert ledger.may_make(Member(key="other"))


def ends(ledger: Ledger) -> Ledger:
    ledger.note_ended(NAME, None)
    return ledger


def deleted(ledger: Ledger) -> Ledger:
    ledger.note_deleted("1", 300.0)
    return ledger


def ending(ledger: Ledger) -> Ledger:
    ledger.see([Listed("1", status="TERMINATING")], 300.0)
    return ledger


def absent(ledger: Ledger, lists: int = 40, denials: int = 0, every: float = 10.0) -> Ledger:
    """Have lists in a row not show the pod, and the last of them followed by denials of its id."""
    for number in range(lists):
        ledger.see([], 300.0 + every * number)
        if number >= lists - denials:
            ledger.note_denied("1", 301.0 + every * number)
    return ledger


def denied(ledger: Ledger) -> Ledger:
    for now in (300.0, 400.0, 500.0):
        ledger.note_denied("1", now)
    return ledger


def absent_and_denied(ledger: Ledger) -> Ledger:
    return absent(ledger, denials=3)


def absent_in_too_few_lists(ledger: Ledger) -> Ledger:
    return absent(ledger, lists=15, denials=3)


def absent_for_too_short(ledger: Ledger) -> Ledger:
    return absent(ledger, denials=3, every=2.0)


def absent_and_denied_too_rarely(ledger: Ledger) -> Ledger:
    return absent(ledger, denials=2)


def absent_with_a_break(ledger: Ledger) -> Ledger:
    """It is shown once, and denied as often as in all the absence before it and after it."""
    absent(ledger, denials=2)
    ledger.see([SHOWN], 700.0)
    for now in range(710, 1200, 10):
        ledger.see([], now)
    ledger.note_denied("1", 1200.0)
    return ledger


def known_by_its_id_meanwhile(ledger: Ledger) -> Ledger:
    absent(ledger, denials=2)
    ledger.note_exists("1", 700.0)
    ledger.see([], 710.0)
    ledger.note_denied("1", 711.0)
    return ledger


def denied_while_others_appear(ledger: Ledger) -> Ledger:
    later(ledger)
    for now in (500.0, 510.0, 520.0):
        ledger.note_denied("1", now)
    ledger.see([LATER], 530.0)
    return ledger


@pytest.mark.parametrize(
    ("begin", "then", "count"),
    [
        (asked, ends, 0),
        (unclear, ends, 1),
        (made, deleted, 0),
        (shown, deleted, 0),
        (shown, ending, 0),
        (unclear, ending, 1),
        (made, absent, 1),
        (shown, absent, 1),
        (unclear, absent, 1),
        (made, denied, 1),
        (shown, denied, 1),
        (made, absent_and_denied, 1),
        (shown, absent_and_denied, 0),
        (shown, absent_in_too_few_lists, 1),
        (shown, absent_for_too_short, 1),
        (shown, absent_and_denied_too_rarely, 1),
        (shown, absent_with_a_break, 1),
        (shown, known_by_its_id_meanwhile, 1),
        (made, later, 1),
        (shown, later, 1),
        (unclear, later, 0),
        (made, denied_while_others_appear, 0),
        (shown, denied_while_others_appear, 0),
    ],
)
def test_r1_what_proves_that_it_is_gone(
    begin: Callable[[], Ledger], then: Callable[[Ledger], Ledger], count: int
) -> None:
    """[R1]."""
    assert then(begin()).count("k") == count


@pytest.mark.parametrize("begin", [asked, made, unclear])
def test_r1_a_list_that_shows_it_at_last_counts_it_once(begin: Callable[[], Ledger]) -> None:
    """[R1] Whatever was known of it before; the answer may come after the list."""
    ledger = begin()
    ledger.see([SHOWN], 150.0)
    assert ledger.count("k") == 1
    ledger.note_made(NAME, "1", 151.0)
    assert ledger.count("k") == 1
    assert deleted(ledger).count("k") == 0


def test_r1_every_attempt_that_may_have_made_one_counts() -> None:
    """[R1] Two without an answer, a refusal, and one that was answered."""
    ledger = unclear()
    ledger.ask("k", NAME, KIND, 110.0)
    ledger.note_ended(NAME, 112.0)
    ledger.ask("k", NAME, KIND, 120.0)
    ledger.note_ended(NAME, 112.0)
    ledger.ask("k", NAME, KIND, 130.0)
    ledger.note_made(NAME, "3", 131.0)
    assert ledger.count("k") == 3
    ledger.see([Listed("1"), Listed("3")], 140.0)
    assert ledger.count("k") == 3
    ledger.see([Listed("1"), Listed("2"), Listed("3")], 150.0)
    assert ledger.count("k") == 3


def test_r1_what_other_runs_have_made_is_counted_once_it_is_listed() -> None:
    """[R1]."""
    ledger = Ledger(RULES)
    ledger.see([Listed("1"), Listed("2", "a-k-2"), Listed("3", "foreign")], 100.0)
    assert ledger.count("k") == 2


def test_s5_what_has_failed_is_counted_and_does_not_bill() -> None:
    """[S5]."""
    ledger = shown()
    ledger.see([Listed("1", status="FAILED")], 110.0)
    assert (ledger.count("k"), ledger.kinds[KIND]) == (1, 0)
    assert deleted(ledger).kinds[KIND] == 0


def test_l4_an_old_list_that_shows_what_is_gone_counts_it_only_for_so_long() -> None:
    """[L4]."""
    ledger = deleted(shown())
    ledger.see([SHOWN], 310.0)
    assert ledger.count("k") == 0  # lists lag
    ledger.see([SHOWN], 400.0)
    assert ledger.count("k") == 1
    ledger.see([], 405.0)
    assert ledger.count("k") == 0


def test_r3_the_server_is_asked_about_a_pod_more_and_more_rarely() -> None:
    """[R3] About one that no list has ever shown, for a week."""
    ledger, times = made(), list[float]()
    for now in range(100, 7 * 86_400, 10):
        ledger.see([], now)
        for key, pod_id in ledger.doubtful(now):
            assert (key, pod_id) == ("k", "1")
            times.append(now)
            ledger.note_denied(pod_id, now)
    assert times[0] <= 140
    assert len(times) < 200
    assert times[-1] - times[-2] == 3600


def test_r3_what_is_gone_is_forgotten_in_the_end() -> None:
    """[R3] Ten thousand pods of as many keys, each of which is deleted."""
    ledger = Ledger(RULES)
    for number in range(10_000):
        pod = Listed(str(number), full(f"a-k{number}-1"))
        ledger.see([pod], 10.0 * number)
        ledger.note_deleted(pod.id, 10.0 * number + 5)
    ledger.see([], 2e5)
    held = (ledger._numbers, ledger._by_id, ledger._nameless, ledger._unseen, ledger._absent)
    assert [len(each) for each in held] == [0] * 5
    assert len(ledger._gone) == 1024
