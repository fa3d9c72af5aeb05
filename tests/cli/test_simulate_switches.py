"""V2: every switch of the simulator can be set from a command line and from a file."""

import inspect
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin

import attrs
import pytest

from yotta_async.cli._commands import run
from yotta_async.cli.simulate.settings import NOT_DATA, cloud_options, read_file, refusals
from yotta_async.cli.simulate.switches import REFUSING, WHEN, Switch, sections
from yotta_async.errors import ConfigurationError
from yotta_async.simulator import Faults, Refusing, ServerLimits, SimulatedYotta, WireStyle


PLAIN = {"stock", "prices", "vm_types", "api_key", "epoch"}
SWITCHES = [each for section in sections().values() for each in section.switches.values()]
named = pytest.mark.parametrize("switch", SWITCHES, ids=lambda each: f"{each.section}.{each.name}")


def another(switch: Switch) -> tuple[str, object, object]:
    """Return a value that is not the default, as text, as TOML has it, and as it is kept."""
    kind = next(each for each in (*get_args(switch.kind), switch.kind) if each is not NoneType)
    if get_origin(switch.kind) is Literal or get_origin(kind) is Literal:
        literal = switch.kind if get_origin(switch.kind) is Literal else kind
        word = next(word for word in get_args(literal) if word != switch.default)
        return word, word, word
    if get_origin(switch.kind) is tuple:
        return "1,2.5", [1, 2.5], (1.0, 2.5)
    if get_origin(kind) is frozenset:
        return "createPod,listPods", ["createPod", "listPods"], frozenset({"createPod", "listPods"})
    if kind is bool:
        return str(not switch.default).lower(), not switch.default, not switch.default
    return ("7", 7, 7) if kind is int else ("0.25", 0.25, 0.25)


OF_REFUSALS = [*REFUSING.switches.values(), *WHEN.values()]
HEADERS = (("retry-after", "7"), ("x", "y"))
VALUES: dict[str, tuple[str, object, object]] = {
    "status": ("451", 451, 451),
    "message": ("Blocked", "Blocked", "Blocked"),
    "headers": (
        "retry-after: 7,x:y",
        {"retry-after": "7", "x": "y"},
        (("retry-after", "7"), ("x", "y")),
    ),
}


@pytest.mark.parametrize("switch", OF_REFUSALS, ids=lambda each: each.name)
def test_v2_every_switch_of_a_refusal_can_be_set(switch: Switch) -> None:
    """[V2] On the command line, in a table, and in one of several."""
    text, toml, kept = VALUES.get(switch.name) or another(switch)
    in_file: dict[str, Any] = {switch.name: toml}
    for document, pairs in (
        ({}, {"refusing": [f"{switch.name}={text}"]}),
        ({"refusing": in_file}, {}),
        ({"refusing": [in_file]}, {}),
    ):
        ((refusing, when),) = refusals(document, pairs)
        got = when.get(switch.name) if switch.name in WHEN else getattr(refusing, switch.name)
        assert got == kept
    assert switch.about


def test_v2_all_that_a_refusal_takes_is_a_switch() -> None:
    """[V2]."""
    taken = set(inspect.signature(SimulatedYotta.refuse).parameters) - {"self", "refusing"}
    assert taken == WHEN.keys()
    assert {each.name for each in attrs.fields(Refusing)} == REFUSING.switches.keys()


def test_v2_refusals_of_a_file_and_of_the_command_line_add_up() -> None:
    """[V2]."""
    document = {"refusing": [{"status": 401}, {"status": 402, "after": 5}]}
    found = refusals(document, {"refusing": ["status=403", "seconds=13"]})
    assert [(each.status, when) for each, when in found] == [
        (401, {}),
        (402, {"after": 5.0}),
        (403, {"seconds": 13.0}),
    ]


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ({"refusing": 5}, "refusing"),
        ({"refusing": [5]}, "refusing"),
        ({"refusing": {"state": 5}}, "refusing.state"),
        ({"refusing": {"status": 99}}, "refusing.status"),
        ({"refusing": {"seconds": "x"}}, "refusing.seconds"),
        ({"refusing": {"headers": 5}}, "refusing.headers"),
        ({"refusing": {"headers": {"a": 5}}}, "refusing.headers"),
    ],
)
def test_v2_a_refusal_that_cannot_be_is_told(document: dict[str, Any], named: str) -> None:
    """[V2]."""
    with pytest.raises(ConfigurationError) as caught:
        refusals(document, {})
    assert caught.value.field == named


def options_of(document: dict[str, Any] | None = None, **pairs: list[str]) -> dict[str, Any]:
    return cloud_options(document or {}, pairs, requests=None)


def option_of(switch: Switch, text: str) -> Any:
    """Return the settings that one pair of the command line makes."""
    pairs = {switch.section: [f"{switch.name}={text}"]}
    return cloud_options({}, pairs, requests=None)[switch.section]


