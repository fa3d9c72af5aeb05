"""Routes as data: which request is which operation, and what carries it out."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from attrs import field, frozen

from yotta_async.simulator.body import invalid
from yotta_async.simulator.cloud import Cloud
from yotta_async.simulator.pod import Pod
from yotta_async.simulator.wire import Request, WireStyle


__all__ = ["Context", "Done", "Match", "Route", "find"]


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

    def id(self, name: str) -> int:
        text = self.parameters[name]
        if not (text.isascii() and text.isdecimal() and len(text) <= 19):
            raise invalid(f"{name}: [{text[:40]}] is not an id")
        return int(text)

    def time(self, instant: float) -> int | str:
        return self.style.time(self.wall(instant))


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

    def parameters(self, path: str) -> dict[str, str] | None:
        """Return what stands for the template's names in the path, or None if it does not fit."""
        names, words = self.template.split("/"), path.split("/")
        if len(names) != len(words):
            return None
        pairs = list(zip(names, words, strict=True))
        if not all(name == word or (name.startswith("{") and word) for name, word in pairs):
            return None
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


def find(routes: Iterable[Route], request: Request) -> Match:
    """Return the first route that fits; a fixed path must stand before one with parameters."""
    path_known = False
    for route in routes:
        parameters = route.parameters(request.path)
        if parameters is not None and route.method == request.method:
            return Match(route, parameters)
        path_known = path_known or parameters is not None
    return Match(None, path_known=path_known)
