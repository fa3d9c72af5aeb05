"""Network volumes."""

from decimal import Decimal
from typing import Any

import pytest

from tests.simulator.bench import L4, Bench
from yotta_async.simulator import VMLife, VolumeLife, VolumeStatus, WireStyle
from yotta_async.simulator.cloud.volume import Storage, VolumeRequest


V2 = "/v2/volumes"
LIFE = VolumeLife(create=(10.0, 10.0), resize=(20.0, 20.0), delete=(30.0, 30.0))
CEPH: dict[str, Any] = {"name": "v", "storageType": "CEPH", "region": "eu-1", "sizeInGb": 100}
VENDOR = CEPH | {"storageType": "VENDOR", "vendorVolumeType": "NVMe"}
S3: dict[str, Any] = {"name": "bucket", "storageType": "S3"}
POD: dict[str, Any] = {"name": "p", "image": "i", "gpuType": L4, "gpuCount": 1}
VM: dict[str, Any] = {"vmTypeId": 1, "region": "us-east-1", "name": "vm"}


def stored(**options: Any) -> Bench:
    return Bench({"volume_life": LIFE, "vm_life": VMLife.instant(), **options})


def active(bench: Bench, body: dict[str, Any] = CEPH) -> str:
    made: str = bench.get("POST", V2, body)["id"]
    bench.now += 10.0
    return made


def test_create_answers_the_volume() -> None:
    bench = stored()
    made = bench.get("POST", V2, VENDOR)
    assert made == {
        "id": bench.simulated.volumes[0].id,
        "name": "v",
        "sizeInGb": 100,
        "region": "eu-1",
        "storageType": "VENDOR",
        "status": "creating",
        "vendorVolumeType": "NVMe",
        "mountCount": 0,
        "cost": 0.0,
        "createdAt": 1767225600000,
    }


def test_the_newer_reference_shows_what_is_used() -> None:
    bench = stored(wire=WireStyle(volumes="reference", v2_ids="number"))
    made = bench.get("POST", V2, CEPH)
    bench.now += 10.0 + 730 * 3600
    volume = bench.get("GET", f"{V2}/{made['id']}")
    assert volume == {
        "id": bench.simulated.volumes[0].id,
        "name": "v",
        "sizeInGb": 0,
        "sizeBytes": "0",
        "region": "eu-1",
        "type": "CEPH",
        "status": "active",
        "vendorVolumeType": None,
        "mountCount": 0,
        "cost": "6.980000",
        "createdAt": 1767225600000,
    }


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (CEPH | {"name": None}, "name"),
        (CEPH | {"name": "n" * 256}, "name"),
        (CEPH | {"storageType": None}, "storageType"),
        (CEPH | {"storageType": "ceph"}, "storageType must be one of CEPH, R2, S3, VENDOR"),
        (CEPH | {"region": None}, "region is required for CEPH"),
        (CEPH | {"region": ""}, "region is required for CEPH"),
        (CEPH | {"sizeInGb": None}, "sizeInGb is required for CEPH"),
        (CEPH | {"sizeInGb": 0}, "sizeInGb"),
        (CEPH | {"sizeInGb": 10241}, "sizeInGb"),
        (CEPH | {"sizeInGb": 1.5}, "sizeInGb"),
        (S3 | {"sizeInGb": 0}, "sizeInGb"),
        (VENDOR | {"vendorVolumeType": None}, "vendorVolumeType"),
        (VENDOR | {"vendorVolumeType": "SSD"}, "vendorVolumeType"),
        (VENDOR | {"region": None}, "region"),
    ],
)
def test_a_body_that_does_not_fit_is_refused_by_its_field(body: dict[str, Any], word: str) -> None:
    bench = stored()
    status, code, message = bench.ask("POST", V2, body)
    assert (status, code) == (200, 10001)
    assert word in message
    assert not bench.simulated.volumes


@pytest.mark.parametrize("kind", ["HDD", "NVMe"])
def test_a_vendors_volume_is_of_either_type(kind: str) -> None:
    assert stored().get("POST", V2, VENDOR | {"vendorVolumeType": kind})["vendorVolumeType"] == kind


@pytest.mark.parametrize("size", [1, 10240])
def test_a_size_may_be_from_1_to_10240(size: int) -> None:
    assert stored().get("POST", V2, CEPH | {"sizeInGb": size})["sizeInGb"] == size


def test_cloud_storage_needs_no_region_and_has_no_size() -> None:
    made = stored().get("POST", V2, S3 | {"sizeInGb": 5, "vendorVolumeType": "HDD"})
    assert (made["region"], made["sizeInGb"], made["vendorVolumeType"]) == (None, None, None)


