"""Recordings: what was said is kept without secrets, and compared."""

import json
from pathlib import Path

import anyio
import pytest

from tests.lab import SPEC
from yotta_async.errors import ConfigurationError
from yotta_async.simulator import Faults, SimulatedYotta
from yotta_async.testing import Recording, Said, client_on, recording, run_virtual


SECRETS = ("secret-of-mine", "token-of-mine", "command-of-mine", "key-of-mine")
SECRET_SPEC = SPEC.evolve(
    environment={"TOKEN": SECRETS[0]},
    image_registry_username="me",
    image_registry_token=SECRETS[1],
    initialization_command=f"run {SECRETS[2]}",
    expose=[22, 8000],
)


async def recorded(*, pods: int = 1, faults: Faults | None = None) -> Recording:
    cloud = SimulatedYotta(seed=4, faults=faults)
    with recording(cloud) as run:
        async with client_on(cloud, api_key=SECRETS[3], api_version="v2") as client:
            for _ in range(pods):
                pod = await client.pods.create(SECRET_SPEC)
                await client.pods.wait(pod.id)
                await client.pods.delete(pod.id)
    return run


@pytest.fixture
def run() -> Recording:
    return run_virtual(recorded)


def test_requests_answers_and_events_are_in_it(run: Recording) -> None:
    first, *_ = [line for line in run.lines if line.what == "request"]
    assert first.text == "createPod 200/10000"
    assert first.details["body"]["gpuType"] == SPEC.gpu_type
    assert first.details["answer"]["data"]["status"] == "INITIALIZE"
    assert "test_recordings.py" in first.origin
    assert {(line.who, line.what) for line in run.lines} == {
        ("program", "request"),
        ("client 0", "event"),
    }
    assert [line.at for line in run.lines] == sorted(line.at for line in run.lines)


def test_a_fault_is_told_of() -> None:
    faults = Faults(error_after=1.0, operations=["createPod"])
    run = run_virtual(lambda: recorded(faults=faults))
    assert any(line.text.endswith("[error_after]") for line in run.lines)
    assert any(line.text.startswith("CreateUnclear ") for line in run.lines)


def test_nothing_of_it_is_a_secret(run: Recording, tmp_path: Path) -> None:
    run.save(tmp_path / "run.jsonl")
    text = (tmp_path / "run.jsonl").read_text("utf-8")
    assert [secret for secret in SECRETS if secret in text] == []
    assert '"key": "TOKEN"' in text  # the names of variables are told
    assert "ssh root@" not in text


def test_what_was_saved_is_loaded_as_it_was(run: Recording, tmp_path: Path) -> None:
    file = tmp_path / "deep" / "run.jsonl"
    run.save(file)
    Recording.load(file).assert_like(run)
    assert all(json.loads(line) for line in file.read_text("utf-8").splitlines())


def test_the_same_run_says_the_same(run: Recording) -> None:
    run_virtual(recorded).assert_like(run)


def test_another_run_differs_in_a_line_that_is_shown(run: Recording) -> None:
    longer = run_virtual(lambda: recorded(pods=2))
    with pytest.raises(AssertionError) as raised:
        longer.assert_like(run)
    lines = str(raised.value).splitlines()
    assert lines[0].startswith(f"line {len(run.lines) + 1} is not as it was recorded")
    assert "  - the end" in lines
    assert any(line.startswith("  + ") and "createPod" in line for line in lines)
    assert lines[-1].strip().startswith("from tests/testing/test_recordings.py:")
    with pytest.raises(AssertionError, match=r"\+ the end"):
        run.assert_like(longer)


def test_where_a_line_of_the_program_is_does_not_count() -> None:
    here = Said(at=1.0, who="program", what="request", text="listPods 200/10000", origin="from a:1")
    moved = Said(
        at=1.0, who="program", what="request", text="listPods 200/10000", origin="from a:2"
    )
    Recording([moved]).assert_like(Recording([here]))


def test_a_file_is_written_once_and_compared_from_then_on(
    run: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("YOTTA_RECORD", raising=False)
    file = tmp_path / "run.jsonl"
    longer = run_virtual(lambda: recorded(pods=2))
    run.check(file)
    run.check(file)
    with pytest.raises(AssertionError, match="YOTTA_RECORD=1 keeps what is now"):
        longer.check(file)
    monkeypatch.setenv("YOTTA_RECORD", "1")
    longer.check(file)
    monkeypatch.delenv("YOTTA_RECORD")
    longer.check(file)


@pytest.mark.parametrize("text", ["no json", '{"at": 1}', "[]", '{"unknown": 1}'])
def test_what_is_no_recording_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "run.jsonl").write_text(text, "utf-8")
    with pytest.raises(ConfigurationError, match="must be a recording"):
        Recording.load(tmp_path / "run.jsonl")


async def test_two_recordings_of_one_cloud_hear_the_same() -> None:
    cloud = SimulatedYotta()
    with recording(cloud) as outer:
        async with client_on(cloud) as client:
            await client.pods.list()
            with recording(cloud) as inner:
                await client.pods.list()
            await client.pods.list()
    assert outer.lines[2:4] == inner.lines
    assert len(outer.lines) == 6


async def test_after_its_block_nothing_more_is_recorded() -> None:
    cloud = SimulatedYotta()
    async with client_on(cloud) as client:
        with recording(cloud) as run:
            await client.pods.list()
        await anyio.sleep(1)
        await client.pods.list()
    assert len(run.lines) == 2
