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
        last_seen: It as the server last told of it, or None if it never did.
        history: The statuses it went through, oldest first, each with the instant it was first
            seen.
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
    """It was not there in time; it exists still, and may bill."""


class PodFailedError(WaitError):
    """The pod ended in a state from which what was waited for cannot come."""


class PodVanishedError(WaitError):
    """The pod was listed once and has been missing from the lists for longer than they lag."""


class TaskFailedError(WaitError):
    """The task ended without a result; ``last_seen`` has what its worker said."""


class EndpointFailedError(WaitError):
    """The endpoint ended in a state from which what was waited for cannot come."""


class VMFailedError(WaitError):
    """The virtual machine ended in a state from which what was waited for cannot come."""
