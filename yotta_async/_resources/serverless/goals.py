"""What an endpoint can be waited for to become."""

from typing import Final

from attrs import evolve

from ...errors import EndpointFailedError
from ...models import Endpoint, EndpointStatus
from ..waiting import Awaited


__all__ = ["ENDPOINT"]

_ENDED: Final = (EndpointStatus.FAILED, EndpointStatus.TERMINATED)


def _gone(endpoint_id: str, seen: Endpoint | None) -> Endpoint:
    terminated = EndpointStatus.TERMINATED
    return evolve(seen or Endpoint(id=endpoint_id, status=terminated), status=terminated)


ENDPOINT: Final = Awaited[Endpoint](
    name="endpoint",
    statuses=EndpointStatus,
    is_lost=lambda status, _: status in _ENDED,
    gone=_gone,
    terminated=EndpointStatus.TERMINATED,
    failed=EndpointFailedError,
    vanished=EndpointFailedError,
    failed_hint="Delete it, and create another elsewhere.",
    late_hint="It exists still, and may bill: wait longer, or stop it.",
)