@pytest.mark.parametrize(("required", "code"), [(False, 10000), (True, 10001)])
def test_r2_may_need_a_region(*, required: bool, code: int) -> None:
    bench = stored(wire=WireStyle(r2_region_required=required))
    assert bench.code("POST", V2, S3 | {"storageType": "R2"}) == code
    assert bench.code("POST", V2, S3 | {"storageType": "R2", "region": "eu-1"}) == 10000


def test_a_volume_goes_through_its_life() -> None:
    bench, seen = stored(), []
    volume = f"{V2}/{bench.get('POST', V2, CEPH)['id']}"
    for instant in (9.9, 10.0, 20.0, 39.9, 40.0, 50.0, 79.9):
        bench.now = instant
        if instant == 20.0:
            assert bench.get("POST", f"{volume}/resize", {"sizeInGb": 200}) is None
        if instant == 50.0:
            assert bench.get("DELETE", volume) is True
        seen.append(bench.get("GET", volume)["status"])
    assert seen == ["creating", "active", "resizing", "resizing", "active", "deleting", "deleting"]
    assert bench.get("GET", volume)["sizeInGb"] == 200
    bench.now = 80.0
    assert bench.code("GET", volume) == 10007
    assert bench.get("GET", f"{V2}?storageType=CEPH")["total"] == 0
    assert not bench.simulated.volumes


def test_a_delete_overtakes_the_change_under_way() -> None:
    bench = stored()
    volume = f"{V2}/{bench.get('POST', V2, CEPH)['id']}"
    bench.now = 5.0
    bench.get("DELETE", volume)
    bench.now = 15.0
    assert bench.get("GET", volume)["status"] == "deleting"


def test_the_failing_share_of_creates_ends_in_error_and_can_be_deleted() -> None:
    bench = stored(volume_life=VolumeLife(create=(10.0, 10.0), failing=1.0))
    made = active(bench)
    assert bench.get("GET", f"{V2}/{made}")["status"] == "error"
    assert bench.code("POST", f"{V2}/{made}/resize", {"sizeInGb": 2}) == 12001
    assert bench.code("DELETE", f"{V2}/{made}") == 10000


def test_only_an_active_volume_is_resized() -> None:
    bench = stored()
    volume = f"{V2}/{bench.get('POST', V2, CEPH)['id']}"
    assert bench.code("POST", f"{volume}/resize", {"sizeInGb": 200}) == 12001
    bench.now = 10.0
    bench.get("POST", f"{volume}/resize", {"sizeInGb": 200})
    assert bench.code("POST", f"{volume}/resize", {"sizeInGb": 300}) == 12001


def test_a_volume_is_deleted_once() -> None:
    bench = stored()
    made = active(bench)
    bench.get("DELETE", f"{V2}/{made}")
    assert bench.code("DELETE", f"{V2}/{made}") == 12001


@pytest.mark.parametrize("size", [None, 0, 10241, "5"])
def test_a_size_that_cannot_be_changes_nothing(size: object) -> None:
    bench = stored()
    made = active(bench)
    assert bench.code("POST", f"{V2}/{made}/resize", {"sizeInGb": size}) == 10001
    assert bench.simulated.volumes[0].size == 100


def test_cloud_storage_is_not_resized() -> None:
    bench = stored()
    made = active(bench, S3)
    assert bench.code("POST", f"{V2}/{made}/resize", {"sizeInGb": 5}) == 10001


def test_a_volume_is_renamed() -> None:
    bench = stored()
    made = active(bench)
    assert bench.get("POST", f"{V2}/{made}/name", {"name": "other"})["name"] == "other"
    assert bench.code("POST", f"{V2}/{made}/name", {"name": " "}) == 10001
    assert bench.simulated.volumes[0].name == "other"


@pytest.mark.parametrize("verb", ["GET", "DELETE", "POST /name", "POST /resize"])
def test_no_such_volume_is_10007(verb: str) -> None:
    method, _, path = verb.partition(" ")
    body = {"name": "n", "sizeInGb": 1} if path else None
    assert stored().code(method, f"{V2}/7{path}", body) == 10007