@named
def test_v2_every_switch_can_be_set_on_the_command_line(switch: Switch) -> None:
    """V2: and no other changes by it."""
    text, _, kept = another(switch)
    usual = sections()[switch.section].kind()
    set_by_it = option_of(switch, text)
    assert set_by_it == attrs.evolve(usual, **{switch.name: kept})
    assert set_by_it != usual


@named
def test_v2_every_switch_can_be_set_in_a_file(switch: Switch) -> None:
    """V2: by TOML's own kinds of values, and by the words of the command line."""
    text, value, kept = another(switch)
    for given in (text, value):
        options = options_of({switch.section: {switch.name: given}})
        assert getattr(options[switch.section], switch.name) == kept


@named
def test_v2_every_switch_says_what_it_is_and_may_be(switch: Switch) -> None:
    """V2: by the words of its class, so that no list can go stale."""
    assert switch.about
    with pytest.raises(ConfigurationError) as caught:
        switch.read({})
    assert caught.value.field == f"{switch.section}.{switch.name}"
    assert switch.allowed in str(caught.value)


def test_v2_all_that_the_simulator_takes_is_a_switch() -> None:
    """V2: but for what is code."""
    parameters = set(inspect.signature(SimulatedYotta.__init__).parameters)
    assert parameters - NOT_DATA == sections().keys() | PLAIN
    assert not sections().keys() & (NOT_DATA | PLAIN)


@pytest.mark.parametrize(
    "switch", [each for each in SWITCHES if NoneType in get_args(each.kind)], ids=str
)
def test_v2_what_may_be_none_can_be_set_to_it(switch: Switch) -> None:
    """V2: TOML has no word for it."""
    assert getattr(option_of(switch, "none"), switch.name) is None


FILE = """
seed = 7
speed = 60.0
epoch = 2026-03-01T00:00:00Z
api_key = "a-key"
faults = 10

[limits]
requests = 600
pod_operations = "none"

[life]
start_span = [1, 2]
ports = 0

[wire]
ids = "string"
delivered = true

[stock.us-east-1]
NVIDIA_L4_24G = 4

[prices]
NVIDIA_L4_24G = "0.50"

[[vm_types]]
id = 1
gpu_type = "NVIDIA_L4_24G"
gpu_count = 1
cpu_cores = 4
memory = 16
storage = 100
price = 0.5
regions = { sg = 2 }
"""


@pytest.fixture
def document(tmp_path: Path) -> dict[str, Any]:
    path = tmp_path / "cloud.toml"
    path.write_text(FILE, encoding="utf-8")
    return read_file(str(path))


def test_v2_a_file_sets_everything(document: dict[str, Any]) -> None:
    """V2: and a cloud can be made of it."""
    options = options_of(document)
    assert options["limits"] == ServerLimits(requests=600, pod_operations=None)
    assert options["faults"] == Faults.everything(0.1)
    assert (options["life"].start_span, options["life"].ports) == ((1.0, 2.0), (0.0, 0.0))
    assert options["wire"] == WireStyle(ids="string", delivered=True)
    assert options["stock"] == {"us-east-1": {"NVIDIA_L4_24G": 4}}
    assert options["prices"] == {"NVIDIA_L4_24G": Decimal("0.50")}
    assert options["epoch"] == datetime(2026, 3, 1, tzinfo=UTC)
    (kind,) = options["vm_types"]
    assert (kind.id, kind.price, kind.regions) == (1, Decimal("0.5"), {"sg": 2})
    assert options["api_key"] == "a-key"
    assert SimulatedYotta(seed=7, **options).limits.requests == 600


def test_v2_what_the_command_line_says_counts_more(document: dict[str, Any]) -> None:
    """V2: pair by pair."""
    options = options_of(
        document,
        wire=["ids=number"],
        stock=["us-east-1:NVIDIA_H100_80G=2", "eu-1:NVIDIA_L4_24G=1"],
        prices=["NVIDIA_H100_80G=2"],
        faults=["list_lag=40"],
    )
    assert options["wire"] == WireStyle(ids="number", delivered=True)
    assert options["stock"] == {
        "us-east-1": {"NVIDIA_L4_24G": 4, "NVIDIA_H100_80G": 2},
        "eu-1": {"NVIDIA_L4_24G": 1},
    }
    assert options["prices"] == {"NVIDIA_L4_24G": Decimal("0.50"), "NVIDIA_H100_80G": Decimal(2)}
    assert options["faults"] == Faults.everything(0.1, list_lag=40.0)


def test_v2_percent_and_single_faults_go_together() -> None:
    """V2: each kind equally often, but for what is said of one."""
    faults = options_of(faults=["5", "list_lag=0", "refuse=0.5"])["faults"]
    assert faults == attrs.evolve(Faults.everything(0.05, list_lag=0.0), refuse=0.5)


