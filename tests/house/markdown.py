"""What a page in Markdown shows: its blocks of code, its commands, its links to files."""

import re
import shlex
from collections.abc import Iterator


__all__ = ["blocks", "commands", "links"]


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def commands(text: str) -> Iterator[list[str]]:
    """Yield the words of each command of a console."""
    for block in blocks(text, "console"):
        for line in block.splitlines():
            if line.startswith("$ "):
                yield shlex.split(line.removeprefix("$ "), comments=True)


def links(text: str) -> list[str]:
    """Return the files that a page links to, without the places in them."""
    return re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
