"""What a create of a pod asks for, read from the bodies of either generation."""

from collections.abc import Collection

from yotta_async.simulator.api.body import Body
from yotta_async.simulator.cloud.pod import Mount, PodRequest, Port
from yotta_async.simulator.cloud.problems import invalid


__all__ = ["environment", "ports", "v1_pod", "v2_pod"]

_RESOURCES = frozenset({"CPU", "GPU"})
_CLOUDS = frozenset({"COMMUNITY", "SECURE"})
_V2_IMAGES = frozenset({"PRIVATE", "PUBLIC"})
_V1_IMAGES = _V2_IMAGES | {"CUSTOM", "OFFICIAL"}
# Accepted and checked; the simulated GPU types are what they are.
_LEAST = ("minSingleCardVramInGb", "minSingleCardRamInGb", "minSingleCardVcpu")


def v1_pod(body: Body) -> PodRequest:
    return _pod(body, body.text("podName", "My Pod"), _V1_IMAGES)


def v2_pod(body: Body) -> PodRequest:
    return _pod(body, body.required_text("name", longest=255), _V2_IMAGES)


def environment(body: Body) -> tuple[tuple[str, str], ...]:
    entries = body.objects(body.either("environmentVars", "envVars"))
    return tuple((entry.required_text("key"), entry.text("value")) for entry in entries)


def ports(body: Body) -> tuple[Port, ...]:
    return tuple(
        Port(
            port=entry.whole("port", lowest=1, highest=65535),
            protocol=entry.required_text("protocol"),
        )
        for entry in body.objects("expose")
    )


def _pod(body: Body, name: str, image_kinds: Collection[str]) -> PodRequest:
    resource = body.word("resourceType", _RESOURCES, "GPU")
    body.word("imagePublicType", image_kinds, "PUBLIC")
    for least in _LEAST:
        body.whole(least)
    return PodRequest(
        image=body.required_text("image", longest=255),
        gpu_type=body.required_text("gpuType"),
        gpu_count=_gpu_count(body) if resource == "GPU" else 0,
        name=name,
        regions=_regions(body),
        environment=environment(body),
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
