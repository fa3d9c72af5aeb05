"""A worker of an endpoint, and what it has written."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from attrs import field, frozen

from ._frozen import FrozenMapping, freeze
from ._lifecycle import PodStatus
from ._values import Id, Measure, Opaque
from ._wire import wire


__all__ = ["LogLine", "LogPage", "Worker"]


@frozen(kw_only=True)
class Worker:
    """
    A worker as the server last told of it; after a restart of its endpoint it has another id.

    Attributes:
        id: Text; a 64-bit number or a name.
        endpoint_id: The endpoint it belongs to, where the server says so.
        status: The words of pods. Open to others; those stay text.
        uptime: A number where the server gives one, else its words; the unit is not documented.
        cost: USD.
        extra: What else the server said, by its wire names; hidden.
    """

    id: Id = field(metadata=wire("id", "workerId"))
    endpoint_id: Id | None = None
    status: PodStatus | str
    region: str | None = None
    gpu_type: str | None = None
    gpu_display_name: str | None = None
    gpu_count: int | None = None
    single_card_vram_in_gb: int | None = None
    single_card_ram_in_gb: int | None = None
    single_card_vcpu: int | None = None
    uptime: Measure | None = None
    cost: Decimal | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    extra: Mapping[str, object] = field(factory=FrozenMapping[object], converter=freeze, repr=False)


@frozen(kw_only=True)
class LogLine:
    """
    A line that a worker has written.

    Attributes:
        timestamp: When, aware and in UTC.
        text: What; hidden in the repr, as programs print their secrets, too.
        offset: The line's place in the log.
        extra: What else the server said, by its wire names; hidden.
    """

    timestamp: datetime | None = None
    text: str = field(default="", repr=False, metadata=wire("log"))
    offset: int | None = None
    extra: Mapping[str, object] = field(factory=FrozenMapping[object], converter=freeze, repr=False)


@frozen(kw_only=True)
class LogPage:
    """
    Lines of a log, and where the next ones are.

    Attributes:
        next_search_after_time: To be given back as it is, with ``next_search_after_offset``.
        extra: What else the server said, by its wire names; hidden.
    """

    lines: tuple[LogLine, ...] = field(default=(), metadata=wire("logs"))
    has_more: bool = False
    next_search_after_time: Opaque | None = None
    next_search_after_offset: Opaque | None = None
    extra: Mapping[str, object] = field(factory=FrozenMapping[object], converter=freeze, repr=False)
