"""What the simulated cloud can refuse, before any generation of the API puts a code on it."""

from enum import StrEnum


__all__ = ["CloudError", "Problem"]


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
    """

    def __init__(self, problem: Problem, message: str) -> None:
        super().__init__(message)
        self.problem = problem
        self.message = message
