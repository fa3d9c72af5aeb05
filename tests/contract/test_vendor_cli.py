"""
The vendor's own command drives the simulated cloud.

It is called in this process, where importing it is paid for once, and twice as it is installed.
"""

import gc
import json
import os
import subprocess
import sysconfig
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from click.testing import CliRunner

from tests.contract.served import KEY, Served, serving
from tests.contract.waiting import eventually


commands = pytest.importorskip("yottaml_cli.cli")

pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")

GPU = "NVIDIA_H100_80G"
POD = ("--image", "image", "--gpu-type", GPU, "--name", "pod")
RESOURCES = json.dumps([{"region": "us-east-1", "gpuType": GPU, "gpuCount": 1}])
ENDPOINT = ("--name", "Endpoint", "--image", "image", "--resources", RESOURCES, "--volume", "20")


@frozen
class Done:
    """What came of a command."""

    code: int
    stdout: str
    stderr: str


def in_this_process(arguments: Sequence[str], environment: Mapping[str, str]) -> Done:
    ended = CliRunner().invoke(commands.cli, arguments, env=environment)
    return Done(ended.exit_code, ended.stdout, ended.stderr)


def as_installed(arguments: Sequence[str], environment: Mapping[str, str]) -> Done:
    command = Path(sysconfig.get_path("scripts"), "yotta")
    ended = subprocess.run(
        [command, *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return Done(ended.returncode, ended.stdout, ended.stderr)


@frozen
class CLI:
    """The command, where it is sent by its environment, and how it is called."""

    url: str
    key: str = KEY
    call: Callable[[Sequence[str], Mapping[str, str]], Done] = in_this_process

    def run(self, *arguments: str) -> Done:
        return self.call(arguments, {"YOTTA_API_KEY": self.key, "YOTTA_BASE_URL": self.url})

    def answer(self, *arguments: str) -> dict[str, Any]:
        """Return the envelope that is printed; a failure in it is no failure of the command."""
        done = self.run(*arguments)
        assert (done.code, done.stderr) == (0, "")
        envelope: dict[str, Any] = json.loads(done.stdout)
        return envelope

    def data(self, *arguments: str) -> Any:
        envelope = self.answer(*arguments)
        assert (envelope["code"], envelope["message"]) == (10000, "success")
        return envelope["data"]

    def until(self, word: str, *arguments: str) -> Any:
        look = partial(self.data, *arguments)
        return eventually(look, lambda thing: thing["status"] == word)


@pytest.fixture
def served() -> Iterator[Served]:
    with serving() as served:
        yield served


@pytest.fixture
def cli(served: Served) -> Iterator[CLI]:
    yield CLI(served.url)
    gc.collect()  # while it is no error that the command leaves its connections open


def test_a_pod_lives_from_create_to_delete(served: Served, cli: CLI) -> None:
    made = cli.data("pods", "create", *POD, "--region", "us-east-1", "--env", "A=B=C")
    pod_id = str(made["id"])
    assert (made["name"], made["gpuType"], made["region"]) == ("pod", GPU, "us-east-1")
    assert made["environmentVars"] == [{"key": "A", "value": "B=C"}]
    cli.until("RUNNING", "pods", "get", pod_id)

    listed = cli.data("pods", "list", "--region", "eu-1", "--region", "us-east-1", "--status", "1")
    assert [str(pod["id"]) for pod in listed] == [pod_id]
    assert cli.data("pods", "list", "--status", "3", "--status", "6") == []
    assert cli.data("pods", "pause", pod_id) is True
    cli.until("PAUSED", "pods", "get", pod_id)
    assert cli.data("pods", "resume", pod_id) is True
    cli.until("RUNNING", "pods", "get", pod_id)
    assert cli.data("pods", "delete", pod_id) is True
    look = partial(cli.answer, "pods", "get", pod_id)
    eventually(look, lambda envelope: envelope["code"] == 13000)
    assert served.look(lambda cloud: cloud.pods) == ()


def test_a_queue_endpoint_works_off_a_task(served: Served, cli: CLI) -> None:
    made = cli.data("serverless", "create", *ENDPOINT, "--workers", "1", "--service-mode", "QUEUE")
    endpoint_id = str(made["id"])
    cli.until("RUNNING", "serverless", "get", endpoint_id)
    of = ("--endpoint-id", endpoint_id)
    task = ("--task-id", "one", "--worker-port", "8000", "--process-uri", "/run")
    assert cli.data("tasks", "create", *of, *task, "--input", '{"n": 1}') == {"taskId": "one"}
    assert cli.until("SUCCESS", "tasks", "get", *of, "one")["input"] == {"n": 1}
    page = cli.data("tasks", "list", *of, "--status", "SUCCESS", "--page-size", "5")
    assert ([each["taskId"] for each in page["items"]], page["size"]) == (["one"], 5)
    assert cli.data("tasks", "count", *of) == {"processing": 0}
    assert [task.id for task in served.look(lambda cloud: cloud.tasks)] == ["one"]


def test_an_endpoint_is_scaled_stopped_started_and_deleted(served: Served, cli: CLI) -> None:
    expose = ("--expose-port", "8000", "--expose-protocol", "HTTP")
    made = cli.data(
        "serverless", "create", *ENDPOINT, "--workers", "1", "--service-mode", "ALB", *expose
    )
    endpoint_id = str(made["id"])
    get = ("serverless", "get", endpoint_id)
    cli.until("RUNNING", *get)
    cli.data("serverless", "scale", endpoint_id, "--workers", "2")
    workers = partial(cli.data, "serverless", "workers", endpoint_id, "--status", "RUNNING")
    eventually(workers, lambda found: len(found) == 2)
    assert cli.answer("serverless", "delete", endpoint_id)["code"] == 24002

    cli.data("serverless", "stop", endpoint_id)
    cli.until("STOPPED", *get)
    cli.data("serverless", "start", endpoint_id)
    cli.until("RUNNING", *get)
    (listed,) = cli.data("serverless", "list", "--status", "RUNNING")
    assert (str(listed["id"]), listed["serviceMode"]) == (endpoint_id, "ALB")
    cli.data("serverless", "stop", endpoint_id)
    cli.until("STOPPED", *get)
    cli.data("serverless", "delete", endpoint_id)
    assert cli.data("serverless", "list") == []
    assert served.look(lambda cloud: cloud.endpoints) == ()


def test_a_credential_is_kept_while_it_is_used(served: Served, cli: CLI) -> None:
    secret = ("--username", "user", "--password", "secret")
    made = cli.data("credentials", "create", "--name", "mine", "--type", "DOCKER_HUB", *secret)
    credential_id = str(made["id"])
    shown = cli.run("credentials", "get", credential_id).stdout
    assert '"mine"' in shown
    assert "secret" not in shown
    renamed = cli.data("credentials", "update", credential_id, "--name", "renamed")
    assert [each["name"] for each in cli.data("credentials", "list")] == [renamed["name"]]
    pod = cli.data("pods", "create", *POD, "--credential-id", credential_id)
    assert cli.answer("credentials", "delete", credential_id)["code"] == 25002
    cli.data("pods", "delete", str(pod["id"]))
    delete = partial(cli.answer, "credentials", "delete", credential_id)
    eventually(delete, lambda envelope: envelope["code"] == 10000)
    assert served.look(lambda cloud: cloud.credentials) == ()


def test_the_gpus_are_the_types_of_vms_by_region(served: Served) -> None:
    cli = CLI(served.url, call=as_installed)
    kinds = cli.data("gpus", "list")
    assert kinds
    assert all(place["vmTypeId"] for kind in kinds for place in kind["regions"])


def test_a_wrong_key_is_told_on_stderr_and_by_the_exit_code(served: Served) -> None:
    done = CLI(served.url, key="wrong", call=as_installed).run("pods", "list")
    assert (done.code, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: ")
    assert "40101" in done.stderr
    assert [record.status for record in served.look(lambda cloud: cloud.requests)] == [401]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("pods", "get"), 2),
        (("pods", "get", "no-number"), 1),
        (("serverless", "create", *ENDPOINT, "--workers", "1", "--service-mode", "NONE"), 2),
    ],
)
def test_what_the_command_itself_refuses_is_never_sent(
    served: Served, cli: CLI, arguments: tuple[str, ...], code: int
) -> None:
    assert cli.run(*arguments).code == code
    assert served.look(lambda cloud: cloud.requests) == ()
