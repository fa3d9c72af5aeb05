"""Nothing is missing in the docstrings of public names, and what is missing would be found."""

import inspect
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from decimal import Decimal
from enum import Enum
from functools import cached_property
from typing import Any

import attrs
import pytest
from attrs import field, frozen

from tests.house import docstrings
from tests.house.docstrings import TOLD_BY, gaps_of, untold_in
from tests.house.public import members_of, public
from yotta_async import AsyncYotta, Fleet, Pod, errors, events, simulator
from yotta_async._resources.pods.verbs import Pods
from yotta_async._resources.pods.watching import PodChanges


def test_nothing_is_missing_in_the_docstrings_of_public_names() -> None:
    assert docstrings.gaps() == []


def test_what_is_exported_is_public_and_what_it_returns() -> None:
    found = list(public().values())
    exported = [AsyncYotta, Fleet, Pod, errors.APIError, events.Refused, simulator.SimulatedYotta]
    assert [each for each in (*exported, Pods, PodChanges) if each not in found] == []


# A function, a class and an error whose docstrings say all, until a part of them is exchanged.


async def example(pod_id: str, *, patience: float | None = None, **options: str) -> Decimal:
    """
    Do something.

    Args:
        pod_id: The pod's id.
        patience: Seconds that it may take,
            or None for as long as it takes.
        **options: Further options.

    Returns:
        The price in USD.

    Raises:
        NotFoundError: There is no such pod.

    Source: an example.
    """
    raise NotImplementedError


@frozen(kw_only=True)
class Example:
    """
    An example.

    Attributes:
        size_in_gb: The size in GB.
        price: The price in USD, or None if it is not known.
        created_at: When it was made, in UTC.
        children: The parts of it.

    Raises:
        ConfigurationError: The size is negative.
    """

    size_in_gb: int = field(validator=attrs.validators.ge(0))
    price: Decimal | None
    created_at: datetime
    children: tuple["Example", ...] = ()
    _private: int = 0


class ExampleError(Exception):
    """
    An example.

    Attributes:
        waited: The seconds until then.
    """

    def __init__(self, message: str, *, waited: float) -> None:
        super().__init__(message)
        self.waited: float = waited
        self._private: int = 0


class Status(Enum):
    """
    An example.

    Attributes:
        OPEN: It can be entered.
    """

    OPEN = "open"


class Service:
    """
    An example.

    Args:
        name: The name of it.

    Attributes:
        name: The name of it.
        address: The address, or None if there is none.
    """

    address: str | None = None

    def __init__(self, name: str) -> None:
        self.name: str = name


COMPLETE: list[Any] = [example, Example, ExampleError, Status, Service]


@pytest.mark.parametrize("thing", COMPLETE)
def test_what_says_all_has_no_gap(thing: Any) -> None:
    assert gaps_of(thing) == []


PATIENCE = "    patience: Seconds that it may take,\n        or None for as long as it takes.\n"
CASES = [
    (example, PATIENCE, "", "Args without patience"),
    (example, "    **options: Further options.\n", "", "Args without **options"),
    (example, "**options", "options", "Args has options, which is not there"),
    (example, "pod_id: The pod's id.", "pod: The pod's id.", "Args without pod_id"),
    (example, "pod_id: The pod's id.", "pod_id:", "Args, pod_id: says nothing"),
    (example, "pod_id: The pod's id.", "pod_id: As above.", "Args, pod_id: says nothing"),
    (example, "Seconds", "The second", "Args, patience: does not say seconds or"),
    (example, "None for", "nothing for", "Args, patience: does not say None"),
    (example, "Args:", "Arguments:", "Args without pod_id"),
    (example, "    The price in USD.", "", "no Returns"),
    (example, "Returns:", "Gives:", "no Returns"),
    (example, "in USD", "in dollars", "Returns: does not say USD"),
    (example, "Raises:\n    NotFoundError: There is no such pod.\n", "", "no Raises"),
    (example, "NotFoundError", "MissingError", "Raises MissingError, which is no error"),
    (example, "There is no such pod.", "", "Raises NotFoundError, and does not say when"),
    (Example, "    size_in_gb: The size in GB.\n", "", "Attributes without size_in_gb"),
    (Example, "The size in GB", "The size", "Attributes, size_in_gb: does not say GB"),
    (Example, "in USD", "in dollars", "Attributes, price: does not say USD"),
    (Example, "None if it is", "nothing if it is", "Attributes, price: does not say None"),
    (Example, ", in UTC", "", "Attributes, created_at: does not say UTC or aware"),
    (Example, "children:", "parts:", "Attributes has parts, which is not there"),
    (Example, "Raises:\n    ConfigurationError: The size is negative.", "", "no Raises"),
    (ExampleError, "waited:", "message:", "Attributes without waited"),
    (ExampleError, "The seconds", "The time", "Attributes, waited: does not say seconds or"),
    (Status, "OPEN:", "CLOSED:", "Attributes without OPEN"),
    (Service, "Args:\n    name: The name of it.\n", "", "Args without name"),
    (Service, "    address:", "    place:", "Attributes without address"),
    (Service, "None if there is none", "nothing", "Attributes, address: does not say None"),
]


