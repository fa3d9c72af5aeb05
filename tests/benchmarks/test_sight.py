"""The launches of the benchmark of sight and speed: bounds are honest, edges cost no window."""

import pytest

from benchmarks.sight_runs import Launch, least_of, run_launch


@pytest.mark.parametrize("seed", range(2))
def test_no_launch_is_quicker_than_the_least(seed: int) -> None:
    launch = Launch(requests=60, pods=20, seed=seed)
    outcome = run_launch(launch)
    assert outcome.refusals == 0
    assert outcome.least <= outcome.seconds <= 1.05 * outcome.least
    assert len(outcome.lags) == launch.pods
    assert min(outcome.lags) >= 0.0


def test_the_least_counts_the_list_before_the_first_create() -> None:
    """Sixty requests a minute are a list and 59 creates."""
    (_, few), (_, many) = (least_of(Launch(requests=60, pods=pods, seed=1)) for pods in (59, 60))
    assert many - few >= 59.0


def test_the_edge_of_a_window_costs_no_launch_a_window() -> None:
    outcome = run_launch(Launch(requests=60, pods=62, seed=0))
    assert outcome.seconds <= 1.02 * outcome.least
    assert outcome.refusals == 0
