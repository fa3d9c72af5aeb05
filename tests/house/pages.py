"""
The pages, and the docstrings, that are generated, whole or in part, and what generates them.

``python -m tests.house.pages`` writes them; with ``--check`` it says which are stale.
"""

import argparse
import ast
import functools
import json
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from benchmarks.pages import filled, markdown
from benchmarks.results import BASELINE, read
from tests.contract.contract import CONTRACT
from tests.contract.operations_page import operations_page
from tests.house import sources
from tests.testing.planted.planting import CAUGHT, wrong_with


__all__ = ["PAGES", "ROOT", "generated", "stale_pages", "write_pages"]

ROOT: Final = Path(__file__).resolve().parents[2]


def _tables(text: str) -> str:
    """Fill in the tables of numbers, from the committed run of the benchmarks."""
    return filled(text, read(BASELINE))


def _example(text: str) -> str:
    """Put the example into the first block of Python."""
    code = (ROOT / "examples" / "fan_out.py").read_text(encoding="utf-8")
    return _replaced(r"(?ms)(?<=^```python\n).*?(?=^```$)", code, text)


def _count(text: str) -> str:
    """Say how many operations are documented."""
    return _replaced(r"(?<=all )\d+(?= documented operations)", str(len(CONTRACT)), text)


def _sessions(text: str) -> str:
    """List the sessions of nox by their docstrings."""
    tree = ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8"))
    rows = [
        [f"`{node.name}`", ast.get_docstring(node) or ""]
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.decorator_list
    ]
    table = markdown(["session", "what it does"], rows)
    return _replaced(r"(?s)(?<=<!-- sessions -->\n).*?(?=<!-- end -->)", table, text)


def _planted(text: str) -> str:
    """List the bugs that are planted, and what has caught each."""
    found = json.loads(CAUGHT.read_text("utf-8"))
    rows = [
        [
            f"`{name}`",
            wrong_with(name),
            f"`{each['invariant']}`",
            str(each["runs"] or "written for it"),
            str(each["events"]),
        ]
        for name, each in sorted(found.items())
    ]
    table = markdown(["bug", "what is wrong", "caught by", "run", "events"], rows)
    return _replaced(r"(?s)(?<=<!-- planted -->\n).*?(?=<!-- end -->)", table, text)


def _replaced(pattern: str, new: str, text: str) -> str:
    made, count = re.subn(pattern, lambda _: new, text, count=1)
    if not count:
        # Otherwise a page that has lost its place would count as up to date.
        raise ValueError(f"no {pattern!r} in the page")
    return made


def _operations(_: str) -> str:
    """List the operations and their verbs."""
    return operations_page()


def _sources(text: str) -> str:
    """Say in the docstrings of verbs which operations they come from."""
    return sources.updated(text, sources.lines())


# A maker is given the text of its page and returns what it ought to be.
Maker = Callable[[str], str]
PAGES: Final[Mapping[str, tuple[Maker, ...]]] = {
    "CONTRIBUTING.md": (_sessions,),
    "README.md": (_example, _tables, _count),
    "docs/benchmarks.md": (_tables,),
    "docs/campaign-failing.md": (_planted,),
    "docs/reference/operations.md": (_operations,),
    **{file.relative_to(ROOT).as_posix(): (_sources,) for file in sources.files()},
}


def generated(page: str, text: str) -> str:
    """Return what a page ought to be, given what it is."""
    return functools.reduce(lambda made, maker: maker(made), PAGES[page], text)


def stale_pages(root: Path = ROOT) -> list[str]:
    texts = {page: (root / page).read_text(encoding="utf-8") for page in PAGES}
    return [page for page, text in texts.items() if generated(page, text) != text]


def write_pages(root: Path = ROOT) -> None:
    for page in PAGES:
        text = (root / page).read_text(encoding="utf-8")
        (root / page).write_text(generated(page, text), encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(prog="pages", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say which pages are stale")
    stale = stale_pages()
    print(f"{len(PAGES)} pages, stale: {', '.join(stale) or 'none'}")
    if parser.parse_args().check:
        return 1 if stale else 0
    write_pages()
    return 0


if __name__ == "__main__":
    sys.exit(main())
