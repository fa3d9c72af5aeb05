"""What a create of a pod asks for, read from the bodies of either generation."""

from collections.abc import Collection

from yotta_async.simulator.api.body import Body
from yotta_async.simulator.api.fields import environment, gpu_type
from yotta_async.simulator.cloud.pod import Mount, PodRequest, Port
from yotta_async.simulator.cloud.problems import invalid
from yotta_async.simulator.style import WireStyle


__all__ = ["ports", "v1_pod", "v2_pod"]

# What v1's SDK calls a pod that its user did not name.
_UNNAMED = "My Pod"
_RESOURCES = frozenset({"CPU", "GPU"})
_CLOUDS = frozenset({"COMMUNITY", "SECURE"})
_V2_IMAGES = frozenset({"PRIVATE", "PUBLIC"})
_V1_IMAGES = _V2_IMAGES | {"CUSTOM", "OFFICIAL"}
# Accepted and checked; the simulated GPU types are what they are.
_LEAST = ("minSingleCardVramInGb", "minSingleCardRamInGb", "minSingleCardVcpu")


def v1_pod(body: Body, style: WireStyle) -> PodRequest:
    return _pod(body, body.text("podName", _UNNAMED), _V1_IMAGES, style)


def v2_pod(body: Body, style: WireStyle) -> PodRequest:
    return _pod(body, _v2_name(body, style), _V2_IMAGES, style)


def _v2_name(body: Body, style: WireStyle) -> str:
    if not style.pod_name_required and not body.has("name"):
        return _UNNAMED
    return body.required_text("name", longest=255)


def ports(body: Body) -> tuple[Port, ...]:
    return tuple(
        Port(
            port=entry.whole("port", lowest=1, highest=65535),
            protocol=entry.required_text("protocol"),
        )
        for entry in body.objects("expose")
    )


def _pod(body: Body, name: str, image_kinds: Collection[str], style: WireStyle) -> PodRequest:
    resource = body.word("resourceType", _RESOURCES, "GPU")
    body.word("imagePublicType", image_kinds, "PUBLIC")
    for least in _LEAST:
        body.whole(least)
    return PodRequest(
        image=body.required_text("image", longest=255),
        gpu_type=gpu_type(body, style),
        gpu_count=_gpu_count(body) if resource == "GPU" else 0,
        name=style.name(name),
        regions=_regions(body),
        environment=environment(body, style),
        ports=ports(body),
        container_volume=body.whole("containerVolumeInGb"),
        persistent_volume=_persistent_volume(body),
        image_registry=body.text("imageRegistry", "https://index.docker.io/v1/", longest=255),
        credential_id=body.id(body.either("containerRegistryAuthId", "credentialId")),
        resource=resource,
        cloud=body.word("cloudType", _CLOUDS, "SECURE"),
        shared_memory=body.whole("shmInGb"),
        command=body.text("initializationCommand"),
        mounts=tuple(_mount(entry) for entry in body.objects("persistentVolumes")),
    )


def _regions(body: Body) -> tuple[str, ...]:
    named = [body.text("region"), *body.texts("regions"), *body.texts("regionList")]
    return tuple(dict.fromkeys(filter(None, named)))


def _gpu_count(body: Body) -> int:
    number = body.required_whole("gpuCount", lowest=1)
    if number.bit_count() != 1:
        raise invalid("gpuCount must be a power of two")
    return number


def _persistent_volume(body: Body) -> int:
    size = body.whole("persistentVolumeInGb")
    if size > 0 and not body.text("persistentMountPath"):
        raise invalid("persistentMountPath is required when persistentVolumeInGb is above 0")
    return size


def _mount(entry: Body) -> Mount:
    entry.flag("needBackup")
    volume_id = entry.id("volumeId")
    if volume_id is None:
        raise invalid(f"{entry.path}volumeId is required")
    return Mount(volume_id, entry.required_text("mountPath"))
