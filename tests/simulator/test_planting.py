"""Items that no verb made, in the lists of the simulated cloud."""

from typing import Any

import pytest

from yotta_async.errors import ConfigurationError
from yotta_async.simulator import SimulatedYotta
from yotta_async.simulator.api.paging import Planted


ODD = {"id": 5, "odd": True}
FORMS: list[dict[str, Any]] = [
    {"items": [{"id": 1}], "total": 1},
    {"items": [{"id": 1}], "pagination": {"totalCount": 1}},
    {"records": [{"id": 1}], "totalRow": 1},
]


@pytest.mark.parametrize("page", FORMS, ids="-".join)
def test_they_follow_the_cloud_s_own_in_every_form_of_a_page(page: dict[str, Any]) -> None:
    key, counts = next(iter(page)), list(page.items())[1:]
    found: Any = Planted((ODD, None)).among(page)
    assert found[key] == [{"id": 1}, ODD, None]
    assert [(name, found[name]) for name, _ in counts] == counts


def test_they_follow_the_cloud_s_own_in_a_plain_list() -> None:
    assert Planted((ODD,)).among([{"id": 1}]) == [{"id": 1}, ODD]


def test_instead_of_another_they_stand_only_where_that_would() -> None:
    planted = Planted((ODD, {"id": "7", "odd": True}), instead=True)
    assert planted.among([{"id": "5"}, {"id": 1}, 3]) == [ODD, {"id": 1}, 3]


def test_what_is_no_list_is_left_as_it_is() -> None:
    assert Planted((ODD,)).among(None) is None


async def test_an_operation_that_there_is_not_is_refused_by_its_name() -> None:
    with pytest.raises(ConfigurationError, match="operation=listCars: must be known"):
        SimulatedYotta().plant(ODD, operation="listCars")
