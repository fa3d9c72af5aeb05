"""What pods' processors, memory and disks did."""

from datetime import datetime
from typing import Literal, TypedDict, TypeGuard, Unpack, get_args

from attrs import define

from ..errors import ConfigurationError
from ..models import Metric
from .calls import Calls


__all__ = ["Metrics", "Span", "Step"]

Step = Literal["30s", "5m", "15m", "1h", "4h", "1d"]


class Span(TypedDict, total=False):
    """
    Which points of a metric to show; the server shows the last hour by itself.

    Attributes:
        start: Aware.
        end: Aware; with only one of the two the server shows an hour.
        step: Seconds, minutes, hours or days between two points.
    """

    start: datetime | None
    end: datetime | None
    step: Step | None


@define(eq=False)
class Metrics:
    """
    Metrics of pods. Only v2 has them.

    Every method takes ``start`` and ``end``, aware; with only one of them the server shows an hour.
    ``step`` bounds the window: ``"30s"`` 3 hours, ``"5m"`` 12 hours, ``"15m"`` 2 days, ``"1h"``
    7 days, ``"4h"`` 30 days, ``"1d"`` 90 days.
    """

    _calls: Calls

    async def cpu(self, pod_id: str, **span: Unpack[Span]) -> Metric:
        """Return the use of the processors, as a ratio of the cores that were asked for."""
        return await self._read("getPodCpuMetrics", pod_id, span)

    async def gpu(self, pod_id: str, **span: Unpack[Span]) -> Metric:
        """Return the use of the GPUs, in percent, one series a GPU."""
        return await self._read("getPodGpuMetrics", pod_id, span)

    async def gpu_memory(self, pod_id: str, **span: Unpack[Span]) -> Metric:
        """Return the GPUs' memory in use, in bytes."""
        return await self._read("getPodGpuMemoryMetrics", pod_id, span)

    async def memory(self, pod_id: str, **span: Unpack[Span]) -> Metric:
        """Return the memory in use, in bytes."""
        return await self._read("getPodMemoryMetrics", pod_id, span)

    async def storage(self, pod_id: str, **span: Unpack[Span]) -> Metric:
        """Return the disk space in use, in bytes."""
        return await self._read("getPodStorageMetrics", pod_id, span)

    async def _read(self, operation: str, pod_id: str, span: Span) -> Metric:
        _check(span)
        return await self._calls.one(Metric, operation, pod_id=pod_id, **span)


def _check(span: Span) -> None:
    start, end, step = span.get("start"), span.get("end"), span.get("step")
    for name in span.keys() - Span.__annotations__.keys():
        hint = f"Give {', '.join(Span.__annotations__)}."
        raise ConfigurationError(name, "(given)", "is no bound of a metric", hint=hint)
    if step is not None and step not in get_args(Step):
        hint = f"Use one of {', '.join(get_args(Step))}."
        raise ConfigurationError("step", step, "is no step", hint=hint)
    if is_aware(start) and is_aware(end) and start >= end:
        raise ConfigurationError("end", end, f"is not after {start}", hint="Swap them.")


def is_aware(value: object) -> TypeGuard[datetime]:
    """Whether it is a time with a zone; the row refuses any other."""
    return isinstance(value, datetime) and value.tzinfo is not None