@pytest.mark.parametrize(("thing", "old", "new", "gap"), CASES)
def test_what_is_not_said_is_a_gap(
    thing: Any, old: str, new: str, gap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = inspect.cleandoc(thing.__doc__)
    assert text.count(old) == 1
    monkeypatch.setattr(thing, "__doc__", text.replace(old, new))
    assert [each for each in gaps_of(thing) if gap in each]


@pytest.mark.parametrize("thing", COMPLETE)
def test_a_docstring_that_is_not_there_is_a_gap(
    thing: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thing, "__doc__", None)
    assert any(gap.endswith("no docstring") for gap in gaps_of(thing))


class Base:
    def inherited(self) -> int:
        raise NotImplementedError


class Members(Base, dict[str, int]):
    """An example, none of whose members says anything."""

    def method(self, name: str) -> None:
        raise NotImplementedError

    @classmethod
    def build(cls) -> "Members":
        raise NotImplementedError

    @property
    def price(self) -> Decimal | None:
        raise NotImplementedError

    @cached_property
    def waited(self) -> float:
        raise NotImplementedError

    @asynccontextmanager
    async def serve(self) -> AsyncGenerator[int, None]:
        yield 0

    def update(self, *_: Any, **__: Any) -> None:
        raise NotImplementedError

    def _private(self, name: str) -> None:
        raise NotImplementedError


def test_every_public_method_and_property_needs_a_docstring() -> None:
    bare = [gap.split(":")[0].split(".")[-1] for gap in gaps_of(Members) if "no docstring" in gap]
    assert sorted(bare) == ["build", "inherited", "method", "price", "serve", "waited"]


def test_what_overrides_a_librarys_method_is_the_librarys_to_document() -> None:
    assert "update" not in members_of(Members)


class Prices:
    """Two examples of properties."""

    @property
    def told(self) -> Decimal | None:
        """The price in USD, or None if it is not known."""
        raise NotImplementedError

    @property
    def untold(self) -> Decimal | None:
        """The price of it."""
        raise NotImplementedError


def test_a_property_says_its_unit_and_when_it_is_none() -> None:
    gaps = [gap for gap in gaps_of(Prices) if "Raises" not in gap]
    assert [gap.split(".")[-1] for gap in gaps] == [
        "untold: does not say None",
        "untold: does not say USD",
    ]


def test_a_function_that_takes_none_back_is_not_one_that_may_be_none() -> None:
    def follow(on_event: Callable[[int], None]) -> None:
        """
        Follow it.

        Args:
            on_event: Called with each event.
        """

    assert gaps_of(follow) == []


def test_a_function_that_raises_says_what() -> None:
    def check(name: str) -> None:
        """
        Check it.

        Args:
            name: The name of it.
        """
        if not name:
            raise ValueError(name)

    assert [gap.split(": ")[1] for gap in gaps_of(check)] == ["no Raises"]


@pytest.mark.parametrize("fields", TOLD_BY)
def test_a_field_that_the_other_class_does_not_know_is_a_gap(
    fields: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = {each.__name__: each for each in public().values()}
    monkeypatch.setitem(kinds[fields].__annotations__, "novel", int)
    assert list(untold_in(kinds)) == [f"{fields}.novel: {TOLD_BY[fields]} does not tell of it"]
