"""`Batches`: what a client has of batches; the rest is imported when it is first used."""

from collections.abc import AsyncIterable, Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, TypeVar

from .._call.caller import CallOptions
from .._resources.account import Account
from ..errors._arguments import explained


if TYPE_CHECKING:
    from os import PathLike

    from ..models import Pod, PodSpec
    from ._batch import Batch
    from ._maps.journal import Journal
    from ._maps.settings import Errors, Retried
    from .rules.members import ReplacePolicy
    from .rules.money import Budget
    from .rules.places import Placement


__all__ = ["Batches"]

T = TypeVar("T")
R = TypeVar("R")


class Batches:
    """Many items on pods that are there for them only: ``client.map``."""

    _account: Account
    _options: CallOptions

    @explained
    def map(
        self,
        work: "Callable[[Pod, T], Awaitable[R]]",
        items: Iterable[T] | AsyncIterable[T],
        *,
        spec: "PodSpec",
        pods: int,
        name: str | None = None,
        placement: "Placement | None" = None,
        budget: "Budget | None" = None,
        replace: "ReplacePolicy | None" = None,
        max_lifetime: float | None = None,
        exit_timeout: float | None = None,
        signals: bool | None = None,
        tries: int = 3,
        item_timeout: float | None = None,
        per_pod: int = 1,
        ordered: bool = False,
        errors: "Errors" = "return",
        retry_on: "Retried" = (),
        ahead: int | None = None,
        journal: "Journal | str | PathLike[str] | None" = None,
        progress: bool = False,
    ) -> "Batch[T, R]":
        """
        Rent pods, do some work for each item on them, and give them back:
        ``async for done in client.map(work, items, spec=spec, pods=50)``.

        Pods are made when the first outcome is asked for. Each is deleted as soon as no item is
        left for it, and when the iteration has ended a list has shown that none is left.

        Args:
            work: Called with a pod and an item, in a task of the fleet; what it raises is that
                item's outcome.
            items: The items. Of a collection all are taken at once; of any other iterable, or an
                asynchronous one, no faster than outcomes are taken.
            spec: What the pods are made from.
            pods: How many there are at most; no more than the items of a collection need.
            name: The name of the fleet, by which the same program takes over what a crash has left.
                None for the one in the journal; without a journal, for a random one.
            placement: Where they may run. None for where the spec says.
            budget: What they may cost. None for no bound.
            replace: When pods are replaced, and how often. None for the defaults of
                `ReplacePolicy`.
            max_lifetime: Seconds after which all is ended. None for no such bound.
            exit_timeout: Seconds that ending may take. None for what the number of pods needs.
            signals: Whether SIGINT, SIGTERM and SIGHUP first end the fleet. None for only where
                the program, or its server, does not handle them itself.
            tries: On how many pods an item is begun at most.
            item_timeout: Seconds that a try may take, or it counts as lost. None for as long as it
                takes.
            per_pod: How many items are at work on a pod at once.
            ordered: Whether outcomes come in the order of the items, and not as they are done.
            errors: ``"return"`` for errors as outcomes; ``"raise"`` for the first of them to end
                the batch, and be raised.
            retry_on: What the work may raise to have its item begun anew, as if its pod was lost.
            ahead: How many items may be taken whose outcomes were not. None for all of a
                collection, and of other inputs twice as many as ready pods can have at hand.
            journal: The file, or the `Journal`, that notes what is done, so that it is not done
                again in a later run. None for none.
            progress: Whether lines, or a bar on a terminal with rich, tell how far it is.

        Returns:
            The outcomes, as the items are done: iterate over it.

        Raises:
            ConfigurationError: A setting that cannot work.
        """
        from ._batch import Order, batch_of  # noqa: PLC0415  # not every program has batches

        tried = {"tries": tries, "item_timeout": item_timeout, "retry_on": retry_on}
        taken = {"per_pod": per_pod, "ahead": ahead, "journal": journal}
        given = {"ordered": ordered, "errors": errors, "progress": progress}
        bounds = {"budget": budget, "replace": replace, "max_lifetime": max_lifetime}
        order = Order(
            work=work,
            items=items,
            spec=spec,
            pods=pods,
            placement=placement,
            name=name,
            fleet={**bounds, "exit_timeout": exit_timeout, "signals": signals},
            settings={**tried, **taken, **given},
        )
        return batch_of(self._account, self._options, order)
