"""What errors of configuration say: the texts of their problems, found in the source."""

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from attrs import field, frozen


__all__ = ["Problem", "problems", "says_what_is_allowed"]

_ERRORS: Final = frozenset({"ConfigurationError", "BudgetExceededError"})
_ARGUMENT: Final = 2  # of field, value, problem
# A rule, a bound with its number, something missing by name, or what is not possible at all.
_ALLOWED: Final = re.compile(
    r"(must \S|lacks \S|cannot be (changed|read)|is too (long|deep): .*\bat most \S)"
)

_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


@frozen
class Problem:
    """
    A problem that the source gives to an error.

    Attributes:
        line: The line of the call.
        text: Its text, with an ellipsis for what an f-string fills in; empty if it is not known
            before the program runs.
    """

    line: int
    text: str


def says_what_is_allowed(text: str) -> bool:
    """Whether a problem says what would be right, instead of what the value is not."""
    return _ALLOWED.match(text) is not None


def problems(source: str) -> list[Problem]:
    """Return the problems of a module, in the order of its lines."""
    module = _Module.of(source)
    found = (each for function in module.functions.values() for each in module.given_by(function))
    return sorted(found, key=lambda each: (each.line, each.text))


@frozen
class _Module:
    tree: ast.Module
    functions: Mapping[str, _Function]
    arguments: dict[str, int] = field(factory=dict[str, int])  # where each helper takes a problem

    @classmethod
    def of(cls, source: str) -> "_Module":
        tree = ast.parse(source)
        nodes = (node for node in ast.walk(tree) if isinstance(node, _Function))
        module = cls(tree, {f"{node.name}:{node.lineno}": node for node in nodes})
        for function in module.functions.values():
            module._note_helper(function)
        return module

    def _note_helper(self, function: _Function) -> None:
        names = [each.arg for each in function.args.args if each.arg != "self"]
        for _, problem in self._calls(function, dict.fromkeys(_ERRORS, _ARGUMENT)):
            if isinstance(problem, ast.Name) and problem.id in names:
                self.arguments[function.name] = names.index(problem.id)

    def _calls(
        self, function: _Function, arguments: Mapping[str, int]
    ) -> Iterator[tuple[ast.Call, ast.expr]]:
        """Yield calls of errors and helpers in a function, each with the problem it is given."""
        for node in _inside(function):
            if isinstance(node, ast.Call) and (name := _name_of(node.func)) in arguments:
                yield node, node.args[arguments[name]]

    def given_by(self, function: _Function) -> Iterator[Problem]:
        parameters = {each.arg for each in function.args.args}
        arguments = dict.fromkeys(_ERRORS, _ARGUMENT) | self.arguments
        for call, problem in self._calls(function, arguments):
            if not (isinstance(problem, ast.Name) and problem.id in parameters):
                texts = list(self._texts(problem, function)) or [""]
                yield from (Problem(call.lineno, text) for text in texts)

    def _texts(self, node: ast.expr, function: _Function) -> Iterator[str]:
        match node:
            case ast.Constant(str() as text) if text:
                yield text
            case ast.JoinedStr(values=parts):
                yield "".join(
                    getattr(part, "value", "") if _is_text(part) else "…" for part in parts
                )
            case ast.IfExp(body=one, orelse=other):
                yield from self._texts(one, function)
                yield from self._texts(other, function)
            case ast.Name(name):
                for value in (*_assigned(name, function), *_assigned(name, self.tree)):
                    yield from self._texts(value, function)
            case ast.Call(func=ast.Name(name)):
                yield from self._returned(name)
            case _:
                pass

    def _returned(self, name: str) -> Iterator[str]:
        for function in self.functions.values():
            if function.name == name:
                for node in _inside(function):
                    if isinstance(node, ast.Return) and node.value is not None:
                        yield from self._texts(node.value, function)


def _name_of(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant)


def _inside(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what is in a function or a module, without the functions in it."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, _Function):
            yield child
            yield from _inside(child)


def _assigned(name: str, within: ast.AST) -> Iterator[ast.expr]:
    """Yield what a name is assigned, one of several included."""
    for node in _inside(within):
        match node:
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
                pairs = zip(names, values, strict=True)
                yield from (value for each, value in pairs if _name_of(each) == name)
            case (
                ast.Assign(targets=[ast.Name(each)], value=ast.expr() as value)
                | ast.AnnAssign(target=ast.Name(each), value=ast.expr() as value)
                | ast.NamedExpr(target=ast.Name(each), value=value)
            ) if each == name:
                yield value
            case _:
                pass
