"""What pods' processors, memory and disks did."""

from datetime import datetime
from typing import Literal, TypedDict, TypeGuard, Unpack, get_args

from attrs import define

from ..errors import ConfigurationError
from ..models import Metric
from .calls import Calls, Noun


__all__ = ["Metrics", "Span", "Step"]

Step = Literal["30s", "5m", "15m", "1h", "4h", "1d"]


class Span(TypedDict, total=False):
    """
    Which points of a metric to show.

    Attributes:
        start: The time of the first point, aware. None for an hour before ``end``, or before now.
        end: The time of the last point, aware. None for an hour after ``start``, or for now.
        step: The time between two points: seconds, minutes, hours or days. None leaves it to the
            server.
    """

    start: datetime | None
    end: datetime | None
    step: Step | None


@define(eq=False, repr=False)
class Metrics(Noun):
    """
    Metrics of pods. Only v2 has them.

    Every method takes ``start`` and ``end``, aware times; with only one of them the server shows an
    hour, with neither the last hour. ``step``, the time between two points, bounds the span:
    ``"30s"`` 3 hours, ``"5m"`` 12 hours, ``"15m"`` 2 days, ``"1h"`` 7 days, ``"4h"`` 30 days,
    ``"1d"`` 90 days.
    """

    _calls: Calls

    async def cpu(self, pod_id: str, **span: Unpack[Span]) -> Metric:
        """
        Return the use of the processors.

        Args:
            pod_id: The pod's id.
            **span: ``start`` and ``end``, aware times, and ``step``, as described in `Metrics`.

        Returns:
            The metric, as a ratio of the cores that were asked for.

        Raises:
            UnsupportedOperationError: The client speaks v1, which has no such operation.
            ConfigurationError: A span that cannot be; nothing was sent.
            NotFoundError: There is no such pod.
            APIError: Any other refusal, and failures after all attempts.

        Source: v2 ``getPodCpuMetrics``, ``GET /v2/metrics/cpu/pods/{pod_id}``.
        """
        return await self._read("getPodCpuMetrics", pod_id, span)

    async def gpu(self, pod_id: str, **span: Unpack[Span]) -> Metric:
        """
        Return the use of the GPUs.

        Args:
            pod_id: The pod's id.
            **span: ``start`` and ``end``, aware times, and ``step``, as described in `Metrics`.

        Returns:
            The metric in percent, one series for each GPU.

        Raises:
            UnsupportedOperationError: The client speaks v1, which has no such operation.
            ConfigurationError: A span that cannot be; nothing was sent.
            NotFoundError: There is no such pod.
            APIError: Any other refusal, and failures after all attempts.

        Source: v2 ``getPodGpuMetrics``, ``GET /v2/metrics/gpu/pods/{pod_id}``.
        """
        return await self._read("getPodGpuMetrics", pod_id, span)

    async def gpu_memory(self, pod_id: str, **span: Unpack[Span]) -> Metric:
        """
        Return the use of the GPUs' memory.

        Args:
            pod_id: The pod's id.
            **span: ``start`` and ``end``, aware times, and ``step``, as described in `Metrics`.

        Returns:
            The metric in bytes, one series for each GPU.

        Raises:
            UnsupportedOperationError: The client speaks v1, which has no such operation.
            ConfigurationError: A span that cannot be; nothing was sent.
            NotFoundError: There is no such pod.
            APIError: Any other refusal, and failures after all attempts.

        Source: v2 ``getPodGpuMemoryMetrics``, ``GET /v2/metrics/gpu/pods/{pod_id}/memory``.
        """
        return await self._read("getPodGpuMemoryMetrics", pod_id, span)

    async def memory(self, pod_id: str, **span: Unpack[Span]) -> Metric:
        """
        Return the use of the memory.

        Args:
            pod_id: The pod's id.
            **span: ``start`` and ``end``, aware times, and ``step``, as described in `Metrics`.

        Returns:
            The metric in bytes.

        Raises:
            UnsupportedOperationError: The client speaks v1, which has no such operation.
            ConfigurationError: A span that cannot be; nothing was sent.
            NotFoundError: There is no such pod.
            APIError: Any other refusal, and failures after all attempts.

        Source: v2 ``getPodMemoryMetrics``, ``GET /v2/metrics/memory/pods/{pod_id}``.
        """
        return await self._read("getPodMemoryMetrics", pod_id, span)

    async def storage(self, pod_id: str, **span: Unpack[Span]) -> Metric:
        """
        Return the use of the disks.

        Args:
            pod_id: The pod's id.
            **span: ``start`` and ``end``, aware times, and ``step``, as described in `Metrics`.

        Returns:
            The metric in bytes.

        Raises:
            UnsupportedOperationError: The client speaks v1, which has no such operation.
            ConfigurationError: A span that cannot be; nothing was sent.
            NotFoundError: There is no such pod.
            APIError: Any other refusal, and failures after all attempts.

        Source: v2 ``getPodStorageMetrics``, ``GET /v2/metrics/storage/pods/{pod_id}``.
        """
        return await self._read("getPodStorageMetrics", pod_id, span)

    async def _read(self, operation: str, pod_id: str, span: Span) -> Metric:
        _check(span)
        return await self._calls.fetch(Metric, operation, pod_id=pod_id, **span)


def _check(span: Span) -> None:
    start, end, step = span.get("start"), span.get("end"), span.get("step")
    for name in span.keys() - Span.__annotations__.keys():
        hint = f"The bounds are {', '.join(Span.__annotations__)}."
        raise ConfigurationError(name, "(given)", "must be a bound of a metric", hint=hint)
    if step is not None and step not in get_args(Step):
        allowed = f"must be one of {', '.join(get_args(Step))}"
        raise ConfigurationError("step", step, allowed, hint="None leaves it to the server.")
    if is_aware(start) and is_aware(end) and start >= end:
        raise ConfigurationError("end", end, f"must be after start, {start}", hint="Swap them.")


def is_aware(value: object) -> TypeGuard[datetime]:
    """Whether it is a time with a zone; the row refuses any other."""
    return isinstance(value, datetime) and value.tzinfo is not None
