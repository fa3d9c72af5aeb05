"""What a test asks of a cloud at its end, and is told in words when it is not so."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from heapq import nlargest
from typing import Final

from yotta_async.errors import ConfigurationError
from yotta_async.simulator.leftovers import Leftover, counted, leftovers, usd
from yotta_async.simulator.views import Views


__all__ = ["Asserts"]

# A message is read by a person: what is beyond so many lines is counted.
_MOST_TOLD: Final = 20


class Asserts(Views):
    """The asserts of `SimulatedYotta`; they need no test framework, and none to be installed."""

    @property
    def leftovers(self) -> tuple[Leftover, ...]:
        """
        What is there and nothing has asked to be deleted, oldest first by kind: pods, FAILED and
        PAUSED ones too, endpoints, VMs and volumes.
        """
        now = self._now()
        return tuple(leftovers(now, self.pods, self.endpoints, self.vms, self.volumes))

    def assert_nothing_left(self, *, but: str | Iterable[str] = ()) -> None:
        """
        See that nothing is left: no pod, endpoint, VM or volume that is not being deleted.

        Args:
            but: What may be left: ids, names, or patterns of names with ``*``; one, or several.

        Raises:
            AssertionError: Something is. The message has a line for each, with its status, price
                and age, and the call that made it.
        """
        __tracebackhide__ = True
        allowed = _patterns(but)
        left = [each for each in self.leftovers if not each.matches(allowed)]
        if left:
            hourly = sum((each.price or Decimal(0) for each in left), Decimal(0))
            head = f"{counted(len(left), 'thing')} left behind, {usd(hourly)} USD an hour:"
            raise AssertionError(_told(head, "nothing left", map(str, left)))

    def assert_never_refused(self) -> None:
        """
        See that no request was refused for a limit: none too many in a window, no pod operation too
        many at once.

        Raises:
            AssertionError: One was. The message has the operation and the instant of each.
        """
        __tracebackhide__ = True
        if refused := self.violations:
            head = f"{counted(len(refused), 'request')} refused for a limit:"
            lines = (
                f"{each.operation} at {each.instant:.1f} s ({each.kind}): {each.detail}"
                for each in refused
            )
            raise AssertionError(_told(head, "never refused", lines))

    def assert_spent_at_most(self, most: Decimal | float | str) -> None:
        """
        See that everything together has cost no more than this.

        Args:
            most: The most, in USD; a float is read as it is written, in the same unit.

        Raises:
            AssertionError: It has cost more. The message has the dearest pods.
            ConfigurationError: ``most`` is no amount of money.
        """
        __tracebackhide__ = True
        bound, spent = _amount(most), self.billing()
        if spent > bound:
            dear = nlargest(_MOST_TOLD, self.all_pods, key=lambda pod: pod.cost)
            lines = (
                f"{usd(pod.cost)} USD for pod {pod.name!r} ({pod.id}), {pod.status}, made by "
                f"{pod.made_by}"
                for pod in dear
            )
            head = f"{usd(spent)} USD spent:"
            raise AssertionError(_told(head, f"at most {usd(bound)} USD", lines))


def _patterns(but: str | Iterable[str]) -> list[str]:
    return [but] if isinstance(but, str) else list(but)


def _amount(most: Decimal | float | str) -> Decimal:
    try:
        amount = Decimal(str(most))
    except InvalidOperation:
        amount = Decimal("NaN")
    if amount.is_nan() or amount < 0:
        raise ConfigurationError("most", most, "must be an amount, 0 or more", hint="Such as 1.50.")
    return amount


def _told(head: str, wanted: str, found: Iterable[str]) -> str:
    """Return a message in which a minus is what was wanted, and a plus what there is."""
    lines = list(found)
    more = [f"  and {len(lines) - _MOST_TOLD} more"] if len(lines) > _MOST_TOLD else []
    return "\n".join(
        [head, f"  - {wanted}", *(f"  + {each}" for each in lines[:_MOST_TOLD]), *more]
    )
