"""What a pod's processors, memory and disks did, as series of points."""

from collections.abc import Mapping
from datetime import datetime

from attrs import field, frozen

from ._frozen import FrozenMapping, freeze
from ._values import Labels
from ._wire import wire


__all__ = ["Metric", "Point", "Series"]


@frozen
class Point:
    """
    One measurement.

    Attributes:
        timestamp: Aware and in UTC.
        value: In the metric's unit: a ratio of the cores for the CPU, percent for the GPU, bytes
            for memory; None where nothing was measured.
        extra: What else the server said, by its wire names.
    """

    timestamp: datetime
    value: float | None = None
    extra: Mapping[str, object] = field(
        factory=FrozenMapping[object], converter=freeze, kw_only=True, repr=False
    )


@frozen(kw_only=True)
class Series:
    """
    The measurements of one thing.

    Attributes:
        labels: Which thing, such as one of several GPUs.
        latest_total: The capacity at the end, as memory has one; None where there is none.
        extra: What else the server said, by its wire names.
    """

    labels: Labels = field(factory=FrozenMapping[str], converter=FrozenMapping[str])
    points: tuple[Point, ...] = field(default=(), metadata=wire("data_points"))
    latest_total: float | None = field(default=None, metadata=wire("latest_total"))
    extra: Mapping[str, object] = field(factory=FrozenMapping[object], converter=freeze, repr=False)


@frozen(kw_only=True)
class Metric:
    """
    One metric of a pod.

    Attributes:
        latest_total: The capacity at the end, where the server gives it for the whole metric.
        extra: What else the server said, by its wire names.
    """

    name: str = field(metadata=wire("metric_name"))
    series: tuple[Series, ...] = ()
    latest_total: float | None = field(default=None, metadata=wire("latest_total"))
    extra: Mapping[str, object] = field(factory=FrozenMapping[object], converter=freeze, repr=False)
