"""
Values for unit tests that need no cloud: pods, specs, errors, faults, and answers of the wire.

    from yotta_async.testing import build

    pod = build.pod(status="RUNNING", expose=(8000,))
    error = build.error(OutOfCapacityError)
"""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Literal, TypeVar, cast

from ..errors import (
    APIError,
    APIStatusError,
    AuthenticationError,
    BadRequestError,
    ConcurrencyLimitError,
    ConfigurationError,
    ConflictError,
    InsufficientBalanceError,
    InternalServerError,
    NotFoundError,
    OutOfCapacityError,
    PermissionDeniedError,
    RateLimitError,
    UnresolvedCreateError,
)
from ..errors._arguments import explained
from ..models import Pod, PodSpec
from ..models._lifecycle import PodStatus
from ..models._structure import structure
from ..simulator import Faults, WireStyle
from ..simulator import PodStatus as SimulatedStatus
from ..simulator.api.pod_shapes import v1_pod_shape, v2_pod_shape
from ..simulator.api.routing import Context
from ..simulator.cloud.catalog import DEFAULT_PRICE, PRICES
from ..simulator.cloud.pod import Pod as SimulatedPod
from ..simulator.cloud.pod import PodRequest, Port
from ..simulator.wire import Request


__all__ = ["answer", "error", "faults", "pod", "pod_json", "spec"]

E = TypeVar("E", bound=APIError)
ApiVersion = Literal["v1", "v2"]

_IMAGE: Final = "you/trainer:7"
_GPU_TYPE: Final = "NVIDIA_RTX_5090_32G"
_EPOCH: Final = datetime(2026, 1, 1, tzinfo=UTC)
_SUCCESS: Final = 10000
# HTTP status, code and message, as the service has been seen to send them.
_REFUSALS: Final[Mapping[type[APIStatusError], tuple[int, int, str]]] = {
    AuthenticationError: (401, 40101, "Authentication context not found"),
    BadRequestError: (200, 10001, "invalid parameter"),
    ConcurrencyLimitError: (429, 429, "too many concurrent pod operations"),
    ConflictError: (200, 11001, "the pod is in the wrong state"),
    InsufficientBalanceError: (200, 20001, "insufficient balance"),
    InternalServerError: (500, 10002, "system error"),
    NotFoundError: (200, 11000, "pod not found"),
    OutOfCapacityError: (200, 12002, "no capacity"),
    PermissionDeniedError: (200, 10004, "permission denied"),
    RateLimitError: (429, 429, "too many requests"),
}


@explained
def pod_json(
    *,
    api_version: ApiVersion = "v1",
    id: int | str = 300_000_000_000_000_001,  # noqa: A002  # the field's name
    name: str = "trainer",
    status: str = "RUNNING",
    region: str = "us-east-1",
    gpu_type: str = _GPU_TYPE,
    gpu_count: int = 1,
    image: str = _IMAGE,
    price: Decimal | float | str | None = None,
    expose: Collection[int] = (),
    healthy: bool = True,
    environment: Mapping[str, str] | None = None,
    age: float = 300.0,
) -> dict[str, Any]:
    """
    Return a pod as the service writes it, decoded: what a fake of it answers.

    Args:
        api_version: The generation of the API, ``"v1"`` or ``"v2"``.
        id: Its id, a number.
        name: Its name.
        status: Its status, as a `PodStatus` or as either generation of the API writes it.
        region: The code of its region.
        gpu_type: The GPU's code.
        gpu_count: How many GPUs it has.
        image: The container image.
        price: USD per GPU and hour. None for the usual one.
        expose: Its ports; 22 is SSH, all others are HTTP.
        healthy: Whether its ports answer, if it is RUNNING.
        environment: Its variables. None for none.
        age: Seconds since it was made, at the first minute of 2026.

    Returns:
        The JSON object.

    Raises:
        ConfigurationError: A status that is not known.
    """
    request = PodRequest(
        image=image,
        gpu_type=gpu_type,
        gpu_count=gpu_count,
        name=name,
        ports=tuple(Port(port=each, protocol="SSH" if each == 22 else "HTTP") for each in expose),
        environment=tuple((environment or {}).items()),
    )
    made = SimulatedPod(
        id=int(id),
        request=request,
        region=region,
        price=PRICES.get(gpu_type, DEFAULT_PRICE) if price is None else Decimal(str(price)),
        created_at=-age,
        updated_at=-age / 2,
        status=_status(status),
        healthy_at=(0.0 if healthy else 1.0,) * len(request.ports),
    )
    shape = v1_pod_shape if api_version == "v1" else v2_pod_shape
    return shape(made, _context())


