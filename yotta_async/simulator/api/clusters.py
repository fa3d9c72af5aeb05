"""The helpers that SkyPilot calls: clusters, and pods in them."""

import re

from yotta_async.simulator.api.body import Body
from yotta_async.simulator.api.pod_bodies import ports
from yotta_async.simulator.api.pod_shapes import v1_pod_shape
from yotta_async.simulator.api.pods import create_pod
from yotta_async.simulator.api.routing import Context, Done, Route
from yotta_async.simulator.cloud.clusters import Cluster
from yotta_async.simulator.cloud.pod import PodRequest
from yotta_async.simulator.cloud.problems import CloudError, Problem, invalid


__all__ = ["CLUSTER_ROUTES"]

# Such as 2x28v238g_NVIDIA_GeForce_RTX_5090_32G_SECURE: GPUs, vCPUs, GB of RAM, type, cloud.
_INSTANCE = re.compile(r"([0-9]{1,3})x[0-9]+v[0-9]+g_(.+)_(?:SECURE|COMMUNITY)")


def _create(context: Context) -> Done:
    body = context.body
    gpu_count, gpu_type = _instance(body)
    body.whole("nodeNum", 1, lowest=1)
    ports(body)
    cluster = context.cloud.clusters.create(
        body.required_text("clusterName"),
        context.now,
        region=body.required_text("region"),
        gpu_type=gpu_type,
        gpu_count=gpu_count,
        container_volume=body.whole("containerVolumeInGb"),
    )
    return Done(data={"clusterId": str(cluster.id)})


def _status(context: Context) -> Done:
    cluster = context.cloud.clusters.get(context.id("cluster_id"), context.now)
    return Done(data={"status": cluster.status(context.now).value})


def _create_pod(context: Context) -> Done:
    body = context.body
    cluster = _cluster(body, context)
    request = PodRequest(
        name=body.required_text("name"),
        image=body.required_text("image", longest=255),
        gpu_type=cluster.gpu_type,
        gpu_count=cluster.gpu_count,
        regions=(cluster.region,),
        ports=ports(body),
        container_volume=cluster.container_volume,
        command=body.text("initializationCommand"),
    )
    pod = create_pod(context, request)
    cluster.pods.append(pod)
    return Done(data=context.style.v1_pod_id(pod.id), pod=pod)


def _list_pods(context: Context) -> Done:
    name = context.body.required_text("clusterName")
    pods = context.cloud.clusters.listed(name, context.now)
    # SkyPilot looks for a cluster's head by `name`, and for all else by `podName`.
    return Done(data=[{"name": pod.request.name, **v1_pod_shape(pod, context)} for pod in pods])


def _release(context: Context) -> Done:
    context.cloud.clusters.release(context.body.required_text("clusterName"), context.now)
    return Done(data=None)


def _instance(body: Body) -> tuple[int, str]:
    match = _INSTANCE.fullmatch(body.required_text("instanceType", longest=255))
    if match is None:
        raise invalid("instanceType must be like 1x14v119g_NVIDIA_GeForce_RTX_5090_32G_SECURE")
    return int(match[1]), match[2]


def _cluster(body: Body, context: Context) -> Cluster:
    cluster_id = body.id("clusterId")
    if cluster_id is None:
        cluster = context.cloud.clusters.named(body.required_text("clusterName"), context.now)
    else:
        cluster = context.cloud.clusters.get(cluster_id, context.now)
    if cluster.released:
        raise CloudError(Problem.WRONG_STATE, f"cluster [{cluster.name}] is released")
    return cluster


_V1 = "/openapi/v1/skypilot/cluster"

CLUSTER_ROUTES = (
    Route("skyClusterCreate", "POST", f"{_V1}/create", _create),
    Route("skyClusterStatus", "GET", f"{_V1}/status/{{cluster_id}}", _status),
    Route("skyPodCreate", "POST", f"{_V1}/create/pod", _create_pod, pod_operation=True),
    Route("skyPodsList", "POST", f"{_V1}/pods/list", _list_pods),
    Route("skyClusterRelease", "POST", f"{_V1}/release", _release),
)
