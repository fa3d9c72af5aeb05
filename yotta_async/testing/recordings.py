"""
What a program and a cloud said, as lines of JSON: kept, and compared with another run.

On a simulated cloud in virtual time the same program says the same at the same instants, so a
recording that is kept with the tests shows what a change of the program changes at the service.
"""

import json
import os
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import attrs
from attrs import define, field, frozen

from ..errors import ConfigurationError
from ..events import Event
from ..simulator import SimulatedYotta
from ..simulator.exchange import Answer, Exchange
from .clients import hearers_of


if TYPE_CHECKING:
    from ..simulator.server import Server


__all__ = ["Recording", "Said", "recording"]

HIDDEN: Final = "(hidden)"
_UPDATE: Final = "YOTTA_RECORD"
# What of an object may be kept, by its wire name. All else is hidden: it may be a secret.
_PLAIN: Final = frozenset(
    {
        "cloudType",
        "code",
        "containerVolumeInGb",
        "createdAt",
        "data",
        "environmentVars",
        "expose",
        "gpuCount",
        "gpuDisplayName",
        "gpuType",
        "healthy",
        "id",
        "image",
        "items",
        "key",
        "message",
        "mountPath",
        "name",
        "needBackup",
        "page",
        "pageSize",
        "persistentMountPath",
        "persistentVolumeInGb",
        "podName",
        "port",
        "price",
        "protocol",
        "proxyPort",
        "region",
        "regionList",
        "regions",
        "resourceType",
        "resources",
        "serviceMode",
        "serviceName",
        "shmInGb",
        "singleCardPrice",
        "singleCardRamInGb",
        "singleCardVcpu",
        "singleCardVramInGb",
        "size",
        "status",
        "statusList",
        "storageType",
        "total",
        "totalWorkers",
        "updatedAt",
        "volumeId",
        "workers",
    }
)
_AROUND: Final = 3


@frozen(kw_only=True)
class Said:
    """
    One line of a recording.

    Attributes:
        at: When, in seconds on the clock of the event loop.
        who: ``"program"`` for what the cloud was asked and what it answered, or the client that
            told an event, such as ``"client 0"``.
        what: ``"request"`` or ``"event"``.
        text: What, in a few words: the operation, status and code; or the event.
        details: Of a request its method, path, body, answer and fault. Text that may be a secret is
            hidden.
        origin: The line of the program that asked, where it is known; it is not compared.
    """

    at: float
    who: str
    what: str
    text: str
    details: Mapping[str, Any] = field(factory=dict[str, Any])
    origin: str = field(default="", eq=False)

    def __str__(self) -> str:
        told = json.dumps(self.details, sort_keys=True) if self.details else ""
        return f"{self.at:10.3f} {self.who:<9} {self.text} {told}".rstrip()


