"""What the vendor's README shows, done on the simulated cloud: each command as it is printed."""

import json
import re
import shlex
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata
from typing import Any

import pytest
from attrs import define, field
from click.testing import CliRunner

from tests.contract.served import KEY, Served, serving
from tests.contract.waiting import eventually
from yotta_async.simulator import EndpointLife, PodLife, TaskLife


cli: Any = pytest.importorskip("yottaml_cli.cli").cli

DEPLOYMENT = (
    "serverless create --name {name} --image i --workers 1 --service-mode QUEUE --volume 256 "
    '--resources \'[{{"region":"us-east","gpuType":"NVIDIA_RTX_5090_32G","gpuCount":1}}]\''
)


def _readme() -> str:
    try:
        return str(metadata("yottaml").json["description"])
    except PackageNotFoundError:
        return ""


def _commands() -> list[str]:
    """Return the commands in the README's blocks of bash, without those about the key."""
    blocks = re.findall(r"```bash\n(.*?)```", _readme(), re.DOTALL)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    return [
        " ".join(line.split())
        for line in lines
        if line.startswith("yotta ") and "your-api-key" not in line
    ]


COMMANDS = _commands()


@define
class World:
    """
    A cloud in which every change is done at once, and what the README's commands speak of.

    Attributes:
        made: How many deployments; each has a name of its own.
    """

    served: Served
    made: int = 0
    runner: CliRunner = field(factory=CliRunner)

    def run(self, line: str) -> dict[str, Any]:
        environment = {"YOTTA_API_KEY": KEY, "YOTTA_BASE_URL": self.served.url}
        done = self.runner.invoke(cli, shlex.split(line), env=environment)
        assert done.exit_code == 0, done.output
        envelope: dict[str, Any] = json.loads(done.output)
        return envelope

    def data(self, line: str) -> Any:
        envelope = self.run(line)
        assert (envelope["code"], envelope["message"]) == (10000, "success")
        return envelope["data"]

    def pod(self, verb: str) -> str:
        made = self.data("pods create --image i --gpu-type NVIDIA_L4_24G --name p")["id"]
        if verb == "resume":
            self.data(f"pods pause {made}")
        return str(made)

    def deployment(self, verb: str) -> str:
        self.made += 1
        made = str(self.data(DEPLOYMENT.format(name=f"d-{self.made}"))["id"])
        if verb in {"start", "delete"}:
            self.data(f"serverless stop {made}")
            self.until(made, "STOPPED")
        else:
            self.until(made, "RUNNING")
        return made

    def until(self, deployment: str, status: str) -> None:
        look = f"serverless get {deployment}"
        eventually(lambda: self.data(look), lambda found: bool(found["status"] == status))

    def credential(self) -> str:
        words = "--name r --type DOCKER_HUB --username u --password p"
        return str(self.data(f"credentials create {words}")["id"])

    def filled(self, line: str) -> str:
        """Return a command whose placeholders are the ids of what it can work on."""
        verb = line.split()[2]
        if "<pod_id>" in line:
            line = line.replace("<pod_id>", self.pod(verb))
        if "<deployment_id>" in line:
            deployment = self.deployment(verb)
            line = line.replace("<deployment_id>", deployment)
            if "<task_id>" in line:
                task = f"--endpoint-id {deployment} --worker-port 80 --process-uri /run --input 1"
                line = line.replace("<task_id>", self.data(f"tasks create {task}")["taskId"])
        if "<credential_id>" in line:
            line = line.replace("<credential_id>", self.credential())
        return line.removeprefix("yotta ")


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    endpoints, tasks = EndpointLife.instant(), TaskLife.instant()
    with serving(life=PodLife.instant(), endpoint_life=endpoints, task_life=tasks) as served:
        yield World(served)


def test_the_readme_has_commands_of_every_group() -> None:
    groups = {line.split()[1] for line in COMMANDS}
    assert groups == {"pods", "serverless", "tasks", "gpus", "credentials"}


@pytest.mark.parametrize("line", COMMANDS)
def test_v5_a_command_of_the_readme_is_done(world: World, line: str) -> None:
    """V5: GPUs, regions, pods without a name and all else that stands in it."""
    filled = world.filled(line)
    assert "<" not in filled
    world.data(filled)


@pytest.mark.parametrize(
    "line",
    [
        "pods create --image i --gpu-type NVIDIA_L4_24G --env A=1 --env B=2",
        DEPLOYMENT.format(name="with-env") + " --env A=1 --env B=2",
    ],
    ids=["pods", "serverless"],
)
def test_v5_variables_of_the_command_arrive(world: World, line: str) -> None:
    """V5: its serverless calls their keys names."""
    variables = [{"key": "A", "value": "1"}, {"key": "B", "value": "2"}]
    assert world.data(line)["environmentVars"] == variables
