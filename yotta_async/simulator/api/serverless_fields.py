"""What a create or an update of an endpoint may say, in either generation's words."""

import re
from enum import StrEnum
from typing import TypeVar

from attrs import evolve

from yotta_async.simulator.api.body import Body, whole_number
from yotta_async.simulator.api.fields import environment, gpu_type, has_environment
from yotta_async.simulator.cloud.pod import Port
from yotta_async.simulator.cloud.problems import invalid
from yotta_async.simulator.cloud.serverless_endpoint import EndpointRequest, ServiceMode
from yotta_async.simulator.cloud.serverless_worker import EndpointResource
from yotta_async.simulator.style import WireStyle


__all__ = ["created", "read_statuses", "updated"]

S = TypeVar("S", bound=StrEnum)

_LEAST_DISK = 20
_MOST_PER_CARD = 1536


def created(body: Body, longest_name: int, style: WireStyle) -> EndpointRequest:
    """Return what a create asks for; raise CloudError for a body that does not fit."""
    blank = EndpointRequest(
        name="",
        image=body.required_text("image", longest=255),
        resources=(),
        workers=1,
        mode=ServiceMode(body.word("serviceMode", tuple(ServiceMode))),
        container_volume=_LEAST_DISK,
        registry=body.text("imageRegistry", longest=255),
    )
    request = updated(blank, body, longest_name, style)
    if request.mode is ServiceMode.ALB and request.port is None:
        raise invalid("expose is required for the service mode ALB")
    return request


def updated(
    request: EndpointRequest, body: Body, longest_name: int, style: WireStyle
) -> EndpointRequest:
    """Return the request with what an update changes; optional fields left out stay."""
    _check_unused(body)
    credential = body.either("credentialId", "containerRegistryAuthId")
    return evolve(
        request,
        name=_name(body, longest_name),
        resources=_resources(body, style),
        workers=body.required_whole("workers", lowest=1),
        container_volume=body.required_whole("containerVolumeInGb", lowest=_LEAST_DISK),
        credential_id=body.id(credential) if body.has(credential) else request.credential_id,
        environment=environment(body, style) if has_environment(body) else request.environment,
        port=_port(body.inner("expose")) if body.has("expose") else request.port,
        webhook=body.text("webhook", longest=512) if body.has("webhook") else request.webhook,
    )


def read_statuses(kind: type[S], name: str, words: tuple[str, ...]) -> list[S]:
    """Return the statuses that a filter names, by their words or their numbers."""
    return [_status(kind, name, word) for word in words]


def _status(kind: type[S], name: str, word: str) -> S:
    number, known = whole_number(word), tuple(kind)
    if number is not None and 0 <= number < len(known):
        return known[number]
    if word in kind.__members__:
        return kind[word]
    raise invalid(f"{name}: unknown status [{word}]")


def _check_unused(body: Body) -> None:
    # A GPU type implies the minima, and a simulated container runs no command.
    body.whole("minSingleCardVramInGb", highest=_MOST_PER_CARD)
    body.whole("minSingleCardRamInGb", highest=_MOST_PER_CARD)
    body.whole("minSingleCardVcpu")
    body.text("initializationCommand")


def _name(body: Body, longest: int) -> str:
    name = body.required_text("name")
    if not re.fullmatch(rf"(?=[A-Za-z])[A-Za-z0-9@._-]{{1,{longest}}}", name):
        raise invalid(
            f"name must begin with a letter and have at most {longest} letters, digits or @._-"
        )
    return name


def _resources(body: Body, style: WireStyle) -> tuple[EndpointResource, ...]:
    resources = tuple(_resource(entry, style) for entry in body.objects("resources"))
    if not resources:
        raise invalid("resources must have at least one entry")
    if len({resource.gpu_count for resource in resources}) > 1:
        raise invalid("resources must all have the same gpuCount")
    return resources


def _resource(entry: Body, style: WireStyle) -> EndpointResource:
    gpu_count = entry.required_whole("gpuCount", lowest=1)
    if gpu_count.bit_count() != 1:
        raise invalid(f"{entry.path}gpuCount must be a power of two")
    return EndpointResource(
        region=entry.required_text("region"),
        gpu_type=gpu_type(entry, style),
        gpu_count=gpu_count,
    )


def _port(expose: Body) -> Port:
    return Port(
        port=expose.required_whole("port", lowest=1, highest=65535),
        protocol=expose.required_text("protocol"),
    )
