"""
The rows of the v1 reference, under ``/openapi/v1``.

Source: OpenAPI document of v1, read 2026-11-23. In v1 the verb stands before the pod's id.
"""

from .._core.lanes import Lane
from .._core.operation import Operation, Repeat


__all__ = ["CREATE_POD", "DELETE_POD", "GET_POD", "LIST_PODS", "PAUSE_POD", "RESUME_POD"]

_PODS = "/openapi/v1/pods"

CREATE_POD = Operation(
    id="createPod", method="POST", path=f"{_PODS}/create", pod_operation=True, repeat=Repeat.BY_NAME
)
LIST_PODS = Operation(id="listPods", method="GET", path=f"{_PODS}/list")
GET_POD = Operation(id="getPod", method="GET", path=f"{_PODS}/{{pod_id}}")
PAUSE_POD = Operation(
    id="pausePod",
    method="POST",
    path=f"{_PODS}/pause/{{pod_id}}",
    pod_operation=True,
    lane=Lane.URGENT,
    repeat=Repeat.AFTER_A_LOOK,
)
RESUME_POD = Operation(
    id="resumePod",
    method="POST",
    path=f"{_PODS}/resume/{{pod_id}}",
    pod_operation=True,
    repeat=Repeat.AFTER_A_LOOK,
)
# Not on the reference page of 2026, but in the vendor's v1 client and in the page's earlier text.
DELETE_POD = Operation(
    id="deletePod",
    method="DELETE",
    path=f"{_PODS}/{{pod_id}}",
    pod_operation=True,
    lane=Lane.URGENT,
)