@pytest.mark.parametrize("owner", ["/v2/pods", "/v2/vms"])
def test_a_mounted_volume_is_neither_resized_nor_deleted(owner: str) -> None:
    bench = stored()
    made = active(bench)
    mount: dict[str, Any] = {"persistentVolumes": [{"volumeId": made, "mountPath": "/m"}]}
    body = POD | mount if owner == "/v2/pods" else VM | {"volumeMountPaths": {made: "/m"}}
    holder = bench.get("POST", owner, body)["id"]
    assert bench.get("GET", f"{V2}/{made}")["mountCount"] == 1
    assert bench.code("POST", f"{V2}/{made}/resize", {"sizeInGb": 200}) == 12001
    assert bench.code("DELETE", f"{V2}/{made}") == 12001
    assert bench.get("POST", f"{V2}/{made}/name", {"name": "n"})["name"] == "n"
    bench.get("DELETE", f"{owner}/{holder}")
    bench.now += 30.0
    assert bench.get("GET", f"{V2}/{made}")["mountCount"] == 0
    assert bench.code("DELETE", f"{V2}/{made}") == 10000


def test_a_pods_volume_must_be_there_and_active() -> None:
    bench = stored()
    made = bench.get("POST", V2, CEPH)["id"]
    pods = [
        POD | {"persistentVolumes": [{"volumeId": number, "mountPath": "/m"}]}
        for number in (7, made)
    ]
    assert [bench.code("POST", "/v2/pods", pod) for pod in pods] == [10007, 12001]
    bench.now = 10.0
    assert bench.code("POST", "/v2/pods", pods[1]) == 10000


@pytest.mark.parametrize("word", ["", "ceph", "0"])
def test_a_list_needs_a_storage_type(word: str) -> None:
    bench = stored()
    assert bench.code("GET", f"{V2}?storageType={word}") == 10001
    assert bench.code("GET", V2) == 10001


def test_lists_are_filtered_by_region_and_come_in_pages() -> None:
    bench = stored()
    for name, region in [("a", "eu-1"), ("b", "sg"), ("c", "eu-1")]:
        bench.get("POST", V2, CEPH | {"name": name, "region": region})
    bench.get("POST", V2, S3)
    page = bench.get("GET", f"{V2}?storageType=CEPH&region=eu-1&page=1&size=1")
    assert [volume["name"] for volume in page.pop("items")] == ["c"]
    assert page == {"page": 1, "size": 1, "total": 2, "pages": 2}
    names = [volume["name"] for volume in bench.get("GET", f"{V2}?storageType=CEPH")["items"]]
    assert names == ["c", "b", "a"]


def test_what_is_not_there_may_be_left_out() -> None:
    made = stored(wire=WireStyle(missing="absent")).get("POST", V2, S3)
    assert not {"region", "sizeInGb", "vendorVolumeType"} & set(made)


def test_a_sized_volume_costs_from_active_until_it_is_gone() -> None:
    bench = stored()
    made = active(bench)
    month = 730 * 3600.0
    bench.now += month
    assert bench.simulated.billing() == pytest.approx(Decimal("6.98"))
    bench.get("POST", f"{V2}/{made}/resize", {"sizeInGb": 200})
    bench.now += 20.0
    before = bench.simulated.billing()
    bench.now += month
    assert bench.simulated.billing() - before == pytest.approx(Decimal("13.96"))
    bench.get("DELETE", f"{V2}/{made}")
    bench.now += 30.0
    end = bench.simulated.billing()
    bench.now += month
    assert bench.simulated.billing() == end


def test_empty_cloud_storage_costs_nothing() -> None:
    bench = stored()
    active(bench, S3)
    bench.now += 1e9
    assert bench.simulated.billing() == 0


def test_lists_lag_behind_creates_but_reads_do_not() -> None:
    volumes = stored().simulated._cloud.volumes
    volume = volumes.create(VolumeRequest(name="v", storage=Storage.S3), 10.0)
    assert volumes.list(12.9, storage=Storage.S3, lag=3.0) == ()
    assert volumes.get(volume.id, 12.9) is volume
    assert volumes.list(13.0, storage=Storage.S3, lag=3.0) == (volume,)
    volumes.delete(volume.id, 14.0)
    assert volumes.list(44.0, storage=Storage.S3) == ()


def test_a_life_of_no_duration_is_over_at_once() -> None:
    bench = stored(volume_life=VolumeLife.instant())
    volume = f"{V2}/{bench.get('POST', V2, CEPH)['id']}"
    assert bench.simulated.volumes[0].status is VolumeStatus.ACTIVE
    bench.get("POST", f"{volume}/resize", {"sizeInGb": 2})
    assert bench.get("GET", volume)["status"] == "active"
    bench.get("DELETE", volume)
    assert bench.code("GET", volume) == 10007
