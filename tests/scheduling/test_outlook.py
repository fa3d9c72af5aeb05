"""What is known of the pods on their way up: from answers, from lists, and until when."""

from math import exp, inf

from yotta_async import Limits
from yotta_async._scheduling.rules.budget import Budget
from yotta_async._scheduling.rules.lanes import Lane
from yotta_async._scheduling.rules.outlook import Outlook
from yotta_async._scheduling.rules.queueing import Ticket
from yotta_async._scheduling.rules.slots import LONGEST_MOTION


def operated(budget: Budget, lane: Lane, subject: str, now: float) -> None:
    ticket = Ticket(0, lane, True, now)
    budget.take(ticket)
    budget.give_back(ticket, now, subject=subject)


def test_what_work_sets_in_motion_starts_and_what_ends_a_pod_does_not() -> None:
    budget, outlook = Budget(Limits()), Outlook()
    operated(budget, Lane.NORMAL, "made", 1.0)
    operated(budget, Lane.URGENT, "deleted", 2.0)
    outlook.take_in(budget.started)
    assert outlook.starting == {"made": 1.0}
    assert not budget.started


def test_a_pod_is_known_by_its_name_until_a_list_has_its_id() -> None:
    outlook = Outlook()
    outlook.take_in({"name": 1.0})
    outlook.see(30.0, [("1", "name", True), ("2", "another", True)])
    assert outlook.starting == {"name": 1.0, "2": 30.0}
    outlook.see(60.0, [("1", "name", False), ("2", "another", False)])
    assert outlook.starting == {}


def test_a_boot_has_taken_until_between_the_lists_before_and_after() -> None:
    outlook = Outlook()
    outlook.take_in({str(n): 0.0 for n in range(200)})
    outlook.see(40.0, [(str(n), "", True) for n in range(200)])
    outlook.see(60.0, [(str(n), "", False) for n in range(200)])
    assert abs(exp(outlook.boots.mean) - 50.0) < 5.0


def test_r3_what_starts_for_ever_is_forgotten() -> None:
    budget, outlook = Budget(Limits()), Outlook()
    for n in range(100):
        operated(budget, Lane.NORMAL, str(n), n * LONGEST_MOTION)
    assert len(budget.started) == 1
    outlook.take_in(budget.started)
    outlook.see(101 * LONGEST_MOTION, [])
    assert outlook.starting == {}


def test_creates_that_do_not_wait_in_a_line_count_for_as_long_as_they_are_expected() -> None:
    outlook = Outlook()
    with outlook.expecting(lambda: 7):
        assert outlook.backlog == 7
    assert outlook.backlog == 0


def test_lists_keep_no_credits_before_a_pod_has_started() -> None:
    budget, outlook = Budget(Limits()), Outlook()
    outlook.see(0.0, [])
    assert outlook.plan(budget, 600, 1.0).kept == 0


def test_a_list_is_planned_anew_when_one_has_come() -> None:
    budget, outlook = Budget(Limits()), Outlook()
    for _ in range(59):
        operated(budget, Lane.NORMAL, "", 1.0)
    outlook.take_in({str(n): 1.0 for n in range(59)})
    before = outlook.plan(budget, 600, 50.0)
    outlook.see(50.5, [(str(n), "", True) for n in range(59)])
    after = outlook.plan(budget, 600, 50.6)
    assert before.looks
    assert after.looks
    assert before != after


def test_on_another_loop_pods_are_as_old_as_before_and_nothing_was_looked_at() -> None:
    budget, outlook = Budget(Limits()), Outlook()
    outlook.take_in({"old": 990.0})
    outlook.see(995.0, [("1", "old", True)])
    operated(budget, Lane.NORMAL, "new", 999.0)
    budget.rebase(1000.0, 5.0)
    outlook.rebase(1000.0, 5.0)
    outlook.take_in(budget.started)
    assert outlook.starting == {"old": -5.0, "new": 4.0}
    assert outlook.looked_at == -inf
