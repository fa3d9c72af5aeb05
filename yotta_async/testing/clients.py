"""Clients on a simulated cloud: one made for it, or all that a program makes for itself."""

import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from weakref import WeakKeyDictionary

from .._call.transport import client_over
from .._client import AsyncYotta
from .._config import limits_of
from ..errors import ConfigurationError
from ..events import Event
from ..simulator import SimulatedYotta
from ._kit.origins import NotingOwner


if TYPE_CHECKING:
    from random import Random

    from .._call.caller import Caller


__all__ = ["client_on", "hearers_of", "reaching"]

Hearer: TypeAlias = Callable[[str, Event], None]

_HEARERS: Final = WeakKeyDictionary[SimulatedYotta, list[Hearer]]()
_NUMBERS: Final = WeakKeyDictionary[SimulatedYotta, "count[int]"]()
_SETTINGS: Final = {"YOTTA_API_KEY": "simulated", "YOTTA_BASE_URL": None}


def client_on(cloud: SimulatedYotta, **options: Any) -> AsyncYotta:
    """
    Return a client on a cloud that is there already; any number may be on one.

    What it makes remembers which line of the program asked for it (`PodView.made_by`). Its names
    and back-offs come from the seed of the cloud: the same program does the same again.

    Args:
        cloud: The cloud.
        **options: Those of `AsyncYotta`, but for ``http_client`` and ``base_url``. Without
            ``limits`` the client keeps to those of the cloud; several clients are refused unless
            each is given a part of them, or all share a budget (`Limits.shared`).

    Returns:
        The client.

    Raises:
        ConfigurationError: A setting that cannot work.
    """
    for name in ("http_client", "base_url"):
        if name in options:
            hint = "Leave it out, or make AsyncYotta(...) yourself."
            raise ConfigurationError(name, options[name], "must be the cloud's own", hint=hint)
    options.setdefault("limits", limits_of(cloud.limits))
    options.setdefault("api_key", "simulated")
    client = AsyncYotta(base_url="http://localhost", **options)
    _put_on(cloud, client)
    return client


@contextmanager
def reaching(cloud: SimulatedYotta) -> Generator[SimulatedYotta]:
    """
    Have each `AsyncYotta` that is made in a block reach a simulated cloud, whatever its base URL.

    So a program that makes its own client is tested as it is, and no test rents a GPU: neither the
    network nor a key of the environment is used. Clients that are given an ``http_client`` of their
    own keep it.

    Args:
        cloud: The cloud.

    Yields:
        The cloud.
    """
    door: Any = AsyncYotta  # it has one for this
    before = door._divert  # noqa: SLF001
    environment = {name: os.environ.get(name) for name in _SETTINGS}
    door._divert = partial(_put_on, cloud)  # noqa: SLF001
    _set(_SETTINGS)
    try:
        yield cloud
    finally:
        door._divert = before  # noqa: SLF001
        _set(environment)


def hearers_of(cloud: SimulatedYotta) -> list[Hearer]:
    """Return who is told the events of the clients on a cloud; one may be added and removed."""
    return _HEARERS.setdefault(cloud, [])


def _put_on(cloud: SimulatedYotta, client: AsyncYotta) -> None:
    inside: Any = (client, cloud)
    caller: Caller = inside[0]._account.caller  # noqa: SLF001  # as `AsyncYotta.simulated` does
    own, hearers = caller.on_event, hearers_of(cloud)
    who = f"client {next(_NUMBERS.setdefault(cloud, count()))}"

    def on_event(event: Event) -> None:
        for hear in hearers:
            hear(who, event)
        if own is not None:
            own(event)

    caller.on_event = on_event
    caller.transport.new_client = lambda: client_over(cloud.transport())
    caller.owner = NotingOwner(caller.owner.grace)
    dice: Random = inside[1]._dice_of_a_client()  # noqa: SLF001  # the same names each time
    caller.dice, caller.entropy = dice.random, dice.randbytes
    client.simulator = cloud


def _set(settings: "dict[str, str | None]") -> None:
    for name, value in settings.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