@explained
def pod(**fields: Any) -> Pod:
    """
    Return a pod as a client returns it.

    Args:
        **fields: Those of `pod_json`.

    Returns:
        The pod.

    Raises:
        ConfigurationError: A status that is not known.
    """
    fields.setdefault("api_version", "v2")
    return structure(pod_json(**fields), Pod)


@explained
def spec(**fields: Any) -> PodSpec:
    """
    Return a spec, in which all that is needed and not given is made up.

    Args:
        **fields: Those of `PodSpec`.

    Returns:
        The spec.

    Raises:
        ConfigurationError: A field that cannot be.
    """
    fields.setdefault("image", _IMAGE)
    fields.setdefault("gpu_type", _GPU_TYPE)
    return PodSpec(**fields)


def answer(data: object = None, *, code: int = _SUCCESS, message: str = "") -> dict[str, Any]:
    """
    Return the envelope in which the service puts every answer, refusals too.

    Args:
        data: What is in it, as decoded JSON.
        code: 10000 for success, any other for a refusal.
        message: In words. Empty for the usual.

    Returns:
        The JSON object.
    """
    usual = "success" if code == _SUCCESS else "system error"
    return {"message": message or usual, "code": code, "data": data}


def error(kind: type[E], message: str = "", *, operation: str = "createPod", **fields: Any) -> E:
    """
    Return an error as a client raises it: what a fake of a client has to raise.

    Args:
        kind: Its class, such as `OutOfCapacityError`.
        message: In words. Empty for the usual.
        operation: The operation's id.
        **fields: Further ones of the class, such as ``retry_after=30.0``.

    Returns:
        The error.
    """
    if issubclass(kind, APIStatusError):
        status, code, words = _REFUSALS.get(kind, (200, 99999, "the request was refused"))
        fields = {"status": status, "code": code, **fields}
    else:
        words = "the connection broke before the whole answer came."
    if issubclass(kind, UnresolvedCreateError):
        fields = {"name": "trainer", **fields}
    return kind(message or words, operation=operation, **fields)


def faults(
    share: float = 0.0,
    *,
    lost_answers: float = 0.0,
    no_connection: float = 0.0,
    server_errors: float = 0.0,
    late_by: float = 0.0,
    lists_lag: float = 0.0,
) -> Faults:
    """
    Return faults of a simulated cloud, in plain words.

    Args:
        share: The share of all requests that go wrong, in every way equally often.
        lost_answers: The share that is done and never answered.
        no_connection: The share whose connection is refused: nothing is done.
        server_errors: The share that is answered by a server error, half of them done all the same.
        late_by: Seconds, at most, after which what has no clear answer is done.
        lists_lag: Seconds for which lists do not show a new pod.

    Returns:
        The faults, for ``SimulatedYotta(faults=...)`` or ``@pytest.mark.yotta(faults=...)``.

    Raises:
        ConfigurationError: Shares below 0, or above 1 together.
    """
    each = {kind.value: chance for kind, chance in Faults.everything(share).chances()}
    each["timeout_after"] += lost_answers
    each["refuse"] += no_connection
    each["error_before"] += server_errors / 2
    each["error_after"] += server_errors / 2
    return Faults(late_commit=(0.0, late_by), list_lag=lists_lag, **cast("Any", each))


def _status(word: str) -> SimulatedStatus:
    status = PodStatus.parse(word)
    if not isinstance(status, PodStatus):
        hint = f"Known are {', '.join(PodStatus)}."
        raise ConfigurationError("status", word, "must be the status of a pod", hint=hint)
    return tuple(SimulatedStatus)[status.code]


def _context() -> Context:
    return Context(
        cloud=cast("Any", None),  # no shape looks at it
        request=Request(method="GET", path="/", segments=()),
        style=WireStyle(),
        parameters={},
        now=0.0,
        wall=lambda instant: _EPOCH + timedelta(seconds=instant),
        list_lag=0.0,
        id_lag=0.0,
    )
