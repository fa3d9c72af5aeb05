"""
The fragments of the changelog: their names, their texts, and that a change of the package has one.

``python -m tests.house.fragments`` says what is wrong; ``python3 noxfile.py -s changelog`` runs it.
"""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final


__all__ = ["FOLDER", "TYPES", "commits_without_fragment", "flaws", "flaws_of_all"]

ROOT: Final = Path(__file__).resolve().parents[2]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["towncrier"]
FOLDER: Final[str] = SETTINGS["directory"]
TYPES: Final[tuple[str, ...]] = tuple(each["directory"] for each in SETTINGS["type"])

NAME = re.compile(rf"[a-z0-9]+(-[a-z0-9]+)*\.({'|'.join(TYPES)})\.md")
PRIVATE = re.compile(r"(?<!\w)_+[a-z]\w*\b(?<!__)")
BASES = ("origin/main", "main")
EXEMPT = "^Changelog: none$"  # a line of a commit message


def flaws(name: str, text: str) -> list[str]:
    """Return what is wrong with a fragment."""
    found = {
        f"name: must be <some-words>.<{'|'.join(TYPES)}>.md": not NAME.fullmatch(name),
        "text: must not be empty": not text.strip(),
        "text: must end with a full stop": not text.rstrip().endswith((".", ".)")),
        "text: must begin without a bullet or heading": text.lstrip().startswith(("-", "*", "#")),
    }
    private = (f"text: must not name {each}, which is private" for each in PRIVATE.findall(text))
    return [*(flaw for flaw, is_found in found.items() if is_found), *private]


def flaws_of_all(root: Path = ROOT) -> list[str]:
    """Return what is wrong with the fragments of a tree."""
    template = Path(SETTINGS["template"]).name
    return [
        f"{path.relative_to(root).as_posix()}: {flaw}"
        for path in sorted((root / FOLDER).iterdir())
        if path.name != template
        for flaw in flaws(path.name, path.read_text(encoding="utf-8"))
    ]


def commits_without_fragment(root: Path = ROOT) -> list[str]:
    """
    Return the commits of a branch that change the package, if the branch has no fragment.

    Without a branch to compare with there is nothing to report: no git, no history, or a clone of
    one branch.
    """
    bases = (_git(root, "merge-base", branch, "HEAD") for branch in BASES)
    base = next(filter(None, bases), None)
    if base is None:
        return []
    log = ("log", "--no-merges", "--format=%h %s", "--invert-grep", f"--grep={EXEMPT}")
    commits = _git(root, *log, f"{base}..HEAD", "--", SETTINGS["package"])
    news = ("diff", "--name-only", "--diff-filter=d", base, "HEAD")
    if _git(root, *news, "--", f"{FOLDER}/*.md", SETTINGS["filename"]):
        return []
    return commits.splitlines() if commits else []


def _git(root: Path, *arguments: str) -> str | None:
    """Return what git prints, or None where it fails or does not exist."""
    command = ["git", "-C", str(root), *arguments]
    try:
        done = subprocess.run(command, check=True, capture_output=True, encoding="utf-8")
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def main() -> int:
    found = flaws_of_all()
    if commits := commits_without_fragment():
        found += [f"{each}: changes the package without a fragment" for each in commits]
    print("\n".join(found) or "Every fragment is as it should be.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