@define(eq=False)
class Recording:
    """
    What was said in one run.

    Attributes:
        lines: What, oldest first.
    """

    lines: list[Said] = field(factory=list[Said])

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "Recording":
        """
        Read a recording.

        Args:
            path: The file that `save` has written.

        Returns:
            The recording.

        Raises:
            ConfigurationError: The file is no recording.
            OSError: It cannot be read.
        """
        texts = Path(path).read_text("utf-8").splitlines()
        try:
            return cls([Said(**json.loads(text)) for text in texts])
        except (TypeError, ValueError):
            hint = f"Remove it, or write it anew: {_UPDATE}=1."
            problem = "must be a recording, with a JSON object on each line"
            raise ConfigurationError("path", os.fspath(path), problem, hint=hint) from None

    def save(self, path: str | os.PathLike[str]) -> None:
        """
        Write it, one line of JSON for each that was said, without secrets.

        Args:
            path: The file; its folder is made if need be.

        Raises:
            OSError: It cannot be written.
        """
        file = Path(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        texts = (json.dumps(attrs.asdict(line), sort_keys=True) for line in self.lines)
        file.write_text("".join(f"{text}\n" for text in texts), "utf-8")

    def check(self, path: str | os.PathLike[str]) -> None:
        """
        Compare it with a recording that was kept, or keep it where there is none.

        With ``YOTTA_RECORD=1`` in the environment it is written anew.

        Args:
            path: The file.

        Raises:
            AssertionError: They differ, as `assert_like` says.
            ConfigurationError: The file is no recording.
        """
        __tracebackhide__ = True
        if os.environ.get(_UPDATE) or not Path(path).exists():
            self.save(path)
        else:
            self.assert_like(Recording.load(path))

    def assert_like(self, kept: "Recording") -> None:
        """
        See that the same was said at the same instants.

        Args:
            kept: The earlier recording.

        Raises:
            AssertionError: They differ. The message has the first line that does, and those before
                it.
        """
        __tracebackhide__ = True
        for number, (was, now) in enumerate(zip_longest(kept.lines, self.lines)):
            if was != now:
                before = self.lines[max(0, number - _AROUND) : number]
                raise AssertionError("\n".join(_difference(number, before, was, now)))


def _difference(
    number: int, before: Iterable[Said], was: Said | None, now: Said | None
) -> Iterator[str]:
    yield f"line {number + 1} is not as it was recorded ({_UPDATE}=1 keeps what is now):"
    yield from (f"    {line}" for line in before)
    yield f"  - {was or 'the end'}"
    yield f"  + {now or 'the end'}"
    if now is not None and now.origin:
        yield f"      {now.origin}"


@contextmanager
def recording(cloud: SimulatedYotta) -> Generator[Recording]:
    """
    Record what is said to a cloud, and by it, while a block lasts.

    Args:
        cloud: The cloud.

    Yields:
        The recording, which grows.
    """
    made = Recording()
    hearers, hear = hearers_of(cloud), _hearing_events(made.lines.append)
    inside: Any = cloud
    server: Server = inside._server  # noqa: SLF001  # the kit is told what arrives
    before, server.listener = server.listener, _listening(made.lines.append, server.listener)
    hearers.append(hear)
    try:
        yield made
    finally:
        server.listener = before
        hearers.remove(hear)


Tell = Callable[[Said], object]
Listener = Callable[[Exchange, Answer | None], None]


def _hearing_events(tell: Tell) -> Callable[[str, Event], None]:
    def hear(who: str, event: Event) -> None:
        fields = attrs.asdict(event)
        at = round(fields.pop("at"), 6)
        words = " ".join(f"{name}={_short(value)}" for name, value in fields.items())
        tell(Said(at=at, who=who, what="event", text=f"{type(event).__name__} {words}"))

    return hear


def _listening(tell: Tell, before: Listener | None) -> Listener:
    def listen(exchange: Exchange, answer: Answer | None) -> None:
        if before is not None:
            before(exchange, answer)
        tell(_said(exchange, answer))

    return listen


def _said(exchange: Exchange, answer: Answer | None) -> Said:
    request, reply = exchange.request, None if answer is None else answer.reply
    body = None if reply is None else _decoded(reply.body)
    outcome = "no answer" if reply is None else f"{reply.status}/{reply.code}"
    fault = f" [{exchange.fault}]" if exchange.fault else ""
    details = {
        "method": request.method,
        "path": request.path,
        "query": [list(pair) for pair in request.query],
        "body": _decoded(request.body),
        "answer": body,
    }
    return Said(
        at=round(exchange.arrives_at, 6),
        who="program",
        what="request",
        text=f"{exchange.match.operation} {outcome}{fault}",
        details={name: _plain(value) for name, value in details.items() if value},
        origin=exchange.origin,
    )


def _decoded(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return f"{len(body)} bytes that are no JSON"


def _plain(value: object, *, hidden: bool = False) -> object:
    """Return JSON without what may be a secret: all that is under a key not known to be plain."""
    if isinstance(value, dict):
        fields = sorted(cast("dict[str, object]", value).items())
        return {name: _plain(part, hidden=hidden or name not in _PLAIN) for name, part in fields}
    if isinstance(value, list):
        return [_plain(part, hidden=hidden) for part in cast("list[object]", value)]
    return HIDDEN if hidden and value not in (None, "", True, False) else value


def _short(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
