"""
Which plugin runs an asynchronous test, and how its event loop is given a virtual clock.

pytest-asyncio runs what is marked ``asyncio``, and in its auto mode every asynchronous test. All
others that ask for virtual time are run by anyio's plugin, which is installed with anyio: it needs
no more than a value for its fixture ``anyio_backend``.
"""

import inspect
import sys
from collections.abc import Iterator
from typing import Any, Literal, NoReturn, TypeAlias, cast

import pytest

from ...errors import ConfigurationError
from ..virtual_time import Backend, VirtualTimeLoop, virtual_backend
from .options import Options


__all__ = [
    "ask_for_clock",
    "choose_clock",
    "engine_of",
    "is_asynchronous",
    "options_of",
    "wrong_use",
]

Engine = Literal["anyio", "asyncio", "alone"]
_Virtual: TypeAlias = tuple[str, dict[str, Any]]

_WRONG = "_yotta_wrong"
# pytest 8.4 knows how to keep one more parameter out of a test's name.
_HIDDEN: Any = getattr(pytest, "HIDDEN_PARAM", None)


def options_of(node: pytest.Item) -> Options:
    """Return what the marks of a test say, the nearest first."""
    options, wrong = Options(), ""
    for mark in reversed(list(node.iter_markers("yotta"))):
        if mark.args:
            _fail("@pytest.mark.yotta takes options by name, such as limits=60.")
        try:
            options = options.merged(mark.kwargs)
        except (ConfigurationError, TypeError) as error:
            wrong = str(error)
    if wrong:
        _fail(f"@pytest.mark.yotta: {wrong}")
    return options


def is_asynchronous(function: Any) -> bool:
    """Tell whether a test is to be awaited, or one of hypothesis whose inner function is."""
    inner = getattr(getattr(function, "hypothesis", None), "inner_test", function)
    return inspect.iscoroutinefunction(inner)


def engine_of(node: pytest.Item) -> Engine:
    """Return the plugin that runs an asynchronous test."""
    plugins = node.config.pluginmanager
    if plugins.has_plugin("asyncio"):
        modes = (node.config.getoption("asyncio_mode", None), node.config.getini("asyncio_mode"))
        mode = next(filter(None, modes), "strict")
        if str(getattr(mode, "value", mode)) == "auto" or node.get_closest_marker("asyncio"):
            return "asyncio"
    return "anyio" if plugins.has_plugin("anyio") else "alone"


def choose_clock(metafunc: pytest.Metafunc) -> None:
    """Have a test run in virtual time, on one backend or on several."""
    if not is_asynchronous(metafunc.function):
        return
    try:
        _choose(metafunc)
    except pytest.fail.Exception as wrong:
        # Here it would be the end of the whole module; the test is told by `wrong_use`.
        metafunc.fixturenames.insert(0, _WRONG)
        metafunc.parametrize(_WRONG, [wrong.msg], ids=_hidden(["wrong"]))


def ask_for_clock(item: Any) -> None:
    """Have a test ask for what was chosen for it, before any other fixture is set up."""
    chosen: dict[str, object] = item.callspec.params if hasattr(item, "callspec") else {}
    for name in ("anyio_backend", _WRONG):
        if name in chosen and name not in item.fixturenames:
            item.fixturenames.insert(0, name)


def wrong_use(node: pytest.Item) -> str | None:
    """Return what is wrong with a test, as was found when it was collected."""
    funcargs: dict[str, Any] = getattr(node, "funcargs", {})
    return funcargs.get(_WRONG)


def _choose(metafunc: pytest.Metafunc) -> None:
    node = metafunc.definition
    if node.get_closest_marker("trio") is not None:
        _fail("pytest-trio has a clock of its own: @pytest.mark.yotta(backend='trio') in its place")
    options = options_of(node)
    if engine_of(node) == "asyncio":
        _choose_loop(metafunc, options)
        return
    values = [virtual_backend(options.backend)] if options.backend else [*_backends(metafunc)]
    if "anyio_backend" not in metafunc.fixturenames:
        metafunc.fixturenames.insert(0, "anyio_backend")
    ids: Any = [name for name, _ in values] if len(values) > 1 else _hidden(["virtual"])
    # A mark: pytest lets only one overrule a fixture that has parameters.
    node.add_marker(pytest.mark.parametrize("anyio_backend", values, ids=ids))


def _choose_loop(metafunc: pytest.Metafunc, options: Options) -> None:
    if options.backend == "trio":
        _fail("backend='trio': pytest-asyncio runs this test; mark it anyio in place of asyncio.")
    mark = metafunc.definition.get_closest_marker("asyncio")
    scope = mark.kwargs.get("loop_scope", "function") if mark else "function"
    if scope != "function":
        _fail(f"loop_scope={scope!r}: must be 'function', as each test has a clock of its own.")
    hook = getattr(metafunc.definition.ihook, "pytest_asyncio_loop_factories", None)
    if hook is not None and hook.get_hookimpls():
        return  # the project chooses its loops, and the test sees whether this one is virtual
    plugin = sys.modules["pytest_asyncio.plugin"]
    if hasattr(plugin, "_asyncio_loop_factory"):
        fixture, value, indirect = "_asyncio_loop_factory", VirtualTimeLoop, True
    else:  # before its release 1.4
        fixture, value, indirect = "event_loop_policy", _policy(), False
    if fixture not in metafunc.fixturenames:
        metafunc.fixturenames.append(fixture)
    metafunc.parametrize(
        fixture, [value], ids=_hidden(["virtual"]), indirect=indirect, scope="function"
    )


def _hidden(ids: list[str]) -> Any:
    return ids if _HIDDEN is None else [_HIDDEN]


def _policy() -> Any:
    import asyncio  # noqa: PLC0415, TID251  # an old pytest-asyncio asks for it

    class Virtual(asyncio.DefaultEventLoopPolicy):
        def new_event_loop(self) -> asyncio.AbstractEventLoop:
            return VirtualTimeLoop()

    return Virtual()


def _backends(metafunc: pytest.Metafunc) -> Iterator[_Virtual]:
    """Yield the backends that the test's fixture ``anyio_backend`` has, or asyncio."""
    if "anyio_backend" not in metafunc.fixturenames:
        yield virtual_backend("asyncio")
        return
    for mark in metafunc.definition.iter_markers("parametrize"):
        if "anyio_backend" in str(mark.args[:1]):
            _fail("@pytest.mark.yotta(backend=...) in place of parametrize('anyio_backend', ...)")
    inside: Any = metafunc
    fixture = inside._arg2fixturedefs["anyio_backend"][-1]  # noqa: SLF001  # no other way
    if fixture.params is not None:
        yield from map(_backend_of, fixture.params)
    elif fixture.argnames or inspect.isgeneratorfunction(fixture.func):
        _fail("anyio_backend: must be a fixture with params, or a function without arguments.")
    else:
        yield _backend_of(fixture.func())


def _backend_of(value: Any) -> _Virtual:
    """Return a backend in virtual time; one that has a clock of its own keeps it."""
    name, options = (value, {}) if isinstance(value, str) else cast("_Virtual", value)
    if {"clock", "loop_factory"} & options.keys():
        return name, options
    known: dict[str, Backend] = {"asyncio": "asyncio", "trio": "trio"}
    if name not in known:
        _fail(f"anyio_backend={value!r}: must be 'asyncio' or 'trio'.")
    return virtual_backend(known[name])


def _fail(message: str) -> NoReturn:
    __tracebackhide__ = True
    pytest.fail(message, pytrace=False)
