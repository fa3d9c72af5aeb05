"""What was waited for, and did not come."""

from .base import YottaError


__all__ = [
    "EndpointFailedError",
    "PodFailedError",
    "PodVanishedError",
    "TaskFailedError",
    "VMFailedError",
    "WaitError",
    "WaitTimeoutError",
]


class WaitError(YottaError):
    """
    Something did not become what was waited for.

    Attributes:
        subject: The id of the pod, task, endpoint or virtual machine.
        last_seen: It as the server last described it. None if the server never did.
        history: The statuses that it went through, oldest first, each after the instant at which it
            was first seen, in seconds on the event loop's clock.
    """

    def __init__(
        self,
        message: str,
        *,
        subject: str,
        last_seen: object = None,
        history: tuple[tuple[float, str], ...] = (),
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.subject: str = subject
        self.last_seen: object = last_seen
        self.history: tuple[tuple[float, str], ...] = history


class WaitTimeoutError(WaitError, TimeoutError):
    """It did not happen in time; what was waited for still exists, and may bill."""


class PodFailedError(WaitError):
    """The pod is in a state from which it cannot become what was waited for."""


class PodVanishedError(WaitError):
    """The pod was listed once and has been missing for longer than lists lag."""


class TaskFailedError(WaitError):
    """The task ended without a result; ``last_seen`` has what its worker said."""


class EndpointFailedError(WaitError):
    """The endpoint is in a state from which it cannot become what was waited for."""


class VMFailedError(WaitError):
    """The virtual machine is in a state from which it cannot become what was waited for."""
