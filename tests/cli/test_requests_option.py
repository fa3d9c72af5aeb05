"""``--requests`` and `Limits` accept and refuse the same."""

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yotta_async import Limits
from yotta_async.cli._options import requests
from yotta_async.errors import ConfigurationError


@click.command()
@requests
def command(requests: int) -> int:
    return requests


def is_accepted_by_the_sdk(number: int) -> bool:
    try:
        Limits(requests=number)
    except ConfigurationError:
        return False
    return True


@given(st.one_of(st.integers(-5, 130), st.integers()))
def test_the_command_line_and_the_sdk_have_one_rule(number: int) -> None:
    """[W9]."""
    arguments = [f"--requests={number}"]
    if is_accepted_by_the_sdk(number):
        assert command.main(arguments, standalone_mode=False) == number
    else:
        with pytest.raises(click.BadParameter, match=r"Limits\.re"):
            command.main(arguments, standalone_mode=False)


@pytest.mark.parametrize("number", [60, 120, 121, 600])
def test_more_than_the_plans_of_today_is_no_error(number: int) -> None:
    """[W9]."""
    assert command.main([f"--requests={number}"], standalone_mode=False) == number
