"""What can be rented when nothing else is asked for: every GPU and region that is documented."""

from decimal import Decimal
from typing import Any

import pytest

from tests.simulator.bench import L4, V1_PODS, Bench


V2_CODES = (
    "NVIDIA_RTX_4090_24G",
    "NVIDIA_RTX_5090_32G",
    "NVIDIA_RTX_A6000_48G",
    "NVIDIA_RTX_6000_Ada_48G",
    "NVIDIA_A100_PCIe_40G",
    "NVIDIA_A100_40G",
    "NVIDIA_A100_PCIe_80G",
    "NVIDIA_A100_80G",
    "NVIDIA_H100_PCIe_80G",
    "NVIDIA_H100_80G",
    "NVIDIA_RTX_PRO_6000_96G",
    "NVIDIA_H200_141G",
    "NVIDIA_B200_180G",
    "NVIDIA_B300_262G",
    "AWS_Trainium_32G",
    "AMD_MI300X_192G",
)
V1_CODES = (
    "NVIDIA_GeForce_RTX_4090_24G",
    "NVIDIA_GeForce_RTX_5090_32G",
    "NVIDIA_H100_80GB_HBM3_80G",
    "NVIDIA_L4_24G",
)
REGIONS = (
    "us-east-1",
    "us-east-2",
    "us-east-3",
    "us-east-4",
    "us-west-1",
    "us-west-2",
    "us-west-4",
    "us-central-2",
    "us-central-3",
    "us-central-5",
    "eu-1",
    "eu-2",
    "eu-3",
    "sg",
    "ap-southeast-1",
    "mc-us-central-3",
)
RTX_5090 = "NVIDIA_RTX_5090_32G"


def pod(**fields: Any) -> dict[str, Any]:
    return {"name": "pod", "image": "image", "gpuType": RTX_5090, "gpuCount": 1} | fields


@pytest.mark.parametrize("region", REGIONS)
def test_v1_every_documented_gpu_is_to_be_had_in_every_documented_region(region: str) -> None:
    """V1: two nodes of eight, of each code of both generations."""
    bench = Bench()
    for code in V1_CODES + V2_CODES:
        for _ in range(2):
            made = bench.get("POST", "/v2/pods", pod(gpuType=code, gpuCount=8, regions=[region]))
            assert (made["gpuType"], made["region"]) == (code, region)


def test_v1_a_stock_of_ones_own_is_all_there_is() -> None:
    """V1: what is given replaces the usual stock."""
    bench = Bench({"stock": {"eu-1": {L4: 1}}})
    assert bench.create(gpuType=L4)
    refused = {"image": "image", "gpuType": "NVIDIA_H200_141G", "gpuCount": 1}
    assert bench.code("POST", f"{V1_PODS}/create", refused) == 12002


def test_v1_an_endpoint_finds_workers_by_a_coarse_region() -> None:
    """V1: us-east and us-central, as the tutorials write them."""
    bench = Bench()
    for coarse in ("us-east", "us-central", "us-west", "eu"):
        place = {"region": coarse, "gpuType": "NVIDIA_B200_180G", "gpuCount": 8}
        body = {
            "name": f"in-{coarse}",
            "image": "image",
            "resources": [place],
            "workers": 2,
            "containerVolumeInGb": 20,
            "serviceMode": "CUSTOM",
        }
        made = bench.get("POST", "/v2/serverless", body)
        workers = bench.get("GET", f"/v2/serverless/{made['id']}/workers")
        assert [worker["region"].startswith(f"{coarse}-") for worker in workers] == [True, True]


@pytest.mark.parametrize(
    ("code", "region", "shape"),
    [
        (RTX_5090, "us-east-2", (14, 119)),
        (RTX_5090, "us-central-2", (30, 115)),
        ("NVIDIA_GeForce_RTX_5090_32G", "us-central-2", (30, 115)),
        ("AWS_Trainium_32G", "us-central-2", (8, 32)),
        ("AWS_Trainium_32G", "sg", (8, 32)),
    ],
)
def test_v7_a_gpu_comes_with_its_share_of_the_regions_nodes(
    code: str, region: str, shape: tuple[int, int]
) -> None:
    """V7: in a pod, in an offer and in a worker alike."""
    bench = Bench()
    made = bench.get("POST", "/v2/pods", pod(gpuType=code, regions=[region]))
    bounds = {"minSingleCardVramInGb": 0, "maxSingleCardVramInGb": 1536, "regions": [region]}
    offers = bench.get("POST", "/openapi/v1/gpus/list", bounds)
    (offer,) = [each for each in offers if each["gpuType"] == code]
    endpoint = {
        "name": "e",
        "image": "image",
        "resources": [{"region": region, "gpuType": code, "gpuCount": 1}],
        "workers": 1,
        "containerVolumeInGb": 20,
        "serviceMode": "CUSTOM",
    }
    number = bench.get("POST", "/v2/serverless", endpoint)["id"]
    (worker,) = bench.get("GET", f"/v2/serverless/{number}/workers")
    for shown in (made, offer, worker):
        assert (shown["singleCardVcpu"], shown["singleCardRamInGb"]) == shape


def test_v7_an_offer_is_bounded_by_the_memory_of_its_own_node() -> None:
    """V7: at most 32 GB of RAM leaves Trainium, and 115 the nodes of us-central-2, too."""
    bench = Bench()
    bounds = {"minSingleCardVramInGb": 0, "maxSingleCardVramInGb": 1536}
    least = bench.get("POST", "/openapi/v1/gpus/list", bounds | {"maxSingleCardRamInGb": 32})
    assert {offer["gpuType"] for offer in least} == {"AWS_Trainium_32G"}
    more = bench.get("POST", "/openapi/v1/gpus/list", bounds | {"maxSingleCardRamInGb": 115})
    assert {offer["region"] for offer in more if "5090" in offer["gpuType"]} == {"us-central-2"}


def test_v7_trainium_has_the_price_of_the_guide() -> None:
    """V7: 1.40 USD an hour."""
    bench = Bench()
    made = bench.get("POST", "/v2/pods", pod(gpuType="AWS_Trainium_32G"))
    assert Decimal(made["singleCardPrice"]) == Decimal("1.40")
    assert bench.get("POST", "/v2/pods", pod())["singleCardPrice"] == "0.65"
