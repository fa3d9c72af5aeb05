"""What ``@pytest.mark.yotta(...)`` and `under` may say: of the cloud, the client, and the end."""

import inspect
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final, Literal

from attrs import evolve, field, fields_dict, frozen

from ..._client import AsyncYotta
from ...errors import ConfigurationError
from ...errors._arguments import meant
from ...simulator import Faults, ServerLimits, SimulatedYotta
from ..clients import client_on
from ..virtual_time import virtual_now


__all__ = ["Options"]

Backend = Literal["asyncio", "trio"]

_OF_CLIENT: Final = frozenset({"api_version", "retry", "timeout", "on_event"})


def _limits(given: object) -> object:
    """Take a number as so many requests a minute."""
    is_number = isinstance(given, int) and not isinstance(given, bool)
    return ServerLimits(requests=given) if is_number else given  # type: ignore[arg-type]


def _faults(given: object) -> object:
    """Take a number as the share of all requests that go wrong."""
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    return Faults.everything(given) if is_number else given  # type: ignore[arg-type]


_SHORT: Final = {"limits": _limits, "faults": _faults}


def _patterns(given: "str | Iterable[str]") -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


@frozen(kw_only=True)
class Options:
    """
    What a test asks for.

    Attributes:
        cloud: Arguments of `SimulatedYotta`.
        client: Arguments of `AsyncYotta`.
        leaves: Ids, names or patterns of names that may be left at the end.
        refused: Whether requests may be refused for a limit.
        spends: The most that all may cost, in USD; None for no bound.
        check: Whether anything is checked at the end.
        backend: On which of anyio's backends it runs; None for what the test's plugin says.
    """

    cloud: Mapping[str, Any] = field(factory=dict[str, Any])
    client: Mapping[str, Any] = field(factory=dict[str, Any])
    leaves: tuple[str, ...] = field(default=(), converter=_patterns)
    refused: bool = False
    spends: Any = None
    check: bool = True
    backend: Backend | None = None

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "Options":
        """
        Sort what was given by whom it is for.

        Raises:
            ConfigurationError: It is an argument of none of them.
        """
        for name, value in given.items():
            if name not in _known():
                hint = meant(name, _known())
                raise ConfigurationError(name, value, "must be an option of a test", hint=hint)
        short = {name: _SHORT[name](value) for name, value in given.items() if name in _SHORT}
        given = {**given, **short}
        own = fields_dict(cls)
        mine = {name: value for name, value in given.items() if name in own}
        client = {name: value for name, value in given.items() if name in _OF_CLIENT}
        rest = given.keys() - own.keys() - _OF_CLIENT
        return cls(**mine, client=client, cloud={name: given[name] for name in rest})

    def new_cloud(self) -> SimulatedYotta:
        given: dict[str, Any] = {"clock": virtual_now, **self.cloud}
        return SimulatedYotta(**given)

    def new_client(self, cloud: SimulatedYotta) -> AsyncYotta:
        return client_on(cloud, **self.client)

    def check_at_end(self, cloud: SimulatedYotta, named: Iterable[str] = ()) -> None:
        """
        See that a cloud is as the test may leave it.

        Args:
            cloud: The cloud.
            named: Ids and names that may be left, too.

        Raises:
            AssertionError: It is not.
        """
        __tracebackhide__ = True
        if not self.check:
            return
        cloud.assert_nothing_left(but=(*self.leaves, *named))
        if not self.refused:
            cloud.assert_never_refused()
        if self.spends is not None:
            cloud.assert_spent_at_most(self.spends)

    def merged(self, given: Mapping[str, Any]) -> "Options":
        """Return these with others on top."""
        other = Options.of(given)
        own: dict[str, Any] = {
            name: getattr(other, name) for name in given if name in fields_dict(Options)
        }
        both: dict[str, Any] = {
            "cloud": {**self.cloud, **other.cloud},
            "client": {**self.client, **other.client},
        }
        return evolve(self, **own, **both)


@cache
def _known() -> frozenset[str]:
    cloud = inspect.signature(SimulatedYotta.__init__).parameters.keys() - {"self"}
    own = fields_dict(Options).keys() - {"cloud", "client"}
    return frozenset(cloud | own | _OF_CLIENT)
