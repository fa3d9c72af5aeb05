"""A fleet of a client's, made from settings in either form."""

from collections.abc import Mapping
from typing import Any

from .._call.caller import CallOptions
from .._resources.account import Account
from ._fleet import Fleet
from ._life import Life
from ._settings import FleetSettings, settings_of


__all__ = ["fleet_of"]


def fleet_of(
    account: Account, options: CallOptions, settings: FleetSettings | None, given: Mapping[str, Any]
) -> Fleet:
    """
    Return a fleet of a client's, to be entered.

    Args:
        account: What the client's calls share.
        options: The options of its calls.
        settings: How the fleet is to be kept, and to end, as one value. None if it is given one by
            one.
        given: The settings by their names, where they are given one by one.

    Returns:
        The fleet.

    Raises:
        ConfigurationError: A setting is not allowed, or is given in both ways.
    """
    return Fleet(Life(account, settings_of(settings, given), options))
