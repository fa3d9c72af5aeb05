"""What is left of a run that broke: the smallest case that breaks alike, as a script and a page."""

from pathlib import Path

from .outcomes import Outcome
from .page import page
from .run import run
from .script import script
from .shrink import TRIES, shrink


__all__ = ["write_story"]


def write_story(outcome: Outcome, folder: Path, *, tries: int = TRIES) -> tuple[Path, Path]:
    """
    Shrink the case of a run that broke, and write its story.

    Args:
        outcome: Of the run.
        folder: Where the files are written; it is made if there is none.
        tries: How many cases are run at the most to shrink the one; 0 to leave it as it is.

    Returns:
        The script and the page.

    Raises:
        OSError: They cannot be written.
    """
    shrunk = shrink(outcome, run, tries=tries).outcome
    invariant = "whole" if shrunk.broken is None else shrunk.broken.invariant
    folder.mkdir(parents=True, exist_ok=True)
    stem = folder / f"{outcome.case.seed}-{invariant}"
    files = (stem.with_suffix(".py"), stem.with_suffix(".html"))
    for file, text in zip(files, (script(shrunk), page(shrunk)), strict=True):
        file.write_text(text, "utf-8")
    return files
