"""What pods' processors, memory and disks did."""

from datetime import datetime
from typing import Any, Literal, get_args

from attrs import define

from ..errors import ConfigurationError
from ..models import Metric, structure
from ._calls import Calls


__all__ = ["Metrics", "Step"]

Step = Literal["30s", "5m", "15m", "1h", "4h", "1d"]


@define(eq=False)
class Metrics:
    """
    Metrics of pods. Only v2 has them.

    Every method takes ``start`` and ``end``, aware; with only one of them the server shows an hour.
    ``step`` bounds the window: ``"30s"`` 3 hours, ``"5m"`` 12 hours, ``"15m"`` 2 days, ``"1h"``
    7 days, ``"4h"`` 30 days, ``"1d"`` 90 days.
    """

    _calls: Calls

    async def cpu(
        self,
        pod_id: str,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        step: Step | None = None,
    ) -> Metric:
        """Return the use of the processors, as a ratio of the cores that were asked for."""
        return await self._read("getPodCpuMetrics", pod_id, start, end, step)

    async def gpu(
        self,
        pod_id: str,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        step: Step | None = None,
    ) -> Metric:
        """Return the use of the GPUs, in percent, one series a GPU."""
        return await self._read("getPodGpuMetrics", pod_id, start, end, step)

    async def gpu_memory(
        self,
        pod_id: str,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        step: Step | None = None,
    ) -> Metric:
        """Return the GPUs' memory in use, in bytes."""
        return await self._read("getPodGpuMemoryMetrics", pod_id, start, end, step)

    async def memory(
        self,
        pod_id: str,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        step: Step | None = None,
    ) -> Metric:
        """Return the memory in use, in bytes."""
        return await self._read("getPodMemoryMetrics", pod_id, start, end, step)

    async def storage(
        self,
        pod_id: str,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        step: Step | None = None,
    ) -> Metric:
        """Return the disk space in use, in bytes."""
        return await self._read("getPodStorageMetrics", pod_id, start, end, step)

    async def _read(
        self,
        operation: str,
        pod_id: str,
        start: datetime | None,
        end: datetime | None,
        step: Step | None,
    ) -> Metric:
        call: dict[str, Any] = {"pod_id": pod_id, "start": start, "end": end, "step": step}
        filled = self._calls.api.call(operation, **call)
        if step is not None and step not in get_args(Step):
            hint = f"Use one of {', '.join(get_args(Step))}."
            raise ConfigurationError("step", step, "is no step", hint=hint)
        if start is not None and end is not None and start >= end:
            hint = "Give the earlier time as start."
            raise ConfigurationError("end", end, f"is not after {start}", hint=hint)
        data = await self._calls.caller.perform(filled, self._calls.options)
        return structure(data, Metric, operation=operation)
