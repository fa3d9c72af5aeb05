"""Pages in every shape that the API gives them, and what is refused as none."""

import pytest

from yotta_async.errors import InvalidResponseError
from yotta_async.models import Credential, Page, Volume, read_page


VOLUME = {"id": 1, "status": "active"}
COUNTS = {"page": 1, "size": 10, "total": 42, "pages": 5}
NESTED = {"page": 1, "pageSize": 10, "totalCount": 42, "totalPages": 5}


@pytest.mark.parametrize(
    "data",
    [
        {"items": [{"id": 7}], "page": 2, "size": 10, "total": 11, "pages": 2},
        {
            "items": [{"id": 7}],
            "pagination": {"page": 2, "pageSize": 10, "totalCount": 11, "totalPages": 2},
        },
        {"records": [{"id": 7}], "pageNumber": 2, "pageSize": 10, "totalRow": 11, "totalPage": 2},
    ],
    ids=["v2", "v1 and early v2", "records"],
)
def test_14_22_pages_come_in_three_shapes(data: dict[str, object]) -> None:
    page = read_page(data, Credential)
    assert [item.id for item in page.items] == ["7"]
    assert (page.number, page.size, page.total, page.pages) == (2, 10, 11, 2)


def test_14_22_a_bare_list_is_the_only_page() -> None:
    page = read_page([{"id": 7}, {"id": 8}], Credential)
    assert [item.id for item in page.items] == ["7", "8"]
    assert (page.number, page.size, page.total, page.pages) == (1, 2, 2, 1)


@pytest.mark.parametrize(
    ("data", "path"),
    [
        (None, ""),
        (True, ""),
        ("items", ""),
        (17, ""),
        ({}, "page"),
        (COUNTS, "items"),
        (COUNTS | {"items": None}, "items"),
        (COUNTS | {"items": {}}, "items"),
        (COUNTS | {"items": [VOLUME, None]}, "items[1]"),
        (COUNTS | {"items": [VOLUME, {"id": 1, "status": []}]}, "items[1].status"),
        (COUNTS | {"records": [{"id": 1.5, "status": ""}]}, "records[0].id"),
        (COUNTS | {"items": [], "total": None}, "total"),
        (COUNTS | {"items": [], "pages": -1}, "pages"),
        (COUNTS | {"items": [], "size": 1.5}, "size"),
        ({"items": [], "pagination": []}, "pagination"),
        ({"items": [], "pagination": NESTED | {"totalCount": "x"}}, "pagination.totalCount"),
        ([VOLUME, VOLUME | {"sizeInGb": "x"}], "[1].sizeInGb"),
    ],
    ids=ascii,
)
def test_what_is_no_page_is_refused_with_its_place(data: object, path: str) -> None:
    with pytest.raises(InvalidResponseError) as caught:
        read_page(data, Volume, "listVolumes")
    assert caught.value.path == path
    assert str(caught.value).startswith(f"listVolumes: {path or 'data'}: expected ")
    assert caught.value.__context__ is None


def test_counts_may_be_text() -> None:
    page = read_page({"items": [], "page": "1", "size": "10", "total": "0", "pages": "0"}, Volume)
    assert page == Page(items=(), number=1, size=10, total=0, pages=0)


def test_records_that_are_null_do_not_hide_items() -> None:
    assert read_page(COUNTS | {"items": [VOLUME], "records": None}, Volume).items[0].id == "1"
    assert read_page(COUNTS | {"items": None, "records": [VOLUME]}, Volume).items[0].id == "1"
