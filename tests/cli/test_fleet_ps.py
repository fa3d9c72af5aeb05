"""`fleet ps` and `watch`, `pods` and `gpus`: what there is, as a table, JSON or lines."""

import io
import json
import socket
from typing import Any

import pytest

from yotta_async import AsyncYotta


GPU = "NVIDIA_RTX_5090_32G"


def test_ps_reads_a_fleet_off_its_names(bench: Any) -> None:
    bench.up("sweep", 11)
    bench.make("other-1", "sweep-x-1-abcdef-000000000001")
    code, out, err = bench("fleet", "ps", "sweep")
    head, *rows = [line.split() for line in out.splitlines()]
    assert code == 0
    assert head == ["KEY", "STATUS", "REGION", "GPU", "AGE", "$/HOUR", "POD"]
    assert [row[0] for row in rows] == ["x", *map(str, range(11))]
    assert (rows[0][1], rows[5][1], rows[5][7]) == ("initializing", "ready", "$0.65")
    assert "12 pods, 11 ready; $7.15 an hour" in err
    assert "\x1b" not in out


def test_ps_for_programs_holds_no_secret(bench: Any) -> None:
    bench.make("sweep-x-2-abcdef-000000000001")
    code, out, _err = bench("fleet", "ps", "sweep", "--json")
    [told] = json.loads(out)
    assert code == 0
    assert (told["fleet"], told["key"], told["generation"]) == ("sweep", "x", 2)
    assert told["run"] == "000000000001"
    assert "hush" not in out


def test_ps_without_a_name_lists_all_fleets(bench: Any) -> None:
    bench.up("a", 2)
    bench.make("b-c-0-1-abcdef-000000000001", "b-c-1-1-abcdef-000000000002", "no-fleet")
    code, out, _err = bench("fleet", "ps")
    assert code == 0
    assert [line.split()[:5] for line in out.splitlines()[1:]] == [
        ["a", "2", "2", "-", "$1.30"],
        ["b-c", "2", "0", "2", "initializing"],
    ]
    told = json.loads(bench("fleet", "ps", "--json")[1])
    assert [(each["name"], each["pods"], each["runs"]) for each in told] == [
        ("a", 2, 1),
        ("b-c", 2, 2),
    ]


def test_ps_of_nothing_says_so(bench: Any) -> None:
    assert bench("fleet", "ps") == (0, "", "There is no fleet.\n")
    code, out, err = bench("fleet", "ps", "sweep")
    assert (code, out) == (0, "")
    assert "no pods of fleet sweep are listed" in err
    assert bench("fleet", "ps", "sweep", "--json")[1] == "[]\n"
    bench.up("sweep", 1)
    assert "Did you mean sweep?" in bench("fleet", "ps", "swep")[2]
    assert bench("fleet", "ps", "a b")[0] == 4


@pytest.mark.parametrize("as_json", [False, True])
def test_watch_tells_each_change_until_ctrl_c(bench: Any, as_json: bool) -> None:
    bench.make("sweep-0-1-abcdef-000000000001", "other-0-1-abcdef-000000000001")
    bench.signals = (300.0,)
    code, out, err = bench("fleet", "watch", "sweep", *(["--json"] if as_json else []))
    assert code == 130
    assert "SIGINT: no longer watching" in err
    first, *others = out.splitlines()
    if as_json:
        assert [json.loads(line)["change"] for line in (first, others[-1])] == [
            "appeared",
            "changed",
        ]
    else:
        assert first.split()[1:3] == ["0", "initializing"]
        assert others[-1].split()[1:5] == ["0", "initializing", "->", "ready"]
    assert "other" not in out


