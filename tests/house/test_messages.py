"""An error of configuration says what is allowed; what is not allowed is shown by its value."""

from pathlib import Path

import pytest

import yotta_async
from tests.house.messages import Problem, problems, says_what_is_allowed


PACKAGE = Path(yotta_async.__file__).parent
# What the search cannot read: a fault that a generator yields, and another error's own problem.
COMPUTED = {"_call/rules/operation.py": 1, "cli/simulate/switches.py": 1}
FOUND = {
    path.relative_to(PACKAGE).as_posix(): found
    for path in sorted(PACKAGE.rglob("*.py"))
    if (found := problems(path.read_text()))
}

SOURCE = """
_ALLOWED: Final = "must be one"

def plain(value):
    raise ConfigurationError("field", value, "must be two", hint="")

def joined(value, most):
    problem = f"is too long: at most {most} characters"
    raise errors.BudgetExceededError("field", value, problem, hint="")

def named(value):
    raise ConfigurationError("field", value, _ALLOWED, hint="")

def paired(value):
    problem, hint = "must be three", ""
    raise ConfigurationError("field", value, problem, hint=hint)

def chosen(value):
    problem = "must be four" if value else "must be five"
    raise ConfigurationError("field", value, problem, hint="")

def asked(value):
    if problem := _problem_of(value):
        raise ConfigurationError("field", value, problem, hint="")

def _problem_of(value):
    return "" if value else "must be six"

def helped(value):
    raise _bad("must be seven", value)

def _bad(problem, value):
    return ConfigurationError("field", value, problem, hint="")

def computed(error):
    raise ConfigurationError("field", error.value, str(error), hint="")

def another(value):
    raise YottaError("not our matter")
"""


@pytest.mark.parametrize("module", FOUND)
def test_every_error_of_configuration_says_what_is_allowed(module: str) -> None:
    texts = [each for each in FOUND[module] if each.text]
    assert [each for each in texts if not says_what_is_allowed(each.text)] == []


def test_hardly_a_problem_escapes_the_search() -> None:
    escaped = {path: sum(not each.text for each in found) for path, found in FOUND.items()}
    assert {path: number for path, number in escaped.items() if number} == COMPUTED


@pytest.mark.parametrize(
    "text",
    [
        'must be "ordered" or "spread"',
        "must not be given beside settings",
        "cannot be changed",
        "cannot be read: …",
        "is too long: at most … characters",
        "is too long: … characters, at most …",
        "is too deep: at most 100 levels",
        "lacks gpu_type",
    ],
)
def test_a_rule_a_bound_or_what_is_missing_says_what_is_allowed(text: str) -> None:
    assert says_what_is_allowed(text)


@pytest.mark.parametrize(
    "text",
    [
        "not a bool",
        "is no id",
        "is none",
        "is not a URL",
        "it is empty",
        "has a comma",
        "there is no such switch",
        "no such operation",
        "fewer than none",
        "is too long",
        "is too long: shorten it",
        "cannot be right",
        "must ",
        "mustard",
        "",
    ],
)
def test_what_a_value_is_not_does_not_say_what_is_allowed(text: str) -> None:
    assert not says_what_is_allowed(text)


def test_problems_are_found_however_they_get_to_the_error() -> None:
    assert problems(SOURCE) == [
        Problem(5, "must be two"),
        Problem(9, "is too long: at most … characters"),
        Problem(12, "must be one"),
        Problem(16, "must be three"),
        Problem(20, "must be five"),
        Problem(20, "must be four"),
        Problem(24, "must be six"),
        Problem(30, "must be seven"),
        Problem(36, ""),
    ]
