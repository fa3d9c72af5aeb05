"""What the simulated cloud can refuse, before any generation of the API puts a code on it."""

from enum import StrEnum


__all__ = ["CloudError", "Problem", "invalid"]


class Problem(StrEnum):
    INVALID = "invalid"
    NOT_FOUND = "not found"
    WRONG_STATE = "wrong state"
    NO_CAPACITY = "no capacity"


class CloudError(Exception):
    """
    The cloud does not do what was asked.

    Attributes:
        problem: Why, as a word that the wire turns into a code.
        message: Why, as the server would say it.
        code: The envelope's code, where the noun at hand has one of its own.
        data: What the envelope carries beside it.
    """

    def __init__(
        self, problem: Problem, message: str, *, code: int | None = None, data: object = None
    ) -> None:
        super().__init__(message)
        self.problem = problem
        self.message = message
        self.code = code
        self.data = data


def invalid(message: str) -> CloudError:
    """Return the error for what a request may not ask for."""
    return CloudError(Problem.INVALID, message)
