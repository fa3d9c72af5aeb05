"""Which page of a list, and in which form."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yotta_async.simulator import WireStyle
from yotta_async.simulator.api.body import Body
from yotta_async.simulator.api.paging import Page
from yotta_async.simulator.cloud.problems import CloudError
from yotta_async.simulator.wire import Request


THINGS = list(range(25))


def page(query: str) -> Page:
    return Page.of(Request.parse("GET", f"/?{query}", [], b""))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", Page(1, 10)),
        ("page=&size=", Page(1, 10)),
        ("page=2&size=5", Page(2, 5)),
        ("page=3&page=4", Page(3, 10)),
    ],
)
def test_a_page_is_read_from_the_query(query: str, expected: Page) -> None:
    assert page(query) == expected


@pytest.mark.parametrize(
    "query", ["page=0", "page=-1", "size=0", "size=-1", "page=x", "size=1.5", "page=99999999999"]
)
def test_a_page_that_cannot_be_is_refused_by_name(query: str) -> None:
    with pytest.raises(CloudError, match=query.split("=", maxsplit=1)[0]):
        page(query)


def test_a_v1_page_is_read_from_the_body() -> None:
    assert Page.of_body(Body({})) == Page(1, 10)
    assert Page.of_body(Body({"pageNumber": 2, "pageSize": 3})) == Page(2, 3)
    with pytest.raises(CloudError, match="pageNumber"):
        Page.of_body(Body({"pageNumber": 0}))


@given(st.integers(0, 40), st.integers(1, 12))
def test_the_pages_together_are_the_list(total: int, size: int) -> None:
    things = list(range(total))
    pages = [
        Page(number, size).cut(things, str) for number in range(1, Page(1, size).count(total) + 1)
    ]
    assert [thing for page in pages for thing in page] == [str(thing) for thing in things]
    assert all(pages)
    assert not Page(len(pages) + 1, size).cut(things, str)


FORMS = [
    (
        Page(3, 10).flat(THINGS, str, WireStyle()),
        {"items": ["20", "21", "22", "23", "24"], "page": 3, "size": 10, "total": 25, "pages": 3},
    ),
    (
        Page(3, 10).flat(THINGS, str, WireStyle(pages="pagination")),
        {
            "items": ["20", "21", "22", "23", "24"],
            "pagination": {"page": 3, "pageSize": 10, "totalCount": 25, "totalPages": 3},
        },
    ),
    (
        Page(9, 3).records(THINGS, str),
        {"pageNumber": 9, "pageSize": 3, "totalPage": 9, "totalRow": 25, "records": ["24"]},
    ),
]


@pytest.mark.parametrize(("answer", "expected"), FORMS)
def test_a_page_comes_in_three_forms(answer: Any, expected: Any) -> None:
    assert answer == expected
