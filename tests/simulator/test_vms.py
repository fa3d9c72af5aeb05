"""Virtual machines in both generations."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.simulator.bench import Bench
from yotta_async.errors import ConfigurationError
from yotta_async.simulator import VMLife, VMStatus, VMType, VolumeLife, WireStyle
from yotta_async.simulator.cloud.problems import CloudError
from yotta_async.simulator.cloud.vm import VMRequest


V1 = "/openapi/v1/vms"
V2 = "/v2/vms"
LIFE = VMLife(start=(60.0, 60.0), terminate=(20.0, 20.0))
A6000 = VMType(
    id=10086,
    gpu_type="NVIDIA_RTX_A6000_48G",
    gpu_count=1,
    cpu_cores=6,
    memory=24,
    storage=256,
    price=Decimal("3.6"),
    regions={"sg": 2, "us-east-1": 1},
)
H100 = VMType(
    id=7,
    gpu_type="NVIDIA_H100_80G",
    gpu_count=8,
    cpu_cores=112,
    memory=952,
    storage=2048,
    price=Decimal(14),
    regions={"mc-us-central-3": 0},
)
BODY: dict[str, Any] = {"vmTypeId": 10086, "region": "sg", "name": "mine"}
V1_BODY: dict[str, Any] = {"vmTypeId": 10086, "region": "sg", "nickName": "mine", "isSpot": 0}


def rented(**options: Any) -> Bench:
    return Bench({"vm_life": LIFE, "vm_types": [A6000, H100], **options})


def test_v1_shows_a_vm_with_its_sizes_and_times_in_strings() -> None:
    bench = rented()
    made = bench.get("POST", f"{V1}/create", V1_BODY | {"isSpot": 1, "regionId": 3})
    assert made == {
        "id": bench.simulated.vms[0].id,
        "orgId": made["orgId"],
        "nickname": "mine",
        "domainName": f"instance-{made['id']}.yottadeos.com",
        "gpuType": "RTX A6000",
        "gpuDisplayName": "1x RTX A6000 (48GB)",
        "gpuCount": 1,
        "gpuMemoryInGb": "48",
        "cpuCores": 6,
        "memoryInGb": "24",
        "storageInGb": "256",
        "osInfo": "Ubuntu 22.04 LTS",
        "region": "sg",
        "isSpot": 1,
        "status": "Initializing",
        "createdAt": "1767225600000",
        "updatedAt": "1767225600000",
    }


def test_v1_shows_how_to_reach_a_running_vm() -> None:
    bench = rented()
    made = bench.get("POST", f"{V1}/create", V1_BODY)
    bench.now = 60.0
    vm = bench.get("GET", f"{V1}/{made['id']}")
    assert vm["ipAddress"].startswith("198.51.100.")
    assert vm["sshTemplate"] == f"ssh -i <your-private-key> user@{vm['ipAddress']}"
    assert vm["notebookUrl"].startswith(f"http://{made['domainName']}:8888/lab?token=")
    stored = bench.simulated._cloud.vms.all[int(made["id"])]
    assert stored.token not in repr(stored)


def test_a_vm_of_one_generation_is_one_of_the_other() -> None:
    bench = rented()
    second = bench.get("POST", V2, BODY | {"name": "second"})
    first = bench.get("POST", f"{V1}/create", V1_BODY)
    assert second["terminatedAt"] is None
    assert [vm["id"] for vm in bench.get("GET", V2)["items"]] == [first["id"], second["id"]]
    records = bench.get("POST", f"{V1}/list")["records"]
    assert [vm["nickname"] for vm in records] == ["mine", "second"]
    assert bench.get("GET", f"{V1}/{second['id']}")["nickname"] == "second"
    assert bench.get("GET", f"{V2}/{first['id']}")["name"] == "mine"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("vmTypeId", None, 10001),
        ("vmTypeId", "1", 10001),
        ("vmTypeId", -1, 10001),
        ("vmTypeId", 999, 10007),
        ("region", None, 10001),
        ("region", "moon", 10001),
        ("name", None, 10001),
        ("name", "n" * 256, 10001),
        ("isSpot", 2, 10001),
        ("isSpot", True, 10001),
        ("volumeMountPaths", [], 10001),
        ("volumeMountPaths", {"x": "/m"}, 10001),
        ("volumeMountPaths", {"-1": "/m"}, 10001),
        ("volumeMountPaths", {"7": 1}, 10001),
        ("volumeMountPaths", {"7": "/m"}, 10007),
    ],
)
def test_a_v2_body_that_does_not_fit_is_refused(field: str, value: object, code: int) -> None:
    bench = rented()
    assert bench.code("POST", V2, BODY | {field: value}) == code
    assert not bench.simulated.vms


@pytest.mark.parametrize("field", ["vmTypeId", "region", "nickName", "isSpot"])
def test_v1_needs_all_of_its_fields(field: str) -> None:
    status, code, message = rented().ask("POST", f"{V1}/create", V1_BODY | {field: None})
    assert (status, code) == (200, 10001)
    assert field in message


def test_a_machine_that_is_taken_is_not_to_be_had_until_it_is_terminated() -> None:
    bench = rented()
    body = BODY | {"region": "us-east-1"}
    made = bench.get("POST", V2, body)
    status, code, message = bench.ask("POST", V2, body)
    assert (status, code) == (200, 12002)
    assert "no capacity" in message
    bench.get("DELETE", f"{V2}/{made['id']}")
    assert bench.code("POST", V2, body) == 12002
    bench.now += 20.0
    assert bench.code("POST", V2, body) == 10000


@pytest.mark.parametrize("target", [V2 + "/types", V1 + "/type"])
def test_types_are_listed_by_gpu_with_their_regions(target: str) -> None:
    bench = rented()
    bench.get("POST", V2, BODY | {"region": "us-east-1"})
    assert bench.get("GET", target) == [
        {
            "gpuType": "NVIDIA_RTX_A6000_48G",
            "regions": [
                {"region": "sg", "regionName": "SG", "available": True, "vmTypeId": 10086},
                {
                    "region": "us-east-1",
                    "regionName": "US East",
                    "available": False,
                    "vmTypeId": 10086,
                },
            ],
        },
        {
            "gpuType": "NVIDIA_H100_80G",
            "regions": [
                {
                    "region": "mc-us-central-3",
                    "regionName": "MC US Central",
                    "available": False,
                    "vmTypeId": 7,
                }
            ],
        },
    ]


@pytest.mark.parametrize("target", [V2 + "/{}", V1 + "/{}/terminate"])
def test_a_vm_goes_through_its_life(target: str) -> None:
    bench = rented()
    made = bench.get("POST", V2, BODY)["id"]
    seen = []
    for instant in (59.9, 60.0, 100.0, 119.9, 120.0):
        bench.now = instant
        if instant == 100.0:
            assert bench.get("DELETE", target.format(made)) is True
        seen.append(bench.get("GET", f"{V2}/{made}")["status"])
    assert seen == ["initializing", "running", "stopped", "stopped", "terminated"]
    vm = bench.get("GET", f"{V2}/{made}")
    assert vm["terminatedAt"] == vm["updatedAt"] == "2026-01-01T00:02:00.000Z"
    assert bench.get("GET", f"{V1}/{made}")["terminatedAt"] == "1767225720000"


def test_a_vm_that_is_terminated_while_it_starts_never_runs() -> None:
    bench = rented()
    made = bench.get("POST", V2, BODY)["id"]
    bench.now = 50.0
    bench.get("DELETE", f"{V2}/{made}")
    bench.now = 65.0
    assert bench.get("GET", f"{V2}/{made}")["status"] == "stopped"
    assert bench.simulated.billing() == 0


@pytest.mark.parametrize("instant", [10.0, 100.0])
def test_a_vm_is_terminated_once(instant: float) -> None:
    bench = rented()
    made = bench.get("POST", V2, BODY)["id"]
    bench.get("DELETE", f"{V2}/{made}")
    bench.now = instant
    assert bench.code("DELETE", f"{V2}/{made}") == 11001


@pytest.mark.parametrize(
    "verb",
    [f"GET {V1}/7", f"DELETE {V1}/7/terminate", f"GET {V2}/7", f"PATCH {V2}/7", f"DELETE {V2}/7"],
)
def test_no_such_vm_is_11000(verb: str) -> None:
    method, target = verb.split()
    assert rented().code(method, target, {"name": "n"} if method == "PATCH" else None) == 11000


def test_a_vm_is_renamed() -> None:
    bench = rented()
    made = bench.get("POST", V2, BODY)["id"]
    bench.now = 5.0
    renamed = bench.get("PATCH", f"{V2}/{made}", {"name": "other"})
    assert (renamed["name"], renamed["updatedAt"]) == ("other", "2026-01-01T00:00:05.000Z")
    assert bench.simulated.vms[0].name == "other"


@pytest.mark.parametrize("name", [None, " ", "n" * 256, 1])
def test_a_name_that_does_not_fit_changes_nothing(name: object) -> None:
    bench = rented()
    made = bench.get("POST", V2, BODY)["id"]
    assert bench.code("PATCH", f"{V2}/{made}", {"name": name}) == 10001
    assert bench.simulated.vms[0].name == "mine"


@pytest.mark.parametrize(
    ("status", "number"),
    [("", 2), ("running", 1), ("Running", 1), ("initializing", 1), ("terminated", 0)],
)
def test_lists_are_filtered_by_status_in_either_generation(status: str, number: int) -> None:
    bench = rented()
    bench.get("POST", V2, BODY)
    bench.now = 60.0
    bench.get("POST", V2, BODY)
    assert bench.get("GET", f"{V2}?status={status}")["total"] == number
    assert bench.get("POST", f"{V1}/list", {"search": {"status": status}})["totalRow"] == number


@pytest.mark.parametrize("word", ["paused", "1", "RUNNING!"])
def test_an_unknown_status_is_an_invalid_request(word: str) -> None:
    bench = rented()
    assert bench.code("GET", f"{V2}?status={word}") == 10001
    assert bench.code("POST", f"{V1}/list", {"search": {"status": word}}) == 10001


def test_lists_come_in_pages() -> None:
    bench = rented()
    for name in ("a", "b"):
        bench.get("POST", V2, BODY | {"name": name})
    page = bench.get("GET", f"{V2}?page=2&size=1")
    assert [vm["name"] for vm in page.pop("items")] == ["a"]
    assert page == {"page": 2, "size": 1, "total": 2, "pages": 2}
    page = bench.get("POST", f"{V1}/list", {"pageNumber": 1, "pageSize": 1})
    assert [vm["nickname"] for vm in page.pop("records")] == ["b"]
    assert page == {"pageNumber": 1, "pageSize": 1, "totalPage": 2, "totalRow": 2}


def test_v2s_pages_may_have_a_pagination() -> None:
    page = rented(wire=WireStyle(pages="pagination")).get("GET", V2)
    assert page == {
        "items": [],
        "pagination": {"page": 1, "pageSize": 10, "totalCount": 0, "totalPages": 0},
    }


def test_statuses_and_times_have_another_style_each() -> None:
    style = WireStyle(vm_statuses="capitalized", v2_vm_times="ms", v2_ids="number")
    bench = rented(wire=style)
    vm = bench.get("POST", V2, BODY)
    assert (vm["status"], vm["createdAt"]) == ("Initializing", 1767225600000)
    assert vm["id"] == int(bench.simulated.vms[0].id)
    assert bench.get("GET", f"{V1}/{vm['id']}")["id"] == str(vm["id"])


def test_v4_v1s_vms_have_switches_of_their_own() -> None:
    """V4: a real answer has other words and times than the guide of v2."""
    style = WireStyle(v1_vm_statuses="lower", v1_vm_gpu_types="code", vm_times="iso")
    vm = rented(wire=style).get("POST", f"{V1}/create", V1_BODY)
    assert (vm["status"], vm["gpuType"]) == ("initializing", "NVIDIA_RTX_A6000_48G")
    assert vm["createdAt"] == "2026-01-01T00:00:00.000Z"


def test_a_terminated_vm_still_shows_where_it_was() -> None:
    bench = rented()
    made = bench.get("POST", f"{V1}/create", V1_BODY)["id"]
    bench.now = 60.0
    running = bench.get("GET", f"{V1}/{made}")
    bench.get("DELETE", f"{V1}/{made}/terminate")
    bench.now = 300.0
    ended = bench.get("GET", f"{V1}/{made}")
    assert ended["status"] == "Terminated"
    for name in ("ipAddress", "sshTemplate", "notebookUrl", "domainName"):
        assert ended[name] == running[name]


def test_what_is_not_there_may_be_left_out() -> None:
    made = rented(wire=WireStyle(missing="absent")).get("POST", V2, BODY)
    assert "terminatedAt" not in made


def test_a_vm_costs_while_it_runs() -> None:
    bench = rented()
    made = bench.get("POST", V2, BODY)["id"]
    bench.now = 60.0 + 1000.0
    assert bench.simulated.billing() == Decimal(1)
    bench.get("DELETE", f"{V2}/{made}")
    bench.now = 9999.0
    assert bench.simulated.billing() == bench.simulated.vms[0].cost == Decimal(1)


def test_the_view_shows_where_a_vm_stands() -> None:
    bench = rented()
    bench.get("POST", V2, BODY | {"isSpot": 1})
    bench.now = 60.0
    view = bench.simulated.vms[0]
    assert (view.status, view.spot, view.region) == (VMStatus.RUNNING, True, "sg")
    assert (view.created_at, view.updated_at, view.terminated_at) == (0.0, 60.0, None)


def test_a_vms_volume_must_be_active() -> None:
    slow = VolumeLife(create=(5.0, 5.0))
    bench = rented(volume_life=slow)
    volume = {"name": "v", "storageType": "CEPH", "region": "sg", "sizeInGb": 1}
    made = bench.get("POST", "/v2/volumes", volume)["id"]
    body = BODY | {"volumeMountPaths": {made: "/data"}}
    assert bench.code("POST", V2, body) == 12001
    bench.now = 5.0
    assert bench.code("POST", V2, body) == 10000


@pytest.mark.parametrize("verb", ["get", "list"])
def test_lists_lag_behind_creates_but_reads_do_not(verb: str) -> None:
    vms = rented().simulated._cloud.vms
    vm = vms.create(VMRequest(type_id=10086, region="sg", name="n"), 10.0)
    if verb == "get":
        assert vms.get(vm.id, 11.0) is vm
        assert vms.get(vm.id, 70.0).status is VMStatus.RUNNING
    else:
        assert vms.list(12.9, lag=3.0) == ()
        assert vms.list(13.0, lag=3.0) == (vm,)
        assert vms.list(70.0, statuses=[VMStatus.RUNNING]) == (vm,)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5), st.integers(0, 70)), max_size=30))
def test_no_machine_is_lost_or_made_whatever_is_done(actions: list[tuple[bool, int, int]]) -> None:
    vms, now = rented().simulated._cloud.vms, 0.0
    for creates, which, gap in actions:
        now += gap
        try:
            if creates:
                vms.create(VMRequest(type_id=10086, region="sg", name="n"), now)
            elif vms.all:
                vms.terminate(list(vms.all)[which % len(vms.all)], now)
        except CloudError:
            pass
        vms.agenda.advance(now)
        taken = [vm for vm in vms.all.values() if vm.status is not VMStatus.TERMINATED]
        assert vms.free(A6000, "sg") + len(taken) == 2
        assert vms.free(A6000, "sg") >= 0


def test_a_life_of_no_duration_is_over_at_once() -> None:
    bench = rented(vm_life=VMLife.instant())
    made = bench.get("POST", V2, BODY)["id"]
    assert bench.get("GET", f"{V2}/{made}")["status"] == "running"
    bench.get("DELETE", f"{V2}/{made}")
    assert bench.get("GET", f"{V2}/{made}")["status"] == "terminated"


def test_a_negative_number_of_machines_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="sg"):
        VMType(
            id=1,
            gpu_type="NVIDIA_L4_24G",
            gpu_count=1,
            cpu_cores=1,
            memory=1,
            storage=1,
            price=Decimal(1),
            regions={"sg": -1},
        )


def test_two_types_with_one_id_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="10086"):
        rented(vm_types=[A6000, H100, A6000])


def test_left_alone_a_cloud_has_machines() -> None:
    kinds = Bench().get("GET", f"{V2}/types")
    assert {kind["gpuType"] for kind in kinds} == {"NVIDIA_RTX_5090_32G", "NVIDIA_RTX_A6000_48G"}
    assert all(offer["available"] for kind in kinds for offer in kind["regions"])
