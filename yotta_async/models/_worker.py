"""A worker of an endpoint, and what it has written."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from attrs import field, frozen

from ._frozen import FrozenMapping, freeze
from ._lifecycle import PodStatus
from ._model import Model
from ._values import Count, Id, Measure, Opaque
from ._wire import wire


__all__ = ["LogLine", "LogPage", "Worker"]


@frozen(kw_only=True)
class Worker(Model):
    """
    A worker of an endpoint as the server last described it; after a restart of the endpoint its
    workers have new ids.

    Attributes:
        id: The worker's id: a 64-bit number as text, or a name.
        endpoint_id: The id of its endpoint, a 64-bit number as text. None if the server did not
            say.
        status: A status as pods have it. A word that this version does not know stays text.
        region: The code of the region that it is in. None if the server did not say.
        gpu_type: The GPU's code, case-sensitive. None if the server did not say.
        gpu_display_name: The GPU's name for people. None if the server did not say.
        gpu_count: How many GPUs it has. None if the server did not say.
        single_card_vram_in_gb: The memory of one GPU in GB. None if the server did not say.
        single_card_ram_in_gb: The RAM for one GPU in GB. None if the server did not say.
        single_card_vcpu: The virtual CPUs for one GPU. None if the server did not say.
        uptime: For how long it has run: a number, or text where the server sends text; the unit is
            not documented. None if the server did not say.
        cost: USD; for which time is not documented. None if the server did not say.
        created_at: When it was created, aware and in UTC. None if the server did not say.
        updated_at: When it last changed, aware and in UTC. None if the server did not say.
        extra: What else the server said, by its wire names; hidden in the repr.
    """

    id: Id = field(metadata=wire("id", "workerId"))
    endpoint_id: Id | None = None
    status: PodStatus | str
    region: str | None = None
    gpu_type: str | None = None
    gpu_display_name: str | None = None
    gpu_count: Count | None = None
    single_card_vram_in_gb: int | None = None
    single_card_ram_in_gb: int | None = None
    single_card_vcpu: int | None = None
    uptime: Measure | None = None
    cost: Decimal | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    extra: Mapping[str, object] = field(factory=FrozenMapping[object], converter=freeze, repr=False)


@frozen(kw_only=True)
class LogLine(Model):
    """
    A line that a worker has written.

    Attributes:
        timestamp: When it was written, aware and in UTC. None if the server did not say.
        text: The line itself; hidden in the repr, as programs print secrets, too.
        offset: The line's place in the log. None if the server did not say.
        extra: What else the server said, by its wire names; hidden in the repr.
    """

    timestamp: datetime | None = None
    text: str = field(default="", repr=False, metadata=wire("log"))
    offset: int | None = None
    extra: Mapping[str, object] = field(factory=FrozenMapping[object], converter=freeze, repr=False)


@frozen(kw_only=True)
class LogPage(Model):
    """
    Lines of a log, and where the next ones begin.

    Attributes:
        lines: The lines of this page.
        has_more: Whether there are more lines now.
        next_search_after_time: What to ask with for the next page, together with
            ``next_search_after_offset``, as it was received. None if the server did not say.
        next_search_after_offset: The second part of that position. None if the server did not say.
        extra: What else the server said, by its wire names; hidden in the repr.
    """

    lines: tuple[LogLine, ...] = field(default=(), metadata=wire("logs"))
    has_more: bool = False
    next_search_after_time: Opaque | None = None
    next_search_after_offset: Opaque | None = None
    extra: Mapping[str, object] = field(factory=FrozenMapping[object], converter=freeze, repr=False)