@pytest.mark.parametrize("name", ["stock", "prices"])
def test_v2_what_is_no_table_takes_no_pairs(name: str) -> None:
    """V2: it is told as it is without them."""
    words = {"stock": ["sg:L4=1"], "prices": ["L4=1"]}
    with pytest.raises(ConfigurationError, match=f"{name}=1: must be a table") as caught:
        cloud_options({name: 1}, {name: words[name]}, requests=None)
    assert caught.value.field == name


def test_v2_requests_on_their_own_are_a_limit_too(document: dict[str, Any]) -> None:
    """V2: over the file's, under those of --limits."""
    options = cloud_options(document, {}, requests=120)
    assert options["limits"].requests == 120
    options = cloud_options(document, {"limits": ["requests=none"]}, requests=120)
    assert options["limits"].requests is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--wire", "ids=roman"], 'wire.ids=\'roman\': must be "number" or "string".'),
        (["--wire", "times_=ms"], "wire.times_='ms': must be a known switch.\n  Did you mean"),
        (["--wire", "ids"], "wire='ids': must be KEY=VALUE."),
        (
            ["--limits", "requests=many"],
            "limits.requests='many': must be a whole number, or \"none",
        ),
        (["--limits", "requests=0"], "limits.requests=0: must be finite and above 0."),
        (["--latency", "cold=1,2,3"], "latency.cold='1,2,3': must be LOW,HIGH, or one number"),
        (["--latency", "low=9"], "latency.low=9.0: must be at most high=0.5."),
        (["--life", "failing=2"], "life.failing=2.0: must be a number from 0 to 1."),
        (["--faults", "101"], "faults='101': must be from 0 to 100 percent."),
        (["--faults", "some"], "faults='some': must be a number."),
        (["--faults", "operations=fly"], "faults.operations=fly: must be known operations."),
        (["--stock", "us-east-1=4"], "stock='us-east-1': must be REGION:GPU=NUMBER."),
        (["--stock", "sg:L4=few"], "stock.sg.L4='few': must be a whole number."),
        (["--prices", "L4=cheap"], "prices.L4='cheap': must be an amount in USD."),
        (["--config", "/no/such/file.toml"], "config=/no/such/file.toml: cannot be read: No"),
    ],
)
def test_v2_what_cannot_be_set_is_told_with_its_name_its_value_and_what_is_allowed(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """V2: in a line or two, with an exit code of its own."""
    assert run(["simulate", "--port", "0", *arguments]) == 4
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(f"yotta-async: {words}")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("wires = 1", "wires=1: must be a known switch.\n  Did you mean wire?"),
        ("wire = 1", "wire=1: must be a table: [wire]."),
        ("[wire]\nids = 1", 'wire.ids=1: must be "number" or "string".'),
        ("[wire]\nscalling = 'any'", "wire.scalling='any': must be a known switch.\n  Did you"),
        ("[wire]\ndelivered = 2", "wire.delivered=2: must be true or false."),
        ("[life]\npause = [1]\nports = 'soon'", "life.ports='soon': must be LOW,HIGH"),
        ("[stock]\nsg = 1", "stock.sg=1: must be a table: [stock.sg]."),
        ("vm_types = 1", "vm_types=1: must be tables: [[vm_types]]."),
        ("[[vm_types]]\nid = 1", "vm_types[0]={'id': 1}: lacks gpu_type, gpu_count"),
        ("[[vm_types]]\nidd = 1", "vm_types[0].idd=1: must be a known switch."),
        ("api_key = 7", "api_key=(hidden): must be a text."),
        ("epoch = 'soon'", "epoch='soon': must be a time."),
        ("wire = ", "config=cloud.toml: must be a TOML file: Invalid"),
    ],
)
def test_v2_what_is_wrong_in_a_file_is_told_likewise(
    text: str,
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """V2: by the table and the key."""
    monkeypatch.chdir(tmp_path)
    Path("cloud.toml").write_text(text, encoding="utf-8")
    assert run(["simulate", "--port", "0", "--config", "cloud.toml"]) == 4
    assert capsys.readouterr().err.startswith(f"yotta-async: {words}")


def test_v2_a_files_host_and_port_are_checked_as_the_options_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """V2: they stand in for the options of the same names."""
    path = tmp_path / "cloud.toml"
    path.write_text("port = 70000", encoding="utf-8")
    assert run(["simulate", "--config", str(path)]) == 2
    assert "--port" in capsys.readouterr().err


def test_v2_the_help_names_an_option_for_each_settings_class(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """V2: and every key with what it may be is one option away."""
    run(["simulate", "--help"])
    told = capsys.readouterr().out
    for name in sections():
        assert f"--{name.replace('_', '-')} KEY=VALUE" in told
    for word in ("--stock REGION:GPU=NUMBER", "--config FILE", "--switches"):
        assert word in told
    run(["simulate", "--switches"])
    keys = capsys.readouterr().out
    for switch in SWITCHES:
        assert f"\n  {switch.name} = " in keys
        assert f"({switch.allowed})" in keys
