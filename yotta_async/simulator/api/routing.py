"""Routes as data: which request is which operation, and what carries it out."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from attrs import define, field, frozen

from yotta_async.simulator.api.body import Body, whole_number
from yotta_async.simulator.cloud import Cloud
from yotta_async.simulator.cloud.pod import Pod
from yotta_async.simulator.cloud.problems import invalid
from yotta_async.simulator.style import TimeStyle, WireStyle, spell
from yotta_async.simulator.wire import Request


__all__ = ["Context", "Done", "Match", "Route", "Router"]


@frozen(kw_only=True)
class Done:
    """What an operation answers, and the pod it moved, if it did."""

    data: object
    pod: Pod | None = None


@frozen(kw_only=True)
class Context:
    """What an operation may look at; `time` turns an instant into the style's time."""

    cloud: Cloud
    request: Request
    style: WireStyle
    parameters: Mapping[str, str]
    now: float
    wall: Callable[[float], datetime]
    list_lag: float
    id_lag: float

    def id(self, name: str) -> int:
        text = self.parameters[name]
        number = whole_number(text)
        if number is None or number < 0:
            raise invalid(f"{name}: [{text[:40]}] is not an id")
        return number

    @property
    def body(self) -> Body:
        """The request's body, which it must have."""
        return Body.parse(self.request.body)

    @property
    def optional_body(self) -> Body:
        """The request's body, or an empty one."""
        return Body.parse(self.request.body or b"{}")

    def time(self, instant: float) -> int | str:
        return self.style.time(self.wall(instant))

    def spell(self, instant: float, style: TimeStyle) -> int | str:
        """Return an instant as a style other than the general one has it."""
        return spell(self.wall(instant), style)


@frozen
class Route:
    """
    One operation of the API reference.

    Attributes:
        operation: Its id, which logs, faults and violations name it by.
        method: In capitals.
        template: The path, with ``{name}`` where one segment is a parameter.
        handle: What carries it out; raises CloudError.
        pod_operation: Whether it counts among the pod operations at once.
    """

    operation: str
    method: str
    template: str
    handle: Callable[[Context], Done]
    pod_operation: bool = field(default=False, kw_only=True)

    @property
    def names(self) -> list[str]:
        return self.template.split("/")

    def parameters(self, segments: Sequence[str]) -> dict[str, str]:
        """Return what stands for the template's names in a path that fits it."""
        pairs = zip(self.names, segments, strict=True)
        return {name.strip("{}"): word for name, word in pairs if name.startswith("{")}


@frozen
class Match:
    """A request's route and path parameters; no route where the API has none for it."""

    route: Route | None
    parameters: Mapping[str, str] = field(factory=dict[str, str])
    path_known: bool = False

    @property
    def operation(self) -> str:
        return self.route.operation if self.route else "unknown"


@define(eq=False)
class _Crossing:
    """A point that paths pass or end at: the words that lead on, and what a method does here."""

    words: "dict[str, _Crossing]" = field(factory=dict[str, "_Crossing"])
    parameter: "_Crossing | None" = None
    routes: dict[str, Route] = field(factory=dict[str, Route])

    def way_to(self, name: str) -> "_Crossing":
        if not name.startswith("{"):
            return self.words.setdefault(name, _Crossing())
        self.parameter = self.parameter or _Crossing()
        return self.parameter

    def ends(self, segments: Sequence[str]) -> "Iterator[_Crossing]":
        """Yield where the segments lead, fixed words before parameters."""
        if not segments:
            yield self
            return
        first, rest = segments[0], segments[1:]
        if first in self.words:
            yield from self.words[first].ends(rest)
        if self.parameter is not None and first:
            yield from self.parameter.ends(rest)


class Router:
    """Routes in a tree, so that finding one takes as long for a hundred as for six."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._root: _Crossing = _Crossing()
        for route in routes:
            crossing = self._root
            for name in route.names:
                crossing = crossing.way_to(name)
            crossing.routes[route.method] = route

    def find(self, request: Request) -> Match:
        """Return what the request asks for; a fixed path goes before one with parameters."""
        path_known = False
        for end in self._root.ends(request.segments):
            if request.method in end.routes:
                route = end.routes[request.method]
                return Match(route, route.parameters(request.segments))
            path_known = path_known or bool(end.routes)
        return Match(None, path_known=path_known)
