"""What a fleet file says, with the options over it, and what is told of its mistakes."""

import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from yotta_async import ExposedPort, VolumeMount
from yotta_async.cli._failures import FailedError
from yotta_async.cli.fleet.desired import DesiredFleet, desired_fleet


WHOLE = """
name = "sweep"
count = 3
on_exit = "pause"
min_ready = 0.5
max_lifetime = "1h30m"

[pod]
image = "a/b:1"
gpu_type = "NVIDIA_L4_24G"
expose = [8888, [22, "SSH"], { port = 9000, protocol = "TCP" }]
environment = { TOKEN = "hush" }
persistent_volumes = [{ volume_id = "7", mount_path = "/data" }]

[placement]
regions = ["us-east-1", "eu-1"]
strategy = "spread"
quotas = { eu-1 = 1 }

[budget]
max_per_hour = 2.5
prices = { NVIDIA_L4_24G = 0.5 }

[replace]
replacements = 1
"""
BASE = 'name = "x"\n[pod]\nimage = "a"\ngpu_type = "NVIDIA_L4_24G"\n'


@pytest.fixture
def written(tmp_path: Path) -> Any:
    def write(text: str, **options: object) -> DesiredFleet:
        path = tmp_path / "fleet.toml"
        path.write_text(text)
        return desired_fleet(str(path), options)

    return write


def test_all_of_it_is_read(written: Any) -> None:
    desired: DesiredFleet = written(WHOLE)
    settings, spec = desired.settings, desired.specs["0"]
    assert (desired.name, list(desired.specs), desired.quorum) == ("sweep", ["0", "1", "2"], 2)
    assert (settings.on_exit, settings.max_lifetime) == ("pause", 5400.0)
    assert settings.budget.max_per_hour == Decimal("2.5")
    assert settings.replace.replacements == 1
    assert (desired.placement.strategy, desired.placement.quotas) == ("spread", {"eu-1": 1})
    ports = [ExposedPort(8888), ExposedPort(22, "SSH"), ExposedPort(9000, "TCP")]
    assert list(spec.expose) == ports
    assert spec.persistent_volumes == (VolumeMount("7", "/data"),)
    assert spec.environment == {"TOKEN": "hush"}


def test_pods_go_over_what_they_have_in_common(written: Any) -> None:
    pods = '[[pods]]\nname = "train"\ngpu_count = 2\n[[pods]]\nimage = "b"\n'
    specs = written(BASE + pods).specs
    assert list(specs) == ["train", "1"]
    assert (specs["train"].image, specs["train"].gpu_count) == ("a", 2)
    assert (specs["1"].image, specs["1"].gpu_count) == ("b", 1)


def test_an_option_counts_more_than_the_file(written: Any) -> None:
    options = {"name": "other", "count": 1, "image": "c", "regions": ("us-west-1",)}
    desired = written(
        WHOLE.replace("quotas = { eu-1 = 1 }", ""), **options, max_total="9", on_exit="keep"
    )
    assert (desired.name, [spec.image for spec in desired.specs.values()]) == ("other", ["c"])
    assert desired.placement.regions == ("us-west-1",)
    assert desired.settings.budget.max_total == Decimal(9)
    assert desired.settings.budget.max_per_hour == Decimal("2.5")
    assert desired.settings.on_exit == "keep"


def test_options_alone_do_and_make_up_a_name() -> None:
    options = {"image": "a", "gpu_types": ("NVIDIA_L4_24G", "NVIDIA_H100_80G"), "count": 2}
    one, other = desired_fleet(None, options), desired_fleet(None, options)
    assert one.specs["1"].gpu_type == "NVIDIA_L4_24G"
    assert one.name != other.name


def test_the_standard_input_is_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(BASE.encode())))
    assert desired_fleet("-", {}).name == "x"


