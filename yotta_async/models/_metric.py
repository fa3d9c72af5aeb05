"""What a pod's processors, memory and disks did, as series of points."""

from collections.abc import Mapping
from datetime import datetime

from attrs import field, frozen

from ._frozen import FrozenMapping, freeze
from ._model import Model
from ._values import Labels
from ._wire import wire


__all__ = ["Metric", "Point", "Series"]


@frozen
class Point(Model):
    """
    One measurement.

    Attributes:
        timestamp: When it was made, aware and in UTC.
        value: In the metric's unit: a ratio of the requested cores for the CPU, percent for the
            GPU, bytes for memory and storage. None where nothing was measured.
        extra: What else the server said, by its wire names; hidden in the repr.
    """

    timestamp: datetime
    value: float | None = None
    extra: Mapping[str, object] = field(
        factory=FrozenMapping[object], converter=freeze, kw_only=True, repr=False
    )


@frozen(kw_only=True)
class Series(Model):
    """
    The measurements of one thing, such as one of several GPUs.

    Attributes:
        labels: Which thing it is.
        points: The measurements, in the server's order.
        latest_total: The capacity at the end, in the metric's unit. None for what has no capacity,
            or if the server did not say.
        extra: What else the server said, by its wire names; hidden in the repr.
    """

    labels: Labels = field(factory=FrozenMapping[str], converter=FrozenMapping[str])
    points: tuple[Point, ...] = field(default=(), metadata=wire("data_points"))
    latest_total: float | None = field(default=None, metadata=wire("latest_total"))
    extra: Mapping[str, object] = field(factory=FrozenMapping[object], converter=freeze, repr=False)


@frozen(kw_only=True)
class Metric(Model):
    """
    One metric of a pod.

    Attributes:
        name: The metric's name.
        series: The measurements, one series for each thing that was measured.
        latest_total: The capacity at the end, in the metric's unit, where the server sends one for
            all series. None if the server did not say.
        extra: What else the server said, by its wire names; hidden in the repr.
    """

    name: str = field(metadata=wire("metric_name"))
    series: tuple[Series, ...] = ()
    latest_total: float | None = field(default=None, metadata=wire("latest_total"))
    extra: Mapping[str, object] = field(factory=FrozenMapping[object], converter=freeze, repr=False)
