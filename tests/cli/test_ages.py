"""Ages are told by the server's clock, whatever this machine's shows and however fast it runs."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.cli.conftest import Bench
from tests.lab import SPEC, make_lab
from yotta_async.cli._tables import age


NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (-5, "0s"),
        (0, "0s"),
        (59, "59s"),
        (60, "1m0s"),
        (3599, "59m59s"),
        (3600, "1h0m"),
        (86_399, "23h59m"),
        (86_400, "1d0h"),
        (333 * 86_400 + 7 * 3600, "333d7h"),
    ],
)
def test_an_age_has_its_two_greatest_units(seconds: float, shown: str) -> None:
    assert age(NOW - timedelta(seconds=seconds), NOW) == shown


def test_what_was_never_made_has_no_age() -> None:
    assert age(None, NOW) == ""


@pytest.mark.parametrize("year", [1999, 2026, 2099])
@pytest.mark.parametrize(("waited", "shown"), [(0.0, "0s"), (90.0, "1m30s"), (7200.0, "2h0m")])
def test_ages_are_those_of_the_servers_clock(
    make_bench: Callable[..., Bench], year: int, waited: float, shown: str
) -> None:
    """[W8]."""
    bench = make_bench(epoch=datetime(year, 1, 1, tzinfo=UTC))
    bench.make("sweep-0-1-abc123-6955b8ff9dba")
    bench.pass_time(waited)
    for command in (("pods",), ("fleet", "ps"), ("fleet", "ps", "sweep")):
        _, out, _ = bench(*command)
        assert {shown, *_later(waited)} & set(out.splitlines()[1].split())


def _later(waited: float) -> tuple[str, ...]:
    """Return the ages of the seconds that a command itself takes, and a date's fraction."""
    return tuple(age(NOW - timedelta(seconds=waited + each), NOW) for each in range(-3, 4))


async def test_the_servers_clock_can_be_asked_for() -> None:
    """[W8]."""
    lab = make_lab(epoch=NOW)
    assert lab.client.server_time is None
    pod = await lab.client.pods.create(SPEC)
    listed = {each.id: each for each in await lab.client.pods.list()}
    now, made = lab.client.server_time, listed[pod.id].created_at
    assert now is not None
    assert made is not None
    assert abs((now - made).total_seconds()) <= 3.0
    await lab.close()
