"""
Names of a package that are imported when somebody first asks for them (PEP 562).

To define all classes of this package takes longer than to import what it depends on, and no program
uses them all. A package tells `names_of` where its names live, and type checkers the same under
``TYPE_CHECKING``; a house test sees that both say so.
"""

import sys
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module


__all__ = ["names_of"]


def names_of(
    package: str, homes: Mapping[str, str], modules: Iterable[str] = ()
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """
    Return a package's ``__getattr__`` and ``__dir__``.

    Args:
        package: Its ``__name__``.
        homes: By module, such as ``"._client"``, the names that live there, separated by spaces.
        modules: Its modules that are names of its own, such as ``"errors"``.
    """
    home_of = {name: home for home, names in homes.items() for name in names.split()}
    public, namespace = frozenset(modules), vars(sys.modules[package])

    def find(name: str) -> object:
        if name in public:
            return import_module(f".{name}", package)
        if name not in home_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}", name=name)
        # Kept, so that it is asked for once.
        value = namespace[name] = getattr(import_module(home_of[name], package), name)
        return value

    def list_names() -> list[str]:
        return sorted({*namespace, *home_of, *public})

    return find, list_names
