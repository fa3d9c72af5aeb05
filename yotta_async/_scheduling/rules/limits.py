"""What a key may do: the limits of its plan, checked when they are given."""

from typing import Literal

from attrs import frozen

from ..._checks import is_finite, is_whole
from ...errors import ConfigurationError
from ...errors._arguments import explains


__all__ = ["Limits", "OperationSpan"]

OperationSpan = Literal["call", "settled"]


@explains
@frozen(kw_only=True)
class Limits:
    """
    The limits of one API key.

    Attributes:
        requests: Requests in any ``per`` seconds; the plans give 60 to 120 a minute.
        per: The length of the window in seconds.
        pod_operations: Creates, pauses, resumes and deletes at once.
        burst: Requests back to back before the even rate sets in. None until the server asks for
            it.
        reserve: Credits of each window kept for what stops a bill; lent to a queue that is longer
            than this, and would otherwise take over 5 % longer.
        operation_span: Whether a pod operation lasts until its answer (``"call"``) or until the pod
            has come to rest (``"settled"``); the documentation does not say.
        grace: Seconds for which the server may still be at work after an exchange without an
            answer.
        queue_timeout: Seconds that a call may wait for its turn. None for as long as it takes.

    Raises:
        ConfigurationError: A value that is not allowed.

    Source: the API page, "Rate Limits & Best Practices".
    """

    requests: int = 60
    per: float = 60.0
    pod_operations: int = 5
    burst: int | None = None
    reserve: int = 2
    operation_span: OperationSpan = "call"
    grace: float = 10.0
    queue_timeout: float | None = None

    def __attrs_post_init__(self) -> None:
        _whole("requests", self.requests, least=1, hint="Set what your plan allows, 60 to 120.")
        _seconds("per", self.per)
        _whole("pod_operations", self.pod_operations, least=1, hint="The service allows 5.")
        _whole("reserve", self.reserve, least=0, hint="Leave it out for 2.")
        if self.reserve >= self.requests:
            problem = f"must be less than `requests`, {self.requests}"
            raise _bad("reserve", self.reserve, problem, "Set 0 to keep none.")
        if self.burst is not None:
            _whole("burst", self.burst, least=1, hint="Leave it out to have it learned.")
        if self.operation_span not in ("call", "settled"):
            problem = 'must be "call" or "settled"'
            raise _bad("operation_span", self.operation_span, problem, 'Leave it out for "call".')
        _seconds("grace", self.grace, zero=True)
        if self.queue_timeout is not None:
            _seconds("queue_timeout", self.queue_timeout)


def _whole(field: str, value: object, *, least: int, hint: str) -> None:
    if not is_whole(value) or not is_finite(value) or value < least:
        raise _bad(field, value, f"must be a whole number of at least {least}", hint)


def _seconds(field: str, value: object, *, zero: bool = False) -> None:
    if not (is_finite(value) and (value > 0 or (zero and value == 0))):
        least = "zero or more" if zero else "more than zero"
        raise _bad(
            field, value, f"must be a finite number of seconds, {least}", "For example 60.0."
        )


def _bad(field: str, value: object, problem: str, hint: str) -> ConfigurationError:
    return ConfigurationError(f"Limits.{field}", value, problem, hint=hint)
