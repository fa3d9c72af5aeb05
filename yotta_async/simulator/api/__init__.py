"""The whole API as data: every operation of both generations."""

from yotta_async.simulator.api.clusters import CLUSTER_ROUTES
from yotta_async.simulator.api.credentials import CREDENTIAL_ROUTES
from yotta_async.simulator.api.gpus import GPU_ROUTES
from yotta_async.simulator.api.metrics import METRIC_ROUTES
from yotta_async.simulator.api.pods import POD_ROUTES
from yotta_async.simulator.api.routing import Router
from yotta_async.simulator.api.serverless import SERVERLESS_ROUTES
from yotta_async.simulator.api.tasks import TASK_ROUTES
from yotta_async.simulator.api.vms import VM_ROUTES
from yotta_async.simulator.api.volumes import VOLUME_ROUTES
from yotta_async.simulator.api.worker_logs import WORKER_LOG_ROUTES


__all__ = ["ROUTER", "ROUTES"]

ROUTES = (
    *POD_ROUTES,
    *METRIC_ROUTES,
    *GPU_ROUTES,
    *VM_ROUTES,
    *VOLUME_ROUTES,
    *CREDENTIAL_ROUTES,
    *CLUSTER_ROUTES,
    *SERVERLESS_ROUTES,
    *TASK_ROUTES,
    *WORKER_LOG_ROUTES,
)
ROUTER = Router(ROUTES)