@pytest.mark.parametrize(
    ("text", "words", "hint"),
    [
        ('name = "x', "must be TOML", ""),
        ("\xff", "in UTF-8", ""),
        ("[pod]\nimage='a'\ngpu_type='b'", "name must be given", "--name"),
        ("cuont = 3\n" + BASE, "no field 'cuont'", "Did you mean count?"),
        (BASE + "imgae = 'a'", "[pod] has no field 'imgae'", "Did you mean image?"),
        (BASE + "[placement]\nregion = ['a']", "[placement]", "regions?"),
        (BASE + "[budget]\nmax_hour = 3", "[budget]", "max_per_hour"),
        (BASE + "[replace]\nx = 3", "[replace]", "It may have replacements"),
        (BASE + "[[pods]]\nx = 3", "[[pods]]", "image"),
        ("pods = [3]\n" + BASE, "must be tables", ""),
        ("pods = []\n" + BASE, "pods=[]: must have", "count"),
        ("count = '3'\n" + BASE, "count must be a number", ""),
        ("count = true\n" + BASE, "count must be a number", ""),
        ("count = 0\n" + BASE, "count=0: must be a whole number of pods, 1 to", ""),
        ("count = 2\n" + BASE + "[[pods]]\n", "count=2: must not be given beside [[pods]]", ""),
        (
            "min_ready = 4\n" + BASE,
            "min_ready=4: must be a number of these pods, 0 to 1, or a share",
            "",
        ),
        (
            "max_lifetime = 'long'\n" + BASE,
            "max_lifetime=long: must be seconds, or a text such as 90m, 2h",
            "",
        ),
        ("max_lifetime = -1\n" + BASE, "max_lifetime=-1: must be seconds, more than 0", ""),
        ("on_exit = 'stop'\n" + BASE, 'on_exit=stop: must be "delete", "pause" or "keep"', ""),
        (BASE + "[placement]\nregions = 5", "list of texts", ""),
        (BASE + "[placement]\nregions = [5]", "list of texts", ""),
        (BASE + "[placement]\nquotas = 5", "must be a table", ""),
        (
            BASE + "[placement]\nquotas = { a = 'b' }",
            "quotas['a']=b: must be a whole number of pods",
            "",
        ),
        (BASE + "[placement]\nstrategy = 'x'", 'strategy=x: must be "ordered" or "spread"', ""),
        (BASE + "[budget]\nprices = 5", "must be a table", ""),
        (BASE + "[budget]\nmax_total = 'much'", "max_total=much: must be an amount in USD", ""),
        (BASE + "gpu_count = 3", "power of two", ""),
        (BASE + "expose = ['x']", "must be a port", "8888"),
        (
            BASE + "expose = [{ prot = 5 }]",
            "field of expose=prot: must be one of port, protocol",
            "port",
        ),
        (BASE + "expose = [{ protocol = 'TCP' }]", "must have port", ""),
        (
            BASE + "persistent_volumes = [{ volume_id = 5 }]",
            "must have volume_id and mount_path",
            "",
        ),
        (BASE + "environment = 5", "must be a mapping", ""),
        ('name = "x"\n[pod]\nimage = "a"', "gpu_type=(missing)", "--gpu-type"),
        (BASE.replace('"x"', '"a b"'), "name=a b: must be 1 to 100 letters, digits", ""),
        (
            BASE + "[[pods]]\nname='t'\n[[pods]]\nname='t'",
            "name=t: must be the name of one pod",
            "",
        ),
    ],
)
def test_a_mistake_is_named_with_its_remedy(
    tmp_path: Path, text: str, words: str, hint: str
) -> None:
    path = tmp_path / "fleet.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(FailedError) as caught:
        desired_fleet(str(path), {})
    assert words in caught.value.message
    assert str(path) in caught.value.message
    assert hint in caught.value.hint
    assert caught.value.code == 4


def test_a_file_that_is_none_is_told(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.toml", tmp_path):
        with pytest.raises(FailedError, match=r"nothing|irectory"):
            desired_fleet(str(path), {})


@pytest.mark.parametrize("value", ["5", "{ TOKEN = 'hush' }"])
def test_an_environment_s_value_is_in_no_error(tmp_path: Path, value: str) -> None:
    path = tmp_path / "fleet.toml"
    path.write_text(f"{BASE}environment = {{ A = {value}, B = 'hush' }}")
    with pytest.raises(FailedError) as caught:
        desired_fleet(str(path), {})
    assert "A must be a text" in caught.value.message
    assert "hush" not in f"{caught.value.message} {caught.value.hint}"


def test_a_misspelt_gpu_is_a_warning_and_no_error(written: Any) -> None:
    desired = written(BASE.replace("NVIDIA_L4", "nvidia_l4"))
    assert len(desired.warnings) == 1
    assert "NVIDIA_L4_24G" in desired.warnings[0]