def test_pods_are_listed_and_deleted_by_id(bench: Any) -> None:
    bench.make("one", "other")
    code, out, err = bench("pods", "--region", "us-east-1", "--status", "initializing")
    rows = [line.split() for line in out.splitlines()]
    assert (code, len(rows), rows[1][1]) == (0, 3, "one")
    assert "2 pods; $0.00 an hour" in err
    ids = [each["id"] for each in json.loads(bench("pods", "--json")[1])]
    assert bench("pods", "delete", ids[0], ids[0], "--yes")[0] == 0
    assert bench.names == ["other"]
    assert bench("pods", "delete", ids[1], "123", "--yes")[0] == 3
    assert bench("pods", "delete", "123", "--yes")[0] == 1
    assert bench("pods", "--region", "nowhere")[:2] == (2, "")


def test_pods_deletes_nothing_unasked(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.make("one")
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    code, _out, err = bench("pods", "delete", bench.cloud.pods[0].id)
    assert (code, bench.names) == (1, ["one"])
    assert "nothing was deleted" in err


def test_gpus_are_listed_with_their_prices(bench: Any) -> None:
    code, out, _err = bench("gpus", "--region", "eu-1")
    assert code == 0
    head, *rows = out.splitlines()
    assert head.split()[0] == "GPU"
    [row] = [line.split() for line in rows if line.startswith(f"{GPU} ")]
    assert (row[1], row[-1]) == ("eu-1", "$0.65")
    told = json.loads(bench("gpus", "--json")[1])
    assert {"gpu_type", "region", "price_per_hour"} <= told[0].keys()
    code, _out, err = bench("gpus", "--api-version", "v2")
    assert code == 1
    assert "lacks it" in err


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_a_table(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setattr("sys.stdout", terminal)
    code, _out, err = bench("gpus")
    assert (code, err) == (0, "")
    assert "\x1b[1m" in terminal.getvalue()  # its head is bold
    assert GPU in terminal.getvalue()


def test_without_a_service_the_address_is_named(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unheard:
        url = f"http://127.0.0.1:{unheard.getsockname()[1]}"
    monkeypatch.setenv("YOTTA_API_KEY", "k")
    monkeypatch.setenv("YOTTA_BASE_URL", url)
    code, out, err = bench("gpus", client=AsyncYotta)
    assert (code, out) == (1, "")
    assert f"no connection (ConnectError) ({url})." in err
    assert "Traceback" not in err


def test_l1_what_cannot_be_read_is_in_the_table_the_json_and_one_line(bench: Any) -> None:
    """[L1] With why; a terminal's escapes do not get through."""
    bench.make("mine")
    odd = {"id": "77", "podName": "th\x1b[31meirs", "name": "th\x1b[31meirs", "status": []}
    bench.cloud.plant(odd, {"id": None})
    code, out, err = bench("pods")
    assert code == 0
    assert [line.split()[2] for line in out.splitlines()[1:]] == ["initializing", "unreadable"]
    assert "listPods: [1].status of '77' cannot be read; all others are" in err
    assert "\x1b" not in out + err
    readable, *unreadable = json.loads(bench("pods", "--json")[1])
    assert readable["name"] == "mine"
    assert [each["id"] for each in unreadable] == ["77", None]
    assert "expected a status" in unreadable[0]["problem"]


def test_l1_an_offer_that_cannot_be_read_is_in_the_json(bench: Any) -> None:
    """[L1] Beside all others."""
    bench.cloud.plant({"gpuType": 5}, operation="listGpus")
    *offers, odd = json.loads(bench("gpus", "--json")[1])
    assert offers
    assert odd["problem"].endswith("gpuType: expected a string, got a whole number")


def test_l1_a_fleet_is_brought_down_with_a_pod_that_cannot_be_read(bench: Any) -> None:
    """[L1] Its name says whose it is."""
    bench.up("sweep", 3)
    (spoilt, *_) = bench.cloud.pods
    odd = {"id": spoilt.id, "podName": spoilt.name, "name": spoilt.name, "status": []}
    bench.cloud.plant(odd, instead=True)
    _code, out, _err = bench("fleet", "ps", "sweep")
    assert sorted(line.split()[1] for line in out.splitlines()[1:]) == [
        "ready",
        "ready",
        "unreadable",
    ]
    code, _out, err = bench("fleet", "down", "sweep", "--yes")
    assert (code, bench.names) == (0, []), err
