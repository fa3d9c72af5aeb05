"""What a pod's meters show: made up, smooth, and the same whenever one looks."""

import math
from collections.abc import Mapping

from attrs import frozen

from yotta_async.simulator.cloud.gpus import gpu, share_of
from yotta_async.simulator.cloud.pod import PodRequest
from yotta_async.simulator.cloud.problems import invalid


__all__ = ["METRICS", "STEPS", "Metric", "Series", "Window", "series_of"]

_SECOND = 1000
_HOUR = 3600 * _SECOND
_DAY = 24 * _HOUR
_GB = 1024**3

# A step, and the longest window it is allowed for, both in milliseconds.
STEPS: Mapping[str, tuple[int, int]] = {
    "30s": (30 * _SECOND, 3 * _HOUR),
    "5m": (300 * _SECOND, 12 * _HOUR),
    "15m": (900 * _SECOND, 2 * _DAY),
    "1h": (_HOUR, 7 * _DAY),
    "4h": (4 * _HOUR, 30 * _DAY),
    "1d": (_DAY, 90 * _DAY),
}


@frozen
class Window:
    """From when to when, and in what steps; all in epoch milliseconds, both ends included."""

    start: int
    end: int
    step: int

    @classmethod
    def of(cls, start: int | None, end: int | None, step: str, now: int) -> "Window":
        """
        Return what is asked for; an hour where one end is missing, the last one without either.

        Args:
            start: Its first instant, or None.
            end: Its last, or None.
            step: A word of `STEPS`, or an empty one for the finest that is allowed.
            now: The instant that it ends at by default.

        Raises:
            CloudError: No window, an unknown step, or one that is too fine for the window.
        """
        if end is None:
            end = now if start is None else start + _HOUR
        if start is None:
            start = end - _HOUR
        if start >= end:
            raise invalid("start must be before end")
        if step and step not in STEPS:
            raise invalid(f"step must be one of {', '.join(STEPS)}")
        for word, (length, longest) in STEPS.items():
            if step in {"", word} and end - start <= longest:
                return cls(start, end, length)
        raise invalid(f"the window is too long for the step [{step or '1d'}]")

    def instants(self, first: int, last: int) -> range:
        """Return the instants of the window that lie in a life, on whole steps."""
        begin = max(self.start, first)
        return range(-(-begin // self.step) * self.step, min(self.end, last) + 1, self.step)


@frozen
class Metric:
    """
    A meter.

    Attributes:
        name: What the answer calls it.
        unit: What there is of it: ``ratio``, ``percent``, ``vram``, ``ram`` or ``disk``.
    """

    name: str
    unit: str


METRICS: Mapping[str, Metric] = {
    "cpu": Metric("cpu_usage", "ratio"),
    "gpu": Metric("gpu_utilization", "percent"),
    "gpu_memory": Metric("gpu_memory_usage", "vram"),
    "memory": Metric("memory_usage", "ram"),
    "storage": Metric("storage_usage", "disk"),
}


@frozen
class Series:
    """
    One line of a meter.

    Attributes:
        labels: What it is the line of.
        most: The most that it can show.
        phase: Where its wave begins, so that no two lie upon each other.
        bounded: Whether the answer tells the most, too, as those in bytes do.
    """

    labels: Mapping[str, str]
    most: float
    phase: int
    bounded: bool = True

    def value(self, instant: int) -> float:
        # Between a tenth and nine tenths of the most, once up and down an hour.
        wave = math.sin(2 * math.pi * (instant % _HOUR / _HOUR + self.phase % 97 / 97))
        return round(self.most * (0.5 + 0.4 * wave), 4)


def series_of(metric: Metric, pod_id: int, request: PodRequest, region: str) -> list[Series]:
    """Return the lines that a pod has of a meter: one, or one for each GPU or disk."""
    label, number = {"pod_id": str(pod_id)}, request.gpu_count
    if metric.unit == "ratio":
        return [Series(label, 1.0, pod_id, bounded=False)]
    if metric.unit == "ram":
        ram = share_of(request.gpu_type, region).ram * max(1, number)
        return [Series(label, float(ram * _GB), pod_id)]
    if metric.unit == "disk":
        disks = {"container": request.container_volume, "persistent": request.persistent_volume}
        return [
            Series(label | {"disk": name}, float(size * _GB), pod_id)
            for name, size in disks.items()
            if size
        ]
    most = 100.0 if metric.unit == "percent" else float(gpu(request.gpu_type).memory * _GB)
    return [
        Series(label | {"gpu": str(index)}, most, pod_id + index, bounded=metric.unit == "vram")
        for index in range(number)
    ]
