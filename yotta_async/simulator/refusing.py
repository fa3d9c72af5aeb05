"""What is refused for another reason than the cloud's own: by a firewall, or for an account."""

import json
from collections.abc import Callable, Iterable
from typing import Any, Literal, cast

from attrs import define, field, frozen

from yotta_async.errors import ConfigurationError
from yotta_async.simulator._checks import one_of
from yotta_async.simulator.wire import Reply, Request, envelope, page


__all__ = ["Refusing", "RefusingRules"]

PageStyle = Literal["html", "json", "empty"]


def _names(values: str | Iterable[str] | None) -> frozenset[str] | None:
    if values is None:
        return None
    return frozenset([values] if isinstance(values, str) else values)


@frozen(kw_only=True)
class Refusing:
    """
    Requests that are answered by a refusal, and not done.

    All conditions that are given must hold.

    Attributes:
        status: The HTTP status.
        code: The envelope's code. None for an answer that is no envelope, as a firewall's.
        message: The envelope's message, or the title of the page.
        page: What comes instead of an envelope: ``"html"``, ``"json"`` of another shape, or
            ``"empty"``.
        headers: Further headers, as names and values.
        operations: The ids of the operations that are refused. None for all.
        regions: The codes of the regions that a create must not ask for. None for any.
        gpu_types: The codes of the GPU types that a create must not ask for. None for any.
        most_pods: How many pods the account may have; a create beyond that is refused. None for
            no such limit.

    Raises:
        ConfigurationError: A setting that cannot work.
    """

    status: int = 403
    code: int | None = None
    message: str = "Forbidden"
    page: PageStyle = field(default="html", validator=one_of(PageStyle))
    headers: tuple[tuple[str, str], ...] = ()
    operations: frozenset[str] | None = field(default=None, converter=_names)
    regions: frozenset[str] | None = field(default=None, converter=_names)
    gpu_types: frozenset[str] | None = field(default=None, converter=_names)
    most_pods: int | None = None

    def __attrs_post_init__(self) -> None:
        if not 200 <= self.status <= 599:
            hint = "Such as 403."
            raise ConfigurationError("status", self.status, "must be 200 to 599", hint=hint)

    def concerns(self, request: Request, operation: str, pods: Callable[[], int]) -> bool:
        """
        Return whether a request is refused.

        Args:
            request: The request.
            operation: The operation's id.
            pods: Counts the pods that the account has.

        Returns:
            Whether it is.
        """
        if self.operations is not None and operation not in self.operations:
            return False
        about_pods = (self.regions, self.gpu_types, self.most_pods) != (None, None, None)
        if not about_pods:
            return True
        return operation == "createPod" and self._concerns_pod(request, pods)

    def _concerns_pod(self, request: Request, pods: Callable[[], int]) -> bool:
        if self.most_pods is not None and pods() < self.most_pods:
            return False
        asked = _body(request)
        named = (asked.get("region"), *_list(asked, "regions"), *_list(asked, "regionList"))
        elsewhere = self.regions is not None and self.regions.isdisjoint(filter(None, named))
        other = self.gpu_types is not None and asked.get("gpuType") not in self.gpu_types
        return not elsewhere and not other

    def reply(self) -> Reply:
        """
        Write the refusal.

        Returns:
            The answer.
        """
        if self.code is not None:
            return envelope(None, code=self.code, message=self.message, status=self.status)
        if self.page == "html":
            shown = page(self.status, self.message)
            return Reply(
                status=shown.status,
                body=shown.body,
                content_type=shown.content_type,
                extra=self.headers,
            )
        body = b"" if self.page == "empty" else json.dumps({"error": self.message}).encode()
        return Reply(status=self.status, body=body, extra=self.headers)


def _body(request: Request) -> dict[str, Any]:
    try:
        found = json.loads(request.body or b"{}")
    except ValueError:
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _list(body: dict[str, Any], name: str) -> list[Any]:
    found = body.get(name)
    return [*found] if isinstance(found, list) else []


@define(eq=False)
class RefusingRules:
    """Those that hold, each until an instant or for a number of answers."""

    _rules: list[tuple[Refusing, float, float, list[float]]] = field(factory=list)

    def add(self, rule: Refusing, begins: float, ends: float, answers: float) -> None:
        """Have a rule hold between two instants, for so many answers."""
        self._rules.append((rule, begins, ends, [answers]))

    def turn_away(
        self, request: Request, operation: str, now: float, pods: Callable[[], int]
    ) -> Reply | None:
        """Return the refusal, or None for a request that is not refused."""
        for rule, begins, ends, left in self._rules:
            holds = begins <= now < ends and left[0] > 0
            if holds and rule.concerns(request, operation, pods):
                left[0] -= 1
                return rule.reply()
        return None
