"""What one tick of a fleet costs once its list is decoded: telling its pods, and comparing them."""

import timeit
from collections.abc import Callable

from benchmarks.report import OURS, Case, Sample, Table, compared
from yotta_async import Pod, PodStatus, ReplacePolicy
from yotta_async.fleet.rules.ledger import Ledger
from yotta_async.fleet.rules.members import Member
from yotta_async.fleet.rules.names import FleetPodName
from yotta_async.fleet.rules.reconcile import reconcile
from yotta_async.fleet.rules.rivals import Rivals


__all__ = ["run"]

FLEET, MARK, OWNER = "job", "0a1b2c", "6955b8ffaea6"
PODS = 1000
REPETITIONS = 15
LONGEST = 20.0  # milliseconds
BY_STATUS = "counting statuses"


def run() -> tuple[Table, list[Case]]:
    cases = [
        _case(f"{PODS} pods, {word}", status)
        for word, status in (("ready", PodStatus.RUNNING), ("starting", PodStatus.INITIALIZING))
    ]
    notes = [
        f"{REPETITIONS} repetitions; of pods that stay as they were, as most do from tick to tick.",
        "Counting statuses reads every pod once, and draws no conclusion.",
    ]
    return compared("A tick of a fleet", cases, notes), cases


def _case(name: str, status: PodStatus) -> Case:
    pods = [_pod(number, status) for number in range(PODS)]
    samples = {OURS: _samples(_tick(pods)), BY_STATUS: _samples(lambda: _count(pods))}
    return Case(name=name, unit="ms", samples=samples, target=LONGEST)


def _pod(number: int, status: PodStatus) -> Pod:
    name = FleetPodName(FLEET, str(number), 1, MARK, OWNER)
    return Pod(id=str(10**17 + number), name=str(name), status=status, region="us-east-1")


def _tick(pods: list[Pod]) -> Callable[[], object]:
    rivals, rules, ledger = Rivals(FLEET, OWNER), ReplacePolicy(), Ledger()
    first = {str(number): Member(key=str(number), mark=MARK) for number in range(PODS)}
    members = reconcile(first, rivals.mine(pods, 0.0), (), 0.0, rules, ledger=ledger).members

    def tick() -> object:
        ledger.see(pods, 1.0)
        outlook = reconcile(members, rivals.mine(pods, 1.0), (), 1.0, rules, ledger=ledger)
        assert not outlook.actions
        return outlook

    return tick


def _count(pods: list[Pod]) -> dict[str, int]:
    found: dict[str, int] = {}
    for pod in pods:
        found[pod.status] = found.get(pod.status, 0) + 1
    return found


def _samples(work: Callable[[], object]) -> Sample:
    return Sample(1e3 * seconds for seconds in timeit.repeat(work, number=1, repeat=REPETITIONS))
