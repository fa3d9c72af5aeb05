"""The page that tells the story of a test that failed, as the campaign's does of a run."""

import os
import re
from pathlib import Path
from typing import Final

from ...simulator import SimulatedYotta
from ..campaign.cases import Case
from ..campaign.outcomes import Broken, Outcome, Told
from ..campaign.page import page
from ..recordings import Recording
from ..worlds import World


__all__ = ["pages_folder", "write_page"]

_VARIABLE: Final = "YOTTA_PAGES"
_LONGEST_NAME: Final = 100


def pages_folder() -> Path | None:
    """Return the folder that the environment names for pages, or None."""
    named = os.environ.get(_VARIABLE, "").strip()
    return Path(named) if named else None


def write_page(
    name: str,
    error: BaseException,
    cloud: SimulatedYotta,
    recorded: Recording,
    *,
    folder: Path,
    world: World | None = None,
) -> Path:
    """
    Write the page of a test.

    Args:
        name: The test's name.
        error: How it failed.
        cloud: The cloud that it ran on.
        recorded: What was said there.
        folder: Where the page is written.
        world: Where it took place. None for a cloud that is in no world.

    Returns:
        The page's file.
    """
    requests = cloud.requests
    last = max((line.at for line in recorded.lines), default=0.0)
    broken = Broken(invariant=type(error).__name__, at=last, text=str(error))
    story = [
        Told(at=each.at, who=each.who, what=each.what, text=_line(each.text, each.origin))
        for each in recorded.lines
    ]
    story.append(Told(at=last, who="test", what="broken", text=broken.text))
    figures = {
        "pods made": len(cloud.all_pods),
        "requests": len(requests),
        "refused": cloud.refusals,
        "spent": f"{cloud.billing():.4f} USD",
        "faults": dict(cloud.faults_fired),
    }
    world = world or World()
    case = Case(seed=world.seed, world=world, hours=last / 3600.0)
    outcome = Outcome(case=case, broken=broken, figures=figures, story=tuple(story))
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{re.sub(r'[^A-Za-z0-9_.-]+', '-', name)[-_LONGEST_NAME:]}.html"
    file.write_text(page(outcome), "utf-8")
    return file


def _line(text: str, origin: str) -> str:
    return f"{text}, {origin}" if origin else text
