"""What can be rented, and whether a key is good."""

from decimal import Decimal
from typing import Any

import pytest

from tests.simulator.bench import L4, Bench


LIST = "/openapi/v1/gpus/list"
H100 = "NVIDIA_H100_80G"
ALL = {"minSingleCardVramInGb": 0, "maxSingleCardVramInGb": 1536}
STOCK = {"eu-1": {L4: 8, H100: 4}, "sg": {L4: 0}}


def bench() -> Bench:
    return Bench({"stock": STOCK, "prices": {L4: Decimal("0.38")}})


def found(**fields: Any) -> set[tuple[str, str]]:
    offers = bench().get("POST", LIST, ALL | fields)
    return {(offer["region"], offer["gpuType"]) for offer in offers}


def test_each_region_and_type_is_an_offer_with_what_is_free() -> None:
    home = bench()
    home.create(gpuCount=2, region="eu-1")
    offers = home.get("POST", LIST, ALL)
    assert [(offer["region"], offer["gpuType"], offer["gpuCount"]) for offer in offers] == [
        ("eu-1", L4, 6),
        ("eu-1", H100, 4),
        ("sg", L4, 0),
    ]
    assert offers[0] == {
        "gpuType": L4,
        "gpuDisplayName": "L4",
        "gpuCount": 6,
        "region": "eu-1",
        "singleCardVramInGb": 24,
        "singleCardRamInGb": 119,
        "singleCardVcpu": 14,
        "singleCardPrice": "0.38",
    }


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, {("eu-1", L4), ("eu-1", H100), ("sg", L4)}),
        ({"regions": []}, {("eu-1", L4), ("eu-1", H100), ("sg", L4)}),
        ({"regions": ["sg"]}, {("sg", L4)}),
        ({"regionList": ["sg"]}, {("sg", L4)}),
        ({"regions": ["moon"]}, set()),
        ({"minSingleCardVramInGb": 25}, {("eu-1", H100)}),
        ({"minSingleCardVramInGb": 24, "maxSingleCardVramInGb": 24}, {("eu-1", L4), ("sg", L4)}),
        ({"minSingleCardVramInGb": 81}, set()),
        ({"minSingleCardRamInGb": 120}, set()),
        ({"maxSingleCardRamInGb": 118}, set()),
        (
            {"minSingleCardRamInGb": 119, "maxSingleCardRamInGb": 119, "regions": ["sg"]},
            {("sg", L4)},
        ),
    ],
)
def test_offers_are_filtered_by_region_and_memory(
    fields: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    assert found(**fields) == expected


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"minSingleCardVramInGb": None}, "minSingleCardVramInGb is required"),
        ({"maxSingleCardVramInGb": None}, "maxSingleCardVramInGb is required"),
        ({"minSingleCardVramInGb": -1}, "minSingleCardVramInGb"),
        ({"maxSingleCardVramInGb": 1537}, "maxSingleCardVramInGb"),
        ({"minSingleCardRamInGb": "1"}, "minSingleCardRamInGb"),
        ({"regions": "sg"}, "regions"),
    ],
)
def test_a_query_that_does_not_fit_is_refused_by_its_field(
    fields: dict[str, Any], word: str
) -> None:
    status, code, message = bench().ask("POST", LIST, ALL | fields)
    assert (status, code) == (200, 10001)
    assert word in message


@pytest.mark.parametrize(("body", "offers"), [(None, 3), ({}, 3), ({"regions": ["sg"]}, 1)])
def test_v2s_query_needs_no_body(body: object, offers: int) -> None:
    assert len(bench().get("POST", "/api/v2/resource/gpu/list", body)) == offers


def test_nothing_is_reserved() -> None:
    assert bench().get("GET", "/v2/reserves") == []


def test_a_key_that_is_let_in_is_good() -> None:
    home = Bench({"api_key": "right"})
    assert home.ask("GET", "/openapi/key/check?orgId=7", key="right") == (200, 10000, True)
    assert home.ask("GET", "/openapi/key/check?orgId=7", key="wrong")[0] == 401
    assert home.ask("GET", "/openapi/key/check", key="right")[1] == 10001
